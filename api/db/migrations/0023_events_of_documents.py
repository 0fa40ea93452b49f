"""A log of which documents have changed, for those who follow it."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "document_event",
        """
        seq BIGAUTO PRIMARY KEY
        dataset_id VARCHAR(32)
        document_id VARCHAR(32)
        gone BOOL
        time BIGINT
        """,
    )
    create_index(database, "document_event", ("dataset_id", "seq"))
