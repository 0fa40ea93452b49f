"""Giving the file system back what deleted rows of an SQLite file took."""

from pathlib import Path
from typing import Any

from peewee import Database, SqliteDatabase

from api.db.connection import connection
from api.db.sql import rows

FREED_PAGES = 256
"""Of 4 KB, at once: others that write wait for some milliseconds."""

KEPT_PAGES = 256
"""Unused pages that stay for the next rows."""

LONG_LOG = 1024 * 1024
"""In bytes: a longer write-ahead log is emptied, and its file cut, if nobody uses it just now."""

INCREMENTAL = 2


def give_back(database: Database) -> int:
    """Truncate some unused pages of the file; return how many, 0 if nothing is left to do.

    PostgreSQL and MariaDB use the room of deleted rows again themselves.
    """
    if not isinstance(database, SqliteDatabase):
        return 0
    with connection(database):
        freed = _cut(database)
        if not freed:
            _shorten_log(database)
    return freed


def _cut(database: Database) -> int:
    free = _value(database, "freelist_count")
    # A file that an earlier version has made keeps its pages, and uses them again.
    if free <= KEPT_PAGES or _value(database, "auto_vacuum") != INCREMENTAL:
        return 0
    with database.atomic():
        # Python's sqlite3 takes one step of a statement without columns: that frees one page.
        for _ in range(min(FREED_PAGES, free - KEPT_PAGES)):
            rows(database, "PRAGMA incremental_vacuum(1)")
    return max(0, free - _value(database, "freelist_count"))


def _shorten_log(database: Any) -> None:
    log = Path(f"{database.database}-wal")
    if log.exists() and log.stat().st_size > LONG_LOG:
        rows(database, "PRAGMA wal_checkpoint(TRUNCATE)")


def _value(database: Database, name: str) -> int:
    ((value,),) = rows(database, f"PRAGMA {name}")
    return int(value)
