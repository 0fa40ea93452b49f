"""An index of the hashes of documents, by which clients ask what is there already."""

from peewee import Database

from api.db.schema import create_index


def apply(database: Database) -> None:
    """Create the index."""
    create_index(database, "document", ("dataset_id", "content_hash"))
