"""Databases between which and us a firewall dies: nothing comes, and nothing is refused."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from peewee import Database, PostgresqlDatabase

from api.db.backends.base import Patience
from api.db.connection import connection
from api.db.sql import rows, run
from api.errors import UnavailableError
from tests.databases import opened
from tests.proxy import Proxy, proxy_to

pytestmark = pytest.mark.databases("postgresql", "mariadb")  # SQLite has no network between

SHORT = Patience(answer=0.5)
MANY = 6


@contextmanager
def proxied(url: str) -> Iterator[tuple[Database, Proxy]]:
    """Open a database through a proxy; it is given up after a short silence."""
    port = urlsplit(url).port
    assert port is not None
    with (
        proxy_to(port) as proxy,
        opened(url.replace(f":{port}", f":{proxy.port}"), MANY, 2, SHORT) as database,
    ):
        yield database, proxy


def answer(database: Database) -> int:
    """Query a database."""
    with connection(database):
        return int(rows(database, "SELECT 41 + 1")[0][0])


def sleep(database: Database, seconds: float) -> None:
    """Execute a statement that keeps a database busy for a while."""
    name = "pg_sleep" if isinstance(database, PostgresqlDatabase) else "SLEEP"
    with connection(database):
        rows(database, f"SELECT {name}({seconds})")


def at_once(call: Callable[[], object]) -> list[object]:
    """Return what many threads get that do the same; their connections rest afterwards."""
    start = threading.Barrier(MANY)

    def outcome(_: int) -> object:
        start.wait()
        try:
            return call()
        except UnavailableError:
            return "unavailable"

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(outcome, range(MANY)))


def test_of_connections_that_died_while_they_rested_one_is_found_out(database_url: str) -> None:
    with proxied(database_url) as (database, proxy):
        at_once(lambda: sleep(database, 0.3))
        assert len(proxy.lines) == MANY
        proxy.silence()
        proxy.restore()

        with pytest.raises(UnavailableError):
            answer(database)

        assert [answer(database) for _ in range(MANY)] == [42] * MANY


def test_everybody_is_told_while_nothing_passes_and_served_afterwards(database_url: str) -> None:
    with proxied(database_url) as (database, proxy):
        at_once(lambda: answer(database))
        proxy.silence()

        assert at_once(lambda: answer(database)) == ["unavailable"] * MANY
        assert at_once(lambda: answer(database)) == ["unavailable"] * MANY

        proxy.restore()
        assert at_once(lambda: answer(database)) == [42] * MANY


def test_a_long_statement_may_take_its_time(database_url: str) -> None:
    with opened(database_url, patience=SHORT) as database:
        sleep(database, 2.5)
        assert answer(database) == 42


def test_a_long_statement_whose_answer_is_lost_is_given_up(database_url: str) -> None:
    with proxied(database_url) as (database, proxy):
        answer(database)
        cut = threading.Timer(0.5, lambda: (proxy.silence(), proxy.restore()))
        cut.start()

        with pytest.raises(UnavailableError):
            sleep(database, 2)

        cut.join()
        assert answer(database) == 42


def test_a_transaction_on_a_line_that_dies_is_undone(database_url: str) -> None:
    with proxied(database_url) as (database, proxy):
        with pytest.raises(UnavailableError):
            add_before_and_after(database, lambda: (proxy.silence(), proxy.restore()))

        with connection(database):
            add(database, "kept")
            assert rows(database, "SELECT name FROM lease WHERE name <> 'migrations'") == [
                ("kept",)
            ]


def add_before_and_after(database: Database, cut: Callable[[], object]) -> None:
    """Write two rows in a transaction with something between them."""
    with connection(database), database.atomic():
        add(database, "lost")
        cut()
        add(database, "lost, too")


def add(database: Database, name: str) -> None:
    """Write a row."""
    values = "(name, owner, fence, expires_time) VALUES (?, '', 0, 0)"
    run(database, f"INSERT INTO lease {values}", name)
