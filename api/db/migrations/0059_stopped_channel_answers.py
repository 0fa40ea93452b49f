"""Whether somebody has stopped an answer in a channel."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Create the column."""
    add_column(database, "channel_answer", "is_stopped", "BOOL", "FALSE")
