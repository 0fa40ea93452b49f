"""Chunks changed by hand: added, edited, hidden and deleted."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import orjson

from api.db.base import now_ms
from api.db.connection import Database, connected, connection
from api.db.models.states import ChunkSource
from api.errors import ConflictError, NotFoundError, PairError, RaglanError, UnavailableError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.library.chunk_index import ChunkIndex, batches
from api.services.library.names import is_chunk_id, is_id
from api.services.library.queries import chunk_adding as adding
from api.services.library.queries import chunk_edits as edits
from api.services.library.queries import chunks as queries
from api.services.library.queries import holdings
from api.services.library.queries.chunk_adding import Landing
from api.services.library.quota import Growth, Quota
from api.services.library.records import (
    ChunkRecord,
    DatasetHead,
    DocumentPlace,
    LockedDocument,
    PlacedChunk,
)
from api.services.library.values import ChunkChange, NewChunk
from api.services.tally import Tally, distinct
from api.services.unset import UNSET
from api.things import Kind
from rag.errors import ModelError, RagError
from rag.passages import embedding_text
from rag.types import Chunk, Vector

log = logging.getLogger(__name__)

CHANGED_AT_ONCE = 500

_PAIR = re.compile(r"\s*(?:Question:)?([^\t\n]*\S)\s*?[\t\n]\s*\S")


class ChunkService:
    """Edits the visible chunks of documents.

    An edit is committed first, then copied into the chunk store. If that fails the edit stands, and
    the recovery job copies it later.
    """

    def __init__(self, database: Database, index: ChunkIndex, quota: Quota) -> None:
        """Initialize with the parts; nothing is opened."""
        self.quota = quota
        self.database = database
        self.index = index

    def add(
        self, asker: Principal, dataset_id: str, document_id: str, new: NewChunk
    ) -> PlacedChunk:
        """Add a chunk at the end of a document and return it with the document."""
        dataset, document = self.place(asker, dataset_id, document_id)
        growth = Growth(dataset.tenant_id, dataset_id, chunks=1)
        self.quota.check(growth)
        text = embedding_text(new.questions, (), new.content)
        known = self.vector(dataset, text)
        tokens = self.index.count(new.content)
        with connection(self.database), self.database.atomic():
            self.quota.hold(dataset.tenant_id)
            landing, chunk = self.insert(dataset, document_id, new, tokens, len(known[text]))
            self.quota.verify(growth)
        added = as_chunk(landing, chunk, new)
        self.bring_in_step(lambda: self.index.take_in(dataset, landing, added, known))
        return PlacedChunk(chunk, document)

    def update(
        self,
        asker: Principal,
        dataset_id: str,
        document_id: str,
        chunk_id: str,
        changes: ChunkChange,
    ) -> None:
        """Change what is given of a chunk."""
        dataset, document = self.place_of_chunk(asker, dataset_id, document_id, chunk_id)
        if changes.content is not UNSET and document.chunk_method == "qa":
            changes = with_question(changes, changes.content)
        columns = changes.given()
        if changes.content is not UNSET:
            columns["token_count"] = self.index.count(changes.content)
        text = self.changed_text(document, chunk_id, changes)
        known = self.vector(dataset, text) if text else {}
        self.write(document, chunk_id, columns)
        self.bring_in_step(lambda: self.index.sync(dataset_id, document_id, [chunk_id], known))

    def set_available(
        self,
        asker: Principal,
        dataset_id: str,
        document_id: str,
        chunk_ids: Sequence[str],
        *,
        available: bool,
    ) -> None:
        """Make chunks available or unavailable: all the given ones or, if one is missing, none."""
        _, document = self.place(asker, dataset_id, document_id)
        ids = distinct(chunk_ids)[0]
        version = self.write_available(document, ids, available=available)
        self.bring_in_step(lambda: self.index.show(document, ids, version, available=available))

    def delete(
        self, asker: Principal, dataset_id: str, document_id: str, chunk_ids: Sequence[str] | None
    ) -> Tally:
        """Delete chunks, all of a document for None."""
        self.place(asker, dataset_id, document_id)
        if chunk_ids is None:
            return Tally(Kind.CHUNK, self.delete_all(dataset_id, document_id))
        ids, repeated = distinct(chunk_ids)
        gone: set[str] = set()
        for batch in batches([item for item in ids if is_chunk_id(item)], CHANGED_AT_ONCE):
            gone.update(self.delete_some(dataset_id, document_id, batch))
        missing = tuple(item for item in ids if item not in gone)
        return Tally(Kind.CHUNK, len(gone), missing, repeated=tuple(repeated))

    def delete_all(self, dataset_id: str, document_id: str) -> int:
        """Delete all chunks of a document; return how many there were."""
        deleted = 0
        while ids := self.some_ids(document_id):
            deleted += len(self.delete_some(dataset_id, document_id, ids))
        return deleted

    def delete_some(self, dataset_id: str, document_id: str, ids: Sequence[str]) -> list[str]:
        """Delete a few chunks; return the ids of those there were."""
        deleted = self.mark_deleted(dataset_id, document_id, ids)
        self.bring_in_step(lambda: self.index.sync(dataset_id, document_id, deleted))
        return deleted

    # Around the rows.

    @connected
    def place(
        self, asker: Principal, dataset_id: str, document_id: str
    ) -> tuple[DatasetHead, DocumentPlace]:
        """Return a dataset and a document of it; raises NotFoundError."""
        found, document = queries.head_and_place(self.database, dataset_id, document_id)
        dataset = check(self.database, asker, found, Right.CHANGE, Kind.DATASET, dataset_id)
        if document is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        return dataset, document

    def place_of_chunk(
        self, asker: Principal, dataset_id: str, document_id: str, chunk_id: str
    ) -> tuple[DatasetHead, DocumentPlace]:
        """Return as `place` does; the chunk is what is missing where a document is gone."""
        try:
            return self.place(asker, dataset_id, document_id)
        except NotFoundError as error:
            if error.kind is Kind.DOCUMENT and is_id(document_id):
                raise NotFoundError(Kind.CHUNK, chunk_id) from error
            raise

    def vector(self, dataset: DatasetHead, text: str) -> dict[str, Vector]:
        """Return a text with its vector; raises UnavailableError, ConflictError."""
        try:
            vector = self.index.embed(dataset.tenant_id, dataset.embedding_model, [text])[0]
        except ModelError as error:
            raise UnavailableError(f"The chunk could not be embedded: {error}") from error
        check_dimensions(dataset, len(vector))
        return {text: vector}

    @staticmethod
    def bring_in_step(action: Callable[[], None]) -> None:
        """Copy a committed edit into the chunk store, now or by the recovery job."""
        try:
            action()
        except (RagError, RaglanError) as error:
            log.warning("An edit of chunks will be indexed later: %s", error)

    # The rows.

    @connected
    def changed_text(self, document: DocumentPlace, chunk_id: str, changes: ChunkChange) -> str:
        """Return what will stand for a chunk in the vector space; empty if that stays.

        Raises NotFoundError for a chunk that is not there.
        """
        stored = queries.texts_of(document, chunk_id)
        if stored is None:
            raise NotFoundError(Kind.CHUNK, chunk_id)
        if changes.content is UNSET and changes.questions is UNSET:
            return ""
        content = stored.content if changes.content is UNSET else changes.content
        questions = stored.questions if changes.questions is UNSET else changes.questions
        return embedding_text(questions, stored.headings, content)

    def insert(
        self, dataset: DatasetHead, document_id: str, new: NewChunk, tokens: int, dimensions: int
    ) -> tuple[Landing, ChunkRecord]:
        """Within a transaction: write a new chunk and count it in; return where it is, too."""
        chunk_id = edits.usual_id(document_id, new.content)
        landing = adding.land(self.database, dataset.id, document_id, chunk_id, tokens)
        if landing is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        if landing.is_taken:
            chunk_id = edits.another_id(document_id, new.content)
        chunk = ChunkRecord(
            id=chunk_id,
            content=new.content,
            important_keywords=orjson.dumps(new.important_keywords).decode(),
            questions=orjson.dumps(new.questions).decode(),
            positions="[]",
            image_id="",
            available=True,
            source=ChunkSource.ADDED.value,
            create_time=now_ms(),
            headings="[]",
        )
        edits.insert(self.database, landing.document, chunk, tokens, landing.ordinal)
        edits.tell(self.database, landing.document)
        if not holdings.add_alike(self.database, dataset, dimensions, 1, tokens):
            holdings.add_chunks(self.database, dataset.id, 1, tokens)
            self.record_vectors(dataset, dimensions)
        return landing, chunk

    def locked(self, dataset_id: str, document_id: str) -> LockedDocument:
        """Within a transaction: return a document, locked; raises NotFoundError."""
        document = edits.lock(self.database, dataset_id, document_id)
        if document is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        return document

    def count(self, document: LockedDocument, *, chunks: int, tokens: int) -> None:
        """Within a transaction: add to the counters of a document and its dataset."""
        edits.count(self.database, document, chunks=chunks, tokens=tokens)
        holdings.add_chunks(self.database, document.dataset_id, chunks, tokens)

    def record_vectors(self, dataset: DatasetHead, dimensions: int) -> None:
        """Within a transaction: note the length of vectors; raises ConflictError."""
        now = holdings.head_of(self.database, dataset.id)
        if now is None or now.embedding_model != dataset.embedding_model:
            raise ConflictError("The dataset has just been changed: try again.")
        check_dimensions(now, dimensions)
        if not now.dimensions:
            holdings.record_dimensions(dataset.id, dimensions)

    @connected
    def write(self, place: DocumentPlace, chunk_id: str, columns: Mapping[str, object]) -> None:
        """Write columns of a chunk, and count its tokens anew."""
        with self.database.atomic():
            document = self.locked(place.dataset_id, place.id)
            found = edits.chosen(document, [chunk_id])
            if not found:
                raise NotFoundError(Kind.CHUNK, chunk_id)
            tokens = columns.get("token_count")
            if isinstance(tokens, int):
                self.count(document, chunks=0, tokens=tokens - found[0].token_count)
            edits.edit(found, **columns)

    @connected
    def write_available(self, place: DocumentPlace, ids: Sequence[str], *, available: bool) -> int:
        """Make chunks available or unavailable; return the time that identifies this edit."""
        with self.database.atomic():
            known = [item for item in ids if is_chunk_id(item)]
            found = edits.chosen(self.locked(place.dataset_id, place.id), known)
            lacking = set(ids) - {chunk.id for chunk in found}
            if lacking:
                raise NotFoundError(Kind.CHUNK, *sorted(lacking))
            return edits.edit(found, available=available)

    @connected
    def mark_deleted(self, dataset_id: str, document_id: str, ids: Sequence[str]) -> list[str]:
        """Make chunks invisible and count them out; return the ids of those there were."""
        with self.database.atomic():
            document = self.locked(dataset_id, document_id)
            found = edits.chosen(document, ids)
            edits.edit(found, deleted=True)
            tokens = sum(chunk.token_count for chunk in found)
            self.count(document, chunks=-len(found), tokens=-tokens)
            return [chunk.id for chunk in found]

    @connected
    def some_ids(self, document_id: str) -> list[str]:
        """Return the ids of some visible chunks of a document."""
        return queries.some_ids(document_id, CHANGED_AT_ONCE)


def as_chunk(landing: Landing, record: ChunkRecord, new: NewChunk) -> Chunk:
    """Return an added chunk as the chunk store is told of it."""
    return Chunk(
        record.id,
        landing.document.id,
        landing.document.dataset_id,
        record.content,
        landing.ordinal,
        tuple(new.important_keywords),
        tuple(new.questions),
        created_at=record.create_time,
    )


def check_dimensions(dataset: DatasetHead, dimensions: int) -> None:
    """Refuse a vector of another length than those of the dataset."""
    if dataset.dimensions not in {0, dimensions}:
        raise ConflictError(
            f"Model {dataset.embedding_model} gives vectors of {dimensions} dimensions,"
            f" but the dataset holds {dataset.dimensions}."
        )


def with_question(changes: ChunkChange, content: str) -> ChunkChange:
    """Return changes of a pair's content with its question, unless they say another."""
    question = asked(content)
    return replace(changes, questions=[question]) if changes.questions is UNSET else changes


def asked(content: str) -> str:
    """Return the question of a pair; raises RuleError for what is not one."""
    pair = _PAIR.match(content)
    if pair is None:
        raise PairError
    return pair.group(1).strip()
