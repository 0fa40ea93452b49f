"""Noting work that is to be done outside the database, and removing rows a few at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

from api.db.base import new_id, now_ms
from api.db.inserting import insert_rows
from api.db.models.cleanup import Cleanup
from api.db.models.document import Document, StoredChunk, Task
from api.db.models.evaluation import EvaluatedQuestion
from api.db.rows import delete_rows, tuple_rows
from api.services.library.records import CleanupKind, CleanupRecord, LostEdit

ROWS_AT_ONCE = 1000

_COLUMNS = tuple(getattr(Cleanup, name) for name in CleanupRecord._fields)


def note(
    kind: CleanupKind,
    dataset_id: str,
    document_id: str = "",
    storage_key: str = "",
    wait: int = 0,
) -> str:
    """Record work inside the transaction that makes it necessary; return its id.

    The recovery job leaves it alone for `wait` ms.
    """
    [noted_id] = note_each(kind, dataset_id, [(document_id, storage_key)], wait)
    return noted_id


def note_each(
    kind: CleanupKind, dataset_id: str, places: Iterable[tuple[str, str]], wait: int = 0
) -> list[str]:
    """Record the same work for several documents, each with the key of its file."""
    values = [
        {
            "id": new_id(),
            "kind": kind,
            "dataset_id": dataset_id,
            "document_id": document_id,
            "storage_key": storage_key,
            "not_before": now_ms() + wait,
        }
        for document_id, storage_key in places
    ]
    insert_rows(Cleanup, values)
    return [str(row["id"]) for row in values]


def noted(ids: Sequence[str]) -> list[CleanupRecord]:
    """Return those of at most ROWS_AT_ONCE pieces of work that are still to be done."""
    return _chosen(Cleanup.id.in_(ids))


def due(now: int) -> list[CleanupRecord]:
    """Return work that is due at a time in ms since the epoch, the oldest first."""
    return _chosen(Cleanup.not_before <= now)


def _chosen(condition: Any) -> list[CleanupRecord]:
    chosen = Cleanup.select(*_COLUMNS).where(condition)
    ordered = chosen.order_by(Cleanup.create_time, Cleanup.id).limit(ROWS_AT_ONCE)
    return [CleanupRecord._make(row) for row in tuple_rows(ordered)]


def remove(ids: Iterable[str]) -> int:
    """Delete notes of work that is done, or that nobody has to do; return how many there were."""
    return delete_rows(Cleanup, Cleanup.id.in_(list(ids)))


def postpone(cleanup_id: str, not_before: int) -> None:
    """Postpone work until a time in ms since the epoch."""
    Cleanup.update(not_before=not_before).where(Cleanup.id == cleanup_id).execute()


def lost_edits(before: int) -> list[LostEdit]:
    """Return chunks, edited before a time in ms, of which the chunk store has not been told."""
    chosen = (
        StoredChunk.select(StoredChunk.dataset_id, StoredChunk.document_id, StoredChunk.id)
        .join(Document, on=(Document.id == StoredChunk.document_id))
        .where(
            StoredChunk.indexed == False,  # noqa: E712 - a column is compared, not a value
            StoredChunk.generation <= Document.generation,
            StoredChunk.update_time < before,
        )
        .order_by(StoredChunk.seq)
        .limit(ROWS_AT_ONCE)
    )
    return [LostEdit._make(row) for row in tuple_rows(chosen)]


def remove_some_evaluated(dataset_id: str) -> int:
    """Within a transaction: delete some questions of runs over a dataset; return how many."""
    some = EvaluatedQuestion.select(EvaluatedQuestion.id).where(
        EvaluatedQuestion.dataset_id == dataset_id
    )
    ids = [row[0] for row in tuple_rows(some.limit(ROWS_AT_ONCE))]
    return delete_rows(EvaluatedQuestion, EvaluatedQuestion.id.in_(ids)) if ids else 0


def remove_some_documents(dataset_id: str) -> int:
    """Delete a few rows of documents of a dataset; return how many."""
    return _remove_some(Document, Document.id, Document.dataset_id == dataset_id)


def remove_some_tasks(dataset_id: str) -> int:
    """Delete a few rows of tasks of a dataset; return how many."""
    return _remove_some(Task, Task.id, Task.dataset_id == dataset_id)


def remove_some_chunks(dataset_id: str) -> int:
    """Delete a few rows of chunks of a dataset; return how many."""
    return _remove_some(StoredChunk, StoredChunk.seq, StoredChunk.dataset_id == dataset_id)


def remove_some_of_document(document_id: str) -> int:
    """Delete a few rows of chunks of a document; return how many."""
    return _remove_some(StoredChunk, StoredChunk.seq, StoredChunk.document_id == document_id)


def _remove_some(model: Any, key: Any, condition: Any) -> int:
    chosen = tuple_rows(model.select(key).where(condition).limit(ROWS_AT_ONCE))
    return delete_rows(model, key.in_([value for (value,) in chosen])) if chosen else 0
