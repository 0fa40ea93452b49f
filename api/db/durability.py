"""Commits that need not be on the disk yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from peewee import Database, MySQLDatabase, PostgresqlDatabase, SqliteDatabase

from api.db.sql import rows, run


@contextmanager
def durable_later(database: Database) -> Iterator[None]:
    """Flush the commits of a `with` block together with the next one outside of it.

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


def losses(database: Database) -> list[str]:
    """Return which settings of the database's server let it lose what it has acknowledged."""
    if isinstance(database, PostgresqlDatabase):
        return [
            f"{name} = off loses {lost}"
            for name, lost in _POSTGRESQL_LOSSES.items()
            if rows(database, f"SHOW {name}") == [("off",)]
        ]
    if isinstance(database, MySQLDatabase):
        return list(_mysql_losses(database))
    return []  # SQLite is told by us


_POSTGRESQL_LOSSES = {
    "synchronous_commit": "what was acknowledged in the last second when the server dies",
    "fsync": "what was acknowledged, or everything, when the machine stops",
}


def _mysql_losses(database: Database) -> Iterator[str]:
    statement = "SELECT @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog"
    [(flush, has_log, sync)] = rows(database, statement)
    if flush != 1:
        when = "the server or the machine dies" if flush == 0 else "the machine stops"
        yield (
            f"innodb_flush_log_at_trx_commit = {flush} loses what was acknowledged in the last"
            f" second when {when}"
        )
    if has_log and sync != 1:
        yield f"sync_binlog = {sync} loses what was acknowledged when the machine stops"
