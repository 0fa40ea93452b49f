"""Opening the database that a URL names, and holding a connection for no longer than needed."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

from peewee import Database, DataError, InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded

from api.db.backends import (
    Patience,
    is_trouble,
    mysql_backend,
    postgresql_backend,
    sqlite_backend,
)
from api.db.base import database
from api.errors import ArgumentError, StartError, UnavailableError

P = ParamSpec("P")
R = TypeVar("R")

_LOGGER = logging.getLogger(__name__)
_STALE_SECONDS = 300
_PATIENCE = Patience()

_BACKENDS: dict[str, Callable[[str, dict[str, Any], Patience], Database]] = {
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
    pool = {
        "max_connections": pool_size,
        "timeout": pool_timeout,
        "stale_timeout": _STALE_SECONDS,
    }
    opened = _BACKENDS[scheme](url, pool, patience)
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
    reached, shuts down, is full or stays locked; ArgumentError for a value that it cannot hold.
    """
    try:
        fresh = opened.connect(reuse_if_open=True)
        try:
            yield
        finally:
            if fresh:
                opened.close()
    except DataError as error:
        raise ArgumentError(
            "The request holds a NUL character, or a text or number too large to store."
        ) from error
    except (OperationalError, InterfaceError, MaxConnectionsExceeded) as error:
        if not is_trouble(error):
            raise
        _LOGGER.warning("The database does not answer as it should: %s", error)
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
