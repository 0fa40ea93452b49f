"""Parts the chunks of a document into small ones that are found, for the sake of the whole."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.chunking.delimiters import Delimiters, parse_delimiters
from rag.chunking.positions import share
from rag.types import ChunkDraft

UNPARTED = frozenset({"qa", "table", "tag", "picture"})
"""Chunk methods whose chunks are small, and one thing each, already."""


def in_children(drafts: Iterable[ChunkDraft], delimiter: str) -> Iterator[ChunkDraft]:
    """Yield the parts of each chunk, which end with a delimiter; put together they are the chunk.

    What is between two delimiters in backticks is a part without these. A chunk without a delimiter
    stands alone.
    """
    delimiters = parse_delimiters(delimiter)
    for draft in drafts:
        parts = list(_parts(draft.content, delimiters))
        yield from _children(draft, parts) if len(parts) > 1 else [draft]


def _parts(content: str, delimiters: Delimiters) -> Iterator[str]:
    kept = ""
    for section in delimiters.sections(content):
        for piece in delimiters.pieces(section):
            kept += piece
            if kept.strip():
                yield kept
                kept = ""


def _children(draft: ChunkDraft, parts: list[str]) -> Iterator[ChunkDraft]:
    whole = sum(map(len, parts))
    start = 0
    for number, part in enumerate(parts, 1):
        end = start + len(part)
        boxes = share(draft.positions, start / whole, end / whole)
        yield replace(draft, content=part, positions=boxes, child=number)
        start = end
