"""A REST page that takes many chunks at once, which are already cut."""

from collections.abc import Sequence

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.lines import json_lines
from api.schemas.sdk.chunk_batch import ChunkLine, cut_chunks, present_batch
from api.services.library.chunk_batches import MOST_CHUNKS
from api.services.library.values import CutChunk

blueprint = Blueprint("chunk_batches", __name__)


@blueprint.post("/datasets/<dataset_id>/documents/<document_id>/chunks/batch")
@api_key_required
def add_batch(dataset_id: str, document_id: str) -> Response:
    """Add chunks that are already cut, a JSON object in each line: all of them or none."""
    batches = services().library.chunk_batches
    return success(present_batch(batches.add(principal(), dataset_id, document_id, received)))


def received(dimensions: int) -> Sequence[CutChunk]:
    """Return the chunks of the body, whose vectors have so many components."""
    return json_lines(ChunkLine, MOST_CHUNKS, cut_chunks(dimensions))
