"""What people may do, as Open WebUI's clients have it: a tree of switches.

Some switches stand for permissions of the server, which all its doors heed; the others say what of
the front end is built.
"""

from collections.abc import Collection, Mapping

from pydantic import ConfigDict, Field, StrictBool

from api.permissions import ASSISTANTS, CHANNELS, DATASETS, KEYS, NOTES, SHARING, WEB_SEARCH
from api.schemas.base import Request

Permissions = dict[str, dict[str, bool]]

Switches = dict[str, StrictBool]

MEANT: Mapping[tuple[str, str], str] = {
    ("features", "api_keys"): KEYS,
    ("features", "notes"): NOTES,
    ("features", "channels"): CHANNELS,
    ("features", "web_search"): WEB_SEARCH,
    ("features", "image_generation"): DATASETS,
    ("chat", "file_upload"): DATASETS,
    ("chat", "share"): SHARING,
    ("chat", "web_upload"): DATASETS,
    ("sharing", "public_chats"): SHARING,
    ("sharing", "open_chats"): SHARING,
    ("sharing", "folders"): SHARING,
    ("sharing", "knowledge"): SHARING,
    ("sharing", "public_knowledge"): SHARING,
    ("sharing", "models"): SHARING,
    ("sharing", "public_models"): SHARING,
    ("sharing", "notes"): SHARING,
    ("sharing", "public_notes"): SHARING,
    ("sharing", "prompts"): SHARING,
    ("sharing", "public_prompts"): SHARING,
    ("workspace", "knowledge"): DATASETS,
    ("workspace", "models"): ASSISTANTS,
    ("workspace", "models_import"): ASSISTANTS,
    ("workspace", "models_export"): ASSISTANTS,
}
"""What permission of the server a switch stands for."""

THERE: Mapping[str, Collection[str]] = {
    "chat": (
        *("controls", "system_prompt", "params", "delete", "delete_message", "edit", "export"),
        *("regenerate_response", "multiple_models", "import", "continue_response", "temporary"),
        *("rate_response", "valves"),
    ),
    "workspace": ("prompts", "prompts_import", "prompts_export"),
    "access_grants": ("allow_users", "allow_groups"),
    "features": ("folders", "memories", "webhooks"),
    "settings": ("interface",),
}
"""What everybody may do."""

ABSENT: Mapping[str, Collection[str]] = {
    "workspace": (
        *("tools", "skills"),
        *(f"{noun}_{what}" for noun in ("tools", "skills") for what in ("import", "export")),
    ),
    "chat": (*("stt", "tts", "call", "temporary_enforced"),),
    "features": (
        *("encrypted_channels", "direct_tool_servers"),
        *("code_interpreter", "automations", "calendar"),
    ),
}
"""What is not built: nobody may do it."""


class PermissionsRequest(Request):
    """Which switches are on; those that are left out stay, as do those that mean nothing here."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"features": {"api_keys": False}}]})

    workspace: Switches = Field({}, max_length=100)
    sharing: Switches = Field({}, max_length=100)
    access_grants: Switches = Field({}, max_length=100)
    chat: Switches = Field({}, max_length=100)
    features: Switches = Field({}, max_length=100)
    settings: Switches = Field({}, max_length=100)

    def said(self) -> list[tuple[str, bool]]:
        """Return which permissions of the server are on or off, a pair for each switch."""
        return [
            (name, switches[switch])
            for (area, switch), name in MEANT.items()
            for switches in [getattr(self, area)]
            if switch in switches
        ]


def present_permissions(may: Collection[str]) -> Permissions:
    """Return what somebody may do, who has these permissions of the server."""
    return tree(may, shown=True)


def present_given(names: Collection[str]) -> Permissions:
    """Return what a group gives: permissions of the server alone."""
    return tree(names, shown=False)


def tree(names: Collection[str], *, shown: bool) -> Permissions:
    """Return the switches; `shown` is how those are that everybody has."""
    found: Permissions = {area: dict.fromkeys(switches, False) for area, switches in ABSENT.items()}
    for area, switches in THERE.items():
        found.setdefault(area, {}).update(dict.fromkeys(switches, shown))
    for (area, switch), name in MEANT.items():
        found.setdefault(area, {})[switch] = name in names
    return found
