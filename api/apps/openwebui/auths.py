"""Signing in and out, and what a person says of themselves."""

from flask import Blueprint, Response, request

from api.apps.openwebui.door import signed_in_only, success
from api.errors import NotAllowedError, NotFoundError
from api.http.context import client_origin, principal, services
from api.http.dialects import COOKIE
from api.http.requests import json_body
from api.schemas.openwebui.session import (
    PasswordRequest,
    ProfileRequest,
    SignInRequest,
    SignUpRequest,
    TimezoneRequest,
    present_done,
    present_key,
    present_person,
    present_session,
    present_truth,
)
from api.services.webui.records import WebSession
from api.things import Kind

NOT_HUMAN = "This is for people who have signed in: an API key has no session."

blueprint = Blueprint("auths", __name__)


@blueprint.get("/api/v1/auths")
@signed_in_only
def show() -> Response:
    """Show who has signed in, with a token that begins now."""
    if not principal().session_id:
        raise NotAllowedError(NOT_HUMAN)
    return begun(services().webui.entrance.renewed(principal()))


@blueprint.post("/api/v1/auths/signin")
def sign_in() -> Response:
    """Sign in by a password; show a token that is good as long as the session."""
    credentials = json_body(SignInRequest).credentials()
    return begun(services().webui.entrance.sign_in(credentials, client_origin()))


@blueprint.post("/api/v1/auths/signup")
def sign_up() -> Response:
    """Make an account where the settings allow it, and sign it in."""
    wanted = json_body(SignUpRequest).account()
    return begun(services().webui.entrance.join(wanted, client_origin()))


@blueprint.post("/api/v1/auths/signout")
@signed_in_only
def sign_out() -> Response:
    """End the session that asks, with its tokens."""
    services().accounts.sessions.end(principal())
    response = unkept(success(present_done()))
    response.delete_cookie(COOKIE)
    return response


@blueprint.post("/api/v1/auths/update/profile")
@signed_in_only
def change_profile() -> Response:
    """Change what the asker is called."""
    accounts, changes = services().accounts.accounts, json_body(ProfileRequest).changes()
    accounts.update_profile(principal(), changes, client_origin())
    return unkept(success(present_person(accounts.profile(principal()))))


@blueprint.post("/api/v1/auths/update/password")
@signed_in_only
def change_password() -> Response:
    """Change the asker's password, and end all other sessions."""
    changes = json_body(PasswordRequest).changes()
    services().accounts.accounts.update_profile(principal(), changes, client_origin())
    return unkept(success(present_truth(value=True)))


@blueprint.post("/api/v1/auths/update/timezone")
@signed_in_only
def change_timezone() -> Response:
    """Take where the asker is; times go out without zones, so nothing is kept of it."""
    json_body(TimezoneRequest)
    return unkept(success(present_done()))


@blueprint.get("/api/v1/auths/api_key")
@signed_in_only
def show_key() -> Response:
    """Show the asker's key for this API, where the settings keep keys readable."""
    found = services().webui.entrance.key(principal())
    if not found:
        raise NotFoundError(Kind.KEY)
    return unkept(success(present_key(found)))


@blueprint.post("/api/v1/auths/api_key")
@signed_in_only
def new_key() -> Response:
    """Make the asker a key for this API in place of the one before, and show it this once."""
    return unkept(success(present_key(services().webui.entrance.renew_key(principal()))))


@blueprint.delete("/api/v1/auths/api_key")
@signed_in_only
def forget_key() -> Response:
    """Revoke the asker's key for this API."""
    services().webui.entrance.forget_keys(principal())
    return unkept(success(present_truth(value=True)))


def begun(session: WebSession) -> Response:
    """Answer with a session, and with its token as a cookie."""
    profile = services().accounts.accounts.profile_of(session.user_id)
    may = services().groups.permissions.of_account(session.user_id)
    response = unkept(success(present_session(session, profile, may)))
    response.set_cookie(
        COOKIE,
        session.token,
        expires=session.ends,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def unkept(response: Response) -> Response:
    """Return an answer that no cache on the way may keep."""
    response.headers["Cache-Control"] = "no-store"
    return response
