"""Mail that waits to be sent, and links by which passwords are set anew."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the tables."""
    create_table(
        database,
        "mail",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        kind VARCHAR(16)
        recipient VARCHAR(255)
        content_encrypted TEXT
        attempts INT
        not_before BIGINT
        """,
    )
    create_index(database, "mail", ("create_time",))
    create_index(database, "mail", ("not_before",))
    create_table(
        database,
        "password_reset",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        token_hash VARCHAR(64)
        expires_time BIGINT
        """,
    )
    create_index(database, "password_reset", ("create_time",))
    create_index(database, "password_reset", ("user_id",))
    create_index(database, "password_reset", ("token_hash",), unique=True)
