"""The headings that a chunk stands under."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column, a JSON list; chunks that are there have none until they are made anew."""
    add_column(database, "chunk", "headings", "TEXT", "'[]'")
