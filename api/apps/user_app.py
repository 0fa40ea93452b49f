"""Accounts: sign up, sign in, sign out, and what users change about themselves."""

from flask import Blueprint, Response, request

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import client_origin, principal, services
from api.http.cookies import signed_in, signed_out
from api.http.requests import json_body, query_arguments
from api.schemas.console.account import (
    LoginRequest,
    RegisterRequest,
    SettingRequest,
    TenantInfoRequest,
    present_profile,
    present_signed_in,
    present_tenant,
)
from api.schemas.console.channel import CallbackQuery, present_channels
from api.web.landing import COOKIE, OTHER_PAGES, departing, landed

blueprint = Blueprint("user", __name__)


@blueprint.post("/register")
def register() -> Response:
    """Make an account and sign it in."""
    wanted = json_body(RegisterRequest)
    sign_up = services().people.sign_up
    made = sign_up.register(wanted.values(), wanted.invitation, client_origin())
    greeting = f"{made.user.nickname}, welcome aboard!"
    return signed_in(success(present_signed_in(made), message=greeting), made.token)


@blueprint.post("/login")
def login() -> Response:
    """Sign in; the session token is in the `Authorization` header of the answer."""
    made = services().sign_in.passwords.sign_in(json_body(LoginRequest).values(), client_origin())
    return signed_in(success(present_signed_in(made), message="Welcome back!"), made.token)


@blueprint.get("/login/channels")
def channels() -> Response:
    """List other ways to sign in: the providers of the settings."""
    return success(present_channels(services().identity.providers.channels()))


@blueprint.get("/login/<channel>")
def channel_login(channel: str) -> Response:
    """Lead a browser to a provider; back, it gets the session in the address of the root."""
    return departing(channel, OTHER_PAGES)


@blueprint.get("/oauth/callback/<channel>")
def channel_callback(channel: str) -> Response:
    """Sign in who comes back from a provider, wherever they began, and lead them there."""
    callback = query_arguments(CallbackQuery).values()
    taken = request.cookies.get(COOKIE, "")
    finish = services().identity.providers.finish
    return landed(finish(channel, callback, taken, client_origin()))


@blueprint.get("/logout")
@login_required
def logout() -> Response:
    """End the session."""
    services().accounts.sessions.end(principal())
    return signed_out(success(data=True))


@blueprint.get("/info")
@reads_only
@login_required
def info() -> Response:
    """Show the user who asks."""
    return success(present_profile(services().accounts.accounts.profile(principal())))


@blueprint.post("/setting")
@login_required
def setting() -> Response:
    """Change what the user says about themselves, or their password."""
    changes = json_body(SettingRequest).values()
    services().accounts.accounts.update_profile(principal(), changes, client_origin())
    return success(data=True)


@blueprint.get("/tenant_info")
@reads_only
@login_required
def tenant_info() -> Response:
    """Show the tenant with the models that it uses by default."""
    return success(present_tenant(services().accounts.tenants.info(principal())))


@blueprint.post("/set_tenant_info")
@login_required
def set_tenant_info() -> Response:
    """Change the models that the tenant uses by default."""
    services().accounts.tenants.change(principal(), json_body(TenantInfoRequest).values())
    return success(data=True)
