"""What people say of themselves in Open WebUI's clients, and when they were there last."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "webui_presence",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        info TEXT
        variables TEXT
        emoji VARCHAR(64)
        message VARCHAR(500)
        message_ends BIGINT
        seen_time BIGINT
        """,
    )
    create_index(database, "webui_presence", ("create_time",))
    create_index(database, "webui_presence", ("seen_time",))
