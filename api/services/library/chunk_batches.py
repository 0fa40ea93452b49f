"""Chunks that are already cut, up to ten thousand at once: all of them are found, or none.

They are embedded, where they bring no vectors, and staged in the chunk store, where nobody sees
them; then written to the database in one transaction, and published in one change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from secrets import randbits
from typing import NamedTuple

import numpy as np
import orjson
import xxhash

from api.db.base import new_id, now_ms
from api.db.connection import connected, connection
from api.db.models.states import ChunkSource
from api.errors import ArgumentError, NotFoundError, UnavailableError
from api.services.accounts.records import Principal
from api.services.library.chunk_index import batches
from api.services.library.chunks import ChunkService
from api.services.library.disk import DiskSpace
from api.services.library.queries import chunk_edits as edits
from api.services.library.queries import cleanup, indexing
from api.services.library.quota import Growth
from api.services.library.records import (
    ChunkRecord,
    CleanupKind,
    DatasetHead,
    DocumentPlace,
    LockedDocument,
    Visible,
    VisibleChunk,
)
from api.services.library.values import CutChunk
from api.things import Kind
from rag.errors import ModelError
from rag.llm.naming import with_name
from rag.llm.vectors import unit_rows
from rag.passages import embedding_text
from rag.quoting import quoted
from rag.tokenizing.counting import count_tokens
from rag.types import Chunk, Matrix, Vector

MOST_CHUNKS = 10_000
STAGED_AT_ONCE = 256

STAGED_MS = 3_600_000
"""How old, in ms, staged chunks are before they are removed as those of a killed process."""

PUBLISH_GRACE = 20_000
"""In ms: only after this, and its usual delay, does the recovery job take the process for dead.

