"""Groups of people, with their members."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the tables."""
    create_table(
        database,
        "people_group",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        name VARCHAR(255)
        name_key VARCHAR(255)
        description TEXT
        external_id VARCHAR(255)
        """,
    )
    create_index(database, "people_group", ("create_time",))
    create_index(database, "people_group", ("external_id",))
    create_index(database, "people_group", ("name_key",), unique=True)
    create_table(
        database,
        "group_member",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        group_id VARCHAR(32)
        user_id VARCHAR(32)
        """,
    )
    create_index(database, "group_member", ("create_time",))
    create_index(database, "group_member", ("user_id", "group_id"), unique=True)
    create_index(database, "group_member", ("group_id", "create_time", "user_id"))
