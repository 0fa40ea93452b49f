"""What identity providers say of accounts, by SCIM."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "scim_user",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_name VARCHAR(255)
        external_id VARCHAR(255)
        attributes TEXT
        deleted_time BIGINT
        """,
    )
    create_index(database, "scim_user", ("create_time",))
    create_index(database, "scim_user", ("external_id",))
    create_index(database, "scim_user", ("user_name",), unique=True)
