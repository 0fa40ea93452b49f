"""What an API key may be used for, and until when; nothing is left out of those that there are."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the columns: a JSON text that is empty without a scope, and ms, 0 for no end."""
    add_column(database, "api_key", "scope", "VARCHAR(4096)", "''")
    add_column(database, "api_key", "expires_time", "BIGINT", "0")
