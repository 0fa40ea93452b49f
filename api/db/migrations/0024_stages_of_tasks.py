"""How long the stages of tasks took, and which worker carried them out."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column."""
    add_column(database, "task", "stages", "VARCHAR(512)", "''")
