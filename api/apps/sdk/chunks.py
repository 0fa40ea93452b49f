"""REST pages of chunks."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, done, success
from api.http.context import services, tenant_id
from api.http.requests import json_body, query_arguments
from api.schemas.sdk.chunk import (
    ChunkAvailability,
    ChunkChange,
    ChunkDeletion,
    ChunkQuery,
    ChunkRequest,
)

blueprint = Blueprint("chunks", __name__)

CHUNKS = "/datasets/<dataset_id>/documents/<document_id>/chunks"
CHUNK = f"{CHUNKS}/<chunk_id>"


@blueprint.post(CHUNKS)
@api_key_required
def add_chunk(dataset_id: str, document_id: str) -> Response:
    """Add a chunk to a document."""
    body = json_body(ChunkRequest)
    return success(
        {"chunk": services().library.chunks.add(tenant_id(), dataset_id, document_id, body)}
    )


@blueprint.get(CHUNKS)
@api_key_required
def list_chunks(dataset_id: str, document_id: str) -> Response:
    """List the chunks of a document."""
    query = query_arguments(ChunkQuery)
    return success(services().library.chunks.list_page(tenant_id(), dataset_id, document_id, query))


@blueprint.patch(CHUNKS)
@api_key_required
def set_availability(dataset_id: str, document_id: str) -> Response:
    """Let searches find chunks, or not."""
    body = json_body(ChunkAvailability)
    services().library.chunks.set_available(tenant_id(), dataset_id, document_id, body)
    return success(data=True)


@blueprint.delete(CHUNKS)
@api_key_required
def delete_chunks(dataset_id: str, document_id: str) -> Response:
    """Delete chunks."""
    body = json_body(ChunkDeletion)
    tally = services().library.chunks.delete(tenant_id(), dataset_id, document_id, body)
    return done(tally, message=f"deleted {tally.count} chunks")


@blueprint.get(CHUNK)
@api_key_required
def get_chunk(dataset_id: str, document_id: str, chunk_id: str) -> Response:
    """Show a chunk."""
    return success(services().library.chunks.get(tenant_id(), dataset_id, document_id, chunk_id))


@blueprint.route(CHUNK, methods=["PUT", "PATCH"])
@api_key_required
def update_chunk(dataset_id: str, document_id: str, chunk_id: str) -> Response:
    """Change a chunk."""
    body = json_body(ChunkChange)
    services().library.chunks.update(tenant_id(), dataset_id, document_id, chunk_id, body)
    return success()
