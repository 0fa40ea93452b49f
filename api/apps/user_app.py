"""Accounts: sign up, sign in, sign out, and what users change about themselves."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.errors import NotFoundError
from api.http.authentication import reads_only
from api.http.context import client_origin, principal, services
from api.http.cookies import signed_in, signed_out
from api.http.requests import json_body
from api.schemas.console.account import (
    LoginRequest,
    RegisterRequest,
    SettingRequest,
    TenantInfoRequest,
    present_profile,
    present_signed_in,
    present_tenant,
)
from api.things import Kind

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
    """List other ways to sign in, of which there are none."""
    return success([])


@blueprint.get("/login/<channel>")
def channel_login(channel: str) -> Response:
    """Refuse a way to sign in that is not there."""
    raise NotFoundError(Kind.CHANNEL, channel)


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
