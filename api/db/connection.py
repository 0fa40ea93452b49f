"""Opening the database that a URL names, and holding a connection for no longer than needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from peewee import Database
from playhouse.pool import (
    PooledMySQLDatabase,
    PooledPostgresqlDatabase,
    PooledSqliteDatabase,
)

from api.db.base import database
from api.errors import StartError

P = ParamSpec("P")
R = TypeVar("R")

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "cache_size": -16_000,
}


class HasDatabase(Protocol):
    """A service with the database that its methods use."""

    database: Database


def open_database(url: str, pool_size: int, pool_timeout: float) -> Database:
    """Bind the tables to the database at `url`; it is connected to only when it is used.

    URLs: `sqlite:////absolute/path.db`, `postgresql://user:password@host:port/name`,
    `mysql://...` or `mariadb://...`. Raises StartError for any other.
    """
    parts = urlsplit(url)
    pool = {"max_connections": pool_size, "timeout": pool_timeout, "stale_timeout": 300}
    if parts.scheme == "sqlite":
        opened: Any = PooledSqliteDatabase(
            parts.path, pragmas=SQLITE_PRAGMAS, autoconnect=False, **pool
        )
    elif parts.scheme in {"postgresql", "postgres"}:
        opened = PooledPostgresqlDatabase(
            parts.path.lstrip("/"), prefer_psycopg3=True, autoconnect=False, **server(url), **pool
        )
    elif parts.scheme in {"mysql", "mariadb"}:
        opened = PooledMySQLDatabase(
            parts.path.lstrip("/"), charset="utf8mb4", autoconnect=False, **server(url), **pool
        )
    else:
        raise StartError(
            f"database.url must begin with sqlite://, postgresql:// or mysql://, not {parts.scheme}://."
        )
    database.initialize(opened)
    return opened  # type: ignore[no-any-return]


def server(url: str) -> dict[str, Any]:
    """Return host, port, user and password of a URL as connection arguments."""
    parts = urlsplit(url)
    given = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
    return {name: value for name, value in given.items() if value is not None}


@contextmanager
def connection(opened: Database) -> Iterator[None]:
    """Hold a connection for a `with` block; within another such block, use that one's."""
    fresh = opened.connect(reuse_if_open=True)
    try:
        yield
    finally:
        if fresh:
            opened.close()


def sql_row(opened: Any, sql: str, *values: object) -> tuple[Any, ...] | None:
    """Return the first row that a query with `?` for each value finds, None if there is none.

    For hot paths: a query that is put together by peewee costs several times as much.
    """
    row: tuple[Any, ...] | None = opened.execute_sql(
        sql.replace("?", opened.param), values
    ).fetchone()
    return row


def connected(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[Any, P], R]:
    """Make a method of a service hold a connection while it runs; not for generators."""

    @wraps(method)
    def wrapper(self: HasDatabase, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with connection(self.database):
            return method(self, *args, **kwargs)

    return wrapper
