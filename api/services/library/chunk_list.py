"""Reading the chunks of a document: a page of them, those that hold some words, or one."""

from collections.abc import Mapping, Sequence
from typing import Any

from peewee import Database

from api.db.connection import connection
from api.db.listing import Listing
from api.errors import NotFoundError
from api.execution import Execution
from api.schemas.sdk.chunk import ChunkQuery
from api.services.library.chunk_index import visible_chunks
from api.services.library.names import is_chunk_id
from api.services.library.owned import document_of
from api.services.library.presenting import chunk_object, document_object, raw_chunk
from rag.engines.base import ChunkStore
from rag.retrieval.retriever import Retriever, highlight_question

COLUMNS = (
    "id",
    "content",
    "important_keywords",
    "questions",
    "positions",
    "image_id",
    "available",
    "source",
    "create_time",
)
MOST_MATCHES = 10_000
"""How many matches are looked through for those that are available, or are not."""

Row = Mapping[str, Any]


class ChunkReader:
    """Reads the visible chunks of documents."""

    def __init__(self, database: Database, chunk_store: ChunkStore, execution: Execution) -> None:
        """Remember the parts; nothing is opened."""
        self.database = database
        self.execution = execution
        self.retriever = Retriever(chunk_store, execution.offload)

    def list_page(
        self, tenant_id: str, dataset_id: str, document_id: str, query: ChunkQuery
    ) -> dict[str, Any]:
        """Return a page of a document's chunks, how many there are in all, and the document.

        In document order; with keywords those that match best come first, with what matches marked.
        """
        with connection(self.database):
            document = document_of(tenant_id, dataset_id, document_id)
            if query.id:
                total, rows = 1, [self.one(document, query.id, "Chunk not found!")]
            elif not query.keywords.strip():
                total, rows = self.page(document, query)
        if query.keywords.strip() and not query.id:
            total, rows = self.matches(document, query)
        chunks = [chunk_object(row, document) for row in rows]
        if query.keywords.strip():
            self.execution.offload(mark, chunks, query.keywords)
        return {"total": total, "chunks": chunks, "doc": document_object(document)}

    def get(
        self, tenant_id: str, dataset_id: str, document_id: str, chunk_id: str
    ) -> dict[str, Any]:
        """Return a chunk in the names of the search index."""
        with connection(self.database):
            document = document_of(tenant_id, dataset_id, document_id)
            return raw_chunk(self.one(document, chunk_id, "Chunk not found!"), document)

    @staticmethod
    def one(document: Row, chunk_id: str, refusal: str) -> Row:
        """Return a visible chunk of a document; raises NotFoundError."""
        found = visible_chunks(document, [chunk_id]) if is_chunk_id(chunk_id) else []
        if not found:
            raise NotFoundError(refusal)
        return found[0]

    def page(self, document: Row, query: ChunkQuery) -> tuple[int, list[Row]]:
        """Return how many chunks a document has and a page of them, in document order."""
        listing = self.visible(document, query.available)
        limit, offset = query.page_size, query.offset
        rows: list[Row] = [*listing.rows("ORDER BY ordinal, seq LIMIT ? OFFSET ?", limit, offset)]
        return listing.total(rows, limit=limit, offset=offset), rows

    def matches(self, document: Row, query: ChunkQuery) -> tuple[int, list[Row]]:
        """Return how many chunks hold one of the keywords, and a page of them, best first."""
        offset, limit = query.offset, query.page_size
        filtered = query.available is not None
        span = (0, MOST_MATCHES) if filtered else (offset, limit)
        place = (document["dataset_id"], document["id"])
        total, ids = self.retriever.match(query.keywords, *place, *span)
        with connection(self.database):
            listing = self.visible(document, query.available).where_in("id", ids)
            found = {row["id"]: row for row in listing.rows()}
        rows: list[Row] = [found[chunk_id] for chunk_id in ids if chunk_id in found]
        return (len(rows), rows[offset : offset + limit]) if filtered else (total, rows)

    def visible(self, document: Row, available: bool | None) -> Listing:  # noqa: FBT001 - a filter
        """Return the visible chunks of a document, all or by whether they are available."""
        listing = Listing(self.database, "chunk", COLUMNS)
        listing.where("document_id = ?", document["id"])
        listing.where("generation = ?", document["generation"]).where("NOT deleted")
        return listing if available is None else listing.where("available = ?", available)


def mark(chunks: Sequence[dict[str, Any]], keywords: str) -> None:
    """Mark what matches keywords in the contents of chunks, which takes a while."""
    for chunk in chunks:
        chunk["content"] = highlight_question(chunk["content"], keywords)
