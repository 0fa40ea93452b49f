"""Taking over the chunks of a document with the same content instead of making them again.

A document's `origin` is a fingerprint of all that its visible chunks depend on: the content, how
it is read and cut, and the embedding model. An edit of a chunk clears it. So documents of a
dataset with one origin have the same chunks with the same vectors, and so has a document that is
parsed again as it was.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import orjson
from peewee import Database

from api.db.connection import connected
from api.db.models.document import Document, StoredChunk
from api.db.rows import dict_rows, first_row
from api.services.ingestion.publishing import Publisher
from api.services.library.chunk_index import as_chunk
from api.tasks.base import ClaimedTask
from rag.engines.base import ChunkStore
from rag.errors import ParseCancelledError
from rag.ingestion.identity import ChunkIds
from rag.llm.base import Embedder
from rag.types import Chunk, DocumentFacts, Vector

BATCH = 256

CHUNK_SETTINGS = ("chunk_token_num", "delimiter", "overlapped_percent", "html4excel")
"""The settings of a document's parser that its chunks depend on."""


def origin_of(document: Mapping[str, Any]) -> str:
    """Return the fingerprint of what a document's chunks will be made from, as hex digits.

    It holds this version of Raglan: another one may read and cut differently.
    """
    config = document["parser_config"]
    parts = [
        version("raglan"),
        document["content_hash"],
        document["suffix"],
        document["chunk_method"],
        {key: config[key] for key in CHUNK_SETTINGS if key in config},
        document["embedding_model"],
    ]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Reuse:
    """Finds chunks that need not be made again, and copies them."""

    def __init__(self, database: Database, chunk_store: ChunkStore, publisher: Publisher) -> None:
        """Remember the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store
        self.publisher = publisher

    def take_over(
        self,
        task: ClaimedTask,
        facts: DocumentFacts,
        embedder: Embedder,
        origin: str,
        cancelled: Callable[[], bool],
    ) -> str:
        """Keep and stage copies of the chunks of a document with this origin; return its name.

        Returns an empty text, and leaves nothing behind, when there is none, or when it was
        changed meanwhile. Raises ParseCancelledError when told to stop.
        """
        source = self.source(task.dataset_id, origin)
        if source is None:
            return ""
        vectors = self.chunk_store.vectors(task.dataset_id, source["id"])
        copied = sum(
            self.copy(task, facts, embedder, batch, vectors, cancelled)
            for batch in self.batches(source, facts)
        )
        if copied == source["chunk_count"] and source == self.source(task.dataset_id, origin):
            return str(source["name"])
        self.publisher.begin(task)
        return ""

    @connected
    def source(self, dataset_id: str, origin: str) -> dict[str, Any] | None:
        """Return a document whose visible chunks have this origin."""
        columns = (Document.id, Document.name, Document.generation, Document.chunk_count)
        return first_row(
            Document.select(*columns)
            .where(
                Document.dataset_id == dataset_id,
                Document.origin == origin,
                Document.chunk_count > 0,
            )
            .order_by(Document.id)
        )

    def batches(
        self, source: Mapping[str, Any], facts: DocumentFacts
    ) -> Iterator[list[tuple[str, Chunk]]]:
        """Yield the chunks of a document in order, as another one's, each beside its old id."""
        ids = ChunkIds(facts.id)
        after, ordinal = -1, 0
        while rows := self.rows(source, after):
            after = rows[-1]["ordinal"]
            batch = []
            for row in rows:
                chunk = replace(
                    as_chunk(row),
                    id=ids.next_id(row["content"]),
                    document_id=facts.id,
                    ordinal=ordinal,
                    available=True,
                )
                batch.append((row["id"], chunk))
                ordinal += 1
            yield batch

    @connected
    def rows(self, source: Mapping[str, Any], after: int) -> list[dict[str, Any]]:
        """Return the next rows of a document's visible chunks."""
        return dict_rows(
            StoredChunk.select()
            .where(
                StoredChunk.document_id == source["id"],
                StoredChunk.generation == source["generation"],
                StoredChunk.ordinal > after,
            )
            .order_by(StoredChunk.ordinal)
            .limit(BATCH)
        )

    def copy(
        self,
        task: ClaimedTask,
        facts: DocumentFacts,
        embedder: Embedder,
        batch: list[tuple[str, Chunk]],
        vectors: Mapping[str, Vector],
        cancelled: Callable[[], bool],
    ) -> int:
        """Keep and stage copies; return how many: those whose vector is gone are left out."""
        if cancelled():
            raise ParseCancelledError(f"Ingesting {facts.name} was stopped on request.")
        held = [(old, chunk) for old, chunk in batch if old in vectors]
        if held:
            chunks = [chunk for _, chunk in held]
            self.publisher.keep(task, chunks, embedder.name, embedder.dimensions)
            matrix = np.stack([vectors[old] for old, _ in held])
            self.chunk_store.stage(facts, task.generation, chunks, matrix)
        return len(held)
