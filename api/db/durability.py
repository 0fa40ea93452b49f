"""Commits that need not be on the disk yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from peewee import Database, SqliteDatabase

from api.db.sql import run


@contextmanager
def durable_later(database: Database) -> Iterator[None]:
    """Let the commits of a `with` block reach the disk together with the next one outside of it.

    They outlive the end of every process at once; only a machine that stops may lose them until
    then. On SQLite, whose commits hold up the whole process for as long as the disk takes; servers
    of databases bundle commits themselves. Stands around a transaction, within a connection.
    """
    if not isinstance(database, SqliteDatabase):
        yield
        return
    run(database, "PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        run(database, "PRAGMA synchronous = FULL")
