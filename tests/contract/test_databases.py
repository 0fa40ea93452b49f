"""What every database keeps to."""

import resource
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from peewee import Database

from api.db.backends.base import Patience
from api.db.connection import connection
from api.db.migrate import migrate, pending
from api.db.sql import rows, run
from api.errors import DiskFullError, UnavailableError
from api.leases.database import migration_lease
from tests.databases import opened

ADD_LEASE = "INSERT INTO lease (name, owner, fence, expires_time) VALUES (?, '', 0, 0)"


def test_migrated(database: Database) -> None:
    assert pending(database) == []
    assert migrate(database, migration_lease(database)) == []
    with connection(database):
        assert "chunk" in database.get_tables()


@pytest.mark.databases("postgresql", "mariadb")  # on SQLite nobody but its process could end it
def test_a_transaction_of_which_nothing_is_heard_is_ended(database_url: str) -> None:
    with opened(database_url, patience=Patience(idle=0.5)) as silent, opened(database_url) as other:
        with connection(silent):
            run(silent, "INSERT INTO lease (name, owner, fence, expires_time) VALUES ('x','',0,0)")

        with pytest.raises(UnavailableError):
            write_around(silent, other)

        with connection(silent):
            assert rows(silent, "SELECT fence FROM lease WHERE name = 'x'") == [(10,)]


@pytest.mark.databases("sqlite")
def test_who_comes_while_another_process_writes_can_read_at_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.db.backends.sqlite._SQLITE_WAIT", 0)
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with opened(database_url) as database, connection(database):
            assert rows(database, "SELECT COUNT(*) FROM chunk") == [(0,)]


@pytest.mark.databases("sqlite")
def test_a_new_file_gives_room_back_step_by_step(empty_database_url: str) -> None:
    with opened(empty_database_url) as database, connection(database):
        run(database, "CREATE TABLE something (id INTEGER)")
        assert rows(database, "PRAGMA auto_vacuum") == [(2,)]


@pytest.mark.databases("sqlite")  # the others' disks are not ours to fill
def test_a_full_disk_is_told_and_leaves_the_database_as_it_was(database_url: str) -> None:
    with opened(database_url) as database:
        with room_for_files_of(64 << 10), pytest.raises(UnavailableError):
            write_much(database)

        with connection(database):
            run(database, ADD_LEASE, "after")
            assert rows(database, "SELECT name FROM lease WHERE name <> 'migrations'") == [
                ("after",)
            ]


FULL = {
    "postgresql": "DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$",
    "mariadb": "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {}, MESSAGE_TEXT = '{}'",
}
"""Statements by which a server says what it says when its disk is full."""


@pytest.mark.databases("postgresql")
def test_a_full_disk_of_postgresql_is_told(database: Database) -> None:
    with pytest.raises(DiskFullError, match="database is full"), connection(database):
        run(database, FULL["postgresql"])


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1021, "Disk full (/tmp)"),
        (1114, "The table chunk is full"),
        (1030, "Got error 28 No space left on device from storage engine"),
        (3, "Error writing file (Errcode: 28 No space left on device)"),
    ],
)
def test_a_full_disk_of_mariadb_is_told(database: Database, number: int, text: str) -> None:
    with pytest.raises(DiskFullError, match="database is full"), connection(database):
        run(database, FULL["mariadb"].format(number, text))


@contextmanager
def room_for_files_of(size: int) -> Iterator[None]:
    """Limit the size of this process's files for a `with` block, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_much(database: Database) -> None:
    """Write a transaction of several hundred kilobytes."""
    with connection(database), database.atomic():
        for number in range(100):
            run(database, ADD_LEASE, f"{number:0100}" * 50)


def write_around(silent: Database, other: Database) -> None:
    """Write a row twice in a transaction, between which another one writes it, too."""
    with connection(silent), silent.atomic():
        run(silent, "UPDATE lease SET fence = 1 WHERE name = 'x'")
        with connection(other):  # waits for the lock until the silent one is given up
            run(other, "UPDATE lease SET fence = fence + 10 WHERE name = 'x'")
        run(silent, "UPDATE lease SET fence = 2 WHERE name = 'x'")


@pytest.mark.databases("mariadb")
def test_connections_share_what_encrypts_them(database_url: str) -> None:
    shared = []
    for _ in range(2):
        with opened(database_url) as database, connection(database):
            shared.append(database.connection().ctx)
    assert shared[0] is shared[1]
    assert shared[0].verify_mode == ssl.CERT_NONE
