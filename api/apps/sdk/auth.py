"""Signing in and out by tokens."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import client_origin, principal, services
from api.http.requests import json_body
from api.schemas.sdk.signing import (
    NewPasswordRequest,
    RefreshRequest,
    ResetRequest,
    TokensRequest,
    present_tokens,
)

blueprint = Blueprint("auth", __name__)


@blueprint.post("/auth/tokens")
def sign_in() -> Response:
    """Sign in by a password; show an access token and a refresh token."""
    credentials = json_body(TokensRequest).credentials()
    made = services().sign_in.tokens.sign_in(credentials, client_origin())
    return unkept(success(present_tokens(made)))


@blueprint.post("/auth/tokens/refresh")
def refresh() -> Response:
    """Show the next tokens; the refresh token that was sent is used up."""
    wanted = json_body(RefreshRequest)
    return unkept(success(present_tokens(services().sign_in.tokens.refresh(wanted.refresh_token))))


@blueprint.delete("/auth/session")
@api_key_required
def sign_out() -> Response:
    """End the session that asks, with its tokens."""
    services().accounts.sessions.end(principal())
    return success(data=True)


@blueprint.post("/auth/password-reset")
def ask_for_reset() -> Response:
    """Mail a link to set a new password, if the address is that of an account."""
    services().sign_in.resets.ask(json_body(ResetRequest).email, client_origin())
    return success(data=True)


@blueprint.post("/auth/password-reset/confirm")
def reset() -> Response:
    """Set a new password by what the link holds, and end all sessions."""
    wanted = json_body(NewPasswordRequest)
    services().sign_in.resets.use(wanted.token, wanted.password)
    return success(data=True)


def unkept(response: Response) -> Response:
    """Return an answer that no cache on the way may keep (RFC 6749, 5.1)."""
    response.headers["Cache-Control"] = "no-store"
    return response
