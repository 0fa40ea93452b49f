"""Accounts: sign up, sign in, sign out, and what users change about themselves."""

from flask import Blueprint, Response

from api.http.authentication import login_required
from api.http.context import client_site, principal, services, tenant_id
from api.http.requests import json_body
from api.http.responses import success, with_token
from api.schemas.console.account import (
    LoginRequest,
    RegisterRequest,
    SettingRequest,
    TenantInfoRequest,
)

blueprint = Blueprint("user", __name__)


@blueprint.post("/register")
def register() -> Response:
    """Make an account and sign it in."""
    made = services().accounts.accounts.register(json_body(RegisterRequest), client_site())
    return with_token(
        success(made.user, message=f"{made.user['nickname']}, welcome aboard!"), made.token
    )


@blueprint.post("/login")
def login() -> Response:
    """Sign in; the session token is in the `Authorization` header of the answer."""
    made = services().accounts.accounts.sign_in(json_body(LoginRequest), client_site())
    return with_token(success(made.user, message="Welcome back!"), made.token)


@blueprint.get("/logout")
@login_required
def logout() -> Response:
    """End the session."""
    services().accounts.accounts.sign_out(principal().user_id)
    return success(data=True)


@blueprint.get("/info")
@login_required
def info() -> Response:
    """Show the user who asks."""
    return success(services().accounts.accounts.profile(principal().user_id))


@blueprint.post("/setting")
@login_required
def setting() -> Response:
    """Change what the user says about themselves, or their password."""
    request = json_body(SettingRequest)
    services().accounts.accounts.update_profile(principal().user_id, request, client_site())
    return success(data=True)


@blueprint.get("/tenant_info")
@login_required
def tenant_info() -> Response:
    """Show the tenant with the models that it uses by default."""
    return success(services().accounts.tenants.info(tenant_id()))


@blueprint.post("/set_tenant_info")
@login_required
def set_tenant_info() -> Response:
    """Change the models that the tenant uses by default."""
    services().accounts.tenants.change(tenant_id(), json_body(TenantInfoRequest))
    return success(data=True)
