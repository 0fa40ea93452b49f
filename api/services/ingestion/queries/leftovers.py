"""Statements of what ended runs have left to be removed."""

from collections.abc import Sequence

from api.db.connection import Database
from api.db.models.states import with_states
from api.db.sql import rows, run
from api.services.ingestion.records import EndedRun

DELETED_AT_ONCE = 2000

_ENDED_RUNS = with_states("""
SELECT DISTINCT dataset_id, document_id, generation FROM task
WHERE state IN (:ended) AND cleaned = FALSE LIMIT ?
""")
_ENDED_TASKS = with_states("""
SELECT id FROM task WHERE document_id = ? AND generation = ? AND state IN (:ended)
""")
_NOTE_CLEANED = "UPDATE task SET cleaned = TRUE WHERE id IN (:ids)"

_SOME_OLDER = "SELECT seq FROM chunk WHERE document_id = ? AND generation < ? LIMIT ?"
_SOME_OWN = "SELECT seq FROM chunk WHERE document_id = ? AND generation = ? LIMIT ?"
_DELETE = "DELETE FROM chunk WHERE seq IN (:ids)"


def ended_runs(database: Database, limit: int) -> list[EndedRun]:
    """Return ended runs that have left something."""
    return [EndedRun._make(row) for row in rows(database, _ENDED_RUNS, limit)]


def ended_tasks(database: Database, ended: EndedRun) -> list[str]:
    """Return the tasks of a run that have ended, and so leave nothing more than they have."""
    found = rows(database, _ENDED_TASKS, ended.document_id, ended.generation)
    return [task_id for (task_id,) in found]


def record_cleaned(database: Database, task_ids: Sequence[str]) -> None:
    """Record that ended tasks have left nothing any more."""
    if task_ids:
        run(database, _of_ids(_NOTE_CLEANED, task_ids), *task_ids)


def visible_generation(database: Database, document_id: str) -> int | None:
    """Return which generation of a document is visible; None if the document is gone."""
    found = rows(database, "SELECT generation FROM document WHERE id = ?", document_id)
    return int(found[0][0]) if found else None


def delete_older(database: Database, ended: EndedRun) -> bool:
    """Delete some chunks that a run has replaced; tell whether there may be more."""
    return _delete_some(database, _SOME_OLDER, ended)


def delete_own(database: Database, ended: EndedRun) -> bool:
    """Delete some chunks that a run has made; tell whether there may be more."""
    return _delete_some(database, _SOME_OWN, ended)


def _delete_some(database: Database, chosen: str, ended: EndedRun) -> bool:
    place = (ended.document_id, ended.generation)
    with database.atomic():
        batch = [seq for (seq,) in rows(database, chosen, *place, DELETED_AT_ONCE)]
        if batch:
            run(database, _of_ids(_DELETE, batch), *batch)
    return len(batch) == DELETED_AT_ONCE


def _of_ids(statement: str, ids: Sequence[object]) -> str:
    return statement.replace(":ids", ", ".join("?" * len(ids)))
