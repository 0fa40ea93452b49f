"""A log of which documents have changed, which readers follow by its numbers.

Its rows are only ever added, by the transactions that change documents, so that no two of these
wait for each other. A number is given out before its transaction ends, so that a smaller one may
be seen later than a larger one. Who reads must not go past a number that is missing: its
transaction may go on. One that was rolled back leaves a number out for good.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from peewee import Database

from api.db.base import database as bound
from api.db.sql import rows, run

GRACE_MS = 60_000
"""After so long a number that is missing will not come any more: what notes a change is among the
last statements of its transaction, and a silent transaction is ended after seconds."""

ROWS_AT_ONCE = 500

MOST_READ = 2000
"""Rows that are read at once."""

LOOKED_BACK = 20_000
"""Rows before the newest among which a number may be missing for one who begins to follow."""

KEPT_MS = 3_600_000
"""For so long rows are kept at least."""

_DATASETS = "SELECT dataset_id, id FROM document WHERE id IN (:ids)"
_NOTE = "INSERT INTO document_event (dataset_id, document_id, gone, time) VALUES :rows"

_NEWEST = "SELECT MAX(seq) FROM document_event"
_OLDEST = "SELECT MIN(seq) FROM document_event"
_COUNT = "SELECT COUNT(*), MAX(seq) FROM document_event WHERE seq > ?"
_NUMBERS = "SELECT seq, :now - time FROM document_event WHERE seq > ? ORDER BY seq LIMIT ?"
_FOLLOWING = """
SELECT seq, document_id, gone FROM document_event WHERE dataset_id = ? AND seq > ?
ORDER BY seq LIMIT ?
"""

_ARE_OLD = "SELECT COUNT(*) FROM document_event WHERE seq < ? AND time < :now - ?"
_DELETE_OLD = "DELETE FROM document_event WHERE seq < ? AND time < :now - ?"


class Event(NamedTuple):
    """A document was added or changed, or is gone."""

    seq: int
    document_id: str
    gone: bool


def note(ids: Collection[str], *, gone: bool = False) -> None:
    """Within a transaction, at its end: note that documents have changed, or are about to go."""
    database, wanted = bound.obj, list(ids)
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        some = wanted[start : start + ROWS_AT_ONCE]
        found = rows(database, _DATASETS.replace(":ids", ", ".join("?" * len(some))), *some)
        if found:
            # Not `INSERT ... SELECT`, for which MariaDB leaves numbers out.
            write(database, found, gone=gone)


def write(database: Database, places: Sequence[Sequence[object]], *, gone: bool = False) -> None:
    """Within a transaction, at its end: note changes of documents, each after its dataset."""
    values = [value for place in places for value in (*place, gone)]
    run(database, _NOTE.replace(":rows", ", ".join(["(?, ?, ?, :now)"] * len(places))), *values)


def newest(database: Database) -> int:
    """Return the largest number; 0 if there is none yet."""
    return int(rows(database, _NEWEST)[0][0] or 0)


def is_kept_since(database: Database, seq: int) -> bool:
    """Return whether nothing that follows a number has been deleted, and the number is one."""
    oldest = int(rows(database, _OLDEST)[0][0] or 1)
    return oldest - 1 <= seq <= newest(database)


def beginning(database: Database) -> int:
    """Return behind which number one begins to follow who reads the documents next."""
    oldest = int(rows(database, _OLDEST)[0][0] or 1)
    return safe_number(database, max(oldest - 1, newest(database) - LOOKED_BACK))


def safe_number(database: Database, seq: int) -> int:
    """Return up to which number behind another nothing will be seen later any more."""
    count, last = rows(database, _COUNT, seq)[0]
    if not count or last == seq + count:
        return int(last or seq)
    for number, age in rows(database, _NUMBERS, seq, MOST_READ):
        if number != seq + 1 and age <= GRACE_MS:
            break
        seq = number
    return seq


def following(database: Database, dataset_id: str, seq: int) -> Sequence[Event]:
    """Return what has happened to a dataset's documents behind a number, the oldest first."""
    return list(map(Event._make, rows(database, _FOLLOWING, dataset_id, seq, MOST_READ)))


def old_before(database: Database) -> int:
    """Return before which number some rows are to be deleted; 0 if none is old.

    The newest one stays: by it the others are known to be deleted.
    """
    oldest = int(rows(database, _OLDEST)[0][0] or 0)
    limit = min(oldest + ROWS_AT_ONCE, newest(database))
    return limit if rows(database, _ARE_OLD, limit, KEPT_MS)[0][0] else 0


def delete_old(database: Database, before: int) -> int:
    """Delete old rows before a number; return how many."""
    return run(database, _DELETE_OLD, before, KEPT_MS)
