"""Chunks that are cut anew by hand: one split into several, or several merged into one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.db.models.states import ChunkSource
from api.errors import ArgumentError, NotFoundError
from api.services.accounts.records import Principal
from api.services.library.chunks import ChunkService
from api.services.library.names import is_chunk_id
from api.services.library.queries import chunk_edits as edits
from api.services.library.queries import chunks as queries
from api.services.library.quota import Growth
from api.services.library.records import (
    ChunkRecord,
    DatasetHead,
    DocumentPlace,
    LockedDocument,
)
from api.services.library.shape_records import ShapedChunks
from api.services.tally import distinct
from api.things import Kind
from rag.tokenizing.counting import count_tokens

MOST_CHARACTERS = 1 << 16
"""Of a chunk that was merged, as of one that is written by hand."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """What is written of a chunk that stays, and what comes behind it."""

    stays: ChunkRecord
    added: Sequence[ChunkRecord] = ()
    gone: Sequence[ChunkRecord] = ()


class ChunkShapes:
    """Splits and merges chunks, each time in one transaction.

    The first one stays, as one that was edited; what comes behind it counts as added by hand.
    """

    def __init__(self, chunks: ChunkService) -> None:
        """Write as edits of chunks do."""
        self.chunks = chunks
        self.database = chunks.database

    def split(
        self, asker: Principal, dataset_id: str, document_id: str, chunk_id: str, at: Sequence[int]
    ) -> ShapedChunks:
        """Split a chunk at some of its characters; return the pieces."""
        dataset, document = self.chunks.place(asker, dataset_id, document_id)

        def shape(locked: LockedDocument, found: Sequence[ChunkRecord]) -> Shaped:
            return split(self.database, locked, found[0], at)

        growth = Growth(dataset.tenant_id, dataset.id, chunks=len(at))
        self.chunks.quota.check(growth)
        return self.write(dataset, document, [chunk_id], shape, growth)

    def merge(
        self, asker: Principal, dataset_id: str, document_id: str, chunk_ids: Sequence[str]
    ) -> ShapedChunks:
        """Merge chunks, in the order of their document, into the first of them; return that."""
        dataset, document = self.chunks.place(asker, dataset_id, document_id)
        ids = distinct(chunk_ids)[0]
        if len(ids) == 1:
            raise ArgumentError("`chunk_ids`: merging takes two chunks or more.")
        none = Growth(dataset.tenant_id, dataset.id, chunks=0)
        return self.write(dataset, document, ids, lambda _, found: merged(found), none)

    def write(
        self,
        dataset: DatasetHead,
        document: DocumentPlace,
        ids: Sequence[str],
        shape: Callable[[LockedDocument, Sequence[ChunkRecord]], Shaped],
        growth: Growth,
    ) -> ShapedChunks:
        """Write what becomes of chunks, and copy it into the chunk store."""
        shaped = self.committed(dataset, document, ids, shape, growth)
        changed = [shaped.stays, *shaped.added, *shaped.gone]
        index, changed_ids = self.chunks.index, [chunk.id for chunk in changed]
        self.chunks.bring_in_step(lambda: index.sync(dataset.id, document.id, changed_ids))
        return ShapedChunks([shaped.stays, *shaped.added], document)

    @connected
    def committed(
        self,
        dataset: DatasetHead,
        place: DocumentPlace,
        ids: Sequence[str],
        shape: Callable[[LockedDocument, Sequence[ChunkRecord]], Shaped],
        growth: Growth,
    ) -> Shaped:
        """Write what becomes of chunks in one transaction; raises NotFoundError."""
        with self.database.atomic():
            self.chunks.quota.hold(dataset.tenant_id)
            document = self.chunks.locked(place.dataset_id, place.id)
            known = [item for item in ids if is_chunk_id(item)]
            now = place._replace(generation=document.generation)
            found = queries.in_order(self.database, now, known)
            if lacking := set(ids) - {chunk.id for chunk in found}:
                raise NotFoundError(Kind.CHUNK, *sorted(lacking))
            shaped = shape(document, found)
            self.write_rows(document, shaped)
            self.chunks.quota.verify(growth)
            return shaped

    def write_rows(self, document: LockedDocument, shaped: Shaped) -> None:
        """Within a transaction: write the rows of chunks, and count them."""
        stays, stay_tokens = shaped.stays, count_tokens(shaped.stays.content)
        gone = edits.chosen(document, [chunk.id for chunk in shaped.gone])
        [before] = edits.chosen(document, [stays.id])
        tokens = stay_tokens - before.token_count - sum(chunk.token_count for chunk in gone)
        edits.edit(
            [before],
            content=stays.content,
            token_count=stay_tokens,
            important_keywords=orjson.Fragment(stays.important_keywords),
            questions=orjson.Fragment(stays.questions),
            positions=orjson.Fragment(stays.positions),
        )
        if gone:
            edits.edit(gone, deleted=True)
        place = edits.make_place(document, before.seq, len(shaped.added)) if shaped.added else 0
        for ordinal, chunk in enumerate(shaped.added, place):
            added_tokens = count_tokens(chunk.content)
            tokens += added_tokens
            edits.insert(self.database, document, chunk, added_tokens, ordinal)
        self.chunks.count(document, chunks=len(shaped.added) - len(gone), tokens=tokens)


def split(
    database: Database, document: LockedDocument, chunk: ChunkRecord, at: Sequence[int]
) -> Shaped:
    """Return the pieces of a chunk; raises ArgumentError where one would be blank."""
    places = [0, *sorted(set(at)), len(chunk.content)]
    pieces = [chunk.content[begin:end].strip() for begin, end in pairwise(places)]
    if not all(pieces):
        raise ArgumentError("`at`: each piece of the chunk must have text of its own.")
    stays, *others = pieces
    added = [
        chunk._replace(
            id=edits.free_id(database, document, content),
            content=content,
            questions="[]",
            source=ChunkSource.ADDED,
            create_time=now_ms(),
        )
        for content in others
    ]
    return Shaped(edited(chunk, stays), added)


def merged(chunks: Sequence[ChunkRecord]) -> Shaped:
    """Return chunks as one; raises ArgumentError where that would be too long."""
    first, *others = chunks
    content = "\n".join(chunk.content for chunk in chunks)
    if len(content) > MOST_CHARACTERS:
        raise ArgumentError(f"`chunk_ids`: a chunk may have {MOST_CHARACTERS:,} characters.")
    whole = edited(first, content)._replace(
        important_keywords=joined(chunk.important_keywords for chunk in chunks),
        questions=joined(chunk.questions for chunk in chunks),
        positions=joined(chunk.positions for chunk in chunks),
    )
    return Shaped(whole, gone=others)


def edited(chunk: ChunkRecord, content: str) -> ChunkRecord:
    """Return a chunk as it is when it has another content."""
    is_added = chunk.source == ChunkSource.ADDED
    source = ChunkSource.ADDED if is_added else ChunkSource.EDITED
    return chunk._replace(content=content, source=source)


def joined(texts: Iterable[str]) -> str:
    """Return JSON lists as one, in which everything comes once."""
    found: dict[bytes, object] = {}
    for text in texts:
        found |= {orjson.dumps(item): item for item in orjson.loads(text)}
    return orjson.dumps(list(found.values())).decode()
