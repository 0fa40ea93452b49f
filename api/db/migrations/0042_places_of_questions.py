"""An index in which a message is found within its session by what its client calls it."""

from peewee import Database

from api.db.schema import create_index


def apply(database: Database) -> None:
    """Create the index."""
    create_index(database, "chat_message", ("session_id", "message_id"))
