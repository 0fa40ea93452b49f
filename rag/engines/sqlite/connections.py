"""Connections to the SQLite chunk store: opened late, used by one caller at a time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from rag.disk import has_nothing_left, is_full
from rag.engines.segmented.lending import Idle
from rag.engines.sqlite.schema import BUSY_MS, LONG_LOG, prepare
from rag.engines.sqlite.session import SqliteSession
from rag.errors import ChunkStoreError, ChunkStoreFullError


class Connections:
    """Lends connections, and turns what SQLite raises into `ChunkStoreError`."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path
        self._idle: Idle[apsw.Connection] = Idle()

    def _connect(self) -> apsw.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = apsw.Connection(str(self._path))
        prepare(connection)
        return connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[SqliteSession]:
        connection = None
        try:
            connection = self._idle.take() or self._connect()
            connection.execute(begin)
            yield SqliteSession(connection)
            connection.execute("COMMIT")
        except (apsw.Error, OSError) as error:
            if self._is_full(error):
                raise ChunkStoreFullError("The disk of the chunk store is full.") from error
            raise ChunkStoreError(self._explain(error)) from error
        finally:
            if connection is not None:
                self._give_back(connection)

    def _give_back(self, connection: apsw.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:
            connection.close(force=True)
            return
        if not self._idle.keep(connection):
            connection.close()

    def _is_full(self, error: Exception) -> bool:
        # Where SQLite cannot make the files beside its own, it says only that.
        perhaps = isinstance(error, apsw.IOError | apsw.CantOpenError)
        full = isinstance(error, apsw.FullError) or is_full(error)
        return full or (perhaps and has_nothing_left(self._path.parent))

    def _explain(self, error: Exception) -> str:
        if isinstance(error, apsw.CorruptError | apsw.NotADBError):
            return (
                f"The chunk store {self._path.name} is damaged ({error}): run `raglan reindex` to "
                "make it anew from the database and the stored files."
            )
        if isinstance(error, apsw.BusyError):
            return f"The chunk store {self._path.name} is busy: another process writes; try again."
        # Not the whole of an error of the system, which names the path.
        reason = error.strerror if isinstance(error, OSError) else error
        return f"The chunk store {self._path.name} cannot be used: {reason}."

    @contextmanager
    def reading(self) -> Iterator[SqliteSession]:
        """Yield a session with a snapshot of the store that no writer changes."""
        with self._transaction("BEGIN") as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[SqliteSession]:
        """Yield a session that commits durably when the block ends without error."""
        with self._transaction("BEGIN IMMEDIATE") as session:
            yield session

    def shorten_log(self) -> None:
        """Empty the write-ahead log if it is long, and if nobody reads or writes just now."""
        log = self._path.with_name(f"{self._path.name}-wal")
        if not log.exists() or log.stat().st_size <= LONG_LOG:
            return
        with self.reading() as session:
            connection = session.connection
            connection.execute("COMMIT")
            connection.set_busy_timeout(0)
            with suppress(apsw.BusyError):
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            connection.set_busy_timeout(BUSY_MS)
            connection.execute("BEGIN")

    def close(self) -> None:
        """Close what is idle."""
        for connection in self._idle.drained():
            connection.close()
