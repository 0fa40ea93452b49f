"""The three databases, each with what peewee's pool leaves to be wished for."""

import os
import select
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypedDict, TypeVar
from urllib.parse import unquote, urlsplit

import psycopg
from peewee import InterfaceError, MySQLDatabase, OperationalError, PostgresqlDatabase
from playhouse.pool import (
    MaxConnectionsExceeded,
    PooledMySQLDatabase,
    PooledPostgresqlDatabase,
    PooledSqliteDatabase,
)
from pymysql.constants import CLIENT
from pymysql.err import MySQLError

from api.db.lending import QuickPool
from api.db.silence import (
    SOON,
    WatchedMySQL,
    WatchingAdapter,
    WatchingPool,
)
from rag.keepalive import KEEPALIVE

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

_DOUBLES = {"FLOAT": "DOUBLE PRECISION"}
"""A FLOAT of MariaDB and a REAL of PostgreSQL hold 0.3 with 7 digits and do not find it again."""

_LONG_TEXTS = {"TEXT": "LONGTEXT"}
"""A TEXT of MariaDB ends after 64 KB."""

_MYSQL_MODE = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

_SQLITE_TROUBLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
_MYSQL_DEADLOCK = 1213
_DEADLOCKS = 10
_MYSQL_TROUBLE = {1040, 1053, 1152, 1159, 1161, 1184, 1205, 1213, 2002, 2003, 2006, 2013, 2055}
"""Too many connections, shutdown, aborted, timeouts, lock wait, deadlock, gone away, lost."""

_POSTGRESQL_AT_WORK = """
SELECT 1 FROM pg_stat_activity
WHERE pid = %s AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'
"""
"""Not one that waits until we take its answer."""

_POSTGRESQL_TROUBLE = ("08", "25P03", "40", "53", "55P03", "57P")
"""SQLSTATE: connection, silent in a transaction, rolled back (deadlock), resources, lock not
available, shutdown."""


class PatientSqlite(QuickPool, PooledSqliteDatabase):  # type: ignore[misc]
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


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a transaction may say nothing, and how long the server may."""

    idle: float = 5.0
    answer: float = 30.0


class PoolLimits(TypedDict):
    """How many connections a pool lends out, and in seconds for how long it makes others wait.

    After `stale_timeout` a connection is opened anew.
    """

    max_connections: int
    timeout: float
    stale_timeout: float


class LimitedPostgresql(PostgresqlDatabase):
    """PostgreSQL that ends the transactions of clients of which nothing is heard any more.

    A process that is paused, or whose machine is gone, would keep its locks for hours: that on
    the row of the lease, for example, without which nobody else can become its holder.
    """

    patience = Patience()
    psycopg3_adapter = WatchingAdapter

    def _connect(self) -> Any:
        conn = self._bare()
        # As a start-up parameter, proxies between us and the server refuse it.
        limited = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"
        # Asked for, as such proxies give us a number of their own.
        found = conn.execute(f"{limited}, pg_backend_pid()", [str(int(self.patience.idle * 1000))])
        [(_, conn.number)] = found
        conn.silence, conn.at_work = self.patience.answer, self._is_at_work
        return conn

    def _bare(self) -> Any:
        """Return a connection that gives up soon, without asking anybody."""
        base: Any = super()
        return base._connect()  # noqa: SLF001 - the one way to say something to each connection

    def _is_at_work(self, number: int) -> bool:
        with suppress(psycopg.Error), closing(self._bare()) as conn:
            return bool(conn.execute(_POSTGRESQL_AT_WORK, [number]).fetchone())
        return False


class CheckedPostgresql(WatchingPool, PooledPostgresqlDatabase, LimitedPostgresql):  # type: ignore[misc]
    """PostgreSQL whose idle connections are looked at, without a question to the server."""

    def _is_closed(self, conn: Any) -> bool:
        if conn.closed:
            return True
        # A server says nothing on an idle connection but that it ends it.
        poll = select.poll()
        poll.register(conn.fileno(), select.POLLIN)
        if poll.poll(0):
            conn.close()  # the pool only forgets it
        return bool(conn.closed)


class LimitedMySQL(MySQLDatabase):
    """MariaDB that ends the transactions of silent clients, as PostgreSQL does.

    MySQL knows no such limit: there a transaction ends with its connection.
    """

    patience = Patience()

    def _connect(self) -> Any:
        conn: Any = self._bare(self.patience.answer)
        if "MariaDB" in conn.get_server_info():
            # In whole seconds, of which 0 would mean no limit.
            seconds = max(1, round(self.patience.idle))
            conn.query(f"SET SESSION idle_transaction_timeout = {seconds}")
        conn.at_work = self._is_at_work
        return conn

    def _bare(self, silence: float) -> WatchedMySQL:
        parameters: Any = self.connect_params
        name: Any = self.database
        return WatchedMySQL(silence=silence, database=name, autocommit=True, **parameters)

    def _is_at_work(self, number: int) -> bool:
        with suppress(MySQLError), closing(self._bare(SOON)) as conn:
            cursor = conn.cursor()
            cursor.execute("SHOW PROCESSLIST")
            working = (row for row in cursor.fetchall() if row[0] == number)
            return any(row[4] == "Query" and row[6] != "Writing to net" for row in working)
        return False


class MariaOrMySQL(WatchingPool, PooledMySQLDatabase, LimitedMySQL):  # type: ignore[misc]
    """MariaDB or MySQL, which compare texts of our tables exactly."""

    def _is_closed(self, conn: WatchedMySQL) -> bool:
        # A server says nothing on an idle connection but that it ends it; peewee would ask it.
        if conn.open and conn.has_news():
            conn.close()
        return not conn.open

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Execute a statement; one on its own that meets a deadlock is executed again."""
        base: Any = super()
        for _ in range(0 if self.in_transaction() else _DEADLOCKS):
            try:
                return base.execute_sql(sql, params)
            except OperationalError as error:
                if error.args[0] != _MYSQL_DEADLOCK:
                    raise
        return base.execute_sql(sql, params)

    @property
    def exact_collation(self) -> str:
        """Return the collation that keeps case, accents and spaces at the end apart."""
        return "utf8mb4_nopad_bin" if self.server_version >= (10,) else "utf8mb4_0900_bin"


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


