"""The statements about the documents of notes."""

from base64 import b64decode, b64encode
from collections.abc import Sequence

from api.db.connection import Database
from api.db.sql import marks, rows, run
from api.services.webui.note_records import StoredUpdate

ADD = (
    "INSERT INTO webui_note_update (note_id, create_time, size, body)"
    " SELECT id, ?, ?, ? FROM webui_note WHERE id = ?"
)

READ = "SELECT id, create_time, body FROM webui_note_update WHERE note_id = ? ORDER BY id"

SIZE = "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM webui_note_update WHERE note_id = ?"


def updates(database: Database, note_id: str) -> list[StoredUpdate]:
    """Return the updates of a document, in the order in which they came."""
    return [
        StoredUpdate(int(row_id), int(created), b64decode(body))
        for row_id, created, body in rows(database, READ, note_id)
    ]


def size(database: Database, note_id: str) -> tuple[int, int]:
    """Return how many updates a document has, and how many bytes."""
    [(count, total)] = rows(database, SIZE, note_id)
    return int(count), int(total)


def has_document(database: Database, note_id: str) -> bool:
    """Return whether a note has a document."""
    return size(database, note_id)[0] > 0


def add(database: Database, note_id: str, created: int, update: bytes) -> bool:
    """Write an update; false where the note is gone."""
    body = b64encode(update).decode()
    return bool(run(database, ADD, created, len(update), body, note_id))


def take(database: Database, note_id: str, ids: Sequence[int]) -> bool:
    """Delete updates; false where these are not all there, which is to be undone."""
    where = f"note_id = ? AND id IN ({marks(ids)})"
    return run(database, f"DELETE FROM webui_note_update WHERE {where}", note_id, *ids) == len(ids)  # noqa: S608 - marks alone
