"""What the front end asks first: what the server is, and what of it is there."""

import json
from collections.abc import Sequence
from typing import NamedTuple, NotRequired

from typing_extensions import TypedDict

from api.config.openwebui import MEGABYTE
from api.config.settings import Settings
from api.schemas.openwebui.media import AudioAnswer, present_audio
from api.schemas.openwebui.panel_interface import SuggestionAnswer, suggestions_of
from api.schemas.openwebui.permission import Permissions, present_permissions
from api.services.accounts.records import ProfileRecord
from api.services.identity.records import Channel

NAME = "Raglan"

THERE = frozenset(
    {
        *("enable_password_change_form", "enable_api_keys", "enable_tool_servers"),
        "enable_notes",
        *("enable_admin_analytics", "enable_public_active_users_count"),
    }
)
"""What of the front end's features is built, beside signing in."""

SWITCHES = {
    "enable_channels": "channels",
    "enable_folders": "folders",
    "enable_memories": "memories",
    "enable_message_rating": "ratings",
    "enable_user_status": "statuses",
    "enable_user_webhooks": "webhooks",
    "enable_admin_chat_access": "administrators_read",
    "enable_admin_export": "administrators_export",
    "enable_title_generation": "titles",
    "enable_tags_generation": "tags",
    "enable_follow_up_generation": "follow_ups",
    "enable_autocomplete_generation": "autocomplete",
}
"""What of them is there where a setting of `frontend` is on."""

CODE = ("enable_plugins", "enable_tools", "enable_functions")
"""What there is where code of administrators is run."""

ABSENT = (
    *("enable_version_update_check", "enable_pyodide_file_persistence", "enable_easter_eggs"),
    *("enable_direct_connections", "enable_direct_integrations"),
    *("enable_terminal_servers", "enable_encrypted_channels"),
    *("enable_apps", "enable_calendar", "enable_automations", "enable_subagents"),
    *("enable_context_compaction", "enable_tool_permissions"),
    *("enable_code_execution", "enable_code_interpreter", "enable_community_sharing"),
    *("enable_google_drive_integration", "enable_onedrive_integration"),
)
"""Features whose routes are not built: the front end hides what is false."""


class Ways(NamedTuple):
    """The ways to sign in beside a password kept here: providers, a directory, a proxy's word."""

    channels: Sequence[Channel]
    has_directory: bool
    is_vouched: bool


class OAuthAnswer(TypedDict):
    """The providers of sign-in that the front end offers, each with its title."""

    providers: dict[str, str]
    auto_redirect: bool


class InterfaceAnswer(TypedDict):
    """How the front end looks for who has not chosen, and what it shows of itself."""

    default_interface_settings: dict[str, object]
    visibility: dict[str, object]
    pending_user_overlay_title: str
    pending_user_overlay_content: str
    response_watermark: str
    iframe_csp: str


class FileLimitsAnswer(TypedDict):
    """How large a file may be, in MB, and how many there may be at once."""

    max_size: float
    max_count: None


class ConfigAnswer(TypedDict):
    """What the front end asks first; the last blocks are for who has signed in."""

    status: bool
    name: str
    version: str
    default_locale: str
    onboarding: NotRequired[bool]
    oauth: OAuthAnswer
    features: dict[str, bool | str]
    default_models: NotRequired[str | None]
    default_pinned_models: NotRequired[str | None]
    default_prompt_suggestions: NotRequired[list[SuggestionAnswer]]
    file: NotRequired[FileLimitsAnswer]
    ui: NotRequired[InterfaceAnswer]
    audio: NotRequired[AudioAnswer]
    permissions: NotRequired[Permissions]


class VersionAnswer(TypedDict):
    """The version of the server; the front end offers to load itself anew when it changes."""

    version: str
    deployment_id: str


class UpdatesAnswer(TypedDict):
    """The version that runs, and the newest: the server asks nobody, so they are the same."""

    current: str
    latest: str


class UsageAnswer(TypedDict):
    """Which models answer now, and how many people were there in the last minutes."""

    model_ids: list[str]
    user_count: int


def present_config(
    version: str,
    profile: ProfileRecord | None,
    may: Sequence[str],
    *,
    sockets: bool,
    sign_up: bool,
    is_new: bool,
    settings: Settings,
    ways: Ways,
) -> ConfigAnswer:
    """Return the configuration, the longer one for who has signed in and `may` do these."""
    features: dict[str, bool | str] = {
        "slim": False,
        "auth": True,
        "auth_trusted_header": ways.is_vouched,
        "enable_signup_password_confirmation": False,
        "enable_ldap": ways.has_directory,
        "enable_signup": sign_up,
        "enable_login_form": True,
        "enable_websocket": sockets,
    }
    found: ConfigAnswer = {
        "status": True,
        "name": NAME,
        "version": version,
        "default_locale": "",
        "oauth": {"providers": dict(ways.channels), "auto_redirect": False},
        "features": features,
    }
    if is_new:
        found["onboarding"] = True
    if profile is not None:
        features.update(dict.fromkeys(ABSENT, False) | dict.fromkeys(THERE, True))
        frontend = settings.frontend
        on = {name: getattr(frontend, key) == "on" for name, key in SWITCHES.items()}
        features.update(on | dict.fromkeys(CODE, settings.tools.python))
        found["default_models"] = frontend.default_models or None
        found["default_pinned_models"] = frontend.pinned_models or None
        found["default_prompt_suggestions"] = list(suggestions_of(settings))
        found["file"] = {
            "max_size": settings.server.max_body_bytes / MEGABYTE,
            "max_count": None,
        }
        found["ui"] = present_interface(settings)
        features["enable_image_generation"] = bool(settings.images.base_url)
        features.update(present_searching(settings))
        found["audio"] = present_audio(settings)
        found["permissions"] = present_permissions(may)
    return found


def present_searching(settings: Settings) -> dict[str, bool | str]:
    """Return whether the web is searched, and what people are asked before it is."""
    rules = settings.web_search
    return {
        "enable_web_search": rules.is_on,
        "enable_web_search_confirmation": rules.is_on and rules.asks_first == "on",
        "web_search_confirmation_content": rules.question,
    }


def present_interface(settings: Settings) -> InterfaceAnswer:
    """Return how the front end looks for who has not chosen."""
    return {
        "default_interface_settings": json.loads(settings.frontend.interface),
        "visibility": json.loads(settings.frontend.visibility),
        "pending_user_overlay_title": "",
        "pending_user_overlay_content": "",
        "response_watermark": settings.frontend.watermark,
        "iframe_csp": "",
    }


def present_version(version: str) -> VersionAnswer:
    """Return the version of the server."""
    return {"version": version, "deployment_id": ""}


def present_updates(version: str) -> UpdatesAnswer:
    """Return the version that runs as the newest, too."""
    return {"current": version, "latest": version}


def present_usage(models: Sequence[str], people: int) -> UsageAnswer:
    """Return which models answer now, and how many people were there in the last minutes."""
    return {"model_ids": list(models), "user_count": people}


def present_changelog() -> dict[str, dict[str, str]]:
    """Return the changes that the front end tells of: none, they are in CHANGELOG.md."""
    return {}
