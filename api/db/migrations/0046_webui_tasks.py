"""Answers that are being made in chats of Open WebUI's clients."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "webui_task",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        chat_id VARCHAR(32)
        message_id VARCHAR(64)
        is_stopped BOOL
        """,
    )
    create_index(database, "webui_task", ("create_time",))
    create_index(database, "webui_task", ("chat_id",))
    create_index(database, "webui_task", ("update_time",))
