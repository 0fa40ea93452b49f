"""Statements of taking chunks over from a document of the same content."""

from api.db.connection import Database
from api.db.sql import rows
from api.services.ingestion.records import CopiedChunk, CopySource
from rag.types import Chunk

_SOURCE = """
SELECT id, name, generation, chunk_count, dataset_id FROM document
WHERE dataset_id IN (SELECT id FROM dataset WHERE tenant_id = ?) AND origin = ?
    AND chunk_count > 0 ORDER BY CASE WHEN dataset_id = ? THEN 0 ELSE 1 END, id LIMIT 1
"""

_CHUNKS = """
SELECT id, document_id, dataset_id, content, ordinal, important_keywords, questions, positions,
    image_id, create_time, headings, parent
FROM chunk WHERE document_id = ? AND generation = ? AND ordinal > ? ORDER BY ordinal LIMIT ?
"""


def source_of(
    database: Database, tenant_id: str, dataset_id: str, origin: str
) -> CopySource | None:
    """Return a document of a tenant whose visible chunks have this origin, best of this dataset."""
    found = rows(database, _SOURCE, tenant_id, origin, dataset_id)
    return CopySource(*found[0]) if found else None


def chunks_after(database: Database, source: CopySource, ordinal: int, limit: int) -> list[Chunk]:
    """Return the next of a document's visible chunks, as they were made."""
    found = rows(database, _CHUNKS, source.id, source.generation, ordinal, limit)
    return [CopiedChunk._make(row).chunk for row in found]
