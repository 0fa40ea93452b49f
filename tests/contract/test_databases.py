"""What every database keeps to."""

import pytest
from peewee import Database

from api.db.connection import connection
from api.db.migrate import migrate, pending
from api.db.sql import rows, run
from api.errors import UnavailableError
from tests.databases import opened


def test_migrated(database: Database) -> None:
    assert pending(database) == []
    assert migrate(database) == []
    with connection(database):
        assert "chunk" in database.get_tables()


@pytest.mark.databases("postgresql", "mariadb")  # on SQLite nobody but its process could end it
def test_a_transaction_of_which_nothing_is_heard_is_ended(database_url: str) -> None:
    with opened(database_url, idle_limit=0.5) as silent, opened(database_url) as other:
        with connection(silent):
            run(silent, "INSERT INTO lease (name, owner, fence, expires_time) VALUES ('x','',0,0)")

        with pytest.raises(UnavailableError):
            write_around(silent, other)

        with connection(silent):
            assert rows(silent, "SELECT fence FROM lease WHERE name = 'x'") == [(10,)]


def write_around(silent: Database, other: Database) -> None:
    """Write a row twice in a transaction, between which another one writes it, too."""
    with connection(silent), silent.atomic():
        run(silent, "UPDATE lease SET fence = 1 WHERE name = 'x'")
        with connection(other):  # waits for the lock until the silent one is given up
            run(other, "UPDATE lease SET fence = fence + 10 WHERE name = 'x'")
        run(silent, "UPDATE lease SET fence = 2 WHERE name = 'x'")
