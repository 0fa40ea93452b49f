"""Statements of adding to chunks what a model says of them.

Those that write are part of the caller's transaction.
"""

from collections.abc import Sequence

import orjson

from api.db.base import now_ms
from api.db.connection import Database
from api.db.models.states import with_states
from api.db.sql import marks, rows, run
from api.services.ingestion.records import BareChunk
from api.tasks.base import ClaimedTask

_BARE = """document_id = ? AND generation = ? AND source = :parsed AND NOT deleted
AND (important_keywords = '[]' OR questions = '[]')"""

_COUNT = with_states("SELECT COUNT(*) FROM chunk WHERE :bare".replace(":bare", _BARE))
_NEXT = with_states(
    """
SELECT id, ordinal, content, headings, important_keywords, questions FROM chunk
WHERE :bare AND ordinal > ? ORDER BY ordinal LIMIT ?
""".replace(":bare", _BARE)
)
_BEGINNING = """
SELECT content FROM chunk WHERE document_id = ? AND generation = ? AND NOT deleted
ORDER BY ordinal LIMIT 100
"""
_TAG_SETS = """
SELECT id, embedding_model FROM dataset
WHERE tenant_id = ? AND chunk_method = 'tag' AND id IN (:ids) ORDER BY id
"""
# Whoever has edited the chunk meanwhile keeps what they wrote.
_ADD = with_states("""
UPDATE chunk SET important_keywords = ?, questions = ?, indexed = FALSE, update_time = ?
WHERE document_id = ? AND generation = ? AND id = ? AND content = ? AND source = :parsed
AND NOT deleted AND important_keywords = ? AND questions = ?
""")


def tag_sets(database: Database, tenant_id: str, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return those of some datasets that are tag sets of a tenant, each with its model."""
    statement = _TAG_SETS.replace(":ids", marks(ids))
    return [(found, model) for found, model in rows(database, statement, tenant_id, *ids)]


def bare_count(database: Database, task: ClaimedTask) -> int:
    """Return how many chunks have no keywords, or no questions, that nobody has edited."""
    ((count,),) = rows(database, _COUNT, task.document_id, task.generation)
    return int(count)


def beginning(database: Database, task: ClaimedTask, most: int) -> str:
    """Return the text of the first chunks of a document, up to so many characters."""
    found = rows(database, _BEGINNING, task.document_id, task.generation)
    return "\n\n".join(content for (content,) in found)[:most]


def bare_chunks(database: Database, task: ClaimedTask, after: int, limit: int) -> list[BareChunk]:
    """Return the next of these chunks, by their ordinals."""
    found = rows(database, _NEXT, task.document_id, task.generation, after, limit)
    return [BareChunk._make(row) for row in found]


def add(
    database: Database,
    task: ClaimedTask,
    chunk: BareChunk,
    keywords: Sequence[str],
    questions: Sequence[str],
) -> bool:
    """Add keywords and questions to a chunk unless it was edited since; tell whether it was not."""
    made = (orjson.dumps(list(values)).decode() for values in (keywords, questions))
    before = (chunk.content, chunk.keywords, chunk.questions)
    place = (task.document_id, task.generation, chunk.id)
    return bool(run(database, _ADD, *made, now_ms(), *place, *before))
