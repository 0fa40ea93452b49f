"""Directories of datasets, and where in them documents are."""

from peewee import Database

from api.db.schema import add_column, create_index, create_table


def apply(database: Database) -> None:
    """Create the table and the columns."""
    create_table(
        database,
        "dataset_directory",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        dataset_id VARCHAR(32)
        parent_id VARCHAR(32)
        created_by VARCHAR(32)
        name VARCHAR(255)
        """,
    )
    create_index(database, "dataset_directory", ("create_time",))
    create_index(database, "dataset_directory", ("dataset_id", "parent_id", "name"), unique=True)
    add_column(database, "document", "directory_id", "VARCHAR(32)", "''")
    add_column(database, "document", "sent_name", "VARCHAR(255)", "''")
