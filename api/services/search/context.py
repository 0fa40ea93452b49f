"""What stands around a passage in its document."""

from dataclasses import replace

from api.db.connection import Database
from api.services.search.queries import chunks_around
from rag.engines.base import Hit

MOST = 5
"""How many chunks before a passage, and after it, can come along."""


def in_context(database: Database, hit: Hit, count: int) -> Hit:
    """Return a hit with the texts of up to `count` chunks before it, and after it, of its document.

    Chunks that are switched off are passed over.
    """
    chunk = hit.chunk
    before, after = chunks_around(database, chunk.document_id, chunk.id, min(count, MOST))
    return replace(hit, before="\n".join(before), after="\n".join(after))
