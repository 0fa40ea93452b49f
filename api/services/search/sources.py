"""Searching for those who know files: each passage with the file that it is from."""

from collections.abc import Sequence

import orjson

from api.services.accounts.records import Principal
from api.services.library.documents import DocumentService
from api.services.library.records import DocumentRecord
from api.services.search.records import Source
from api.services.search.retrieval import RetrievalService
from api.services.search.values import Search
from rag.engines.base import Hit


class SourceService:
    """Finds passages, and what is known of their files."""

    def __init__(self, retrieval: RetrievalService, documents: DocumentService) -> None:
        """Initialize with the parts."""
        self.retrieval = retrieval
        self.documents = documents

    def find(self, asker: Principal, searches: Sequence[Search], limit: int) -> list[Source]:
        """Return the passages that fit one of several questions, best first, at most `limit`.

        What several questions find comes once, by its best score.
        """
        best: dict[str, Hit] = {}
        for search in searches:
            for hit in self.retrieval.search(asker, search).hits:
                known = best.setdefault(hit.chunk.id, hit)
                if hit.similarity > known.similarity:
                    best[hit.chunk.id] = hit
        ranked = sorted(best.values(), key=lambda hit: (-hit.similarity, hit.chunk.id))
        return self.of(asker, ranked[:limit])

    def of(self, asker: Principal, hits: Sequence[Hit]) -> list[Source]:
        """Return hits as passages of files."""
        ids = [hit.chunk.document_id for hit in hits]
        known = {document.id: document for document in self.documents.known(asker, ids)}
        return [source_of(hit, known.get(hit.chunk.document_id)) for hit in hits]


def source_of(hit: Hit, document: DocumentRecord | None) -> Source:
    """Return a hit as a passage of a file; None stands for a document that is gone since."""
    return Source(
        (document.file_id if document else "") or hit.chunk.document_id,
        document.name if document else hit.document_name,
        hit.similarity,
        orjson.loads(document.meta_fields) if document else {},
        hit.chunk.content,
    )
