"""Connections to databases that notice when nothing is heard of the other side any more.

A dead firewall between the two neither ends a connection nor refuses what is sent on it, and one
that acknowledges it all keeps the kernel from noticing. So whoever waits for an answer asks, over
a connection of its own, whether the server is still at work on it: a long statement goes on, and
a connection that is dead is given up.
"""

import select
import ssl
import threading
import time
from collections.abc import Callable, Generator, Mapping
from functools import cache
from typing import Any, TypeVar

import psycopg
from peewee import Psycopg3Adapter
from playhouse.pool import PooledDatabase
from psycopg.abc import PQGen
from pymysql.connections import Connection as MySQLConnection
from pymysql.constants import CR, SERVER_STATUS
from pymysql.err import MySQLError
from pymysql.err import OperationalError as MySQLOperationalError

from rag.keepalive import keepalive_options

T = TypeVar("T")

SOON = 10.0
"""Seconds within which a server answers what it has not to work for."""

AtWork = Callable[[int], bool]
"""Tells whether the server is at work on what the connection of this number at it has asked."""


def nobody_works(_number: int) -> bool:
    """Report that the server is not at work, where nobody can be asked."""
    return False


def silent_for(seconds: float) -> str:
    """Return what is said of a connection that is given up."""
    return f"nothing was heard of the database for {seconds:g} s, and it is not at work either"


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
    """Has peewee make connections that are watched."""

    def connect(self, db: Any, **params: Any) -> WatchedPostgresql:
        """Connect to PostgreSQL."""
        return WatchedPostgresql.connect(dbname=db.database, **params)


@cache
def unverified() -> ssl.SSLContext:
    """Return what encrypts a connection where the server can, whoever that is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class WatchedMySQL(MySQLConnection):
    """A connection to MariaDB or MySQL.

    PyMySQL has a time limit for reading, which would cut what the server works on for longer; and
    its limit for connecting does not count for the greeting.
    """

    at_work: AtWork = staticmethod(nobody_works)

    def __init__(self, *, silence: float, **options: Any) -> None:
        """Connect; `silence` is in seconds, after which the server is asked."""
        self.silence = float(options["connect_timeout"])
        super().__init__(read_timeout=silence, write_timeout=silence, **options)
        self.silence = silence

    def _create_ssl_ctx(self, _options: Mapping[str, Any]) -> ssl.SSLContext:
        """Return one context for all connections; addresses of databases name no certificates.

        PyMySQL makes one for each, and loads the system's certificates into it, though it asks
        for none: that takes 50 ms, in which no other greenlet goes on.
        """
        return unverified()

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction was left open; peewee would undo one without knowing."""
        whole: Any = self
        status: int = whole.server_status
        return bool(status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    def connect(self, sock: Any = None) -> None:
        """Connect, and have the kernel ask after the server while the connection rests."""
        whole: Any = self
        patience, whole._read_timeout = whole._read_timeout, self.connect_timeout  # noqa: SLF001
        try:
            super().connect(sock)
        finally:
            whole._read_timeout = patience  # noqa: SLF001 - what PyMySQL has no argument for
        for option in keepalive_options(patience):
            whole._sock.setsockopt(*option)  # noqa: SLF001

    def has_news(self, seconds: float = 0) -> bool:
        """Wait for something to read, or the connection's end."""
        poll = select.poll()
        whole: Any = self
        poll.register(whole._sock, select.POLLIN)  # noqa: SLF001 - there is no public access to it
        return bool(poll.poll(seconds * 1000))

    def _execute_command(self, command: int, sql: str | bytes) -> None:
        base: Any = super()
        base._execute_command(command, sql)  # noqa: SLF001 - each command is sent here
        while not self.has_news(self.silence):
            if not self.at_work(base.thread_id()) and not self.has_news():
                base._force_close()  # noqa: SLF001
                raise MySQLOperationalError(CR.CR_SERVER_LOST, silent_for(self.silence))


class WatchingPool(PooledDatabase):
    """A pool that draws its conclusions from one connection for the others.

    Whoever connects does so alone: peewee has a lock for that. So those who waited meanwhile fail
    together with the one who tried in vain; and when one connection is dead, those that rest are.
    """

    _failure: tuple[float, Exception] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Accept the arguments of the pool."""
        self._asked = threading.local()
        base: Any = super()
        base.__init__(*arguments, **options)

    def connect(self, reuse_if_open: bool = False) -> bool:  # noqa: FBT001, FBT002 - peewee's
        """Open a connection for this thread."""
        self._asked.at = time.monotonic()
        base: Any = super()
        connected: bool = base.connect(reuse_if_open)
        return connected

    def _is_at_work(self, number: int) -> bool:
        base: Any = super()
        if base._is_at_work(number):  # noqa: SLF001 - what each database has of its own
            return True
        self.close_idle()
        return False

    def _connect(self) -> Any:
        if self._failure and self._failure[0] > self._asked.at and not self._connections:
            raise type(self._failure[1])(*self._failure[1].args)
        try:
            return super()._connect()
        except (psycopg.Error, MySQLError) as error:
            self._failure = (time.monotonic(), error)
            raise
