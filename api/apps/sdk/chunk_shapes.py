"""REST pages that cut chunks anew by hand, and tell what was made by hand."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.chunk_shape import ChunkMerge, ChunkSplit, present_hand_made, present_shaped

blueprint = Blueprint("chunk_shapes", __name__)

DOCUMENT = "/datasets/<dataset_id>/documents/<document_id>"


@blueprint.post(f"{DOCUMENT}/chunks/<chunk_id>/split")
@api_key_required
def split_chunk(dataset_id: str, document_id: str, chunk_id: str) -> Response:
    """Split a chunk into several."""
    at = json_body(ChunkSplit).at
    shapes = services().library.shapes
    return success(present_shaped(shapes.split(principal(), dataset_id, document_id, chunk_id, at)))


@blueprint.post(f"{DOCUMENT}/chunks/merge")
@api_key_required
def merge_chunks(dataset_id: str, document_id: str) -> Response:
    """Merge chunks into the first of them."""
    ids = json_body(ChunkMerge).chunk_ids
    shapes = services().library.shapes
    return success(present_shaped(shapes.merge(principal(), dataset_id, document_id, ids)))


@blueprint.get(f"{DOCUMENT}/edits")
@reads_only
@api_key_required
def show_edits(dataset_id: str, document_id: str) -> Response:
    """Tell how many chunks of a document were made by hand, and what parsing it again loses."""
    reader = services().library.chunk_reader
    return success(present_hand_made(reader.hand_made(principal(), dataset_id, document_id)))
