"""Opening the database that a URL names, and holding a connection for no longer than needed."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

import peewee
from peewee import DatabaseError, DataError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from api.db.backends import (
    Patience,
    PoolLimits,
    is_trouble,
    mysql_backend,
    postgresql_backend,
    sqlite_backend,
)
from api.db.base import database
from api.db.full import is_disk_full
from api.errors import ArgumentError, DiskFullError, StartError, UnavailableError
from api.logs import Spell

Database = peewee.Database
"""What statements go to. Others take its name from here: few places are to know peewee."""

DatabaseTrouble = peewee.PeeweeException
"""What a statement raises that `connection` lets through."""

P = ParamSpec("P")
R = TypeVar("R")

_LOGGER = logging.getLogger(__name__)
_STALE_SECONDS = 300
_PATIENCE = Patience()

DATABASE_FULL = (
    "The disk of the server's database is full: nothing can be written until it has room."
)

_BACKENDS: dict[str, Callable[[str, PoolLimits, Patience], Database]] = {
    "sqlite": sqlite_backend,
    "postgresql": postgresql_backend,
    "postgres": postgresql_backend,
    "mysql": mysql_backend,
    "mariadb": mysql_backend,
}


class HasDatabase(Protocol):
    """A service with the database that its methods use."""

    database: Database


def open_database(
    url: str, pool_size: int, pool_timeout: float, patience: Patience = _PATIENCE
) -> Database:
    """Bind the tables to the database at `url`; it is connected to only when it is used.

    A transaction in which nothing is said for `patience.idle` s is ended, where the database can;
    a connection on which nothing is heard for `patience.answer` s is given up, unless the server
    says that it is at work.

    URLs: `sqlite:////absolute/path.db`, `postgresql://user:password@host:port/name`,
    `mysql://...` or `mariadb://...`. Raises StartError for any other.
    """
    scheme = urlsplit(url).scheme
    if scheme not in _BACKENDS:
        raise StartError(
            f"database.url must begin with sqlite://, postgresql:// or mysql://, not {scheme}://."
        )
    pool: PoolLimits = {
        "max_connections": pool_size,
        "timeout": pool_timeout,
        "stale_timeout": _STALE_SECONDS,
    }
    opened = _BACKENDS[scheme](url, pool, patience)
    opened.trouble = Spell(_LOGGER)  # type: ignore[attr-defined]  # where all who use it find it
    database.initialize(opened)
    return opened


def pool_use(opened: Database) -> tuple[int, int]:
    """Return how many connections of the pool are lent out, and how many wait there."""
    pool: Any = opened
    return len(pool._in_use), len(pool._connections)  # noqa: SLF001 - it does not tell otherwise


@contextmanager
def connection(opened: Database) -> Iterator[None]:
    """Hold a connection for a `with` block; within another such block, use that one's.

    Raises UnavailableError when no connection comes free in time, or when the database cannot be
    reached, shuts down or stays locked; DiskFullError, which is one, when its disk is full;
    ArgumentError for a value that it cannot hold.
    """
    trouble: Spell = opened.trouble  # type: ignore[attr-defined]  # see `open_database`
    try:
        fresh = opened.connect(reuse_if_open=True)
        try:
            yield
        finally:
            if fresh:
                opened.close()
        trouble.end("The database answers again.")
    except DataError as error:
        raise ArgumentError(
            "The request holds a NUL character, or a text or number too large to store."
        ) from error
    # SQLite's own errors, too: what it raises while rows are fetched, peewee passes on as it is.
    except (DatabaseError, InterfaceError, MaxConnectionsExceeded, sqlite3.Error) as error:
        if is_disk_full(error, opened):
            raise DiskFullError(DATABASE_FULL) from error
        if not is_trouble(error):
            raise
        trouble.begin("The database does not answer as it should", error)
        raise UnavailableError("The database does not answer now; try again later.") from error


def connected(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[Any, P], R]:
    """Make a method of a service hold a connection while it runs; not for generators."""

    @wraps(method)
    def wrapper(self: HasDatabase, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with connection(self.database):
            return method(self, *args, **kwargs)

    return wrapper
