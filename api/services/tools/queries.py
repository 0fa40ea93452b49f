"""The statements about servers of tools."""

from collections.abc import Sequence
from typing import Any

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import rows, run
from api.services.accounts.grant_queries import forget_things
from api.services.tools.records import ServerRow, ServerText
from api.things import Kind

TEXT = ServerText._fields
COLUMNS = ("id", "create_time", "update_time", *TEXT, "secrets")

ADD = (
    "INSERT INTO tool_server (id, create_time, update_time, ordinal, called, name, description,"
    " protocol, url, path, is_on, offers, secrets) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

CHANGE = (
    "UPDATE tool_server SET update_time = ?, ordinal = ?, called = ?, name = ?, description = ?,"
    " protocol = ?, url = ?, path = ?, is_on = ?, offers = ?, secrets = ? WHERE id = ?"
)


def every(database: Database) -> list[ServerRow]:
    """Return all servers, in their order."""
    found = Listing(database, "tool_server", COLUMNS).tuples("ORDER BY ordinal, id")
    return [row_of(row) for row in found]


def row_of(row: Sequence[Any]) -> ServerRow:
    """Return a server from its row; MariaDB and SQLite have numbers for truth values."""
    server_id, create_time, update_time, *text, secrets = row
    told = ServerText._make(text)
    return ServerRow(
        server_id, create_time, update_time, told._replace(is_on=bool(told.is_on)), secrets
    )


def put(database: Database, server_id: str, place: int, text: ServerText, secrets: str) -> None:
    """Write a server at its place among the others, in place of what it was; in a transaction."""
    now = now_ms()
    if rows(database, "SELECT id FROM tool_server WHERE id = ?", server_id):
        run(database, CHANGE, now, place, *text, secrets, server_id)
    else:
        run(database, ADD, server_id, now, now, place, *text, secrets)


def delete(database: Database, ids: Sequence[str]) -> None:
    """Delete servers with their grants; within a transaction."""
    for server_id in ids:
        run(database, "DELETE FROM tool_server WHERE id = ?", server_id)
    forget_things(database, Kind.TOOL_SERVER, ids)
