"""Following what becomes of the documents of a dataset."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.sdk.change import ChangesQuery, present_changes

blueprint = Blueprint("changes", __name__)


@blueprint.get("/datasets/<dataset_id>/changes")
@reads_only
@api_key_required
def list_changes(dataset_id: str) -> Response:
    """Tell which documents of a dataset have changed since the request before."""
    since = query_arguments(ChangesQuery).number()
    found = services().library.changes.since(principal(), dataset_id, since)
    return success(present_changes(found))
