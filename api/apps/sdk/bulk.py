"""REST pages that do something to many documents, and take a deletion back."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.bulk import (
    BulkRequest,
    UndoRequest,
    present_bin,
    present_bulk,
    present_restored,
)

blueprint = Blueprint("bulk", __name__)

DATASET = "/datasets/<dataset_id>"


@blueprint.post(f"{DATASET}/documents/bulk")
@api_key_required
def do_to_many(dataset_id: str) -> Response:
    """Do something to all documents that pass a filter."""
    bulk = json_body(BulkRequest).bulk()
    outcome = services().ingestion.bulk.run(principal(), dataset_id, bulk)
    return success(present_bulk(bulk, outcome))


@blueprint.get(f"{DATASET}/bin")
@reads_only
@api_key_required
def show_bin(dataset_id: str) -> Response:
    """Show which deletions can be taken back."""
    return success(present_bin(services().library.bin.deletions(principal(), dataset_id)))


@blueprint.post(f"{DATASET}/bin/restore")
@api_key_required
def restore(dataset_id: str) -> Response:
    """Take a deletion back."""
    undo = json_body(UndoRequest).undo
    return success(present_restored(services().library.bin.restore(principal(), dataset_id, undo)))
