"""The three databases, each with what peewee's pool leaves to be wished for."""

import os
import select
import socket
import sqlite3
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from peewee import InterfaceError, MySQLDatabase, OperationalError, PostgresqlDatabase
from playhouse.pool import (
    MaxConnectionsExceeded,
    PooledMySQLDatabase,
    PooledPostgresqlDatabase,
    PooledSqliteDatabase,
)
from pymysql.constants import CLIENT

T = TypeVar("T")

_SQLITE_PRAGMAS = {
    # SQLite sleeps in C while it waits for a lock, which would stop all greenlets of a web
    # worker; so it hardly waits, and `PatientSqlite` tries again.
    "busy_timeout": 10,
    "journal_mode": "wal",
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

_POSTGRESQL_TROUBLE = ("08", "25P03", "40", "53", "55P03", "57P")
"""SQLSTATE: connection, silent in a transaction, rolled back (deadlock), resources, lock not
available, shutdown."""


class PatientSqlite(PooledSqliteDatabase):
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
        """Carry out a statement."""
        base: Any = super()
        if self.in_transaction():
            return base.execute_sql(sql, params)
        return self._patiently(lambda: base.execute_sql(sql, params))

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
                if _sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)


class LimitedPostgresql(PostgresqlDatabase):
    """PostgreSQL that ends the transactions of clients of which nothing is heard any more.

    A process that is paused, or whose machine is gone, would keep its locks for hours: that on
    the row of the lease, for example, without which nobody else can become its holder.
    """

    idle_limit = 5.0

    def _connect(self) -> Any:
        base: Any = super()
        conn = base._connect()  # noqa: SLF001 - the one way to say something to each connection
        # As a start-up parameter, proxies between us and the server refuse it.
        conn.execute(f"SET idle_in_transaction_session_timeout = {int(self.idle_limit * 1000)}")
        return conn


class CheckedPostgresql(PooledPostgresqlDatabase, LimitedPostgresql):  # type: ignore[misc]
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

    idle_limit = 5.0

    def _connect(self) -> Any:
        base: Any = super()
        conn = base._connect()  # noqa: SLF001 - the one way to say something to each connection
        if "MariaDB" in conn.get_server_info():
            # In whole seconds, of which 0 would mean no limit.
            conn.query(f"SET SESSION idle_transaction_timeout = {max(1, round(self.idle_limit))}")
        return conn


class MariaOrMySQL(PooledMySQLDatabase, LimitedMySQL):  # type: ignore[misc]
    """MariaDB or MySQL, which compare texts of our tables exactly."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Carry out a statement; one on its own that meets a deadlock is carried out again."""
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


def sqlite_backend(url: str, pool: dict[str, Any], _idle_limit: float) -> PatientSqlite:
    """Return the database in the file of a URL; nobody could end its transactions from outside."""
    make: Any = PatientSqlite
    opened: PatientSqlite = make(
        urlsplit(url).path,
        pragmas=_SQLITE_PRAGMAS,
        autoconnect=False,
        check_same_thread=False,  # a pool lends a connection to one thread after the other
        **pool,
    )
    return opened


def postgresql_backend(url: str, pool: dict[str, Any], idle_limit: float) -> CheckedPostgresql:
    """Return the PostgreSQL database of a URL."""
    make: Any = CheckedPostgresql
    opened: CheckedPostgresql = make(
        unquote(urlsplit(url).path.lstrip("/")),
        prefer_psycopg3=True,
        autoconnect=False,
        field_types=_DOUBLES,
        connect_timeout=max(2, int(pool["timeout"])),
        application_name=f"raglan {socket.gethostname()}:{os.getpid()}"[:63],
        **_server(url),
        **pool,
    )
    opened.idle_limit = idle_limit
    return opened


def mysql_backend(url: str, pool: dict[str, Any], idle_limit: float) -> MariaOrMySQL:
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
    opened.idle_limit = idle_limit
    return opened


def is_trouble(error: BaseException) -> bool:
    """Tell whether a database error is the database's own trouble, which may pass."""
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


def _driver_error(error: BaseException) -> BaseException:
    """Return the driver's error that peewee's stands for."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error


def _sqlite_code(error: BaseException) -> int:
    """Return SQLite's primary result code; 0 if it gave none."""
    code: int = getattr(_driver_error(error), "sqlite_errorcode", 0)
    return code & 0xFF


def _server(url: str) -> dict[str, Any]:
    """Return host, port, user and password of a URL as connection arguments."""
    parts = urlsplit(url)
    given = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
    return {name: value for name, value in given.items() if value is not None}
