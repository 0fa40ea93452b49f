"""What is told of databases that may lose what they have acknowledged."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.db.connection import connection
from api.db.durability import losses
from tests.components import mysql_client
from tests.databases import opened


def found(url: str) -> list[str]:
    """Return what is told of the database at a URL."""
    with opened(url) as database, connection(database):
        return losses(database)


@pytest.mark.databases("sqlite", "mariadb")
def test_a_database_that_keeps_everything_has_no_losses(empty_database_url: str) -> None:
    assert found(empty_database_url) == []


@pytest.mark.databases("postgresql")  # that of the tests is without fsync
def test_postgresql_may_lose_in_two_ways(empty_database_url: str) -> None:
    without_fsync = "fsync = off loses what was acknowledged, or everything, when the machine stops"
    assert found(empty_database_url) == [without_fsync]
    name = urlsplit(empty_database_url).path.lstrip("/")
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        change = SQL("ALTER DATABASE {} SET synchronous_commit = off")
        admin.execute(change.format(Identifier(name)))
    first, second = found(empty_database_url)
    assert first.startswith("synchronous_commit = off loses what was acknowledged in the last")
    assert second == without_fsync


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize(
    ("value", "when"), [(0, "the server or the machine dies"), (2, "the machine stops")]
)
def test_mariadb_may_lose_the_last_second(empty_database_url: str, value: int, when: str) -> None:
    port = urlsplit(empty_database_url).port
    assert port is not None
    with flushing(port, value):
        [told] = found(empty_database_url)
    assert told.startswith(f"innodb_flush_log_at_trx_commit = {value} loses what")
    assert told.endswith(f"when {when}")


@contextmanager
def flushing(port: int, value: int) -> Iterator[None]:
    """Set how a server flushes its log for a `with` block."""
    statement = "SET GLOBAL innodb_flush_log_at_trx_commit = %s"
    with closing(mysql_client(port)) as admin, admin.cursor() as cursor:
        cursor.execute(statement, [value])
        try:
            yield
        finally:
            cursor.execute(statement, [1])
