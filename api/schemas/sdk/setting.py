"""Settings with their sources, their changes and the changes' history, on the wire."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr
from typing_extensions import TypedDict

from api.config.origins import Origin
from api.schemas.base import FilledPageQuery, StrictRequest
from api.services.configuration.records import ChangeTold, Saved, SettingsTold

LONGEST = 4096
"""Characters of a value."""

MOST = 500
"""Settings that a request changes: more than there are."""

Text = Annotated[StrictStr, Field(max_length=LONGEST)]


class SettingsChangeRequest(StrictRequest):
    """What to set in the database, by name, and the version that was seen; null takes one away."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"version": 7, "settings": {"retrieval.top_k": 500, "models.chat_model": None}}
            ]
        }
    )

    version: int = Field(ge=0, lt=1 << 63)
    settings: dict[str, StrictBool | StrictInt | StrictFloat | Text | None] = Field(
        min_length=1, max_length=MOST
    )


class GoBackRequest(StrictRequest):
    """The version that was seen, before going back to another one."""

    version: int = Field(ge=0, lt=1 << 63)


class HistoryQuery(FilledPageQuery):
    """Some of the changes."""


class ChangePath(StrictRequest):
    """The version to go back to."""

    version: int = Field(ge=0, lt=1 << 63)


class SettingAnswer(TypedDict):
    """A setting; secrets are masked. The last of `set_in` wins.

    `source` is a file, `database`, `environment` or `default`, and `without` the value without
    it. `stored` is what the database holds, with who has set it and when, in ms; null for nothing.
    `waits` is true where another value counts after a restart. `locked` says why it cannot be set
    in the database: `environment`, `start`, or `off`. `form` is boolean, integer, number, text or
    choice, of `choices`.
    """

    name: str
    value: object
    default: object
    without: object
    stored: object
    stored_by: str | None
    stored_time: int | None
    source: str
    set_in: list[str]
    variable: str
    live: bool
    secret: bool
    waits: bool
    locked: str | None
    form: str
    choices: list[str]


class SettingsAnswer(TypedDict):
    """All settings, the version of those in the database, and what is wrong, null if nothing is."""

    version: int
    settings: list[SettingAnswer]
    problem: str | None


class SavedAnswer(TypedDict):
    """What a change has come to: what it wrote, and which of that waits for a restart."""

    version: int
    changed: list[str]
    waits: list[str]


class ValueAnswer(TypedDict):
    """What became of a setting in the database; null where it held none."""

    name: str
    before: object
    after: object


class ChangeAnswer(TypedDict):
    """A change; `time` in ms. `what` says more where it was no plain one."""

    version: int
    time: int
    author: str
    what: str
    changes: list[ValueAnswer]


class HistoryAnswer(TypedDict):
    """Some of the changes, the newest first, and how many are known."""

    total: int
    changes: list[ChangeAnswer]


def present_settings(told: SettingsTold) -> SettingsAnswer:
    """Return the settings as they go out."""
    return {
        "version": told.version,
        "settings": [present_setting(origin, told.authors) for origin in told.settings],
        "problem": told.problem or None,
    }


def present_setting(origin: Origin, authors: Mapping[str, tuple[str, int]]) -> SettingAnswer:
    """Return a setting as it goes out."""
    author, time = authors.get(origin.name, (None, None))
    return {
        "name": origin.name,
        "value": origin.value,
        "default": origin.default,
        "without": origin.without,
        "stored": origin.stored,
        "stored_by": author,
        "stored_time": time,
        "source": origin.source,
        "set_in": list(origin.set_in),
        "variable": origin.variable,
        "live": origin.is_live,
        "secret": origin.is_secret,
        "waits": origin.waits,
        "locked": origin.locked or None,
        "form": origin.form,
        "choices": list(origin.choices),
    }


def present_saved(saved: Saved) -> SavedAnswer:
    """Return what a change has come to."""
    return {
        "version": saved.version,
        "changed": list(saved.changed),
        "waits": list(saved.waiting),
    }


def present_history(total: int, changes: Sequence[ChangeTold]) -> HistoryAnswer:
    """Return changes as they go out."""
    return {"total": total, "changes": [present_change(change) for change in changes]}


def present_change(change: ChangeTold) -> ChangeAnswer:
    """Return a change as it goes out."""
    return {
        "version": change.version,
        "time": change.time,
        "author": change.author,
        "what": change.what,
        "changes": [
            {"name": one.name, "before": one.before, "after": one.after} for one in change.changes
        ],
    }
