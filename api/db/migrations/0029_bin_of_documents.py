"""Documents that were deleted in a way that can be taken back for a while."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "binned_document",
        """
        id VARCHAR(32) PRIMARY KEY
        dataset_id VARCHAR(32)
        deletion VARCHAR(32)
        until BIGINT
        cleanup_id VARCHAR(32)
        chunk_count INT
        document TEXT
        """,
    )
    create_index(database, "binned_document", ("dataset_id", "deletion"))
