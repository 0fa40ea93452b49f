"""The progress update: what the tasks say of themselves, written to their documents."""

from collections.abc import Iterable, Sequence
from typing import Any

from peewee import Database

from api.db import events
from api.db.connection import connected
from api.db.models.states import with_states
from api.db.sql import rows, run
from api.leases.fencing import Guard, unguarded

# Only the head of the queue is told its place: it is what changes, and what people look at.
_PLACES = 100

_RUNNING_DOCUMENTS = with_states("""
SELECT DISTINCT t.document_id, t.generation, d.progress, d.progress_msg
FROM task t JOIN document d ON d.id = t.document_id
WHERE t.state = :running AND d.run = :RUNNING AND d.next_generation = t.generation
""")

_PARTS = """
SELECT progress, progress_msg FROM task WHERE document_id = ? AND generation = ? ORDER BY part
"""

_WRITE = with_states("""
UPDATE document SET progress_msg = ?, progress = CASE WHEN progress < ? THEN ? ELSE progress END,
    process_duration = (:now - process_begin_at) / 1000.0
WHERE id = ? AND run = :RUNNING AND next_generation = ?
""")

_WAITING = with_states("""
SELECT t.document_id, t.attempts, d.progress_msg FROM task t JOIN document d ON d.id = t.document_id
WHERE t.state = :pending AND d.run = :RUNNING AND d.next_generation = t.generation
ORDER BY t.not_before, t.part LIMIT ?
""")

# A document whose other parts are at work tells their progress instead.
_PLACE = with_states("""
UPDATE document SET progress_msg = ? WHERE id = ? AND run = :RUNNING AND NOT EXISTS (
    SELECT 1 FROM task WHERE task.document_id = document.id AND task.state IN (:running, :done)
    AND task.generation = document.next_generation)
""")

_ANY_AT_WORK = with_states("SELECT 1 FROM task WHERE state IN (:running, :pending) LIMIT 1")

# Under this a document is not done, however far its parts are.
_NEARLY = 0.99


class ProgressUpdate:
    """Writes progress and places in the queue to documents; run again and again by one process."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def update(self, guard: Guard = unguarded) -> int:
        """Update the documents; return how many were changed.

        Progress never falls, and a document that is done, failed or cancelled is left alone.
        """
        return self._update_running(guard) + self._update_waiting(guard)

    @connected
    def any_at_work(self) -> bool:
        """Return whether anything runs or waits, so that the next update is worth while soon."""
        return bool(rows(self.database, _ANY_AT_WORK))

    def _update_running(self, guard: Guard) -> int:
        changed = 0
        for document_id, generation, *known in rows(self.database, _RUNNING_DOCUMENTS):
            parts = rows(self.database, _PARTS, document_id, generation)
            progress = min(_NEARLY, sum(part[0] for part in parts) / max(1, len(parts)))
            message = "\n".join(part[1] for part in parts if part[1])
            if progress > known[0] or message != known[1]:
                values = (message, progress, progress, document_id, generation)
                with self.database.atomic():
                    guard()
                    if run(self.database, _WRITE, *values):
                        changed += 1
                        events.note([document_id])
        return changed

    def _update_waiting(self, guard: Guard) -> int:
        places = _places(rows(self.database, _WAITING, _PLACES))
        if not places:
            return 0
        with self.database.atomic():
            guard()
            told = [
                document
                for document, message in places
                if run(self.database, _PLACE, message, document)
            ]
            events.note(told)
            return len(told)


def _places(waiting: Iterable[Sequence[Any]]) -> list[tuple[str, str]]:
    """Return what to tell the documents that know something else yet.

    One that waits for another attempt keeps what it says about the last.
    """
    seen: set[str] = set()
    places = []
    for number, (document_id, attempts, message) in enumerate(waiting):
        if document_id not in seen and not attempts and message != _sentence(number):
            places.append((document_id, _sentence(number)))
        seen.add(document_id)
    return places


def _sentence(ahead: int) -> str:
    """Return the contract's words for a place in the queue."""
    return f"{ahead} tasks are ahead in the queue..." if ahead else "Task is queued..."
