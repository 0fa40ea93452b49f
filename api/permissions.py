"""What people may do on the server at all, whatever things are theirs or granted to them."""

from collections.abc import Iterable, Sequence

DOORS = (
    "anthropic",
    "bots",
    "console",
    "dify",
    "mcp",
    "ollama",
    "openai",
    "openwebui",
    "reading",
    "rerank",
    "rest",
    "scim",
)
"""The doors that take API keys, by the names that their `door.py` gives them."""

DATASETS = "datasets"
ASSISTANTS = "assistants"
SHARING = "sharing"
KEYS = "keys"
MODELS = "models"
NOTES = "notes"
SETTINGS = "settings"
CHANNELS = "channels"
WEB_SEARCH = "web_search"

OF_DOOR = "door:"

PERMISSIONS = (
    *(DATASETS, ASSISTANTS, SHARING, KEYS, MODELS, NOTES, SETTINGS, CHANNELS, WEB_SEARCH),
    *(f"{OF_DOOR}{name}" for name in DOORS),
)
"""All permissions; which pages need them is a table of the doors' (`api.http.permissions`)."""


def permissions_in(value: str) -> tuple[str, ...]:
    """Return the permissions of a text, with commas between; raises ValueError for any other."""
    found = tuple(filter(None, (part.strip() for part in value.split(","))))
    for name in found:
        if name not in PERMISSIONS:
            raise ValueError(f"{name} is no permission: give some of {', '.join(PERMISSIONS)}")
    return found


def with_said(names: Iterable[str], said: Sequence[tuple[str, bool]]) -> list[str]:
    """Return permissions after some are said to be on or off; only what is new of it counts."""
    before = set(names)
    fresh = {name: wanted for name, wanted in said if wanted != (name in before)}
    return sorted({*before, *fresh} - {name for name, wanted in fresh.items() if not wanted})
