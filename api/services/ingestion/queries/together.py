"""Statements of the runs of small documents that are carried out together."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from api.db import events
from api.db.connection import Database
from api.db.sql import marks, rows, run
from api.services.ingestion.queries import runs
from api.tasks.base import ClaimedTask
from rag.types import Chunk

KEPT_AT_ONCE = 128

_MADE = "UPDATE task SET chunk_count = ?, token_count = ?, origin = ?, stages = ? WHERE id = ?"
_TURN = (
    "UPDATE document SET generation = ?, chunk_count = ?, token_count = ?, origin = ? WHERE id = ?"
)
_COUNT_IN_DATASET = """
UPDATE dataset SET chunk_count = chunk_count + ?, token_num = token_num + ? WHERE id = ?
"""

# As for a single run, of which it is known here that it was begun once.
_IN_DOUBT = """
SELECT id FROM document WHERE id IN (:ids) AND origin = ''
UNION SELECT c.document_id FROM document d
JOIN chunk c ON c.document_id = d.id AND c.generation = d.generation
WHERE d.id IN (:ids) AND c.indexed = FALSE
"""


def keep(database: Database, made: Iterable[tuple[int, Chunk]]) -> None:
    """Store chunks, each beside its generation."""
    for generation, pairs in groupby(sorted(made, key=_generation), key=_generation):
        chunks = [chunk for _, chunk in pairs]
        for start in range(0, len(chunks), KEPT_AT_ONCE):
            runs.keep(database, chunks[start : start + KEPT_AT_ONCE], generation)


def turn_first(
    database: Database, task: ClaimedTask, chunks: int, tokens: int, origin: str, stages: str
) -> None:
    """Turn a document that has no chunks yet to its first generation."""
    run(database, _MADE, chunks, tokens, origin, stages, task.id)
    run(database, _TURN, task.generation, chunks, tokens, origin, task.document_id)


def count_turned(
    database: Database, dataset_id: str, ids: Sequence[str], chunks: int, tokens: int
) -> None:
    """Count the chunks of documents that were turned to their first generation."""
    if ids:
        run(database, _COUNT_IN_DATASET, chunks, tokens, dataset_id)
        events.note(ids)


def in_doubt(database: Database, ids: Sequence[str]) -> set[str]:
    """Return those documents of which the chunk store may not have the chunks as they are."""
    found = rows(database, _IN_DOUBT.replace(":ids", marks(ids)), *ids, *ids)
    return {document_id for (document_id,) in found}


def _generation(pair: tuple[int, Chunk]) -> int:
    return pair[0]
