"""The time zone that users choose."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column."""
    add_column(database, "account", "timezone", "VARCHAR(64)", "'UTC'")
