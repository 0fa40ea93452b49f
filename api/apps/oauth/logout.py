"""Providers that say that somebody has signed out there (OpenID Connect Back-Channel Logout)."""

from flask import Blueprint, Response, request

from api.apps.oauth.door import DOOR
from api.http.context import services
from api.http.requests import validated
from api.schemas.oauth.logout import LogoutRequest

blueprint = Blueprint("logout", __name__)


@blueprint.post("/oauth/<provider>/logout")
def end_sessions(provider: str) -> Response:
    """End the sessions that a provider names, on all workers."""
    told = validated(LogoutRequest, request.form.to_dict())
    services().identity.providers.sign_out(provider, told.logout_token)
    response = DOOR.success()
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/oauth/backchannel-logout")
def end_told() -> Response:
    """End the sessions that whichever provider names, as Open WebUI's address is."""
    told = validated(LogoutRequest, request.form.to_dict())
    services().identity.providers.end_told(told.logout_token)
    response = DOOR.success()
    response.headers["Cache-Control"] = "no-store"
    return response
