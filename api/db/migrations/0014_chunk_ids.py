"""Chunks found by their ids alone."""

from peewee import Database

from api.db.schema import create_index


def apply(database: Database) -> None:
    """Create the index."""
    create_index(database, "chunk", ("id",))
