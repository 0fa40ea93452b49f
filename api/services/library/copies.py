"""Chunks that are taken over from elsewhere as they are, many at once."""

from collections.abc import Sequence

import orjson

from api.db.base import now_ms
from api.db.connection import Database, connection
from api.db.models.states import ChunkSource, RunState
from api.errors import NotFoundError, UnavailableError
from api.services.accounts.records import Principal
from api.services.library.chunk_index import batches
from api.services.library.chunks import ChunkService
from api.services.library.names import is_chunk_id
from api.services.library.queries import chunk_edits as edits
from api.services.library.queries import documents
from api.services.library.quota import Growth
from api.services.library.records import ChunkRecord, DatasetHead, LockedDocument
from api.services.library.values import ChunkCopy
from api.things import Kind
from rag.errors import ModelError
from rag.passages import embedding_text
from rag.tokenizing.counting import count_tokens
from rag.types import Vector

COPIED_AT_ONCE = 100

TAKEN_OVER = "Its chunks were taken over as they are."


class ChunkCopies:
    """Writes copies of chunks into documents, as chunks that people have added: parsing keeps them.

    A copy whose id the document has already is left out, so that copying can be done again.
    """

    def __init__(self, chunks: ChunkService) -> None:
        """Write as edits of chunks do."""
        self.chunks = chunks
        self.database = chunks.database

    def copy(
        self, asker: Principal, dataset_id: str, document_id: str, copies: Sequence[ChunkCopy]
    ) -> int:
        """Add copies at the end of a document; return how many it did not have."""
        dataset, _ = self.chunks.place(asker, dataset_id, document_id)
        done = 0
        for batch in batches(copies, COPIED_AT_ONCE):
            done += self.copy_some(dataset, document_id, batch)
        return done

    def copy_some(self, dataset: DatasetHead, document_id: str, copies: Sequence[ChunkCopy]) -> int:
        """Add a few copies in one transaction; return how many there were to add."""
        growth = Growth(dataset.tenant_id, dataset.id, chunks=len(copies))
        self.chunks.quota.check(growth)
        known = self.vectors(dataset, copies)
        with connection(self.database), self.database.atomic():
            self.chunks.quota.hold(dataset.tenant_id)
            document = self.chunks.locked(dataset.id, document_id)
            there = edits.known_ids(document)
            fresh = [copy for copy in copies if copy.id not in there]
            ids = [insert(self.database, document, copy) for copy in fresh]
            tokens = sum(count_tokens(copy.content) for copy in fresh)
            self.chunks.count(document, chunks=len(ids), tokens=tokens)
            if known:
                self.chunks.record_vectors(dataset, len(next(iter(known.values()))))
            self.chunks.quota.verify(growth)
        index = self.chunks.index
        self.chunks.bring_in_step(lambda: index.sync(dataset.id, document_id, ids, known))
        return len(ids)

    def vectors(self, dataset: DatasetHead, copies: Sequence[ChunkCopy]) -> dict[str, Vector]:
        """Return the vectors of what copies are found by; raises UnavailableError."""
        texts = list(dict.fromkeys(text_of(copy) for copy in copies))
        try:
            found = self.chunks.index.embed(dataset.tenant_id, dataset.embedding_model, texts)
        except ModelError as error:
            raise UnavailableError(f"The chunks could not be embedded: {error}") from error
        return dict(zip(texts, found, strict=True))

    def finish(self, asker: Principal, dataset_id: str, document_id: str) -> None:
        """Mark a document as done that has all its chunks and needs no parsing."""
        self.chunks.place(asker, dataset_id, document_id)
        with connection(self.database), self.database.atomic():
            stored = documents.lock(dataset_id, document_id)
            if stored is None:
                raise NotFoundError(Kind.DOCUMENT, document_id)
            if stored.run == RunState.UNSTART:
                done = {"run": RunState.DONE, "progress": 1.0, "progress_msg": TAKEN_OVER}
                documents.change(document_id, dict(done))


def text_of(copy: ChunkCopy) -> str:
    """Return what stands for a copy in the vector space."""
    return embedding_text(copy.questions, copy.headings, copy.content)


def insert(database: Database, document: LockedDocument, copy: ChunkCopy) -> str:
    """Within a transaction: write a copy behind all chunks of a document; return its id."""
    kept = copy.id if is_chunk_id(copy.id) else edits.free_id(database, document, copy.content)
    chunk = ChunkRecord(
        id=kept,
        content=copy.content,
        important_keywords=orjson.dumps(copy.important_keywords).decode(),
        questions=orjson.dumps(copy.questions).decode(),
        positions=orjson.dumps(copy.positions).decode(),
        image_id="",
        available=copy.available,
        source=ChunkSource.ADDED.value,
        create_time=now_ms(),
        headings=orjson.dumps(copy.headings).decode(),
    )
    edits.insert(database, document, chunk, count_tokens(copy.content))
    return kept
