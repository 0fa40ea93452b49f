"""The audit log, for administrators."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import query_arguments
from api.schemas.sdk.audit import AuditQuery, present_audit

blueprint = Blueprint("audit", __name__)


@blueprint.get("/system/audit")
@api_key_required
@operators_only
def list_entries() -> Response:
    """List who has done what, the newest first."""
    query = query_arguments(AuditQuery)
    found = services().auditing.audit.list_entries(principal(), query.wanted())
    return followed(success(present_audit(found)), query.next_after(found))
