"""Opening the database that a URL names, and holding a connection for no longer than needed."""

import logging
import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import peewee
from peewee import DatabaseError, DataError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from api.db.backends.base import Patience, PoolLimits
from api.db.backends.trouble import is_trouble
from api.db.base import database
from api.db.full import is_disk_full
from api.errors import ArgumentError, DiskFullError, StartError, UnavailableError
from api.logs import Spell
from rag.loading import loaded
from rag.quoting import enumerated

Database = peewee.Database
"""What statements go to. Others take its name from here: few places are to know peewee."""

DatabaseTrouble = peewee.PeeweeException
"""What a statement raises that `connection` lets through."""

TROUBLE = (DatabaseError, InterfaceError, MaxConnectionsExceeded, sqlite3.Error)
"""What may go wrong with a database; SQLite's own errors, too: what it raises while rows are
fetched, peewee passes on as it is."""

P = ParamSpec("P")
R = TypeVar("R")

_LOGGER = logging.getLogger(__name__)
_STALE_SECONDS = 300
_PATIENCE = Patience()

DATABASE_FULL = (
    "The disk of the server's database is full: nothing can be written until it has room."
)

_BACKENDS = {
    "sqlite": "api.db.backends.sqlite:sqlite_backend",
    "postgresql": "api.db.backends.postgresql:postgresql_backend",
    "postgres": "api.db.backends.postgresql:postgresql_backend",
    "mysql": "api.db.backends.mysql:mysql_backend",
    "mariadb": "api.db.backends.mysql:mysql_backend",
}
"""By the schemes of `database.url`; the driver of each is loaded with it."""


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
    `mysql://...` or `mariadb://...`. Raises StartError for any other, and for options behind `?`.
    """
    parts = urlsplit(url)
    scheme = parts.scheme
    if scheme not in _BACKENDS:
        raise StartError(
            f"database.url must begin with sqlite://, postgresql:// or mysql://, not {scheme}://."
        )
    if parts.query or parts.fragment:
        raise StartError(
            f"database.url takes no options: leave out {options_in(parts.query)}. PostgreSQL's are"
            " read from the environment, as PGSSLMODE."
        )
    pool: PoolLimits = {
        "max_connections": pool_size,
        "timeout": pool_timeout,
        "stale_timeout": _STALE_SECONDS,
    }
    opened: Any = loaded(_BACKENDS[scheme])(url, pool, patience)
    opened.trouble = Spell(_LOGGER)  # where all who use it find it
    database.initialize(opened)
    made: Database = opened
    return made


def options_in(query: str) -> str:
    """Return the names of the options of a URL; not of what may be a part of a password."""
    names = [] if "@" in query else [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    return enumerated(names) if names else "what follows the name"


def pool_use(opened: Database) -> tuple[int, int]:
    """Return how many connections of the pool are lent out, and how many wait there."""
    pool: Any = opened
    return len(pool._in_use), len(pool._connections)  # noqa: SLF001 - it does not tell otherwise


class Connection:
    """A connection held for a `with` block; see `connection`."""

    __slots__ = ("_database", "_fresh")

    def __init__(self, opened: Database) -> None:
        """Initialize with the database; nothing is connected to."""
        self._database = opened
        self._fresh = False

    def __enter__(self) -> None:
        """Connect, unless a block around this one has."""
        # Asked here first: peewee takes a lock before it asks itself.
        if self._database.is_closed():
            try:
                self._fresh = self._database.connect(reuse_if_open=True)
            except TROUBLE as error:
                self._translate(error)
                raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        """Return the connection to the pool; report what went wrong with it."""
        if self._fresh:
            self._close()
        if isinstance(error, TROUBLE):
            self._translate(error)
        elif kind is None and self._fresh:
            trouble_of(self._database).end("The database answers again.")

    def _close(self) -> None:
        """Return the connection; raises what services hear of an error."""
        try:
            self._database.close()
        except TROUBLE as error:
            self._translate(error)
            raise

    def _translate(self, error: Exception) -> None:
        """Raise what services hear of an error, which a defect is not."""
        if isinstance(error, DataError):
            raise ArgumentError(
                "The request holds a NUL character, or a text or number too large to store."
            ) from error
        if is_disk_full(error, self._database):
            raise DiskFullError(DATABASE_FULL) from error
        if is_trouble(error):
            trouble_of(self._database).begin("The database does not answer as it should", error)
            raise UnavailableError("The database does not answer now; try again later.") from error


def connection(opened: Database) -> Connection:
    """Open a connection for a `with` block; within another such block, use that one's.

    Raises UnavailableError when no connection comes free in time, or when the database cannot be
    reached, shuts down or stays locked; DiskFullError, which is one, when its disk is full;
    ArgumentError for a value that it cannot hold.
    """
    return Connection(opened)


def trouble_of(opened: Database) -> Spell:
    """Return what tells when a database stops and begins to answer."""
    trouble: Spell = opened.trouble  # type: ignore[attr-defined]  # see `open_database`
    return trouble


def connected(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[Any, P], R]:
    """Make a method of a service hold a connection while it runs; not for generators."""

    @wraps(method)
    def wrapper(self: HasDatabase, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with connection(self.database):
            return method(self, *args, **kwargs)

    return wrapper
