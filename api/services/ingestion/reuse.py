"""Taking over the chunks of a document with the same content instead of making them again.

A document's `origin` is a fingerprint of all that its visible chunks depend on: the content, how
it is read and cut, and the embedding model. An edit of a chunk clears it. So documents of a
tenant with one origin have the same chunks with the same vectors, whatever datasets they are in,
and so has a document that is parsed again as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from api.db.connection import Database, connection
from api.services.ingestion.queries import copies
from api.services.ingestion.records import CopySource
from api.services.ingestion.run import Run
from rag.engines.base import ChunkStore
from rag.errors import ParseCancelledError
from rag.ingestion.identity import ChunkIds
from rag.llm.base import Embedder
from rag.types import Chunk, Vector

BATCH = 256


class Reuse:
    """Finds chunks that need not be made again, and copies them."""

    def __init__(self, database: Database, chunk_store: ChunkStore) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store

    def take_over(self, run: Run, embedder: Embedder) -> str:
        """Store and stage copies of the chunks of a document with the run's origin.

        Returns that document's name; an empty text, and leaves nothing behind, when there is none,
        or when it was changed meanwhile. Raises ParseCancelledError when told to stop.
        """
        source = self.source(run)
        if source is None:
            return ""
        vectors = self.chunk_store.vectors(source.dataset_id, source.id)
        copied = 0
        for batch in self.batches(source, run):
            copied += self.copy(run, embedder, batch, vectors)
        if copied == source.chunk_count and source == self.source(run):
            return source.name
        run.begin()
        return ""

    def source(self, run: Run) -> CopySource | None:
        """Return a document whose visible chunks have the origin of a run."""
        task, origin = run.task, run.document.origin
        with connection(self.database):
            return copies.source_of(self.database, task.tenant_id, task.dataset_id, origin)

    def batches(self, source: CopySource, run: Run) -> Iterator[list[tuple[str, Chunk]]]:
        """Yield the chunks of a document in order, as those of a run, each beside its old id."""
        ids = ChunkIds(run.document.id)
        ordinal = 0
        for made in self.made(source):
            batch = []
            for chunk in made:
                copied = replace(
                    chunk,
                    id=ids.next_id(chunk.content),
                    dataset_id=run.task.dataset_id,
                    document_id=run.document.id,
                    ordinal=ordinal,
                    parent=chunk.parent and chunk.parent + ordinal - chunk.ordinal,
                )
                batch.append((chunk.id, copied))
                ordinal += 1
            yield batch

    def made(self, source: CopySource) -> Iterator[list[Chunk]]:
        """Yield the visible chunks of a document in order, some at a time."""
        after = -1
        while True:
            with connection(self.database):
                chunks = copies.chunks_after(self.database, source, after, BATCH)
            if not chunks:
                return
            yield chunks
            after = chunks[-1].ordinal

    def copy(
        self,
        run: Run,
        embedder: Embedder,
        batch: Sequence[tuple[str, Chunk]],
        vectors: Mapping[str, Vector],
    ) -> int:
        """Store and stage copies; return how many: those whose vector is gone are left out."""
        facts = run.document.facts
        if run.stop():
            raise ParseCancelledError(f"Ingesting {facts.name} was stopped on request.")
        held = [(old, chunk) for old, chunk in batch if old in vectors]
        if held:
            chunks = [chunk for _, chunk in held]
            run.keep(embedder, chunks)
            matrix = np.stack([vectors[old] for old, _ in held])
            self.chunk_store.stage(facts, run.task.generation, chunks, matrix)
        return len(held)
