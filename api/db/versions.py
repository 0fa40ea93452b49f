"""What all processes look at again and again: whether settings, or who may come in, have changed.

Both are one statement. A revocation adds a row with a random mark, as a row that all count up
would keep transactions waiting for each other; the sum of the marks is another one after each.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from api.db.base import database as bound
from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.sql import rows, run

SETTINGS = "SELECT COALESCE(MAX(version), 0) FROM setting_change"

BOTH = f"SELECT ({SETTINGS}), (SELECT COALESCE(SUM(mark), 0) FROM revocation)"  # noqa: S608 - ours

ADD = "INSERT INTO revocation (id, create_time, update_time, mark) VALUES (?, ?, ?, ?)"

MARK_BITS = 40
"""So that the marks of 8 million revocations add up to 63 bits."""

KEPT_MS = 3_600_000
"""How long a revocation is kept: far longer than anybody is remembered who was let in."""


class Versions(NamedTuple):
    """The version of the settings in the database, and one of who may come in."""

    settings: int
    revocations: int


def read_versions(database: Database) -> Versions:
    """Return both; 0 before the first change."""
    ((settings, revocations),) = rows(database, BOTH)
    return Versions(int(settings), int(revocations))


def revoked() -> None:
    """Let all processes know that somebody may have been shut out, or may do something else."""
    now = now_ms()
    opened: Any = bound
    run(opened, ADD, new_id(), now, now, secrets.randbits(MARK_BITS))


@contextmanager
def revoking() -> Iterator[None]:
    """Do what shuts somebody out in one transaction with the word of it."""
    with bound.atomic():
        yield
        revoked()


def shutting_out(change: Callable[[], int]) -> int:
    """Return how many rows a change alters that shuts somebody out; its transaction has the word.

    What alters nothing needs none.
    """
    with bound.atomic():
        altered = change()
        if altered:
            revoked()
    return altered


def has_old_revocations(database: Database) -> bool:
    """Return whether revocations are kept that nobody needs any more."""
    statement = "SELECT 1 FROM revocation WHERE create_time < ? LIMIT 1"
    return bool(rows(database, statement, now_ms() - KEPT_MS))


def delete_old_revocations(database: Database) -> int:
    """Delete those; return how many."""
    return run(database, "DELETE FROM revocation WHERE create_time < ?", now_ms() - KEPT_MS)
