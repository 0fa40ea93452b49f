"""The REST page of a document as it is looked at."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.sdk.view import ViewQuery, present_view

blueprint = Blueprint("view", __name__)


@blueprint.get("/datasets/<dataset_id>/documents/<document_id>/view")
@api_key_required
def show_view(dataset_id: str, document_id: str) -> Response:
    """Show a part of a document's chunks with the pages of the file and what was edited."""
    look = query_arguments(ViewQuery).look()
    found = services().ingestion.views.show(principal(), dataset_id, document_id, look)
    return success(present_view(found))
