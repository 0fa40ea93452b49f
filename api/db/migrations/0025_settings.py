"""Settings that administrators change while the server runs, and the history of their changes."""

from peewee import Database

from api.db.schema import create_table


def apply(database: Database) -> None:
    """Create the tables."""
    create_table(
        database,
        "setting",
        """
        name VARCHAR(128) PRIMARY KEY
        value TEXT
        sealed BOOL
        user_id VARCHAR(32)
        author VARCHAR(255)
        time BIGINT
        """,
    )
    create_table(
        database,
        "setting_change",
        """
        version BIGINT PRIMARY KEY
        time BIGINT
        user_id VARCHAR(32)
        author VARCHAR(255)
        what VARCHAR(128)
        changes TEXT
        """,
    )
