"""Adding a chunk to a document, and noting that the chunk store has it: a statement each."""

from typing import NamedTuple

import orjson

from api.db.base import now_ms
from api.db.connection import Database
from api.db.sql import rows, run
from api.services.library.parser_options import language_in, name_weight_in
from api.services.library.queries.chunk_edits import first_place
from api.services.library.records import LockedDocument
from rag.types import DocumentFacts

_COUNT_IN = (
    "UPDATE document SET update_time = ?, origin = '', chunk_count = chunk_count + 1,"
    " token_count = token_count + ? WHERE id = ? AND dataset_id = ?"
)
_COUNT_IN_AGAIN = (
    "UPDATE document SET update_time = ?, chunk_count = chunk_count + 1,"
    " token_count = token_count + ? WHERE id = ? AND dataset_id = ? AND origin = ''"
)
"""Of a document whose chunks are not those of its file already, which most are: a column that is
written, even as it was, has its indexes written."""

_LANDING = (
    "SELECT d.id, d.dataset_id, d.generation, d.next_generation, d.name, d.meta_fields,"
    " d.enabled, d.parser_config,"
    " (SELECT MAX(c.ordinal) FROM chunk c"
    " WHERE c.document_id = d.id AND c.generation = d.generation),"
    # As `OF_DOCUMENT` says why.
    " (SELECT COUNT(*) FROM chunk c WHERE c.id = ? AND COALESCE(c.document_id, '') = d.id)"
    " FROM document d WHERE d.id = ?"
)
_INDEXED = (
    "UPDATE chunk SET indexed = TRUE"
    " WHERE document_id = ? AND generation = ? AND id = ? AND update_time = ? AND NOT deleted"
    " AND EXISTS (SELECT 1 FROM document d WHERE d.id = ? AND d.generation = ? AND d.name = ?"
    " AND d.meta_fields = ? AND d.enabled = ? AND d.parser_config = ?)"
)


class Landing(NamedTuple):
    """A locked document to which a chunk is added, as it is then, with the place of the chunk.

    `metadata` and `config` are JSON; `is_taken` tells that another chunk has the id.
    """

    document: LockedDocument
    name: str
    metadata: str
    enabled: bool
    config: str
    ordinal: int
    is_taken: bool

    def facts(self) -> DocumentFacts:
        """Return what the chunk store is told of the document."""
        options = orjson.loads(self.config)
        return DocumentFacts(
            self.document.id,
            self.document.dataset_id,
            self.name,
            orjson.loads(self.metadata),
            bool(self.enabled),
            language_in(options),
            name_weight_in(options),
        )


def land(
    database: Database, dataset_id: str, document_id: str, chunk_id: str, tokens: int
) -> Landing | None:
    """Within a transaction: lock a document and count a chunk in; None if the document is gone.

    Its chunks are not those of its file any more.
    """
    place = (now_ms(), tokens, document_id, dataset_id)
    if not (run(database, _COUNT_IN_AGAIN, *place) or run(database, _COUNT_IN, *place)):
        return None
    [found] = rows(database, _LANDING, chunk_id, document_id)
    document = LockedDocument._make(found[:4])
    name, metadata, enabled, config, highest, taken = found[4:]
    place_behind = first_place(document, highest)
    return Landing(document, name, metadata, enabled, config, place_behind, bool(taken))


def mark_indexed(database: Database, landing: Landing, chunk_id: str, version: int) -> bool:
    """Record that the chunk store has an added chunk, with what it was told of its document.

    False, and nothing is recorded, if anybody has changed either since.
    """
    document = landing.document
    chunk = (document.id, document.generation, chunk_id, version)
    same = (landing.name, landing.metadata, landing.enabled, landing.config)
    return run(database, _INDEXED, *chunk, document.id, document.generation, *same) > 0