It has the texts embedded, as vectors that were sent are in the chunk store alone.
"""


class Added(NamedTuple):
    """Chunks that were added: their ids in their order, and how many tokens they have."""

    ids: Sequence[str]
    tokens: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """Chunks that were staged, as rows, with their tokens and vectors; all in their order."""

    place: DocumentPlace
    generation: int
    records: Sequence[ChunkRecord]
    tokens: Sequence[int]
    vectors: Matrix


class ChunkBatches:
    """Adds chunks that are already cut to documents, as chunks that people have added."""

    def __init__(self, chunks: ChunkService, disk: DiskSpace) -> None:
        """Write as edits of chunks do."""
        self.chunks = chunks
        self.database = chunks.database
        self.index = chunks.index
        self.disk = disk

    def add(
        self,
        asker: Principal,
        dataset_id: str,
        document_id: str,
        receive: Callable[[int], Sequence[CutChunk]],
    ) -> Added:
        """Add chunks at the end of a document, all or none.

        `receive` returns them when it is told how many components a vector has; it is called once
        the asker may add some. Raises NotFoundError, ArgumentError with a line for each chunk that
        cannot be added, QuotaError, UnavailableError and ConflictError.
        """
        dataset, place = self.chunks.place(asker, dataset_id, document_id)
        given = receive(self.dimensions(dataset))
        growth = Growth(dataset.tenant_id, dataset_id, chunks=len(given))
        self.chunks.quota.check(growth)
        self.disk.check_growing()
        ids = self.ids_for(place, given)
        note, generation = self.noted(place)
        try:
            prepared = self.staged(dataset, place, generation, given, ids)
            document = self.committed(dataset, prepared, growth)
        except BaseException:  # whatever ended it, a kill of the greenlet too: nothing stays staged
            self.chunks.bring_in_step(partial(self.discard, place, note, generation))
            raise
        self.chunks.bring_in_step(partial(self.publish, dataset, prepared, document, note))
        return Added(ids, sum(prepared.tokens))

    def dimensions(self, dataset: DatasetHead) -> int:
        """Return how many components the vectors of a dataset have."""
        if dataset.dimensions:
            return dataset.dimensions
        embedder = self.index.models.embedder(dataset.tenant_id, dataset.embedding_model)
        try:
            return int(self.index.execution.offload(lambda: embedder.dimensions))
        except ModelError as error:
            raise UnavailableError(f"The embedding model does not answer: {error}") from error

    @connected
    def ids_for(self, place: DocumentPlace, given: Sequence[CutChunk]) -> list[str]:
        """Return the ids of chunks, those that were sent as they are; raises ArgumentError."""
        document = LockedDocument(place.id, place.dataset_id, place.generation, 0)
        there = edits.known_ids(document)
        check_free(given, there)
        taken = there | {chunk.id for chunk in given}
        return [chunk.id or free_id(taken, place.id, chunk.new.content) for chunk in given]

    @connected
    def noted(self, place: DocumentPlace) -> tuple[str, int]:
        """Note that chunks are about to be staged; return the note, and their generation."""
        generation = -2 - randbits(30)
        with self.database.atomic():
            kind = CleanupKind.STAGED
            note = cleanup.note(kind, place.dataset_id, place.id, str(generation), STAGED_MS)
        return note, generation

    def staged(
        self,
        dataset: DatasetHead,
        place: DocumentPlace,
        generation: int,
        given: Sequence[CutChunk],
        ids: Sequence[str],
    ) -> Prepared:
        """Embed chunks and stage them; raises UnavailableError and ChunkStoreError."""
        seen = self.seen(place)
        records = [record_of(*pair) for pair in zip(given, ids, strict=True)]
        vectors: list[Matrix] = []
        tokens: list[int] = []
        for rows in batches(range(len(given)), STAGED_AT_ONCE):
            cut = [given[row] for row in rows]
            matrix = self.embedded(dataset, cut)
            counted = self.index.execution.offload(count_all, [item.new.content for item in cut])
            chunks = [chunk_of(place, records[row]) for row in rows]
            named = with_name(matrix, seen.facts, partial(self.embed, dataset))
            store = self.index.chunk_store
            self.index.execution.offload(store.stage, seen.facts, generation, chunks, named)
            vectors.append(matrix)
            tokens += counted
        return Prepared(place, generation, records, tokens, np.concatenate(vectors))

    @connected
    def seen(self, place: DocumentPlace) -> Visible:
        """Return what the chunk store is to know of a document; raises NotFoundError."""
        seen = indexing.visible(self.database, place.id, ())
        if seen is None:
            raise NotFoundError(Kind.DOCUMENT, place.id)
        return seen

    def embedded(self, dataset: DatasetHead, cut: Sequence[CutChunk]) -> Matrix:
        """Return the vectors of chunks: those that they bring, and others of the model."""
        texts = {number: text_of(item) for number, item in enumerate(cut) if item.vector is None}
        made = iter(self.embed(dataset, list(texts.values())) if texts else ())
        rows = [next(made) if item.vector is None else item.vector for item in cut]
        return unit_rows(np.stack(rows).astype(np.float32))

    def embed(self, dataset: DatasetHead, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts; raises UnavailableError."""
        try:
            return self.index.embed(dataset.tenant_id, dataset.embedding_model, texts)
        except ModelError as error:
            raise UnavailableError(f"The chunks could not be embedded: {error}") from error

    @connected
    def committed(
        self, dataset: DatasetHead, prepared: Prepared, growth: Growth
    ) -> tuple[LockedDocument, int]:
        """Write staged chunks in one transaction; return the document, and their version."""
        records, tokens = prepared.records, prepared.tokens
        with self.database.atomic():
            self.chunks.quota.hold(dataset.tenant_id)
            document = self.chunks.locked(dataset.id, prepared.place.id)
            check_still_free(edits.known_ids(document), records)
            version = now_ms() + PUBLISH_GRACE
            edits.insert_many(self.database, document, records, tokens, version)
            self.chunks.count(document, chunks=len(records), tokens=sum(tokens))
            self.chunks.record_vectors(dataset, prepared.vectors.shape[1])
            self.chunks.quota.verify(growth)
        return document, version

    # Once they are committed.

    def publish(
        self,
        dataset: DatasetHead,
        prepared: Prepared,
        written: tuple[LockedDocument, int],
        note: str,
    ) -> None:
        """Have committed chunks found, in one change."""
        place, (document, version) = prepared.place, written
        store = self.index.chunk_store
        self.index.execution.offload(store.adopt, place.dataset_id, place.id, prepared.generation)
        facts = self.seen(place).facts
        for rows in batches(range(len(prepared.records)), STAGED_AT_ONCE):
            found = [prepared.records[row] for row in rows]
            chunks = {one.id: VisibleChunk(chunk_of(place, one), version) for one in found}
            seen = Visible(
                facts, dataset.tenant_id, dataset.embedding_model, document.generation, chunks
            )
            if not self.index.confirm(place.id, list(chunks), seen):
                # Parsed again, or edited, meanwhile.
                known = known_vectors(found, prepared.vectors[rows[0] : rows[-1] + 1])
                self.index.sync(place.dataset_id, place.id, list(chunks), known)
        self.forget(note)

    def discard(self, place: DocumentPlace, note: str, generation: int) -> None:
        """Remove what was staged in vain."""
        store = self.index.chunk_store
        self.index.execution.offload(store.discard, place.dataset_id, place.id, generation)
        self.forget(note)

    def forget(self, note: str) -> None:
        """Delete the note of staged chunks."""
        with connection(self.database):
            cleanup.remove([note])


