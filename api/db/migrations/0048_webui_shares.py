"""Shared conversations of Open WebUI's clients, as they were when they were shared."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table; their messages lie among those of conversations."""
    create_table(
        database,
        "webui_share",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        chat_id VARCHAR(32)
        title VARCHAR(500)
        current_id VARCHAR(64)
        body TEXT
        """,
    )
    create_index(database, "webui_share", ("create_time",))
    create_index(database, "webui_share", ("chat_id",), unique=True)
    create_index(database, "webui_share", ("user_id", "update_time", "id"))
