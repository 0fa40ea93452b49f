"""Channels, and what people say there."""

from typing import Any

from flask.testing import FlaskClient

from api.config.frontend import FrontendSettings
from api.config.kinds import OnOff
from api.container import Services
from tests.functional.openwebui.library import ok

CHANNELS = "/api/v1/channels"
WRITE = {"principal_type": "user", "principal_id": "*", "permission": "write"}


def channels_on(services: Services, on: OnOff = "on") -> None:
    """Switch channels on, or off."""
    wanted = {"frontend": FrontendSettings(channels=on)}
    services.live.take(services.live.current.model_copy(update=wanted))


def channel(web: FlaskClient, **more: object) -> Any:
    """Make a channel of the server."""
    return ok(web.post(f"{CHANNELS}/create", json={"name": "lamps", **more}))


def say(web: FlaskClient, channel_id: str, content: str, **more: object) -> Any:
    """Post a message."""
    body = {"content": content, **more}
    return ok(web.post(f"{CHANNELS}/{channel_id}/messages/post", json=body))


def said(web: FlaskClient, channel_id: str, query: str = "") -> Any:
    """Return messages, the newest first."""
    return ok(web.get(f"{CHANNELS}/{channel_id}/messages{query}"))
