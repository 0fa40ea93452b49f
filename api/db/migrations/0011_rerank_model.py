"""The rerank model of assistants."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column."""
    add_column(database, "chat", "rerank_id", "VARCHAR(255)", "''")
