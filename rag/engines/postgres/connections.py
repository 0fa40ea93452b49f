"""Connections to the chunk store in PostgreSQL: opened late, used by one caller at a time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import errors, waiting
from psycopg.abc import PQGen

from rag.engines.postgres.schema import OLDEST_SERVER, SCHEMA, create
from rag.engines.postgres.session import PostgresSession
from rag.engines.segmented.lending import Idle
from rag.errors import ChunkStoreError, ChunkStoreFullError
from rag.keepalive import KEEPALIVE

T = TypeVar("T")

_CONNECT_SECONDS = 5
_BUSY_SECONDS = 30
"""How long a change waits for others of the same dataset."""

_SILENT_SECONDS = 60
"""So long the server waits for more in a transaction: it may be that of a host that is gone."""

_ANSWER_SECONDS = 120.0
"""For one statement; the longest removes or reads some thousand rows."""

_LIMITS = (
    f"SET LOCAL search_path TO {SCHEMA};"
    f"SET LOCAL idle_in_transaction_session_timeout TO '{_SILENT_SECONDS}s';"
)
_READING = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;{_LIMITS}"
_WRITING = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;{_LIMITS}"
    f"SET LOCAL lock_timeout TO '{_BUSY_SECONDS}s';"
    "SET LOCAL synchronous_commit TO on"
)
"""What a transaction needs is set in it alone: a proxy may give each another connection."""


class _Connection(psycopg.Connection[Any]):
    """A connection that is waited for in the thread that uses it, and not for ever."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run an operation; raises OperationalError when the server does not answer."""
        # Callers are native threads, in which an event loop's way of waiting is of no use.
        try:
            found: T = waiting.wait_c(gen, self.pgconn.socket, interval, timeout or _ANSWER_SECONDS)
        except errors._WaitTimeout as error:  # noqa: SLF001 - it is what `wait` is said to raise
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from error
        return found


class Connections:
    """Lends connections, and turns what PostgreSQL raises into `ChunkStoreError`."""

    def __init__(self, url: str) -> None:
        """Open nothing yet."""
        self._url = url
        self._idle: Idle[_Connection] = Idle()
        self._is_prepared = False

    def _connect(self) -> _Connection:
        connection = _Connection.connect(
            self._url,
            autocommit=True,
            # Statements that the server keeps for a connection are lost behind a proxy.
            prepare_threshold=None,
            connect_timeout=_CONNECT_SECONDS,
            application_name="raglan chunk store",
            keepalives_idle=KEEPALIVE["idle"],
            keepalives_interval=KEEPALIVE["interval"],
            keepalives_count=KEEPALIVE["count"],
            tcp_user_timeout=_BUSY_SECONDS * 1000,
        )
        if connection.info.server_version < OLDEST_SERVER:
            connection.close()
            raise ChunkStoreError(
                "The chunk store needs PostgreSQL"
                f" {OLDEST_SERVER // 10000} or newer; the server has an older one."
            )
        return connection

    def _prepare(self, connection: _Connection) -> None:
        connection.execute(_WRITING)
        create(PostgresSession(connection))
        connection.execute("COMMIT")
        self._is_prepared = True

    def _begun(self, begin: str) -> _Connection:
        """Return a connection in a transaction; one that rested may have been ended meanwhile."""
        while (connection := self._idle.take()) is not None:
            with suppress(psycopg.OperationalError):
                return self._begin(connection, begin)
        return self._begin(self._connect(), begin)

    def _begin(self, connection: _Connection, begin: str) -> _Connection:
        try:
            if not self._is_prepared:
                self._prepare(connection)
            connection.execute(begin)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresSession]:
        connection = None
        try:
            connection = self._begun(begin)
            yield PostgresSession(connection)
            connection.execute("COMMIT")
        except errors.DiskFull as error:
            raise ChunkStoreFullError("The disk of the chunk store is full.") from error
        except psycopg.Error as error:
            raise ChunkStoreError(_explain(error)) from error
        finally:
            if connection is not None:
                self._give_back(connection)

    def _give_back(self, connection: _Connection) -> None:
        with suppress(psycopg.Error):
            if connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
            if self._idle.keep(connection):
                return
        connection.close()

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        """Yield a session with a snapshot of the store that no writer changes."""
        with self._transaction(_READING) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        """Yield a session that commits durably when the block ends without error."""
        with self._transaction(_WRITING) as session:
            yield session

    def close(self) -> None:
        """Close what is idle."""
        for connection in self._idle.drained():
            connection.close()


def _explain(error: psycopg.Error) -> str:
    if isinstance(error, errors.LockNotAvailable):
        return "The chunk store in PostgreSQL is busy: another process writes; try again."
    if isinstance(error, errors.InsufficientPrivilege):
        return (
            f"The chunk store's user may not do this in PostgreSQL: make the schema {SCHEMA} as"
            " another user, and this one its owner."
        )
    # Not the whole of an error, which may name the address with what is in it.
    reason = error.diag.message_primary or "the server does not answer"
    return f"The chunk store in PostgreSQL cannot be used: {reason}."
