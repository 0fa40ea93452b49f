"""The statements of statistics."""

from collections.abc import Sequence

from api.db.connection import Database
from api.db.sql import octets, rows
from api.services.chats.records import DayOfUse

SESSIONS_SQL = (
    "SELECT d.day, COUNT(*), COUNT(DISTINCT s.user_id) FROM ({days}) d JOIN chat_session s"
    " ON s.create_time >= d.day AND s.create_time < d.day + 86400000"
    " WHERE s.tenant_id = ? GROUP BY d.day"
)
MESSAGES_SQL = (
    "SELECT d.day, SUM(CASE WHEN m.role = 'user' THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN m.rating > 0 THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN q.role = 'user' THEN {octets} ELSE 0 END),"
    " SUM(CASE WHEN q.role = 'user' THEN m.create_time - q.create_time ELSE 0 END)"
    " FROM ({days}) d JOIN chat_message m"
    " ON m.create_time >= d.day AND m.create_time < d.day + 86400000"
    " JOIN chat_session s ON s.id = m.session_id"
    " LEFT JOIN chat_message q ON q.session_id = m.session_id AND q.ordinal = m.ordinal - 1"
    " AND m.role = 'assistant' WHERE s.tenant_id = ? GROUP BY d.day"
)
"""Beside questions and praise: the bytes of answers, and ms from their questions to them."""


def used_by_day(database: Database, tenant_id: str, days: Sequence[int]) -> list[DayOfUse]:
    """Return those of some days, given by their beginnings, on which anything was."""
    table = " UNION ALL ".join(f"SELECT {int(day)} AS day" for day in days)
    begun = {row[0]: row[1:] for row in rows(database, SESSIONS_SQL.format(days=table), tenant_id)}
    statement = MESSAGES_SQL.format(days=table, octets=octets(database, "m.content"))
    said = {row[0]: row[1:] for row in rows(database, statement, tenant_id)}
    return [
        DayOfUse(day, *map(int, (*begun.get(day, (0, 0)), *said.get(day, (0, 0, 0, 0)))))
        for day in sorted(begun.keys() | said.keys())
    ]
