"""Chunks, as the console's pages list, write and search them."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.console.chunk import (
    ChunkEdit,
    ChunkId,
    ChunkIds,
    ChunkListRequest,
    ChunkSwitch,
    DocId,
    NewChunkRequest,
    RetrievalTest,
    present_chunk,
    present_chunks,
    present_found,
    present_made,
)
from api.schemas.console.graph import no_graph

blueprint = Blueprint("chunk", __name__)


@blueprint.post("/list")
@login_required
def list_chunks() -> Response:
    """List the chunks of a document."""
    body = json_body(ChunkListRequest)
    page = services().library.chunks_by_id.list_page(principal(), body.doc_id, body.wanted())
    return success(present_chunks(page, body))


@blueprint.get("/get")
@reads_only
@login_required
def get() -> Response:
    """Show a chunk."""
    chunk_id = query_arguments(ChunkId).chunk_id
    return success(present_chunk(services().library.chunk_reader.find(principal(), chunk_id)))


@blueprint.post("/create")
@login_required
def create() -> Response:
    """Add a chunk to a document."""
    body = json_body(NewChunkRequest)
    added = services().library.chunks_by_id.add(principal(), body.doc_id, body.wanted())
    return success(present_made(added))


@blueprint.post("/set")
@login_required
def set_chunk() -> Response:
    """Change a chunk."""
    body = json_body(ChunkEdit)
    services().library.chunks_by_id.update(principal(), body.doc_id, body.chunk_id, body.change())
    return success(data=True)


@blueprint.post("/switch")
@login_required
def switch() -> Response:
    """Make chunks available to searches, or unavailable."""
    body = json_body(ChunkSwitch)
    services().library.chunks_by_id.set_available(
        principal(), body.doc_id, body.chunk_ids, available=bool(body.available_int)
    )
    return success(data=True)


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Delete chunks."""
    body = json_body(ChunkIds)
    services().library.chunks_by_id.delete(principal(), body.doc_id, body.chunk_ids)
    return success(data=True)


@blueprint.post("/retrieval_test")
@login_required
def retrieval_test() -> Response:
    """Return the passages that fit a question."""
    body = json_body(RetrievalTest)
    asked = (principal(), body.wanted(), body.search_id or "")
    found = services().chats.asking.retrieve(*asked, highlight=bool(body.highlight))
    return success(present_found(found))


@blueprint.get("/knowledge_graph")
@reads_only
@login_required
def graph() -> Response:
    """Show the graph of a document, which is empty."""
    services().library.documents.locate(principal(), query_arguments(DocId).doc_id)
    return success(no_graph())
