"""Where chunks come from, so that parsing again keeps what people have made."""

from peewee import Database

from api.db.schema import add_column
from api.db.sql import run

_FIRST_ADDED = 1 << 44
"""Chunks that a run makes have lower ordinals, those added after one have not."""


def apply(database: Database) -> None:
    """Add the columns, and tell by times and places which chunks people have made or changed."""
    add_column(database, "chunk", "source", "VARCHAR(8)", "'parsed'")
    add_column(database, "task", "discard_before", "BIGINT", "0")
    run(database, "UPDATE chunk SET source = 'edited' WHERE update_time <> create_time")
    run(
        database,
        "UPDATE chunk SET source = 'added' WHERE ordinal >= ? OR generation = 0",
        _FIRST_ADDED,
    )
