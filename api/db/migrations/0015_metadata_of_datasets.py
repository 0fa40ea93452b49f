"""What is said of metadata that a model would find in the documents of a dataset."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Add the column, a JSON text that may be empty."""
    add_column(database, "dataset", "auto_metadata_config", "VARCHAR(4096)", "''")
