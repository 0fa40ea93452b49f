"""Whole configurations as Open WebUI's clients have them: a flat map of dotted keys."""

from collections.abc import Iterator, Mapping

from pydantic import ConfigDict, Field

from api.config.settings import Settings
from api.errors import NotBuiltError
from api.schemas.base import Request, means_off
from api.schemas.openwebui.panel import Row, taken, value_of
from api.schemas.openwebui.panel_general import GENERAL
from api.schemas.openwebui.panel_images import IMAGES
from api.schemas.openwebui.panel_interface import BANNERS, MODELS, SUGGESTIONS, VISIBILITY
from api.schemas.openwebui.panel_retrieval import RETRIEVAL
from api.schemas.openwebui.panel_tasks import TASKS
from api.schemas.openwebui.panel_web import WEB
from api.schemas.openwebui.rating import ARENA

PANELS = (
    GENERAL,
    MODELS,
    BANNERS,
    SUGGESTIONS,
    VISIBILITY,
    TASKS,
    RETRIEVAL,
    WEB,
    IMAGES,
    ARENA,
)

MOST = 2000
MOST_NAMED = 20
DEPTH = 8

Value = str | float | bool | list[object] | dict[str, object] | None
"""A value of JSON."""


def keyed() -> dict[str, Row]:
    """Return all rows by their keys."""
    return {row.key: row for panel in PANELS for row in panel.rows.values()}


class ImportedRequest(Request):
    """A configuration, flat or nested; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"config": {"ui.watermark": ""}}]})

    config: dict[str, object] = Field(max_length=MOST)

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change, by name.

        Raises ArgumentError for a value that cannot be, and NotBuiltError, which names keys that
        stand for nothing here and are not off.
        """
        rows = keyed()
        found: dict[str, object] = {}
        unbuilt = []
        for key, value in flat(self.config, rows):
            row = rows.get(key)
            if row is None:
                unbuilt += [] if means_off(value) else [key]
            elif value != row.shown(before := value_of(settings, row)):
                found[row.setting] = taken(key, row, value, before)
        if unbuilt:
            more = len(unbuilt) - MOST_NAMED
            rest = [f"and {more} more"] if more > 0 else []
            raise NotBuiltError(", ".join([*unbuilt[:MOST_NAMED], *rest]))
        return found


def flat(
    given: Mapping[str, object], rows: Mapping[str, Row], before: str = "", depth: int = 0
) -> Iterator[tuple[str, object]]:
    """Yield keys with their values; an object under a key that is no setting's holds others."""
    for name, value in given.items():
        key = f"{before}{name}"
        if key not in rows and isinstance(value, Mapping) and value and depth < DEPTH:
            yield from flat(value, rows, f"{key}.", depth + 1)
        else:
            yield key, value


def present_exported_config(settings: Settings) -> dict[str, Value]:
    """Return all settings that have a key, by it."""
    return {key: value_shown(row, settings) for key, row in keyed().items()}


def present_namespace(settings: Settings, namespace: str) -> dict[str, Value]:
    """Return the settings whose keys begin with a name."""
    found = present_exported_config(settings)
    return {key: value for key, value in found.items() if key.partition(".")[0] == namespace}


def value_shown(row: Row, settings: Settings) -> Value:
    """Return what is shown of a setting."""
    found: Value = row.shown(value_of(settings, row))  # type: ignore[assignment]  # JSON has no others
    return found
