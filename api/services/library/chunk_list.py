"""Reading the chunks of a document: a page of them, those that hold some words, or one."""

from contextlib import suppress
from dataclasses import replace

from api.db.connection import Database, connected, connection
from api.errors import NotFoundError
from api.execution import Execution
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.library.opening import opened_dataset
from api.services.library.queries import chunks as queries
from api.services.library.queries import documents
from api.services.library.records import (
    ChunkPage,
    ChunkRecord,
    DocumentPlace,
    DocumentRecord,
    PlacedChunk,
)
from api.services.library.shape_records import HandMade
from api.services.library.values import ChunkFilter
from api.things import Kind
from rag.engines.base import ChunkStore
from rag.retrieval.retriever import Retriever, highlight_question

MOST_MATCHES = 10_000
"""How many matches are looked through for those that pass the other filters."""


class ChunkReader:
    """Reads the visible chunks of documents."""

    def __init__(self, database: Database, chunk_store: ChunkStore, execution: Execution) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.execution = execution
        self.retriever = Retriever(chunk_store, execution.offload)

    def list_page(
        self, asker: Principal, dataset_id: str, document_id: str, wanted: ChunkFilter
    ) -> ChunkPage:
        """Return a page of a document's chunks, how many there are in all, and the document.

        In document order; with keywords those that match best come first, with what matches marked.
        """
        with connection(self.database):
            document = self.document(asker, dataset_id, document_id)
            if wanted.id:
                page = ChunkPage(1, [self.one(document, wanted.id)], document)
            elif not wanted.keywords:
                page = queries.page(self.database, document, wanted)
        if wanted.keywords and not wanted.id:
            page = ChunkPage(*self.matches(document, wanted), document)
        if wanted.keywords:
            chunks = self.execution.offload(marked, page.chunks, wanted.keywords)
            return replace(page, chunks=chunks)
        return page

    @connected
    def get(
        self, asker: Principal, dataset_id: str, document_id: str, chunk_id: str
    ) -> PlacedChunk:
        """Return a chunk with its document."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        document = self.place(dataset_id, document_id)
        return PlacedChunk(self.one(document, chunk_id), document)

    @connected
    def rank(self, placed: PlacedChunk, wanted: ChunkFilter) -> int | None:
        """Return how many chunks of a list come before one; None if that is not in it."""
        return queries.rank(self.database, placed.document, placed.chunk.id, wanted)

    @connected
    def hand_made(self, asker: Principal, dataset_id: str, document_id: str) -> HandMade:
        """Return how many chunks of a document people have made."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        return queries.hand_made(self.database, self.place(dataset_id, document_id))

    @connected
    def find(self, asker: Principal, chunk_id: str) -> PlacedChunk:
        """Return a chunk of whatever document with it; raises NotFoundError."""
        for dataset_id, document_id in queries.places_of_chunk(self.database, chunk_id):
            with suppress(NotFoundError):
                return self.get(asker, dataset_id, document_id, chunk_id)
        raise NotFoundError(Kind.CHUNK, chunk_id)

    def document(self, asker: Principal, dataset_id: str, document_id: str) -> DocumentRecord:
        """Return a document that is shown beside its chunks; raises NotFoundError."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        found = documents.shown(self.database, dataset_id, document_id)
        if found is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        return found

    def place(self, dataset_id: str, document_id: str) -> DocumentPlace:
        """Return a document of a dataset; raises NotFoundError."""
        found = queries.place_of(self.database, dataset_id, document_id)
        if found is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        return found

    def one(self, document: DocumentPlace | DocumentRecord, chunk_id: str) -> ChunkRecord:
        """Return a visible chunk of a document; raises NotFoundError."""
        found = queries.one(self.database, document, chunk_id)
        if found is None:
            raise NotFoundError(Kind.CHUNK, chunk_id)
        return found

    def matches(
        self, document: DocumentRecord, wanted: ChunkFilter
    ) -> tuple[int, list[ChunkRecord]]:
        """Return how many chunks hold one of the keywords, and a page of them, best first."""
        offset, limit = wanted.offset, wanted.limit
        filtered = wanted.available is not None or bool(wanted.on_page or wanted.source)
        span = (0, MOST_MATCHES) if filtered else (offset, limit)
        total, ids = self.retriever.match(wanted.keywords, document.dataset_id, document.id, *span)
        with connection(self.database):
            found = queries.some(self.database, document, ids, wanted)
        return (len(found), found[offset : offset + limit]) if filtered else (total, found)


def marked(chunks: list[ChunkRecord], keywords: str) -> list[ChunkRecord]:
    """Return chunks in whose contents what matches keywords is marked; it takes a while."""
    return [chunk._replace(content=highlight_question(chunk.content, keywords)) for chunk in chunks]
