"""Chunks: which of them people have made, and how they are taken over."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from api.cli.importing.records import SourceChunk
from api.db.models.states import ChunkSource
from api.services.library.records import ChunkRecord
from api.services.library.values import ChunkChange, ChunkCopy

POSITION = 5
BY_PEOPLE = frozenset({ChunkSource.ADDED, ChunkSource.EDITED})


def by_people(chunks: Sequence[SourceChunk], parser_config: Mapping[str, Any]) -> list[SourceChunk]:
    """Return those of a document's chunks that people have added, edited or switched off.

    Raglan tells who made a chunk. RAGFlow does not; there it is taken for made by people if it has
    keywords or questions though none are made by a model, or if it alone has no place on a page.
    """
    automatic = parser_config.get("auto_keywords") or parser_config.get("auto_questions")
    has_places = any(chunk.positions for chunk in chunks)
    return [
        chunk
        for chunk in chunks
        if chunk.source in BY_PEOPLE
        or not chunk.available
        or (
            not chunk.source
            and (
                (not automatic and (chunk.important_keywords or chunk.questions))
                or (has_places and not chunk.positions)
            )
        )
    ]


def as_copy(chunk: SourceChunk) -> ChunkCopy:
    """Return a chunk as it is taken over."""
    return ChunkCopy(
        content=chunk.content,
        important_keywords=chunk.important_keywords,
        questions=chunk.questions,
        positions=[place for place in chunk.positions if len(place) == POSITION],
        available=chunk.available,
        id=chunk.id,
        headings=chunk.headings,
    )


class Known:
    """The chunks that a document has here."""

    def __init__(self, chunks: Sequence[ChunkRecord]) -> None:
        """Index them by id and by text."""
        self.by_id = {chunk.id: chunk for chunk in chunks}
        self.by_text = {bare(chunk.content): chunk for chunk in chunks}

    def like(self, chunk: SourceChunk) -> ChunkRecord | None:
        """Return the chunk that stands for one of the other server, if there is one."""
        return self.by_id.get(chunk.id) or self.by_text.get(bare(chunk.content))


def change_to(here: ChunkRecord, chunk: SourceChunk) -> ChunkChange | None:
    """Return what makes a chunk here the same as the other one; None where it is."""
    wanted: dict[str, Any] = {
        "content": chunk.content,
        "important_keywords": chunk.important_keywords,
        "questions": chunk.questions,
        "available": chunk.available,
    }
    now: dict[str, Any] = {
        "content": here.content,
        "important_keywords": orjson.loads(here.important_keywords),
        "questions": orjson.loads(here.questions),
        "available": here.available,
    }
    differing = {name: value for name, value in wanted.items() if value != now[name]}
    return ChunkChange(**differing) if differing else None


def bare(content: str) -> str:
    """Return a text without what differs between parsers: blanks and line ends."""
    return " ".join(content.split())
