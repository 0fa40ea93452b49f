"""The longer passage that a chunk is a part of."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column; chunks that are there stand alone until they are made anew."""
    add_column(database, "chunk", "parent", "BIGINT", "0")
