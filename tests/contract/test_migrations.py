"""Bringing tables to a version: each migration once, by one process, on every database."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from peewee import Database

from api.config.places import CHECKOUT
from api.config.settings import AuthSettings
from api.db.base import BaseModel, Record
from api.db.connection import connection
from api.db.migrate import Step, known_steps, pending
from api.db.migrate import migrate as migrate_under
from api.db.schema import add_column, create_index, create_table, drop_column
from api.db.sql import rows, run
from api.errors import StartError
from api.leases.database import migration_lease
from api.secrets import SecretKey
from api.services.accounts.queries import accounts as queries
from api.services.accounts.remembered import Remembered
from api.services.accounts.session_stores.database import DatabaseSessions
from api.services.accounts.sessions import AccountSessions
from tests.databases import opened

PATIENCE = 30


def make_notes(database: Database) -> None:
    """Create a table with a row."""
    create_table(database, "note", "id VARCHAR(32) PRIMARY KEY\ntitle TEXT")
    run(database, "INSERT INTO note (id, title) VALUES ('1', 'lamp')")


def add_sizes(database: Database) -> None:
    """Add a column."""
    add_column(database, "note", "size", "BIGINT", "7")


def count(database: Database) -> None:
    """Change the rows."""
    run(database, "UPDATE note SET size = size + 1")


def fail(database: Database) -> None:
    """Create a table, then do what cannot be done."""
    create_table(database, "later", "id VARCHAR(32) PRIMARY KEY")
    run(database, "UPDATE note SET nothing = 1")


def make_later(database: Database) -> None:
    """Create the table that the failed one did."""
    create_table(database, "later", "id VARCHAR(32) PRIMARY KEY")


def steps(*functions: Callable[[Database], None]) -> list[Step]:
    """Return migrations that are numbered and named as files are."""
    return [
        Step(number, f"{number:04}_{function.__name__}", function)
        for number, function in enumerate(functions, 1)
    ]


def migrate(database: Database, known: Sequence[Step] | None = None) -> list[str]:
    """Apply migrations under the lease of a database."""
    return migrate_under(database, migration_lease(database), known)


FIRST = steps(make_notes, add_sizes, count)


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """Open a database without tables."""
    with opened(empty_database_url) as database:
        yield database


def values(database: Database, statement: str) -> list[Any]:
    """Return the first column of what a statement gives."""
    with connection(database):
        return [row[0] for row in rows(database, statement)]


def applied(database: Database) -> list[int]:
    """Return the numbers of the migrations that a database says it has."""
    return values(database, "SELECT number FROM migration ORDER BY number")


def test_each_is_applied_once_in_order(empty: Database) -> None:
    assert pending(empty, FIRST) == ["0001_make_notes", "0002_add_sizes", "0003_count"]
    assert migrate(empty, FIRST[:2]) == ["0001_make_notes", "0002_add_sizes"]
    assert values(empty, "SELECT size FROM note") == [7]

    assert migrate(empty, FIRST) == ["0003_count"]

    assert migrate(empty, FIRST) == []
    assert values(empty, "SELECT size FROM note") == [8]
    assert applied(empty) == [1, 2, 3]


def test_one_that_fails_is_named_in_a_line_and_started_over(empty: Database) -> None:
    with pytest.raises(StartError, match="0004_fail failed") as failure:
        migrate(empty, [*FIRST, *steps(*[fail] * 4)[3:]])

    assert "\n" not in str(failure.value)
    assert applied(empty) == [1, 2, 3]

    mended = [*FIRST, *steps(*[make_later] * 4)[3:]]
    assert migrate(empty, mended) == ["0004_make_later"]
    with connection(empty):
        assert empty.table_exists("later")


def test_of_two_at_once_one_waits_for_the_other(empty_database_url: str) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slowly(database: Database) -> None:
        reached.set()
        assert go_on.wait(PATIENCE)
        count(database)

    slow = [*FIRST[:2], *steps(*[slowly] * 3)[2:]]
    done: list[Sequence[str]] = []
    with opened(empty_database_url) as first, opened(empty_database_url) as second:
        threads = [
            threading.Thread(target=lambda one=one: done.append(migrate(one, slow)))
            for one in (first, second)
        ]
        threads[0].start()
        assert reached.wait(PATIENCE)
        threads[1].start()
        go_on.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert sorted(done, key=len) == [[], [step.name for step in slow]]
        assert values(first, "SELECT size FROM note") == [8]


@pytest.mark.databases("sqlite")  # the others let the holder renew its lease meanwhile
def test_a_long_migration_of_another_process_is_waited_for(
    empty: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("api.db.backends.sqlite._SQLITE_WAIT", 0)
    told = threading.Event()
    handler = logging.Handler()
    handler.emit = lambda _record: told.set()  # type: ignore[method-assign]
    logging.getLogger("api.db.connection").addHandler(handler)
    migrate(empty, FIRST[:1])
    waiting = threading.Thread(target=migrate, args=(empty, FIRST))
    try:
        with closing(sqlite3.connect(str(empty.database))) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting.start()
            assert told.wait(PATIENCE)
            assert waiting.is_alive()
            other.rollback()
        waiting.join(PATIENCE)
    finally:
        logging.getLogger("api.db.connection").removeHandler(handler)

    assert applied(empty) == [1, 2, 3]
    assert "database is locked" in caplog.text


def test_what_another_process_took_over_is_not_recorded(empty: Database) -> None:
    def lose(database: Database) -> None:
        run(database, "UPDATE lease SET fence = fence + 1 WHERE name = 'migrations'")

    with pytest.raises(StartError, match="took over during migration 0002_lose"):
        migrate(empty, [FIRST[0], *steps(lose, lose)[1:]])

    assert applied(empty) == [1]


def test_a_database_of_a_newer_version_is_refused(empty: Database) -> None:
    migrate(empty, FIRST)

    for action in (migrate, pending):
        with pytest.raises(StartError, match=r"newer version .* \(migration 3, 0003_count\)"):
            action(empty, FIRST[:2])


def test_a_database_of_another_line_of_versions_is_refused(empty: Database) -> None:
    migrate(empty, FIRST)

    with pytest.raises(StartError, match="Migration 2 of the database is 0002_add_sizes"):
        migrate(empty, [FIRST[0], *steps(count, count)[1:], FIRST[2]])


def test_a_column_is_dropped_with_its_indexes(empty: Database) -> None:
    migrate(empty, FIRST)
    with connection(empty):
        create_index(empty, "note", ("size",))
        create_index(empty, "note", ("id", "size"), unique=True)
        for _ in range(2):
            drop_column(empty, "note", "size")
        assert [column.name for column in empty.get_columns("note")] == ["id", "title"]
        assert not [index for index in empty.get_indexes("note") if "size" in index.name]
        assert rows(empty, "SELECT id FROM note") == [("1",)]


def test_all_of_this_version_may_be_done_again(empty: Database) -> None:
    """MariaDB keeps what a failed migration has done to tables."""

    def twice(step: Step) -> Step:
        def apply(database: Database) -> None:
            step.apply(database)
            step.apply(database)

        return Step(step.number, step.name, apply)

    migrate(empty, [twice(step) for step in known_steps()])

    assert pending(empty) == []


SIGNED_IN = (
    "INSERT INTO account (id, create_time, update_time, email, nickname, password_hash,"
    " session_token, avatar, language, is_superuser, is_active, last_login_time)"
    " VALUES (?, 5, 5, ?, 'Nia', 'hash', ?, '', 'English', false, true, ?)"
)


def test_sessions_from_before_there_could_be_several_go_on(empty: Database, tmp_path: Path) -> None:
    migrate(empty, known_steps()[:5])
    secret, store = SecretKey("secret", tmp_path), DatabaseSessions(empty)
    sessions = AccountSessions(empty, secret, AuthSettings, store, Remembered())
    with connection(empty):
        run(empty, SIGNED_IN, "u1", "one@example.org", "0123456789abcdef" * 2, 7)
        run(empty, SIGNED_IN, "u2", "two@example.org", "", 0)

    migrate(empty, known_steps())

    token = str(sessions.serializer.dumps("0123456789abcdef" * 2))
    found = sessions.authenticate(token)
    assert found is not None
    assert (found.tenant_id, found.user_id, found.teams) == ("u1", "u1", ())
    assert sessions.authenticate(str(sessions.serializer.dumps(""))) is None
    [session] = sessions.list_sessions("u1")
    assert (session.create_time, session.agent) == (7, "")
    assert session.last_used_time > 7
    assert sessions.list_sessions("u2") == []
    for user in ("u1", "u2"):
        with connection(empty):
            [owner] = queries.list_members(empty, user)
        assert (owner.user_id, owner.role, owner.create_time) == (user, "owner", 5)


@pytest.mark.databases("sqlite")
def test_those_of_this_version_are_numbered_without_a_gap(database_kind: str) -> None:
    assert database_kind
    numbers = [step.number for step in known_steps()]
    assert numbers == list(range(1, len(numbers) + 1))


def models() -> list[type[BaseModel]]:
    """Return every model of the server."""
    for path in sorted(Path(CHECKOUT, "api", "db", "models").glob("[a-z]*.py")):
        import_module(f"api.db.models.{path.stem}")
    found = {*BaseModel.__subclasses__(), *Record.__subclasses__()} - {Record}
    return sorted(found, key=lambda model: str(model.__name__))


def test_tables_are_as_the_models_say(database: Database) -> None:
    assert models()
    with connection(database):
        for model in models():
            told: Any = model._meta  # noqa: SLF001 - where peewee keeps what a model says
            columns = {column.name for column in database.get_columns(told.table_name)}
            assert columns == set(told.columns), told.table_name
            keys = set(database.get_primary_keys(told.table_name))
            assert keys == {key.column_name for key in told.get_primary_keys()}, told.table_name
            assert indexes_of(database, told) == indexes_said(told), told.table_name


def indexes_of(database: Database, told: Any) -> set[tuple[tuple[str, ...], bool]]:
    """Return columns and uniqueness of a table's indexes, its primary key left out."""
    keys = tuple(database.get_primary_keys(told.table_name))
    found = {
        (tuple(index.columns), bool(index.unique))
        for index in database.get_indexes(told.table_name)
    }
    return found - {(keys, True)}


def indexes_said(told: Any) -> set[tuple[tuple[str, ...], bool]]:
    """Return columns and uniqueness of the indexes that a model asks for."""
    single = {
        ((field.column_name,), bool(field.unique))
        for field in told.sorted_fields
        if field.index or field.unique
    }
    many = {
        (tuple(told.fields[name].column_name for name in names), unique)
        for names, unique in told.indexes
    }
    return single | many
