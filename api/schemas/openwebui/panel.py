"""Pages of settings as the front end has them: which of its names stand for settings of the server.

What a page has beside these is how things are built here: it is shown, and taken back as it is.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import ConfigDict, SecretStr

from api.config.settings import Settings
from api.errors import ArgumentError, NotBuiltError
from api.schemas.base import Request, means_off
from api.schemas.openwebui.tool import HIDDEN

LONGEST_NAME = 100


def as_is(value: Any) -> object:
    """Return a value of a setting as it is."""
    return value


def given(value: Any, _before: Any) -> object:
    """Return what is given as the setting has it."""
    return value


class Row(NamedTuple):
    """A name that stands for a setting, and the `key` by which whole configurations have it.

    `shown` makes of the setting what clients read; `taken` makes a setting of what they send, and
    of what the setting was, and raises ValueError.
    """

    setting: str
    key: str
    shown: Callable[[Any], object] = as_is
    taken: Callable[[Any, Any], object] = given


class Panel(NamedTuple):
    """A page: its names that stand for settings, and the others with how they are here."""

    rows: Mapping[str, Row]
    built: Mapping[str, object]

    def shown(self, settings: Settings) -> dict[str, object]:
        """Return all names with their values."""
        found = {name: row.shown(value_of(settings, row)) for name, row in self.rows.items()}
        return {**self.built, **found}

    def values(self, sent: Mapping[str, object], settings: Settings) -> dict[str, object]:
        """Return the settings that are to change, by name, with their new values.

        Raises ArgumentError for a value that cannot be, and NotBuiltError, which names what is not
        as it is here and cannot be otherwise.
        """
        found: dict[str, object] = {}
        for name, value in sent.items():
            row = self.rows.get(name)
            if row is None:
                self.check_built(name, value)
            elif value != row.shown(before := value_of(settings, row)):
                found[row.setting] = taken(name, row, value, before)
        return found

    def check_built(self, name: str, value: object) -> None:
        """Raise NotBuiltError for a value that is not how things are here."""
        here = self.built.get(name)
        if value != here and not (means_off(here) and means_off(value)):
            raise NotBuiltError(f"Another value of `{name[:LONGEST_NAME]}`")


class PanelRequest(Request):
    """What a page is to be; names that are left out stay, and others are refused unless off."""

    model_config = ConfigDict(extra="allow")

    PANEL: ClassVar[Panel]

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change; raises ArgumentError, and NotBuiltError."""
        return self.PANEL.values(self.model_dump(exclude_unset=True), settings)


def value_of(settings: Settings, row: Row) -> Any:
    """Return the value of a row's setting."""
    section, _, key = row.setting.partition(".")
    return getattr(getattr(settings, section), key)


def taken(name: str, row: Row, value: object, before: object) -> object:
    """Return what a setting becomes; raises ArgumentError, which names the field."""
    try:
        return row.taken(value, before)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name}: {error}") from error


def text(setting: str, key: str) -> Row:
    """Return the row of a text; null is none."""
    return Row(setting, key, taken=lambda value, _: value or "")


def nullable(setting: str, key: str) -> Row:
    """Return the row of a text that is null where there is none."""
    return Row(setting, key, lambda value: value or None, lambda value, _: value or "")


def switch(setting: str, key: str) -> Row:
    """Return the row of a setting that is on or off."""
    return Row(setting, key, lambda value: value == "on", switched)


def switched(value: Any, before: Any) -> object:
    """Return whether something is on; null leaves it as it is."""
    if value is None:
        return before
    return "on" if value else "off"


def number(setting: str, key: str) -> Row:
    """Return the row of a number; null leaves it as it is."""
    return Row(setting, key, taken=lambda value, before: before if value is None else value)


def listed(setting: str, key: str) -> Row:
    """Return the row of a list that the setting has as JSON; null is an empty one."""
    return Row(setting, key, json.loads, lambda value, _: json.dumps(value or []))


def listed_or_null(setting: str, key: str) -> Row:
    """Return the row of a list that is null where it is empty."""
    return Row(
        setting,
        key,
        lambda value: json.loads(value) or None,
        lambda value, _: json.dumps(value or []),
    )


def mapped(setting: str, key: str) -> Row:
    """Return the row of an object that the setting has as JSON; null is an empty one."""
    return Row(setting, key, json.loads, lambda value, _: json.dumps(value or {}))


def secret(setting: str, key: str) -> Row:
    """Return the row of a secret, which is hidden."""
    return Row(setting, key, hidden, kept)


def hidden(value: SecretStr) -> str:
    """Return what is shown of a secret."""
    return HIDDEN if value.get_secret_value() else ""


def kept(value: Any, before: SecretStr) -> object:
    """Return a secret that is given; null, and what is shown of it, leave it as it is."""
    return before.get_secret_value() if value in {None, HIDDEN} else value
