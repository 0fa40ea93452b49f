"""Names of documents that differ in case alone are two names, as those of files are."""

from peewee import Database

from api.db.schema import create_index, drop_index


def apply(database: Database) -> None:
    """Make the name unique as it is written, and no longer without its case."""
    create_index(database, "document", ("dataset_id", "name"), unique=True)
    drop_index(database, "document", ("dataset_id", "name_key"))
