"""Tools and functions in Python, and what they are set to."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the tables."""
    create_table(
        database,
        "plugin",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        family VARCHAR(16)
        called VARCHAR(128)
        author_id VARCHAR(32)
        name VARCHAR(255)
        content TEXT
        meta TEXT
        described TEXT
        valves TEXT
        is_active BOOL
        is_global BOOL
        """,
    )
    create_index(database, "plugin", ("create_time",))
    create_index(database, "plugin", ("family", "called"), unique=True)
    create_table(
        database,
        "plugin_valves",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        plugin_id VARCHAR(32)
        user_id VARCHAR(32)
        valves TEXT
        """,
    )
    create_index(database, "plugin_valves", ("create_time",))
    create_index(database, "plugin_valves", ("user_id",))
    create_index(database, "plugin_valves", ("plugin_id", "user_id"), unique=True)
