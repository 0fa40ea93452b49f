"""The REST page of what became of a document's runs."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.schemas.sdk.timeline import present_timeline

blueprint = Blueprint("timeline", __name__)


@blueprint.get("/datasets/<dataset_id>/documents/<document_id>/timeline")
@reads_only
@api_key_required
def show_timeline(dataset_id: str, document_id: str) -> Response:
    """Tell of the runs of a document: stages, seconds, attempts, remarks."""
    tasks = services().ingestion.timeline.tasks(principal(), dataset_id, document_id)
    return success(present_timeline(tasks))
