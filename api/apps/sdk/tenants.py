"""Tenants that the asker belongs to, and who else does, under the REST prefix."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.console.tenant import (
    InviteRequest,
    present_invited,
    present_member,
    present_tenant,
)

blueprint = Blueprint("tenants", __name__)


@blueprint.get("/tenants")
@reads_only
@api_key_required
def list_tenants() -> Response:
    """List the tenants of which the asker is a member, or to which they are invited."""
    found = services().accounts.members.list_tenants(principal())
    return success([present_tenant(record) for record in found])


@blueprint.patch("/tenants/<tenant_id>")
@api_key_required
def accept(tenant_id: str) -> Response:
    """Accept an invitation; there is nothing to say beside it."""
    services().accounts.members.accept(principal(), tenant_id)
    return success(data=True)


@blueprint.get("/tenants/<tenant_id>/users")
@reads_only
@api_key_required
def list_members(tenant_id: str) -> Response:
    """List the members of a tenant to one of them."""
    found = services().accounts.members.list_members(principal(), tenant_id)
    return success([present_member(record) for record in found])


@blueprint.post("/tenants/<tenant_id>/users")
@api_key_required
def invite(tenant_id: str) -> Response:
    """Invite an account into the asker's tenant; nothing is open to it before it accepts."""
    email = json_body(InviteRequest).email
    return success(
        present_invited(services().accounts.members.invite(principal(), tenant_id, email))
    )
