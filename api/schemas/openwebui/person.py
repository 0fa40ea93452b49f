"""What the front end keeps of a person."""

from collections.abc import Mapping

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import Request

MOST_KEYS = 1000


class SettingsRequest(Request):
    """What a person prefers: `ui` as the front end has it, whatever is in it."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"examples": [{"ui": {"theme": "dark"}}]}
    )

    ui: dict[str, object] = Field({}, max_length=MOST_KEYS)

    def settings(self) -> Mapping[str, object]:
        """Return what is kept."""
        return {**(self.model_extra or {}), "ui": self.ui}


class SettingsAnswer(TypedDict):
    """What a person prefers; other keys that were kept stand beside."""

    ui: dict[str, object]


def present_settings(settings: Mapping[str, object], version: str) -> SettingsAnswer:
    """Return what a person prefers, who has seen what is new in this version: nothing is told."""
    kept = settings.get("ui")
    seen = {**(kept if isinstance(kept, Mapping) else {}), "version": version}
    return {**settings, "ui": seen}  # type: ignore[typeddict-item]  # other keys are kept beside it


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
