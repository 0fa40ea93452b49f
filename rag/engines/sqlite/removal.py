"""Removes the rows of dropped datasets, some at a time: others that write wait only for these."""

import json
import time

import apsw

from rag.engines.segmented.rows import ROW_BITS
from rag.engines.sqlite.schema import free_pages, give_back

_SECONDS = 0.05
"""After so long a transaction begins no further step."""

_ROWS = 250
"""Removed in one step, which takes some milliseconds."""

_LAST_ROW = (
    "SELECT max(row) FROM (SELECT row FROM chunk WHERE row >= ? AND row < ? ORDER BY row LIMIT ?)"
)

_OF_DOCUMENTS = (
    "DELETE FROM metadata WHERE document IN (SELECT value FROM json_each(?))",
    "DELETE FROM document WHERE number IN (SELECT value FROM json_each(?))",
)


def give_back_some(connection: apsw.Connection) -> int:
    """Remove some rows of dropped datasets and truncate some pages; return how many bytes.

    That is what became unused and what the file is shorter by; 0 if nothing is left to do.
    """
    before = free_pages(connection)
    deadline = time.monotonic() + _SECONDS
    # What has freed no page yet must not look as if nothing were left to do.
    while _remove_some(connection):
        if time.monotonic() > deadline and free_pages(connection) > before:
            break
    freed = (free_pages(connection) - before) * connection.pragma("page_size")
    return int(freed + give_back(connection))


def _remove_some(connection: apsw.Connection) -> bool:
    """Remove some rows of a dropped dataset; return whether there was one."""
    number = connection.execute("SELECT dataset FROM dropped LIMIT 1").get
    if number is None:
        return False
    if not (_remove_chunks(connection, number) or _remove_documents(connection, number)):
        connection.execute("DELETE FROM dropped WHERE dataset = ?", (number,))
    return True


def _remove_chunks(connection: apsw.Connection, number: int) -> bool:
    first, end = number << ROW_BITS, (number + 1) << ROW_BITS
    last = connection.execute(_LAST_ROW, (first, end, _ROWS)).get
    if last is None:
        return False
    connection.execute("DELETE FROM body WHERE row BETWEEN ? AND ?", (first, last))
    connection.execute("DELETE FROM chunk WHERE row BETWEEN ? AND ?", (first, last))
    return True


def _remove_documents(connection: apsw.Connection, number: int) -> bool:
    statement = "SELECT number FROM document WHERE dataset = ? LIMIT ?"
    listed = connection.execute(statement, (number, _ROWS))
    found = json.dumps([document for (document,) in listed])
    for removal in _OF_DOCUMENTS:
        connection.execute(removal, (found,))
    return bool(connection.changes())
