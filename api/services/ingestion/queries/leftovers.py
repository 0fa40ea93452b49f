"""Statements of what ended runs have left to be removed."""

from collections.abc import Sequence
from typing import Any

from api.db.connection import Database
from api.db.models.document import StoredChunk, Task
from api.db.models.states import ENDED
from api.db.rows import delete_rows, tuple_rows
from api.db.sql import rows
from api.services.ingestion.records import EndedRun

DELETED_AT_ONCE = 2000


def ended_runs(limit: int) -> list[EndedRun]:
    """Return ended runs that have left something."""
    chosen = (
        Task.select(Task.dataset_id, Task.document_id, Task.generation)
        .where(Task.state.in_(ENDED), Task.cleaned == False)  # noqa: E712 - a column is compared
        .distinct()
        .limit(limit)
    )
    return [EndedRun(*row) for row in tuple_rows(chosen)]


def ended_tasks(ended: EndedRun) -> list[str]:
    """Return the tasks of a run that have ended, and so leave nothing more than they have."""
    these = (Task.document_id == ended.document_id) & (Task.generation == ended.generation)
    chosen = Task.select(Task.id).where(these, Task.state.in_(ENDED))
    return [task_id for (task_id,) in tuple_rows(chosen)]


def note_cleaned(task_ids: Sequence[str]) -> None:
    """Note that ended tasks have left nothing any more."""
    Task.update(cleaned=True).where(Task.id.in_(task_ids)).execute()


def visible_generation(database: Database, document_id: str) -> int | None:
    """Return which generation of a document is visible; None if the document is gone."""
    found = rows(database, "SELECT generation FROM document WHERE id = ?", document_id)
    return int(found[0][0]) if found else None


def delete_older(database: Database, ended: EndedRun) -> bool:
    """Delete some chunks that a run has replaced; tell whether there may be more."""
    older = StoredChunk.generation < ended.generation
    return _delete_some(database, (StoredChunk.document_id == ended.document_id) & older)


def delete_own(database: Database, ended: EndedRun) -> bool:
    """Delete some chunks that a run has made; tell whether there may be more."""
    own = StoredChunk.generation == ended.generation
    return _delete_some(database, (StoredChunk.document_id == ended.document_id) & own)


def _delete_some(database: Database, condition: Any) -> bool:
    chosen = StoredChunk.select(StoredChunk.seq).where(condition).limit(DELETED_AT_ONCE)
    with database.atomic():
        batch = [seq for (seq,) in tuple_rows(chosen)]
        if batch:
            delete_rows(StoredChunk, StoredChunk.seq.in_(batch))
    return len(batch) == DELETED_AT_ONCE
