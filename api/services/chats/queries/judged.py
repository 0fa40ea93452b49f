"""The statements of answers that somebody has judged."""

from collections.abc import Sequence

from api.db.connection import Database
from api.db.sql import rows
from api.services.chats.records import JudgedAnswer

JUDGED_SQL = (
    "SELECT m.session_id, q.message_id, q.id, q.content, m.content, m.rating, m.feedback,"
    " m.update_time"
    " FROM chat_session s JOIN chat_message m ON m.session_id = s.id"
    " JOIN chat_message q ON q.session_id = s.id AND q.ordinal = m.ordinal - 1"
    " WHERE s.tenant_id = ? AND s.chat_id = ? AND m.rating IN (?, ?)"
    " ORDER BY m.update_time DESC, m.id DESC LIMIT ? OFFSET ?"
)


def judged(
    database: Database,
    tenant_id: str,
    chat_id: str,
    ratings: Sequence[int],
    limit: int,
    offset: int,
) -> list[JudgedAnswer]:
    """Return a page of answers to a tenant that have one of two ratings, newest first."""
    found = rows(database, JUDGED_SQL, tenant_id, chat_id, *ratings, limit, offset)
    return [
        JudgedAnswer(session_id, named or own, *rest) for session_id, named, own, *rest in found
    ]
