"""What becomes of a document when its tasks end."""

from dataclasses import dataclass
from datetime import datetime

from peewee import Database, SqliteDatabase

from api.db import events
from api.db.models.states import RunState, with_states
from api.db.sql import rows, run

_LOCK = """
SELECT generation, next_generation, run, chunk_count, token_count
FROM document WHERE id = ? :lock
"""

_TOLD = """
SELECT progress_msg FROM task WHERE document_id = ? AND generation = ? ORDER BY part
"""

_END = with_states("""
UPDATE document SET run = ?, progress = ?, progress_msg = ?, update_time = :now,
    process_duration = (:now - process_begin_at) / 1000.0
WHERE id = ? AND next_generation = ? AND run = :RUNNING
""")

_SAID = with_states(
    "SELECT progress_msg FROM document WHERE id = ? AND generation = ? AND run = :DONE"
)
_REMARK = "UPDATE document SET progress_msg = ? WHERE id = ?"

_STAMP = len("00:00:00 ")


@dataclass(frozen=True, slots=True)
class LockedDocument:
    """The state of a document that nobody else changes until the transaction ends."""

    generation: int
    next_generation: int
    run: str
    chunk_count: int
    token_count: int

    def is_running(self, generation: int) -> bool:
        """Return whether a run is the document's newest, and goes on."""
        return self.next_generation == generation and self.run == RunState.RUNNING


def lock(database: Database, document_id: str) -> LockedDocument | None:
    """Within a transaction: lock a document; None if there is no such document."""
    # A transaction on SQLite is alone from its beginning.
    locking = "" if isinstance(database, SqliteDatabase) else "FOR UPDATE"
    found = rows(database, _LOCK.replace(":lock", locking), document_id)
    return LockedDocument(*found[0]) if found else None


def end(
    database: Database, document_id: str, generation: int, outcome: RunState, line: str
) -> bool:
    """Within a transaction: end the run of a document as DONE or FAIL, with a last line.

    The document gets the lines of its tasks before it. False if that run is no longer the
    document's, or has ended already: by CANCEL, for example.
    """
    told = rows(database, _TOLD, document_id, generation)
    lines = "\n".join(message for (message,) in told if message).splitlines()
    said = lines[-1][_STAMP:] if lines else ""
    if said and line.startswith(said):
        lines.pop()  # the worker said it as well, or as much of it as it knew
    ended = run(
        database,
        _END,
        outcome,
        1.0 if outcome is RunState.DONE else -1.0,
        "\n".join((*lines, stamped(line))),
        document_id,
        generation,
    )
    if ended:
        events.note([document_id])
    return bool(ended)


def remark(database: Database, document_id: str, generation: int, line: str) -> None:
    """Within a transaction: add a line to what is said of a run that has ended."""
    lock(database, document_id)
    for (said,) in rows(database, _SAID, document_id, generation):
        run(database, _REMARK, f"{said}\n{stamped(line)}", document_id)
        events.note([document_id])


def stamped(line: str) -> str:
    """Return a line of progress with the time of day before it."""
    return f"{datetime.now().astimezone():%H:%M:%S} {line}"
