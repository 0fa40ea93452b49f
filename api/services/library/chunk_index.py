"""Bringing the chunk store in step with the chunks in the database, whoever edits them at once."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np

from api.db.connection import Database, connected, connection
from api.db.durability import durable_later
from api.execution import Execution
from api.services.library.queries import chunk_adding as adding
from api.services.library.queries import indexing as queries
from api.services.library.queries.chunk_adding import Landing
from api.services.library.records import DatasetHead, DocumentPlace, Visible, VisibleChunk
from rag.engines.base import ChunkStore
from rag.llm.base import Embedder
from rag.llm.naming import with_name
from rag.llm.turns import embedded
from rag.passages import embedding_text
from rag.tokenizing.counting import count_tokens
from rag.types import Chunk, Matrix, Vector, run_inline

T = TypeVar("T")

BATCH = 128
"""Chunks that are embedded and indexed at once."""

BRIEF = 5000
"""Characters whose tokens are counted in half a millisecond: a thread would take as long."""


class Embedders(Protocol):
    """Where embedding models come from."""

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...


class ChunkIndex:
    """Copies chunks and facts of documents into the chunk store until both say the same.

    Edits happen in any order and in several processes. So what was copied is compared with the
    database afterwards, and copied again if somebody changed it in the meantime.
    """

    def __init__(
        self, database: Database, chunk_store: ChunkStore, models: Embedders, execution: Execution
    ) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store
        self.models = models
        self.execution = execution

    def embed(self, tenant_id: str, model: str, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts, one row each."""
        embedder = self.models.embedder(tenant_id, model)
        return embedded(embedder, self.execution.offload, texts).vectors

    def count(self, text: str) -> int:
        """Return about how many tokens a text has."""
        call = run_inline if len(text) <= BRIEF else self.execution.offload
        return call(count_tokens, text)

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
            seen = queries.visible(self.database, document_id, chunk_ids)
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
        chunks = [found.chunk for found in seen.chunks.values()]
        texts = [text_of(chunk) for chunk in chunks]
        fresh = [text for text in texts if text not in known]
        vectors = dict(known)
        if fresh:
            vectors |= zip(fresh, self.embed(seen.tenant_id, seen.model, fresh), strict=True)
        embed = partial(self.embed, seen.tenant_id, seen.model)
        matrix = with_name(np.stack([vectors[text] for text in texts]), seen.facts, embed)
        self.execution.offload(self.chunk_store.put, seen.facts, chunks, matrix)

    def confirm(self, document_id: str, chunk_ids: Sequence[str], seen: Visible) -> bool:
        """Record that what was seen is indexed, unless it has changed since.

        Where a machine stops before the disk has this, the clean-up indexes what it finds again.
        """
        with (
            connection(self.database),
            durable_later(self.database),
            self.database.atomic(),
        ):
            return queries.mark_indexed(self.database, document_id, chunk_ids, seen)

    def show(
        self,
        document: DocumentPlace,
        chunk_ids: Sequence[str],
        version: int,
        *,
        available: bool,
    ) -> None:
        """Write to the chunk store which chunks the edit `version` made available or hid."""
        place = (document.dataset_id, document.id)
        self.execution.offload(
            partial(self.chunk_store.set_available, *place, chunk_ids, available=available)
        )
        self.sync(*place, self.changed_since(document, chunk_ids, version))

    @connected
    def changed_since(
        self, document: DocumentPlace, chunk_ids: Sequence[str], version: int
    ) -> list[str]:
        """Record that the edit `version` of chunks is indexed; return the chunks edited since."""
        place = (document.id, document.generation)
        with self.database.atomic():
            left = queries.mark_edit_indexed(*place, chunk_ids, version)
        return [chunk_id for chunk_id in chunk_ids if chunk_id not in left]

    def take_in(
        self, dataset: DatasetHead, landing: Landing, chunk: Chunk, known: Mapping[str, Vector]
    ) -> None:
        """Copy a chunk into the chunk store that has just been added to a document.

        Nothing is read for it, but where anybody has changed the chunk or its document since.
        """
        version = chunk.created_at
        seen = Visible(
            landing.facts(),
            dataset.tenant_id,
            dataset.embedding_model,
            landing.document.generation,
            {chunk.id: VisibleChunk(chunk, version)},
        )
        self.put(seen, known)
        with connection(self.database), durable_later(self.database):
            same = adding.mark_indexed(self.database, landing, chunk.id, version)
        if not same:
            self.sync(dataset.id, chunk.document_id, [chunk.id], known)

    def sync_facts(self, document_id: str) -> None:
        """Write name, metadata and state of a document to the chunk store."""
        with connection(self.database):
            seen = queries.visible(self.database, document_id, ())
        while seen is not None:
            self.execution.offload(self.chunk_store.put_document, seen.facts)
            with connection(self.database):
                again = queries.visible(self.database, document_id, ())
            if again is None:
                self.execution.offload(
                    self.chunk_store.drop_document, seen.facts.dataset_id, document_id
                )
            elif again.facts == seen.facts:
                return
            seen = again


def text_of(chunk: Chunk) -> str:
    """Return what stands for a chunk in the vector space."""
    return embedding_text(chunk.questions, chunk.headings, chunk.content)


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
