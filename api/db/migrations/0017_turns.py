"""What clients call a question, and what people think of its answer."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the columns."""
    add_column(database, "chat_message", "message_id", "VARCHAR(64)", "''")
    add_column(database, "chat_message", "rating", "INT", "0")
    add_column(database, "chat_message", "feedback", "VARCHAR(1024)", "''")
