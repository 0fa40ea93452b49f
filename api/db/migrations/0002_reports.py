"""What jobs and workers say about themselves."""

from peewee import Database

from api.db.schema import create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "report",
        """
        name VARCHAR(160) PRIMARY KEY
        kind VARCHAR(16)
        content TEXT
        update_time BIGINT
        """,
    )
