"""The contract that an API key is spoken to in; empty for that of the settings."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column."""
    add_column(database, "api_key", "contract", "VARCHAR(16)", "''")
