"""What the server could tell others of as it happens: nothing yet, and nobody."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import services
from api.schemas.openwebui.happening import present_catalogue
from api.schemas.openwebui.person import present_groups

blueprint = Blueprint("happenings", __name__)


@blueprint.get("/api/events")
@signed_in_only
@operators_only
def catalogue() -> Response:
    """Show of what others can be told: an empty list."""
    return success(present_catalogue(services().operations.system.version))


@blueprint.get("/api/events/webhooks")
@signed_in_only
@operators_only
def list_webhooks() -> Response:
    """Show who is told: an empty list."""
    return success(present_groups())
