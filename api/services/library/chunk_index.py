"""Bringing the chunk store in step with the chunks in the database, whoever edits them at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar

import numpy as np
from peewee import Database

from api.db.connection import connected, connection
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.db.rows import delete_rows, dict_rows, first_row, tuple_rows
from api.execution import Execution
from rag.engines.base import ChunkStore
from rag.llm.base import Embedder, calling
from rag.types import Chunk, DocumentFacts, Matrix, Position, Vector

T = TypeVar("T")

BATCH = 128
"""Chunks that are embedded and indexed at once."""


class Embedders(Protocol):
    """Where embedding models come from."""

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...


@dataclass(frozen=True, slots=True)
class Visible:
    """A document as the database has it at a moment, with some of its visible chunks by id."""

    facts: DocumentFacts
    tenant_id: str
    model: str
    generation: int
    chunks: Mapping[str, dict[str, Any]]

    def versions(self) -> dict[str, int]:
        """Return the chunks' ids with the times of their last edits, which tell edits apart."""
        return {chunk_id: row["update_time"] for chunk_id, row in self.chunks.items()}


class ChunkIndex:
    """Copies chunks and facts of documents into the chunk store until both say the same.

    Edits happen in any order and in several processes. So what was copied is compared with the
    database afterwards, and copied again if somebody changed it in the meantime.
    """

    def __init__(
        self,
        database: Database,
        chunk_store: ChunkStore,
        models: Embedders,
        execution: Execution,
    ) -> None:
        """Remember the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store
        self.models = models
        self.execution = execution

    def embed(self, tenant_id: str, model: str, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts, one row each."""
        embedder = self.models.embedder(tenant_id, model)
        return calling(embedder, self.execution.offload)(embedder.embed_documents, texts)

    def sync(
        self,
        dataset_id: str,
        document_id: str,
        chunk_ids: Sequence[str],
        known: Mapping[str, Vector] | None = None,
    ) -> None:
        """Make the chunk store hold these chunks of a document as the database does, or not at all.

        `known` are vectors by text that need not be made again.
        """
        for batch in batches(chunk_ids, BATCH):
            while not self.settle(dataset_id, document_id, batch, known or {}):
                pass

    def settle(
        self,
        dataset_id: str,
        document_id: str,
        chunk_ids: Sequence[str],
        known: Mapping[str, Vector],
    ) -> bool:
        """Copy some chunks once; tell whether the database still says the same afterwards."""
        with connection(self.database):
            seen = visible(document_id, chunk_ids)
        if seen is None:
            self.execution.offload(self.chunk_store.drop_document, dataset_id, document_id)
            return True
        gone = [chunk_id for chunk_id in chunk_ids if chunk_id not in seen.chunks]
        if gone:
            self.execution.offload(self.chunk_store.remove, dataset_id, document_id, gone)
        self.put(seen, known)
        return self.confirm(document_id, chunk_ids, seen)

    def put(self, seen: Visible, known: Mapping[str, Vector]) -> None:
        """Embed the chunks that were seen and write them to the chunk store."""
        if not seen.chunks:
            return
        chunks = [as_chunk(row) for row in seen.chunks.values()]
        texts = [embedding_text(chunk.questions, chunk.content) for chunk in chunks]
        fresh = [text for text in texts if text not in known]
        vectors = dict(known)
        if fresh:
            vectors |= zip(fresh, self.embed(seen.tenant_id, seen.model, fresh), strict=True)
        matrix = np.stack([vectors[text] for text in texts])
        self.execution.offload(self.chunk_store.put, seen.facts, chunks, matrix)

    def confirm(self, document_id: str, chunk_ids: Sequence[str], seen: Visible) -> bool:
        """Note that what was seen is indexed, unless it has changed since."""
        with connection(self.database), self.database.atomic():
            again = visible(document_id, chunk_ids)
            same = again is not None and again.versions() == seen.versions()
            if again is not None and same and again.generation == seen.generation:
                mark_indexed(document_id, seen.generation, chunk_ids)
                return True
        return False

    def show(
        self,
        document: Mapping[str, Any],
        chunk_ids: Sequence[str],
        version: int,
        *,
        available: bool,
    ) -> None:
        """Tell the chunk store which chunks were made available or hidden by the edit `version`."""
        place = (document["dataset_id"], document["id"])
        self.execution.offload(
            partial(self.chunk_store.set_available, *place, chunk_ids, available=available)
        )
        self.sync(*place, self.changed_since(document, chunk_ids, version))

    @connected
    def changed_since(
        self, document: Mapping[str, Any], chunk_ids: Sequence[str], version: int
    ) -> list[str]:
        """Note that the edit `version` of chunks is indexed; return the chunks edited since."""
        these = are_visible(document) & StoredChunk.id.in_(list(chunk_ids))
        same = these & (StoredChunk.update_time == version)
        with self.database.atomic():
            StoredChunk.update(indexed=True).where(same).execute()
            left = {row[0] for row in tuple_rows(StoredChunk.select(StoredChunk.id).where(same))}
        return [chunk_id for chunk_id in chunk_ids if chunk_id not in left]

    def sync_facts(self, document_id: str) -> None:
        """Tell the chunk store name, metadata and state of a document."""
        with connection(self.database):
            seen = visible(document_id, ())
        while seen is not None:
            self.execution.offload(self.chunk_store.put_document, seen.facts)
            with connection(self.database):
                again = visible(document_id, ())
            if again is None:
                self.execution.offload(
                    self.chunk_store.drop_document, seen.facts.dataset_id, document_id
                )
            elif again.facts == seen.facts:
                return
            seen = again


