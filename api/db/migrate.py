"""Bringing the tables of a database to what this version of Raglan works with."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

from peewee import Database, DatabaseError, InterfaceError, PeeweeException

from api.db import migrations
from api.db.base import new_id, now_ms
from api.db.connection import connection
from api.db.schema import create_table
from api.db.sql import rows, run
from api.errors import StartError, UnavailableError

_LOGGER = logging.getLogger(__name__)
_LEASE_SECONDS = 15.0
_LOOK_SECONDS = 0.1
_CREATE_ATTEMPTS = 5

_LEASE_COLUMNS = """
    name VARCHAR(64) PRIMARY KEY
    owner VARCHAR(128)
    fence BIGINT
    expires_time BIGINT
"""
_MIGRATION_COLUMNS = """
    number INT PRIMARY KEY
    name VARCHAR(128)
    applied_time BIGINT
"""


class MigrationLease(Protocol):
    """The lease under which one process at a time migrates; it is kept in the same database."""

    def acquire(self, owner: str, ttl: float) -> int | None:
        """Take the lease for `ttl` seconds unless another owner holds it; return its token."""

    def renew(self, owner: str, fence: int, ttl: float) -> bool:
        """Hold the lease for `ttl` seconds from now; false if it was lost."""

    def release(self, owner: str, fence: int) -> None:
        """Give the lease back."""

    def guard(self, fence: int) -> bool:
        """Within a transaction: tell whether nobody took the lease since, and keep it so."""


@dataclass(frozen=True, slots=True)
class Step:
    """A migration: what it is called and what it does."""

    number: int
    name: str
    apply: Callable[[Database], None]


def known_steps(package: ModuleType = migrations) -> list[Step]:
    """Return the migrations of a package, `NNNN_name.py` each, in their order."""
    names = sorted(path.stem for path in Path(package.__path__[0]).glob("[0-9]*.py"))
    return [
        Step(int(name[:4]), name, import_module(f"{package.__name__}.{name}").apply)
        for name in names
    ]


def pending(database: Database, package: ModuleType = migrations) -> list[str]:
    """Return the names of the migrations that the database still lacks.

    Raises StartError for a database of a newer version.
    """
    steps = known_steps(package)
    with connection(database):
        applied = _applied(database)
    _refuse_newer(applied, steps)
    return [step.name for step in steps if step.number not in applied]


def migrate(
    database: Database, lease: MigrationLease, package: ModuleType = migrations
) -> list[str]:
    """Apply what is pending, each migration once; return the names of those applied here.

    `lease` is kept in the database that is migrated. Processes that do this at the same time wait
    for one another. Raises StartError when a migration fails or the database is of a newer version.
    """
    if not pending(database, package):
        return []
    with connection(database):
        _create_own_tables(database)
    with _only_one(lease) as fence:
        done = []
        for step in known_steps(package):
            if step.name in pending(database, package):
                _apply(database, step, lease, fence)
                done.append(step.name)
    return done


def _applied(database: Database) -> dict[int, str]:
    if not database.table_exists("migration"):
        return {}
    return dict(rows(database, "SELECT number, name FROM migration"))


def _refuse_newer(applied: Mapping[int, str], steps: list[Step]) -> None:
    newer = applied.keys() - {step.number for step in steps}
    if newer:
        raise StartError(
            f"The database was made by a newer version of Raglan (migration {max(newer)}, "
            f"{applied[max(newer)]}). Install that version, or restore a backup from before it."
        )


def _create_own_tables(database: Database) -> None:
    """Create the tables that migrating itself needs."""
    for attempt in range(_CREATE_ATTEMPTS):
        try:
            create_table(database, "lease", _LEASE_COLUMNS)
            create_table(database, "migration", _MIGRATION_COLUMNS)
        except (DatabaseError, InterfaceError):
            # PostgreSQL's IF NOT EXISTS fails when two processes get there at once.
            if attempt == _CREATE_ATTEMPTS - 1:
                raise
            time.sleep(_LOOK_SECONDS)
        else:
            return


def _apply(database: Database, step: Step, lease: MigrationLease, fence: int) -> None:
    """Apply a migration and record it, at once where the database can."""
    _LOGGER.info("Applying migration %s.", step.name)
    try:
        with connection(database), database.atomic():
            if not lease.guard(fence):
                raise StartError(f"Another process took over before migration {step.name}.")
            step.apply(database)
            run(
                database,
                "INSERT INTO migration (number, name, applied_time) VALUES (?, ?, ?)",
                step.number,
                step.name,
                now_ms(),
            )
    except (PeeweeException, UnavailableError) as error:
        raise StartError(
            f"Migration {step.name} failed: {error}. Put right what it names, and start again."
        ) from error


@contextmanager
def _only_one(lease: MigrationLease) -> Iterator[int]:
    """Hold the lease for a `with` block."""
    owner = new_id()
    while (fence := lease.acquire(owner, _LEASE_SECONDS)) is None:
        time.sleep(_LOOK_SECONDS)
    over = threading.Event()
    renewal = threading.Thread(
        target=_renew, args=(lease, owner, fence, over), name="migrations-lease", daemon=True
    )
    renewal.start()
    try:
        yield fence
    finally:
        over.set()
        renewal.join()
        lease.release(owner, fence)


def _renew(lease: MigrationLease, owner: str, fence: int, over: threading.Event) -> None:
    """Renew the lease until the work is over."""
    while not over.wait(_LEASE_SECONDS / 3):
        try:
            lease.renew(owner, fence, _LEASE_SECONDS)
        except UnavailableError:
            # SQLite is locked by the migration, for everybody.
            _LOGGER.debug("The lease could not be renewed now.", exc_info=True)
