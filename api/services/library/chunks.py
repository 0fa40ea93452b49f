"""Chunks changed by hand: added, edited, hidden and deleted."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from peewee import Database

from api.db.base import now_ms
from api.db.connection import connected, connection
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.db.models.states import ChunkSource
from api.db.rows import first_row, tuple_rows
from api.errors import Kind, NotFoundError, RaglanError, RuleError, UnavailableError
from api.schemas.sdk.chunk import (
    ChunkAvailability,
    ChunkChange,
    ChunkDeletion,
    ChunkQuery,
    ChunkRequest,
)
from api.services.library.chunk_index import ChunkIndex, are_visible, batches, embedding_text
from api.services.library.chunk_list import ChunkReader
from api.services.library.chunk_rows import (
    check_dimensions,
    chosen,
    count,
    edit,
    free_id,
    locked,
    next_ordinal,
    note_vectors,
)
from api.services.library.names import is_chunk_id
from api.services.library.owned import dataset_of, document_of
from api.services.library.presenting import chunk_object
from api.services.library.quota import Growth, Quota
from api.services.tally import Tally, distinct
from rag.errors import ModelError, RagError
from rag.quoting import listed
from rag.tokenizing.counting import count_tokens
from rag.types import Vector

log = logging.getLogger(__name__)

Row = Mapping[str, Any]

CHANGED_AT_ONCE = 500

_PAIR = re.compile(r"\s*(?:Question:)?([^\t\n]*\S)\s*?[\t\n]\s*\S")


class ChunkService:
    """Edits the visible chunks of documents.

    An edit is committed first, then copied into the chunk store. If that fails the edit stands, and
    the recovery job copies it later.
    """

    def __init__(
        self, database: Database, index: ChunkIndex, reader: ChunkReader, quota: Quota
    ) -> None:
        """Remember the parts; nothing is opened."""
        self.quota = quota
        self.database = database
        self.index = index
        self.reader = reader

    def list_page(
        self, tenant_id: str, dataset_id: str, document_id: str, query: ChunkQuery
    ) -> dict[str, Any]:
        """Return a page of a document's chunks, how many there are in all, and the document."""
        return self.reader.list_page(tenant_id, dataset_id, document_id, query)

    def get(
        self, tenant_id: str, dataset_id: str, document_id: str, chunk_id: str
    ) -> dict[str, Any]:
        """Return a chunk in the names of the search index."""
        return self.reader.get(tenant_id, dataset_id, document_id, chunk_id)

    def add(
        self, tenant_id: str, dataset_id: str, document_id: str, body: ChunkRequest
    ) -> dict[str, Any]:
        """Add a chunk at the end of a document and return it."""
        dataset, document = self.place(tenant_id, dataset_id, document_id)
        growth = Growth(tenant_id, dataset_id, chunks=1)
        self.quota.check(growth)
        text = embedding_text(body.questions, body.content)
        known = self.vector(tenant_id, dataset, text)
        tokens = self.index.execution.offload(count_tokens, body.content)
        with connection(self.database), self.database.atomic():
            self.quota.hold(tenant_id)
            row = self.insert(dataset, document, body, tokens, len(known[text]))
            self.quota.verify(growth)
        self.bring_in_step(lambda: self.index.sync(dataset_id, document_id, [row["id"]], known))
        return chunk_object(row, document)

    def update(
        self, tenant_id: str, dataset_id: str, document_id: str, chunk_id: str, body: ChunkChange
    ) -> None:
        """Change what is given of a chunk."""
        dataset, document = self.place(tenant_id, dataset_id, document_id)
        columns = body.columns()
        if "content" in columns:
            columns["token_count"] = self.index.execution.offload(count_tokens, columns["content"])
            if document["chunk_method"] == "qa":
                columns = {"questions": [asked(columns["content"])], **columns}
        with connection(self.database):
            stored = self.reader.one(document, chunk_id, missing(chunk_id))
        merged = {**stored, **columns}
        known: dict[str, Vector] = {}
        if {"content", "questions"} & columns.keys():
            text = embedding_text(merged["questions"], merged["content"])
            known = self.vector(tenant_id, dataset, text)
        self.write(dataset_id, document_id, chunk_id, columns)
        self.bring_in_step(lambda: self.index.sync(dataset_id, document_id, [chunk_id], known))

    def set_available(
        self, tenant_id: str, dataset_id: str, document_id: str, body: ChunkAvailability
    ) -> None:
        """Let searches find chunks, or not; all of the given ones or, if one is missing, none."""
        with connection(self.database):
            document = document_of(tenant_id, dataset_id, document_id)
        ids, available = distinct(body.chunk_ids)[0], bool(body.available)
        version = self.write_available(dataset_id, document, ids, {"available": available})
        self.bring_in_step(lambda: self.index.show(document, ids, version, available=available))

    def delete(
        self, tenant_id: str, dataset_id: str, document_id: str, body: ChunkDeletion
    ) -> Tally:
        """Delete chunks of a document."""
        with connection(self.database):
            refusal = f"Can't find the document with ID {document_id}!"
            document_of(tenant_id, dataset_id, document_id, refusal)
        if body.everything:
            return Tally(Kind.CHUNK, self.delete_all(dataset_id, document_id))
        ids, repeated = distinct(body.chunk_ids or ())
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
        self, tenant_id: str, dataset_id: str, document_id: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what embedding needs of a dataset, and a document of it."""
        document = document_of(tenant_id, dataset_id, document_id)
        dataset = dataset_of(tenant_id, dataset_id, Dataset.embedding_model, Dataset.dimensions)
        if dataset is None:
            raise NotFoundError(f"You don't own the dataset {dataset_id}.")
        return dataset, document

    def vector(self, tenant_id: str, dataset: Row, text: str) -> dict[str, Vector]:
        """Return a text with its vector; raises UnavailableError, ConflictError."""
        try:
            vector = self.index.embed(tenant_id, dataset["embedding_model"], [text])[0]
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

    def insert(
        self, dataset: Row, document: Row, body: ChunkRequest, tokens: int, dimensions: int
    ) -> dict[str, Any]:
        """Within a transaction: write a new chunk and count it in."""
        now = now_ms()
        current = locked(dataset["id"], document["id"])
        row: dict[str, Any] = {
            "id": free_id(current, body.content),
            "dataset_id": dataset["id"],
            "document_id": document["id"],
            "generation": current["generation"],
            "ordinal": next_ordinal(current),
            "content": body.content,
            "token_count": tokens,
            "important_keywords": body.important_keywords,
            "questions": body.questions,
            "positions": [],
            "image_id": "",
            "available": True,
            "indexed": False,
            "source": ChunkSource.ADDED,
            "create_time": now,
            "update_time": now,
        }
        StoredChunk.insert(row).execute()
        count(dataset["id"], document["id"], chunks=1, tokens=tokens)
        note_vectors(dataset, dimensions)
        return row

    @connected
    def write(
        self, dataset_id: str, document_id: str, chunk_id: str, columns: Mapping[str, Any]
    ) -> None:
        """Write columns of a chunk, and count its tokens anew."""
        with self.database.atomic():
            found = chosen(locked(dataset_id, document_id), [chunk_id])
            if not found:
                raise NotFoundError(missing(chunk_id))
            if "token_count" in columns:
                added = columns["token_count"] - found[0]["token_count"]
                count(dataset_id, document_id, chunks=0, tokens=added)
            edit(found, **columns)

    @connected
    def write_available(
        self, dataset_id: str, document: Row, ids: Sequence[str], values: Mapping[str, Any]
    ) -> int:
        """Write columns of some chunks; return the time that tells this edit apart."""
        with self.database.atomic():
            known = [item for item in ids if is_chunk_id(item)]
            found = chosen(locked(dataset_id, document["id"]), known)
            lacking = set(ids) - {row["id"] for row in found}
            if lacking:
                raise NotFoundError(f"Chunks not found: {listed(sorted(lacking))}")
            return edit(found, **values)

    @connected
    def mark_deleted(self, dataset_id: str, document_id: str, ids: Sequence[str]) -> list[str]:
        """Make chunks invisible and count them out; return the ids of those there were."""
        with self.database.atomic():
            found = chosen(locked(dataset_id, document_id), ids)
            edit(found, deleted=True)
            tokens = sum(row["token_count"] for row in found)
            count(dataset_id, document_id, chunks=-len(found), tokens=-tokens)
            return [row["id"] for row in found]

    @connected
    def some_ids(self, document_id: str) -> list[str]:
        """Return the ids of some visible chunks of a document."""
        document = first_row(
            Document.select(Document.id, Document.generation).where(Document.id == document_id)
        )
        if document is None:
            return []
        found = StoredChunk.select(StoredChunk.id).where(are_visible(document))
        return [row[0] for row in tuple_rows(found.limit(CHANGED_AT_ONCE))]


def asked(content: str) -> str:
    """Return the question of a pair; raises RuleError for what is not one."""
    pair = _PAIR.match(content)
    if pair is None:
        raise RuleError("Q&A must be separated by TAB/ENTER key.")
    return pair.group(1).strip()


def missing(chunk_id: str) -> str:
    """Return what is said of a chunk that is not there."""
    return f"Can't find this chunk {chunk_id}"