def postgresql_backend(url: str, pool: PoolLimits, patience: Patience) -> CheckedPostgresql:
    """Return the PostgreSQL database of a URL."""
    make: Any = CheckedPostgresql
    opened: CheckedPostgresql = make(
        unquote(urlsplit(url).path.lstrip("/")),
        prefer_psycopg3=True,
        autoconnect=False,
        field_types=_DOUBLES,
        connect_timeout=max(2, int(pool["timeout"])),
        application_name=f"raglan {socket.gethostname()}:{os.getpid()}"[:63],
        keepalives_idle=KEEPALIVE["idle"],
        keepalives_interval=KEEPALIVE["interval"],
        keepalives_count=KEEPALIVE["count"],
        tcp_user_timeout=int(patience.answer * 1000),
        **_server(url),
        **pool,
    )
    opened.patience = patience
    return opened


def mysql_backend(url: str, pool: PoolLimits, patience: Patience) -> MariaOrMySQL:
    """Return the MariaDB or MySQL database of a URL."""
    make: Any = MariaOrMySQL
    opened: MariaOrMySQL = make(
        unquote(urlsplit(url).path.lstrip("/")),
        charset="utf8mb4",
        autoconnect=False,
        field_types=_DOUBLES | _LONG_TEXTS,
        connect_timeout=max(1, int(pool["timeout"])),
        sql_mode=_MYSQL_MODE,
        init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        # An UPDATE tells how many rows it found, as elsewhere, not how many it changed.
        client_flag=CLIENT.FOUND_ROWS,
        **_server(url),
        **pool,
    )
    opened.patience = patience
    return opened


def is_trouble(error: BaseException) -> bool:
    """Return whether a database error is the database's own trouble, which may pass."""
    if isinstance(error, MaxConnectionsExceeded):
        return True
    cause = _driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) in _SQLITE_TROUBLE
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate is not None:
        return str(sqlstate).startswith(_POSTGRESQL_TROUBLE)
    if type(cause).__module__.startswith("psycopg"):
        return isinstance(error, OperationalError)  # the connection was lost or refused
    number = cause.args[0] if cause.args else None
    return number in _MYSQL_TROUBLE or isinstance(error, InterfaceError)


def is_locked(error: BaseException) -> bool:
    """Return whether SQLite refused a statement because somebody else writes."""
    return _sqlite_code(error) == sqlite3.SQLITE_BUSY


def _driver_error(error: BaseException) -> BaseException:
    """Return the driver's error that peewee's stands for."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error


def _sqlite_code(error: BaseException) -> int:
    """Return SQLite's primary result code; 0 if it gave none."""
    code: int = getattr(_driver_error(error), "sqlite_errorcode", 0)
    return code & 0xFF


def _server(url: str) -> dict[str, object]:
    """Return host, port, user and password of a URL as connection arguments."""
    parts = urlsplit(url)
    given = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
    return {name: value for name, value in given.items() if value is not None}
