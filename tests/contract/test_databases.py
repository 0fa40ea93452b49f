"""What every database keeps to."""

from peewee import Database

from api.db.connection import connection
from api.db.migrate import migrate, pending


def test_migrated(database: Database) -> None:
    assert pending(database) == []
    assert migrate(database) == []
    with connection(database):
        assert "chunk" in database.get_tables()
