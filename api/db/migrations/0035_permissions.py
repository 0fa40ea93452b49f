"""Permissions that groups give to those in them."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "group_permission",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        group_id VARCHAR(32)
        name VARCHAR(32)
        """,
    )
    create_index(database, "group_permission", ("create_time",))
    create_index(database, "group_permission", ("group_id", "name"), unique=True)
