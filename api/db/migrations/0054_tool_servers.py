"""Servers whose tools models call."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "tool_server",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        ordinal INTEGER
        called VARCHAR(64)
        name VARCHAR(255)
        description TEXT
        protocol VARCHAR(16)
        url VARCHAR(1000)
        path VARCHAR(1000)
        is_on BOOL
        offers TEXT
        secrets TEXT
        """,
    )
    create_index(database, "tool_server", ("create_time",))
    create_index(database, "tool_server", ("called",), unique=True)
