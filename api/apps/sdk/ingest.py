"""Parsing documents of any dataset, as later clients ask for it."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.rest.ingest import START, IngestRequest

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
