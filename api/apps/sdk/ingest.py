"""What later clients do to several documents at once."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.rest.ingest import (
    START,
    IngestRequest,
    StatusRequest,
    present_statuses,
)

blueprint = Blueprint("ingest", __name__)


@blueprint.post("/documents/ingest")
@api_key_required
def ingest() -> Response:
    """Parse documents or stop parsing them, all of them or none."""
    wanted, parsing = json_body(IngestRequest), services().ingestion.parsing_by_id
    if wanted.run == START:
        parsing.start(principal(), wanted.doc_ids, drop_chunks=wanted.delete)
    else:
        parsing.stop(principal(), wanted.doc_ids)
    return success(data=True)


@blueprint.post("/datasets/<dataset_id>/documents/batch-update-status")
@api_key_required
def set_statuses(dataset_id: str) -> Response:
    """Let searches find documents of a dataset or not any more, all of them or none."""
    wanted = json_body(StatusRequest)
    changed = services().library.documents_by_id.set_enabled_in(
        principal(), dataset_id, wanted.doc_ids, enabled=wanted.status == "1"
    )
    return success(present_statuses(changed))