def visible(document_id: str, chunk_ids: Sequence[str]) -> Visible | None:
    """Return a document with those of the chunks that are visible; None if it is gone."""
    row = first_row(
        Document.select(
            Document.id,
            Document.dataset_id,
            Document.tenant_id,
            Document.name,
            Document.meta_fields,
            Document.enabled,
            Document.generation,
            Dataset.embedding_model,
        )
        .join(Dataset, on=(Dataset.id == Document.dataset_id))
        .where(Document.id == document_id)
    )
    if row is None:
        return None
    these = chosen_chunks(row, chunk_ids)
    chunks = dict_rows(these) if chunk_ids else []
    return Visible(
        facts_of(row),
        row["tenant_id"],
        row["embedding_model"],
        row["generation"],
        {chunk["id"]: chunk for chunk in chunks},
    )


def visible_chunks(document: Mapping[str, Any], chunk_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a document's visible chunks among those with the given ids."""
    return dict_rows(chosen_chunks(document, chunk_ids)) if chunk_ids else []


def chosen_chunks(document: Mapping[str, Any], chunk_ids: Sequence[str]) -> Any:
    """Return the select of a document's visible chunks among those with the given ids."""
    return StoredChunk.select().where(are_visible(document), StoredChunk.id.in_(list(chunk_ids)))


def are_visible(document: Mapping[str, Any]) -> Any:
    """Return the condition that a document's visible chunks fulfil."""
    return (
        (StoredChunk.document_id == document["id"])
        & (StoredChunk.generation == document["generation"])
        & (StoredChunk.deleted == False)  # noqa: E712 - a column is compared, not a value
    )


def mark_indexed(document_id: str, generation: int, chunk_ids: Sequence[str]) -> None:
    """Note that the chunk store has these chunks, and forget those that it has forgotten."""
    these = (StoredChunk.document_id == document_id) & StoredChunk.id.in_(list(chunk_ids))
    visible = these & (StoredChunk.generation == generation)
    delete_rows(StoredChunk, visible & StoredChunk.deleted)
    delete_rows(StoredChunk, these & (StoredChunk.generation < generation))
    StoredChunk.update(indexed=True).where(visible).execute()


def facts_of(row: Mapping[str, Any]) -> DocumentFacts:
    """Return what the chunk store has to know of a document."""
    return DocumentFacts(
        row["id"], row["dataset_id"], row["name"], row["meta_fields"], bool(row["enabled"])
    )


def as_chunk(row: Mapping[str, Any]) -> Chunk:
    """Return the chunk that a row holds."""
    return Chunk(
        id=row["id"],
        document_id=row["document_id"],
        dataset_id=row["dataset_id"],
        content=row["content"],
        ordinal=row["ordinal"],
        important_keywords=tuple(row["important_keywords"]),
        questions=tuple(row["questions"]),
        positions=tuple(Position(*position) for position in row["positions"]),
        image_id=row["image_id"],
        available=bool(row["available"]),
        created_at=row["create_time"],
    )


def embedding_text(questions: Sequence[str], content: str) -> str:
    """Return what stands for a chunk in the vector space: its questions, if it answers some."""
    return "\n".join(questions) or content


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
