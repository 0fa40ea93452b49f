"""The page General of the front end's administrators: whom it is for, and what of it is there."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field
from typing_extensions import TypedDict

from api.config.openwebui import FOR_EVER, days_of
from api.config.settings import Settings
from api.permissions import KEYS, permissions_in
from api.schemas.base import StorableText
from api.schemas.openwebui.panel import (
    Panel,
    PanelRequest,
    Row,
    mapped,
    nullable,
    switch,
    text,
)

SIGN_UP = ("on", "approval")
"""How sign-up is where anybody may come, once there is an account."""

DAY = int(timedelta(days=1).total_seconds())


def signing_up(value: object, before: str) -> str:
    """Return how sign-up is to be; where it is open already, in its way."""
    if value is None:
        return before
    return "on" if value else "off"


def keys_denied(value: object, before: str) -> str:
    """Return what is denied to users, whether keys are among it or not."""
    denied = [name for name in permissions_in(before) if name != KEYS]
    if value is None:
        return before
    return ", ".join(denied if value else [*denied, KEYS])


def told(days: float) -> str:
    """Return a number of days as clients write it: 4w, 30d, 90m, or -1 for no end."""
    if days >= FOR_EVER:
        return "-1"
    seconds = round(days * DAY)
    for unit, length in (("w", 7 * DAY), ("d", DAY), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


GENERAL = Panel(
    {
        "SHOW_ADMIN_DETAILS": switch("frontend.shows_administrator", "auth.admin.show"),
        "ADMIN_EMAIL": nullable("frontend.administrator", "auth.admin.email"),
        "WEBUI_URL": text("server.public_url", "webui.url"),
        "ENABLE_SIGNUP": Row(
            "auth.sign_up", "ui.enable_signup", lambda value: value in SIGN_UP, signing_up
        ),
        "ENABLE_API_KEYS": Row(
            "auth.denied",
            "auth.enable_api_keys",
            lambda value: KEYS not in permissions_in(value),
            keys_denied,
        ),
        "DEFAULT_GROUP_ID": text("auth.default_group", "ui.default_group_id"),
        "DEFAULT_USER_ROLE": Row("auth.default_role", "ui.default_user_role"),
        "DEFAULT_INTERFACE_SETTINGS": mapped("frontend.interface", "ui.default_interface_settings"),
        "JWT_EXPIRES_IN": Row(
            "auth.session_days", "auth.jwt_expiry", told, lambda value, _: float(days_of(value))
        ),
        "ENABLE_MESSAGE_RATING": switch("frontend.ratings", "ui.enable_message_rating"),
        "ENABLE_FOLDERS": switch("frontend.folders", "folders.enable"),
        "ENABLE_MEMORIES": switch("frontend.memories", "memories.enable"),
        "ENABLE_CHANNELS": switch("frontend.channels", "channels.enable"),
        "ENABLE_USER_STATUS": switch("frontend.statuses", "users.enable_status"),
        "ENABLE_USER_WEBHOOKS": switch("frontend.webhooks", "ui.enable_user_webhooks"),
        "RESPONSE_WATERMARK": text("frontend.watermark", "ui.watermark"),
    },
    {
        "ENABLE_MFA": False,
        "MFA_ALLOW_OAUTH_BYPASS": False,
        "MFA_ALLOW_TRUSTED_HEADER_BYPASS": False,
        "ENABLE_LOGIN_FORM": True,
        "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS": False,
        "API_KEYS_ALLOWED_ENDPOINTS": "",
        "I18N": {},
        "ENABLE_COMMUNITY_SHARING": False,
        "FOLDER_MAX_FILE_COUNT": "",
        "AUTOMATION_MAX_COUNT": "",
        "AUTOMATION_MIN_INTERVAL": "",
        "ENABLE_AUTOMATIONS": False,
        "ENABLE_ENCRYPTED_CHANNELS": False,
        "ENABLE_APPS": False,
        "CHANNEL_MODEL_RESPONSE_MODE": "thread",
        "ENABLE_CALENDAR": False,
        "ENABLE_MEMORY_SYSTEM_CONTEXT": True,
        "ENABLE_SKILL_LAZY_LOADING": False,
        "SKILL_CONTENT_MAX_CHARS": None,
        "SKILL_PREVIEW_MAX_CHARS": None,
        "ENABLE_NOTES": True,
        "PENDING_USER_OVERLAY_TITLE": "",
        "PENDING_USER_OVERLAY_CONTENT": "",
    },
)


class GeneralRequest(PanelRequest):
    """Who may come in, for how long, and what of the front end is there."""

    PANEL: ClassVar[Panel] = GENERAL

    SHOW_ADMIN_DETAILS: bool | None = None
    ADMIN_EMAIL: StorableText | None = Field(None, max_length=255)
    WEBUI_URL: StorableText | None = Field(None, max_length=1000)
    ENABLE_SIGNUP: bool | None = None
    ENABLE_API_KEYS: bool | None = None
    DEFAULT_USER_ROLE: str = Field("user", max_length=32)
    DEFAULT_GROUP_ID: StorableText | None = Field(None, max_length=64)
    DEFAULT_INTERFACE_SETTINGS: dict[str, object] | None = Field(None, max_length=1000)
    JWT_EXPIRES_IN: str = Field("", max_length=32)
    ENABLE_MESSAGE_RATING: bool | None = None
    ENABLE_FOLDERS: bool | None = None
    ENABLE_MEMORIES: bool | None = None
    ENABLE_CHANNELS: bool | None = None
    ENABLE_USER_STATUS: bool | None = None
    ENABLE_USER_WEBHOOKS: bool | None = None
    RESPONSE_WATERMARK: StorableText | None = Field(None, max_length=2000)


class GeneralAnswer(TypedDict):
    """What of this is a setting here; how the rest is built stands beside it."""

    SHOW_ADMIN_DETAILS: bool
    ADMIN_EMAIL: str | None
    WEBUI_URL: str
    ENABLE_SIGNUP: bool
    ENABLE_API_KEYS: bool
    DEFAULT_USER_ROLE: str
    DEFAULT_GROUP_ID: str
    DEFAULT_INTERFACE_SETTINGS: dict[str, object]
    JWT_EXPIRES_IN: str
    ENABLE_MESSAGE_RATING: bool
    ENABLE_FOLDERS: bool
    ENABLE_MEMORIES: bool
    ENABLE_CHANNELS: bool
    ENABLE_USER_STATUS: bool
    ENABLE_USER_WEBHOOKS: bool
    RESPONSE_WATERMARK: str


class AdministratorAnswer(TypedDict):
    """Whom people may ask for access."""

    name: str
    email: str


def present_general(settings: Settings) -> GeneralAnswer:
    """Return how all of this is."""
    return GENERAL.shown(settings)  # type: ignore[return-value]  # its rows have these names


def present_administrator(name: str, email: str) -> AdministratorAnswer:
    """Return whom people may ask."""
    return {"name": name, "email": email}
