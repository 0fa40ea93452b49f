"""What people want remembered by Open WebUI's clients."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "webui_memory",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        kind VARCHAR(32)
        path VARCHAR(255)
        content TEXT
        """,
    )
    create_index(database, "webui_memory", ("create_time",))
    create_index(database, "webui_memory", ("user_id", "create_time", "id"))
