"""PostgreSQL, with what psycopg and peewee's pool leave to be wished for."""

import os
import select
import socket
import time
from collections.abc import Generator
from contextlib import closing, suppress
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import psycopg
from peewee import PostgresqlDatabase, Psycopg3Adapter
from playhouse.pool import PooledPostgresqlDatabase
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from api.db.backends.base import DOUBLES, Patience, PoolLimits, server_of
from api.db.backends.watching import SOON, AtWork, WatchingPool, nobody_works, silent_for
from rag.keepalive import KEEPALIVE

T = TypeVar("T")

_POSTGRESQL_AT_WORK = """
SELECT 1 FROM pg_stat_activity
WHERE pid = %s AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'
"""
"""Not one that waits until we take its answer."""


class WatchedPostgresql(psycopg.Connection[Any]):
    """A connection to PostgreSQL; `number` is that of its process at the server."""

    silence = SOON
    """Seconds without a byte after which the server is asked."""

    number = 0
    at_work: AtWork = staticmethod(nobody_works)

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run an operation; raises OperationalError when it is given up."""
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: PQGen[T]) -> Generator[Any, Any, T]:
        """Run `gen`, and report to it again and again that there is nothing to read."""
        heard = time.monotonic()
        idle = False
        ready: Any = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as end:
                result: T = end.value
                return result
            ready = yield wanted
            if ready:
                heard, idle = time.monotonic(), False
            elif time.monotonic() - heard > self.silence:
                if idle:
                    self._give_up()
                # Its answer may have come while the server was asked: look once more.
                idle = not self.at_work(self.number)
                heard = heard if idle else time.monotonic()

    def _give_up(self) -> None:
        self.pgconn.finish()
        raise psycopg.OperationalError(silent_for(self.silence))


class WatchingAdapter(Psycopg3Adapter):
    """Has peewee make connections that are watched.

    What peewee takes of psycopg when it is loaded is said here: it may have found none then (see
    `api.signals`).
    """

    txn_idle = TransactionStatus.IDLE
    txn_inerror = TransactionStatus.INERROR
    txn_unknown = TransactionStatus.UNKNOWN

    def check_driver(self) -> None:
        """Do nothing: psycopg is there."""

    def get_binary_type(self) -> Any:
        """Return what bytes are passed as."""
        return psycopg.Binary

    def connect(self, db: Any, **params: Any) -> WatchedPostgresql:
        """Connect to PostgreSQL."""
        return WatchedPostgresql.connect(dbname=db.database, **params)


class LimitedPostgresql(PostgresqlDatabase):
    """PostgreSQL that ends the transactions of clients of which nothing is heard any more.

    A process that is paused, or whose machine is gone, would keep its locks for hours: that on
    the row of the lease, for example, without which nobody else can become its holder.
    """

    patience = Patience()
    psycopg2_adapter = psycopg3_adapter = WatchingAdapter
    failures = (psycopg.Error,)

    def _connect(self) -> Any:
        conn = self._bare()
        # As a start-up parameter, proxies between us and the server refuse it.
        limited = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"
        # Asked for, as such proxies give us a number of their own.
        asked = f"{limited}, pg_backend_pid()"
        try:
            [(_, conn.number)] = conn.execute(asked, [str(int(self.patience.idle * 1000))])
        except BaseException:  # nobody else knows of it
            conn.close()
            raise
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


class CheckedPostgresql(WatchingPool, PooledPostgresqlDatabase, LimitedPostgresql):  # type: ignore[misc]  # peewee's pools have no types
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


def postgresql_backend(url: str, pool: PoolLimits, patience: Patience) -> CheckedPostgresql:
    """Return the PostgreSQL database of a URL."""
    make: Any = CheckedPostgresql
    opened: CheckedPostgresql = make(
        unquote(urlsplit(url).path.lstrip("/")),
        prefer_psycopg3=True,
        autoconnect=False,
        field_types=DOUBLES,
        connect_timeout=max(2, int(pool["timeout"])),
        application_name=f"raglan {socket.gethostname()}:{os.getpid()}"[:63],
        keepalives_idle=KEEPALIVE["idle"],
        keepalives_interval=KEEPALIVE["interval"],
        keepalives_count=KEEPALIVE["count"],
        tcp_user_timeout=int(patience.answer * 1000),
        **server_of(url),
        **pool,
    )
    opened.patience = patience
    return opened
