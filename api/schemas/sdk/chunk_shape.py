"""Chunks that are cut anew by hand, on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import Request
from api.schemas.sdk.chunk import ChunkAnswer, present_chunk
from api.services.library.shape_records import HandMade, ShapedChunks

MOST_MERGED = 100


class ChunkSplit(Request):
    """Before which characters of its content a chunk is split; the first one is 0."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": [1200]}]})

    at: Annotated[
        list[Annotated[int, Field(ge=1, lt=2**31)]],
        Field(min_length=1, max_length=100, fail_fast=True),
    ]


class ChunkMerge(Request):
    """Which chunks of a document become one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"chunk_ids": ["d46a9d3ccd2b6fd4", "5e6f3a1b9c0d7e82"]}]}
    )

    chunk_ids: Annotated[list[str], Field(min_length=2, max_length=MOST_MERGED, fail_fast=True)]


class ShapedAnswer(TypedDict):
    """What chunks that were split or merged are now, in the order of the document."""

    chunks: list[ChunkAnswer]


class HandMadeAnswer(TypedDict):
    """How many chunks people have edited (or switched off), added, and switched off.

    Parsing again keeps `kept` of them; with `discard_edits` it loses `lost_by_discarding`.
    """

    edited: int
    added: int
    switched_off: int
    kept: int
    lost_by_discarding: int


def present_shaped(shaped: ShapedChunks) -> ShapedAnswer:
    """Return what chunks are now as it goes out."""
    return {"chunks": [present_chunk(chunk, shaped.document) for chunk in shaped.chunks]}


def present_hand_made(found: HandMade) -> HandMadeAnswer:
    """Return how many chunks people have made."""
    return {
        "edited": found.edited,
        "added": found.added,
        "switched_off": found.hidden,
        "kept": found.edited + found.added,
        "lost_by_discarding": found.edited,
    }
