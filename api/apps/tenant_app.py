"""Tenants that the asker belongs to, and who else does."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.schemas.console.tenant import present_member, present_tenant

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
