"""MariaDB and MySQL, with what PyMySQL and peewee's pool leave to be wished for."""

import select
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql
from peewee import MySQLDatabase, OperationalError
from playhouse.pool import PooledMySQLDatabase
from pymysql.connections import Connection as MySQLConnection
from pymysql.constants import CLIENT, CR, SERVER_STATUS
from pymysql.err import MySQLError
from pymysql.err import OperationalError as MySQLOperationalError

from api.db.backends.base import DOUBLES, Patience, PoolLimits, server_of
from api.db.backends.watching import SOON, AtWork, WatchingPool, nobody_works, silent_for
from rag.keepalive import keepalive_options

_LONG_TEXTS = {"TEXT": "LONGTEXT"}
"""A TEXT of MariaDB ends after 64 KB."""

_MYSQL_MODE = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

_MYSQL_DEADLOCK = 1213
_DEADLOCKS = 10


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
        patience = whole._read_timeout  # noqa: SLF001 - PyMySQL has no limit for its greeting
        whole._read_timeout = self.connect_timeout  # noqa: SLF001 - see above
        try:
            super().connect(sock)
        finally:
            whole._read_timeout = patience  # noqa: SLF001 - what PyMySQL has no argument for
        for option in keepalive_options(patience):
            whole._sock.setsockopt(*option)  # noqa: SLF001 - no public access to it

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
                base._force_close()  # noqa: SLF001 - `close` would say goodbye
                raise MySQLOperationalError(CR.CR_SERVER_LOST, silent_for(self.silence))


class LimitedMySQL(MySQLDatabase):
    """MariaDB that ends the transactions of silent clients, as PostgreSQL does.

    MySQL knows no such limit: there a transaction ends with its connection.
    """

    patience = Patience()
    failures = (MySQLError,)

    def get_binary_type(self) -> Any:
        """Return what bytes are passed as; peewee may have found no driver when it was loaded."""
        return pymysql.Binary

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


class MariaOrMySQL(WatchingPool, PooledMySQLDatabase, LimitedMySQL):  # type: ignore[misc]  # peewee's pools have no types
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


def mysql_backend(url: str, pool: PoolLimits, patience: Patience) -> MariaOrMySQL:
    """Return the MariaDB or MySQL database of a URL."""
    make: Any = MariaOrMySQL
    opened: MariaOrMySQL = make(
        unquote(urlsplit(url).path.lstrip("/")),
        charset="utf8mb4",
        autoconnect=False,
        field_types=DOUBLES | _LONG_TEXTS,
        connect_timeout=max(1, int(pool["timeout"])),
        sql_mode=_MYSQL_MODE,
        init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        # An UPDATE tells how many rows it found, as elsewhere, not how many it changed.
        client_flag=CLIENT.FOUND_ROWS,
        **server_of(url),
        **pool,
    )
    opened.patience = patience
    return opened
