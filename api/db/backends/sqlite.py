"""SQLite, with what peewee's pool leaves to be wished for."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from peewee import OperationalError
from playhouse.pool import PooledSqliteDatabase

from api.db.backends.base import Patience, PoolLimits
from api.db.backends.trouble import is_locked
from api.db.lending import QuickPool

T = TypeVar("T")

_SQLITE_PRAGMAS = {
    # SQLite sleeps in C while it waits for a lock, which would stop all greenlets of a web
    # worker; so it hardly waits, and `PatientSqlite` tries again.
    "busy_timeout": 10,
    "journal_mode": "wal",
    "journal_size_limit": 4 * 1024 * 1024,
    "synchronous": "full",
    "foreign_keys": 1,
}
_SQLITE_WAIT = 15.0
_SQLITE_PAUSE = 0.002


class PatientSqlite(QuickPool, PooledSqliteDatabase):  # type: ignore[misc]  # peewee's pools have no types
    """SQLite whose waiting for other writers lets the process's greenlets go on.

    A transaction takes the write lock when it begins, so that no statement in it can find the
    database changed or locked.
    """

    def begin(self, lock_type: str | None = None) -> None:
        """Begin a transaction that may write."""
        self._patiently(lambda: super(PatientSqlite, self).begin(lock_type or "IMMEDIATE"))

    def rollback(self) -> None:
        """Undo the transaction, unless SQLite has: it does so itself where its disk is full."""
        base: Any = super()
        if base.connection().in_transaction:
            base.rollback()

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Execute a statement; one on its own that fails is executed again, patiently."""
        base: Any = super()
        state = self._state
        if state.transactions:
            return base.execute_sql(sql, params)
        if not state.closed:
            with suppress(sqlite3.Error):
                return state.conn.execute(sql, params or ())
        return self._patiently(partial(base.execute_sql, sql, params))

    def _set_pragmas(self, conn: Any) -> None:
        # Before the first page is written, that is, before the journal mode: later it changes
        # nothing, but wants the lock, so that every new connection would wait for a writer.
        if conn.execute("PRAGMA page_count").fetchone() == (0,):
            conn.execute("PRAGMA auto_vacuum = incremental")
        super()._set_pragmas(conn)  # type: ignore[misc]  # peewee's types do not know it

    def _connect(self) -> Any:
        # The first connection ever switches to the write-ahead log, which needs the lock.
        return self._patiently(super()._connect)

    def _patiently(self, action: Callable[[], T]) -> T:
        """Repeat what SQLite refuses as a whole while somebody else writes."""
        deadline = time.monotonic() + _SQLITE_WAIT
        pause = _SQLITE_PAUSE
        while True:
            try:
                return action()
            except (OperationalError, sqlite3.OperationalError) as error:
                if not is_locked(error) or time.monotonic() > deadline:
                    raise
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)


def sqlite_backend(url: str, pool: PoolLimits, _patience: Patience) -> PatientSqlite:
    """Return the database in the file of a URL; nobody could end its transactions from outside."""
    make: Any = PatientSqlite
    opened: PatientSqlite = make(
        urlsplit(url).path,
        pragmas=_SQLITE_PRAGMAS,
        autoconnect=False,
        check_same_thread=False,  # a pooled connection is used by one thread after the other
        **pool,
    )
    return opened
