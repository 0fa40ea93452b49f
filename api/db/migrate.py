"""Bringing the tables of a database to what this version of Raglan works with.

A migration is a file `api/db/migrations/NNNN_name.py` with the next number, a docstring that says
what for, and `apply(database)`, which uses `api.db.schema` for tables and `api.db.sql` for rows.
Once a version with it is out it is never changed, renamed or removed. It runs in a transaction,
but MariaDB and MySQL commit at each change of a table: what it does must be right when it is done
again after any part of it, as a migration that failed is started over.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Protocol

from peewee import Database, DatabaseError, InterfaceError, PeeweeException

from api.db import migrations
from api.db.backends.trouble import is_locked
from api.db.base import new_id, now_ms
from api.db.connection import connection
from api.db.schema import create_table
from api.db.sql import rows, run
from api.errors import StartError, UnavailableError

_LOGGER = logging.getLogger(__name__)
_LEASE_SECONDS = 6.0
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
        """Acquire the lease for `ttl` seconds unless another owner holds it; return its token."""

    def renew(self, owner: str, fence: int, ttl: float) -> bool:
        """Renew the lease for `ttl` seconds from now; false if it was lost."""

    def release(self, owner: str, fence: int) -> None:
        """Release the lease."""

    def guard(self, fence: int) -> bool:
        """Within a transaction: tell whether nobody took the lease since, and keep it so."""


@dataclass(frozen=True, slots=True)
class Step:
    """A migration: what it is called and what it does."""

    number: int
    name: str
    apply: Callable[[Database], None]


def known_steps() -> list[Step]:
    """Return the migrations of this version, in their order; each is loaded to be applied."""
    names = sorted(path.stem for path in Path(migrations.__path__[0]).glob("[0-9]*.py"))
    return [Step(int(name[:4]), name, partial(_carry_out, name)) for name in names]


def _carry_out(name: str, database: Database) -> None:
    """Load a migration, apply it, and forget its code, which is needed once."""
    whole = f"{migrations.__name__}.{name}"
    try:
        import_module(whole).apply(database)
    finally:
        sys.modules.pop(whole, None)
        vars(migrations).pop(name, None)


def pending(database: Database, steps: Sequence[Step] | None = None) -> list[str]:
    """Return the names of the migrations that the database still lacks.

    Raises StartError for a database of a newer version, or of another line of versions.
    """
    known = known_steps() if steps is None else steps
    with connection(database):
        applied = _applied(database)
    _refuse_other(applied, {step.number: step.name for step in known})
    return [step.name for step in known if step.number not in applied]


def migrate(
    database: Database, lease: MigrationLease, steps: Sequence[Step] | None = None
) -> list[str]:
    """Apply what is pending, each migration once; return the names of those applied here.

    `lease` is kept in the database that is migrated. Processes that do this at the same time wait
    for one another. Raises StartError when a migration fails or the database is of a newer version.
    `steps` are those of this version.
    """
    known = known_steps() if steps is None else steps
    if not pending(database, known):
        return []
    with connection(database):
        _create_own_tables(database)
    with _only_one(lease) as fence:
        done = []
        for step in known:
            if step.name in pending(database, known):
                _apply(database, step, lease, fence)
                done.append(step.name)
    return done


def _applied(database: Database) -> dict[int, str]:
    if not database.table_exists("migration"):
        return {}
    return dict(rows(database, "SELECT number, name FROM migration"))


def _refuse_other(applied: Mapping[int, str], known: Mapping[int, str]) -> None:
    newer = applied.keys() - known.keys()
    if newer:
        raise StartError(
            f"The database was made by a newer version of Raglan (migration {max(newer)}, "
            f"{applied[max(newer)]}). Install that version, or restore a backup from before it."
        )
    for number, name in applied.items():
        if known[number] != name:
            raise StartError(
                f"Migration {number} of the database is {name}, that of this version is "
                f"{known[number]}. Install the version that made the database."
            )


def _create_own_tables(database: Database) -> None:
    """Create the tables that migrating itself needs.

    Not where they are: SQLite would wait for a migration of another process to say so.
    """
    if database.table_exists("migration"):
        return
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
            _check_lease(lease, fence, step)
            step.apply(database)
            # Again: MariaDB has committed, and let the lease's row go, at each change of a table.
            _check_lease(lease, fence, step)
            run(
                database,
                "INSERT INTO migration (number, name, applied_time) VALUES (?, ?, ?)",
                step.number,
                step.name,
                now_ms(),
            )
    except (PeeweeException, UnavailableError) as error:
        reason = " ".join(str(error).split())
        raise StartError(
            f"Migration {step.name} failed: {reason}. Put right what it names, and start again."
        ) from error


def _check_lease(lease: MigrationLease, fence: int, step: Step) -> None:
    """Within a transaction: raise StartError if another process migrates by now."""
    if not lease.guard(fence):
        raise StartError(f"Another process took over during migration {step.name}.")


@contextmanager
def _only_one(lease: MigrationLease) -> Iterator[int]:
    """Hold the lease for a `with` block."""
    owner = new_id()
    while (fence := _acquired(lease, owner)) is None:
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


def _acquired(lease: MigrationLease, owner: str) -> int | None:
    """Return the token of the lease, None while another process migrates."""
    try:
        return lease.acquire(owner, _LEASE_SECONDS)
    except UnavailableError as error:
        if error.__cause__ and is_locked(error.__cause__):
            # SQLite's holder could not renew its lease: its own migration keeps everybody out.
            return None
        raise


def _renew(lease: MigrationLease, owner: str, fence: int, over: threading.Event) -> None:
    """Renew the lease until the work is over."""
    while not over.wait(_LEASE_SECONDS / 3):
        try:
            lease.renew(owner, fence, _LEASE_SECONDS)
        except UnavailableError:
            # SQLite is locked by the migration, for everybody.
            _LOGGER.debug("The lease could not be renewed now.", exc_info=True)
