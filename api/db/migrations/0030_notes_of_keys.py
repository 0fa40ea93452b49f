"""What the owner of an API key wants to remember of it."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column."""
    add_column(database, "api_key", "note", "VARCHAR(500)", "''")
