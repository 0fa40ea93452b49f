"""The search over everything."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.openwebui.finding import EverywhereQuery, present_hits

blueprint = Blueprint("finding", __name__)


@blueprint.get("/api/v1/search")
@reads_only
@signed_in_only
def search() -> Response:
    """Find chats, what was said in them, and notes, 30 a page, what was last changed first."""
    wanted = query_arguments(EverywhereQuery).wanted()
    return success(present_hits(services().webui.finding.page(principal(), wanted)))