def check_free(given: Sequence[CutChunk], there: set[str]) -> None:
    """Refuse ids that the document has already; raises ArgumentError."""
    taken = [
        f"Line {one.line}: `id`: the document has {one.id}." for one in given if one.id in there
    ]
    if taken:
        raise ArgumentError(listed(taken))


def check_still_free(there: set[str], records: Sequence[ChunkRecord]) -> None:
    """Within a transaction: refuse ids that were taken meanwhile; raises ArgumentError."""
    if taken := sorted(there & {record.id for record in records}):
        raise ArgumentError(f"Somebody else has just added {quoted(taken[0])}: try again.")


def listed(lines: Sequence[str], most: int = 20) -> str:
    """Return some lines, and how many there are beside them."""
    more = [f"and {len(lines) - most:,} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])


def free_id(taken: set[str], document_id: str, content: str) -> str:
    """Return the id of a new chunk, as that of a single one, and take it."""
    base = content + document_id
    chunk_id = xxhash.xxh64_hexdigest(base.encode())
    while chunk_id in taken:
        chunk_id = xxhash.xxh64_hexdigest(f"{base}\0{new_id()}".encode())
    taken.add(chunk_id)
    return chunk_id


def record_of(cut: CutChunk, chunk_id: str) -> ChunkRecord:
    """Return the row of a chunk."""
    return ChunkRecord(
        id=chunk_id,
        content=cut.new.content,
        important_keywords=orjson.dumps(cut.new.important_keywords).decode(),
        questions=orjson.dumps(cut.new.questions).decode(),
        positions=orjson.dumps(cut.positions).decode(),
        image_id="",
        available=cut.available,
        source=ChunkSource.ADDED.value,
        create_time=now_ms(),
        headings="[]",
    )


def chunk_of(place: DocumentPlace, record: ChunkRecord) -> Chunk:
    """Return a chunk as the chunk store takes it."""
    columns = (record.important_keywords, record.questions, record.positions, record.image_id)
    row = (record.id, place.id, place.dataset_id, record.content, 0, *columns)
    rest = (record.available, record.headings, record.create_time, 0)
    return indexing.as_visible((*row, *rest)).chunk


def text_of(cut: CutChunk) -> str:
    """Return what stands for a chunk in the vector space."""
    return embedding_text(cut.new.questions, (), cut.new.content)


def count_all(texts: Sequence[str]) -> list[int]:
    """Return about how many tokens each text has."""
    return [count_tokens(text) for text in texts]


def known_vectors(records: Sequence[ChunkRecord], vectors: Matrix) -> Mapping[str, Vector]:
    """Return vectors by what stands for their chunks."""
    texts = (embedding_text(orjson.loads(one.questions), (), one.content) for one in records)
    return dict(zip(texts, vectors, strict=True))
