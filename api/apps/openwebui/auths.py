"""Signing in and out, and what a person says of themselves."""

from flask import Blueprint, Response

from api.apps.openwebui.door import DOOR, begun, signed_in_only, success, unkept
from api.errors import AuthenticationError, NotAllowedError, NotFoundError
from api.http.context import client_origin, principal, services
from api.http.dialects import COOKIE
from api.http.links import public_url
from api.http.requests import json_body
from api.http.vouching import vouched
from api.schemas.openwebui.session import (
    PasswordRequest,
    ProfileRequest,
    SignInRequest,
    SignUpRequest,
    TimezoneRequest,
    present_done,
    present_factor,
    present_key,
    present_person,
    present_signed_out,
    present_truth,
)
from api.services.accounts.records import Principal
from api.services.webui.entrance import PROXY
from api.things import Kind
from api.web.words import problem_said

NOT_HUMAN = "This is for people who have signed in: an API key has no session."

FRONT = "/auth"
"""The page of the front end that signs in."""

blueprint = Blueprint("auths", __name__)


@blueprint.get("/api/v1/auths")
@blueprint.post("/api/v1/auths/refresh")
@signed_in_only
def show() -> Response:
    """Show who has signed in, with a token that begins now."""
    if not principal().session_id:
        raise NotAllowedError(NOT_HUMAN)
    return begun(services().webui.entrance.renewed(principal()))


@blueprint.get("/api/v1/auths/mfa/status")
@signed_in_only
def show_factor() -> Response:
    """Show whether the asker has a second factor, which the console sets up."""
    return success(present_factor(services().sign_in.factors.state(principal().user_id)))


@blueprint.post("/api/v1/auths/signin")
def sign_in() -> Response:
    """Sign in by a password, or by a proxy's word; show a token as good as the session."""
    person = vouched()
    if person is not None:
        landing = services().identity.proxy.sign_in(person, "", client_origin())
        if landing.problem:
            raise NotAllowedError(problem_said(landing.problem))
        return begun(services().webui.entrance.of_session(landing.token, PROXY))
    credentials = json_body(SignInRequest).credentials()
    return begun(services().webui.entrance.sign_in(credentials, client_origin()))


@blueprint.post("/api/v1/auths/signup")
def sign_up() -> Response:
    """Make an account where the settings allow it, and sign it in."""
    wanted = json_body(SignUpRequest).account()
    return begun(services().webui.entrance.join(wanted, client_origin()))


@blueprint.post("/api/v1/auths/signout")
def sign_out() -> Response:
    """End the session that asks, if it has not ended, and tell where else to sign out."""
    asker, elsewhere = asking(), ""
    if asker is not None:
        elsewhere = farewell(asker)
        services().accounts.sessions.end(asker)
    response = unkept(success(present_signed_out(elsewhere)))
    response.delete_cookie(COOKIE)
    return response


def asking() -> Principal | None:
    """Return whose session asks; raises NotAllowedError for a page of another site."""
    try:
        return DOOR.authenticate()
    except AuthenticationError:
        return None


def farewell(asker: Principal) -> str:
    """Return where a browser ends what began elsewhere: at the proxy, or at a provider."""
    if vouched():
        return services().live.current.proxy.sign_out_url
    return services().identity.providers.farewell(asker, f"{public_url()}{FRONT}")


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
    """Keep the time zone that the asker is in; prompts name times there."""
    given = json_body(TimezoneRequest)
    services().accounts.accounts.keep_timezone(principal(), given.timezone)
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
