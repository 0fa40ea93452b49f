"""Statements of starting and stopping the parsing of documents, within a transaction."""

from collections.abc import Sequence

from api.db import events
from api.db.base import now_ms
from api.db.models.document import Document, Task
from api.db.models.states import RunState, TaskState
from api.db.rows import locked_rows, tuple_rows
from api.services.ingestion.records import QueuedDocument
from api.tasks.base import ENRICHING

_COLUMNS = (
    Document.id,
    Document.tenant_id,
    Document.dataset_id,
    Document.run,
    Document.generation,
    Document.next_generation,
)


def lock(dataset_id: str, ids: Sequence[str]) -> list[QueuedDocument]:
    """Return those documents of a dataset that exist; nobody else changes them meanwhile."""
    these = (Document.dataset_id == dataset_id) & Document.id.in_(ids)
    found = locked_rows(Document.select(*_COLUMNS).where(these), Document.id)
    return [QueuedDocument(*row) for row in found]


def begin_runs(ids: Sequence[str]) -> None:
    """Begin a new run of documents."""
    Document.update(
        run=RunState.RUNNING,
        progress=0.0,
        progress_msg="Task is queued...",
        process_begin_at=now_ms(),
        process_duration=0.0,
        next_generation=Document.next_generation + 1,
        update_time=now_ms(),
    ).where(Document.id.in_(ids)).execute()
    events.note(ids)


def cancel_runs(ids: Sequence[str]) -> None:
    """End the runs of documents as cancelled."""
    columns = {"run": RunState.CANCEL, "progress": 0.0, "update_time": now_ms()}
    Document.update(columns).where(Document.id.in_(ids)).execute()
    events.note(ids)


def being_enriched(ids: Sequence[str]) -> list[str]:
    """Return those documents to whose chunks a model adds, or is about to."""
    live = Task.state.in_([TaskState.PENDING, TaskState.RUNNING])
    these = Task.document_id.in_(ids) & (Task.part == ENRICHING) & live
    found = tuple_rows(Task.select(Task.document_id).where(these).distinct())
    return [document_id for (document_id,) in found]
