"""REST pages of chunks."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, done, success
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.schemas.sdk.chunk import (
    ChunkAvailability,
    ChunkChangeRequest,
    ChunkDeletion,
    ChunkQuery,
    ChunkRequest,
    present_added,
    present_chunks,
    present_raw_chunk,
)

blueprint = Blueprint("chunks", __name__)

CHUNKS = "/datasets/<dataset_id>/documents/<document_id>/chunks"
CHUNK = f"{CHUNKS}/<chunk_id>"


@blueprint.post(CHUNKS)
@api_key_required
def add_chunk(dataset_id: str, document_id: str) -> Response:
    """Add a chunk to a document."""
    new = json_body(ChunkRequest).wanted()
    added = services().library.chunks.add(principal(), dataset_id, document_id, new)
    return success(present_added(added))


@blueprint.get(CHUNKS)
@api_key_required
def list_chunks(dataset_id: str, document_id: str) -> Response:
    """List the chunks of a document."""
    query = query_arguments(ChunkQuery)
    chunks = services().library.chunk_reader
    page = chunks.list_page(principal(), dataset_id, document_id, query.wanted())
    return followed(success(present_chunks(page, query)), query.next_after(page))


@blueprint.patch(CHUNKS)
@api_key_required
def set_availability(dataset_id: str, document_id: str) -> Response:
    """Make chunks available to searches, or unavailable."""
    body = json_body(ChunkAvailability)
    services().library.chunks.set_available(
        principal(), dataset_id, document_id, body.chunk_ids, available=bool(body.available)
    )
    return success(data=True)


@blueprint.delete(CHUNKS)
@api_key_required
def delete_chunks(dataset_id: str, document_id: str) -> Response:
    """Delete chunks."""
    chosen = json_body(ChunkDeletion).chosen()
    tally = services().library.chunks.delete(principal(), dataset_id, document_id, chosen)
    return done(tally, message=f"deleted {tally.count} chunks")


@blueprint.get(CHUNK)
@api_key_required
def get_chunk(dataset_id: str, document_id: str, chunk_id: str) -> Response:
    """Show a chunk."""
    found = services().library.chunk_reader.get(principal(), dataset_id, document_id, chunk_id)
    return success(present_raw_chunk(found))


@blueprint.route(CHUNK, methods=["PUT", "PATCH"])
@api_key_required
def update_chunk(dataset_id: str, document_id: str, chunk_id: str) -> Response:
    """Change a chunk."""
    change = json_body(ChunkChangeRequest).change()
    services().library.chunks.update(principal(), dataset_id, document_id, chunk_id, change)
    return success()
