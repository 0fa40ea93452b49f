"""Tenants that the asker belongs to, and who else does."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.console.tenant import (
    InviteRequest,
    present_invited,
    present_member,
    present_tenant,
)

blueprint = Blueprint("tenant", __name__)


@blueprint.get("/list")
@reads_only
@login_required
def list_tenants() -> Response:
    """List the tenants that the asker is a member of."""
    found = services().accounts.members.list_tenants(principal())
    return success([present_tenant(record) for record in found])


@blueprint.get("/<tenant_id>/user/list")
@reads_only
@login_required
def list_members(tenant_id: str) -> Response:
    """List the members of a tenant to one of them."""
    found = services().accounts.members.list_members(principal(), tenant_id)
    return success([present_member(record) for record in found])


@blueprint.post("/<tenant_id>/user")
@login_required
def invite(tenant_id: str) -> Response:
    """Invite an account into the asker's tenant; nothing is open to it before it accepts."""
    email = json_body(InviteRequest).email
    return success(
        present_invited(services().accounts.members.invite(principal(), tenant_id, email))
    )


@blueprint.delete("/<tenant_id>/user/<user_id>")
@login_required
def end(tenant_id: str, user_id: str) -> Response:
    """Remove a member, or leave a tenant, or decline an invitation."""
    services().accounts.members.end(principal(), tenant_id, user_id)
    return success(data=True)


@blueprint.put("/agree/<tenant_id>")
@login_required
def accept(tenant_id: str) -> Response:
    """Accept an invitation."""
    services().accounts.members.accept(principal(), tenant_id)
    return success(data=True)
