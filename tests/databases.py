"""Databases for tests on every kind that Raglan runs on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from peewee import Database

from api.db.backends.base import Patience
from api.db.connection import open_database
from api.db.migrate import migrate
from api.leases.database import migration_lease
from rag.engines.postgres.schema import SCHEMA
from tests import fast
from tests.components import Component, mysql_client

_PATIENCE = Patience()

_DELETE_ALL = "DELETE FROM `?`"

KINDS = ("sqlite", "postgresql", "mariadb")
"""The values of the option --databases."""


def chosen_kinds(config: pytest.Config) -> list[str]:
    """Return the kinds of databases to run tests on."""
    return ["sqlite"] if fast.is_on() else str(config.getoption("--databases")).split(",")


class Maker(Protocol):
    """Makes databases of one kind."""

    def empty(self) -> str:
        """Return the URL of a new database without tables."""
        ...

    def migrated(self) -> str:
        """Return the URL of a database with empty tables; it is the same one again and again."""
        ...


class SqliteMaker:
    """Makes SQLite files."""

    def __init__(self, folder: Path) -> None:
        """Make them in a folder."""
        self._folder = folder
        self._numbers = count()
        self._template: bytes | None = None

    def empty(self) -> str:
        """Return the URL of a file that does not exist yet."""
        return f"sqlite:///{self._folder}/{next(self._numbers)}.db"

    def migrated(self) -> str:
        """Return the URL of a fresh copy of a migrated file."""
        if self._template is None:
            self._template = self._make_template()
        path = self._folder / f"{next(self._numbers)}.db"
        path.write_bytes(self._template)
        return f"sqlite:///{path}"

    def _make_template(self) -> bytes:
        url = self.empty()
        apply_migrations(url)
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(path).read_bytes()


def clear(url: str) -> None:
    """Remove the file of an SQLite database, with what lies beside it; leave servers' as they are.

    Those are emptied before they are used again; of files there would be thousands.
    """
    path = Path(url.removeprefix("sqlite://"))
    if url.startswith("sqlite:"):
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()


class PostgresqlMaker:
    """Makes databases on a PostgreSQL server."""

    def __init__(self, server: Component) -> None:
        """Make them on `server`."""
        self._base = f"postgresql://postgres@{server.address}"
        self._numbers = count()
        self._migrated = ""
        # A new one would have to read about all tables first.
        self._connection: psycopg.Connection | None = None

    def empty(self) -> str:
        """Return the URL of a new database."""
        name = f"empty{next(self._numbers)}"
        with psycopg.connect(f"{self._base}/postgres", autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(_identifier(name)))
        return f"{self._base}/{name}"

    def migrated(self) -> str:
        """Return the URL of the migrated database, after emptying it."""
        if not self._migrated:
            self._migrated = self.empty()
            apply_migrations(self._migrated)
        if self._connection is None:
            self._connection = psycopg.connect(self._migrated, autocommit=True)
        try:
            _empty_tables(self._connection)
        except psycopg.OperationalError:  # a test has ended all connections, or waits for locks
            self._connection.close()
            self._connection = None
            return self.migrated()
        return self._migrated

    def close(self) -> None:
        """Give back what is open."""
        if self._connection is not None:
            self._connection.close()


def _empty_tables(connection: psycopg.Connection) -> None:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'")
    deletions = [
        psycopg.sql.SQL("DELETE FROM {}").format(_identifier(name))
        for (name,) in sorted(found)
        if name != "migration"
    ]
    connection.execute(psycopg.sql.SQL("; ").join(deletions))  # one way there and back


def empty_chunk_store(url: str) -> None:
    """Remove all rows of the chunk store at `url`, if there is one."""
    with psycopg.connect(url, autocommit=True) as connection:
        statement = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
        deletions = [
            psycopg.sql.SQL("DELETE FROM {}").format(psycopg.sql.Identifier(SCHEMA, name))
            for (name,) in connection.execute(statement, [SCHEMA])
            if name != "store"
        ]
        if deletions:
            kept = psycopg.sql.SQL("DELETE FROM {} WHERE key NOT IN ('key', 'version')").format(
                psycopg.sql.Identifier(SCHEMA, "store")
            )
            connection.execute(psycopg.sql.SQL("; ").join([*deletions, kept]))


class MariadbMaker:
    """Makes databases on a MariaDB server."""

    def __init__(self, server: Component) -> None:
        """Make them on `server`."""
        self._server = server
        self._numbers = count()
        self._migrated = ""

    def empty(self) -> str:
        """Return the URL of a new database, whose own collation ignores case and accents."""
        name = f"empty{next(self._numbers)}"
        with closing(mysql_client(self._server.port)) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} COLLATE utf8mb4_general_ci")
        return f"mariadb://root@{self._server.address}/{name}"

    def migrated(self) -> str:
        """Return the URL of the migrated database, after emptying it."""
        if not self._migrated:
            self._migrated = self.empty()
            apply_migrations(self._migrated)
        name = self._migrated.rpartition("/")[2]
        with closing(mysql_client(self._server.port, name)) as connection:
            _delete_all(connection)
        return self._migrated


def _delete_all(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            if table != "migration":
                cursor.execute(_DELETE_ALL.replace("?", table))


def _identifier(name: str) -> psycopg.sql.Identifier:
    return psycopg.sql.Identifier(name)


def apply_migrations(url: str) -> None:
    """Create the tables of the database at `url`."""
    with opened(url) as database:
        migrate(database, migration_lease(database))


@contextmanager
def opened(
    url: str, pool_size: int = 16, pool_timeout: float = 10, patience: Patience = _PATIENCE
) -> Iterator[Database]:
    """Open a database for a `with` block, at the end of which no connection may be in use."""
    database: Any = open_database(url, pool_size, pool_timeout, patience)
    try:
        yield database
        assert in_use(database) == 0, "a database connection was not given back"
    finally:
        database.close_all()


def in_use(database: Any) -> int:
    """Return how many connections of the pool are in use."""
    return len(database._in_use)  # noqa: SLF001 - the pool does not tell otherwise
