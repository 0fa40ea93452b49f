"""Grants of single things to people, groups or everybody."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "access_grant",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        kind VARCHAR(16)
        thing_id VARCHAR(64)
        subject_kind VARCHAR(16)
        subject_id VARCHAR(32)
        level INT
        created_by VARCHAR(32)
        """,
    )
    create_index(database, "access_grant", ("create_time",))
    create_index(database, "access_grant", ("kind", "thing_id", "subject_id"), unique=True)
    create_index(database, "access_grant", ("subject_id", "kind", "thing_id"))
