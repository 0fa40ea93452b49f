"""Searching for those who know files: each passage with the file that it is from."""

from collections.abc import Sequence

import orjson

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.search.queries import files_of
from api.services.search.records import FileFacts, Source
from api.services.search.retrieval import RetrievalService
from api.services.search.values import Search
from rag.engines.base import Hit


class SourceService:
    """Finds passages, and what is known of their files."""

    def __init__(self, database: Database, retrieval: RetrievalService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.retrieval = retrieval

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
        return self.of(ranked[:limit])

    @connected
    def of(self, hits: Sequence[Hit]) -> list[Source]:
        """Return what was found as passages of files."""
        known = files_of(self.database, {hit.chunk.document_id for hit in hits})
        return [source_of(hit, known.get(hit.chunk.document_id)) for hit in hits]


def source_of(hit: Hit, file: FileFacts | None) -> Source:
    """Return a hit as a passage of a file; None stands for a document that is gone since."""
    chunk = hit.chunk
    return Source(
        (file.file_id if file else "") or chunk.document_id,
        chunk.document_id,
        chunk.positions[0].page if chunk.positions else 0,
        file.name if file else hit.document_name,
        hit.similarity,
        orjson.loads(file.meta_fields) if file else {},
        chunk.content,
        chunk.dataset_id,
        chunk.id,
    )
