"""A mark for each time that a key, a session or an account ends, or may do something else."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "revocation",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        mark BIGINT
        """,
    )
    create_index(database, "revocation", ("create_time",))
