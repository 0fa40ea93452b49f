"""What the front end keeps of a person."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.schemas.openwebui.config import Value
from api.services.webui.presence_records import Presence, Status

MOST_KEYS = 1000

Variable = Annotated[str, Field(max_length=10_000)]


class SettingsRequest(Request):
    """What a person prefers: `ui` as the front end has it, whatever is in it."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"examples": [{"ui": {"theme": "dark"}}]}
    )

    ui: dict[str, object] = Field({}, max_length=MOST_KEYS)

    def settings(self) -> Mapping[str, object]:
        """Return what is kept."""
        return {**(self.model_extra or {}), "ui": self.ui}


class InfoRequest(Request):
    """What a client knows of a person, as it has it: some of it, which is put to the rest."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{"location": "Faro"}]})

    location: StorableText | None = Field(None, max_length=500)

    def told(self) -> dict[str, object]:
        """Return what is told."""
        return self.model_dump(exclude_unset=True)


class VariablesRequest(Request):
    """Texts of a person that prompts name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"variables": {"city": "Faro"}}]})

    variables: dict[str, Variable] = Field(max_length=MOST_KEYS)


class StatusRequest(Request):
    """How a person is; null or nothing is nothing, and `status_expires_at` is in seconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status_message": "At sea"}]})

    status_emoji: StorableText | None = Field(None, max_length=64)
    status_message: StorableText | None = Field(None, max_length=500)
    status_expires_at: int | None = Field(None, ge=0, le=1 << 53)

    def status(self) -> Status:
        """Return how they are."""
        ends = self.status_expires_at or 0
        return Status(self.status_emoji or "", self.status_message or "", ends)


class VariablesAnswer(TypedDict):
    """Texts of a person that prompts name."""

    variables: dict[str, str]


class SettingsAnswer(TypedDict):
    """What a person prefers; other keys that were kept stand beside."""

    ui: dict[str, object]


def present_settings(settings: Mapping[str, object], version: str) -> SettingsAnswer:
    """Return what a person prefers, who has seen what is new in this version: nothing is told."""
    kept = settings.get("ui")
    seen = {**(kept if isinstance(kept, Mapping) else {}), "version": version}
    return {**settings, "ui": seen}  # type: ignore[typeddict-item]  # other keys are kept beside it


def present_info(presence: Presence) -> dict[str, Value]:
    """Return what a client knows of a person, as it has it."""
    return dict(presence.info)  # type: ignore[arg-type]  # JSON has no others


def present_variables(presence: Presence) -> VariablesAnswer:
    """Return texts of a person that prompts name."""
    return {"variables": {name: str(value) for name, value in presence.variables.items()}}


def present_groups() -> list[str]:
    """Return that there are no groups to tell of."""
    return []


class EmptyPageAnswer(TypedDict):
    """A page of nothing."""

    items: list[str]
    total: int


def present_empty_page() -> EmptyPageAnswer:
    """Return that there is nothing to tell of, on any page."""
    return {"items": [], "total": 0}
