"""Conversations of Open WebUI's clients as trees of messages, and what people prefer there."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the tables."""
    create_table(
        database,
        "webui_chat",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        title VARCHAR(500)
        current_id VARCHAR(64)
        is_pinned BOOL
        is_archived BOOL
        last_read_time BIGINT
        body TEXT
        """,
    )
    create_index(database, "webui_chat", ("create_time",))
    create_index(database, "webui_chat", ("user_id", "is_archived", "is_pinned", "update_time"))
    create_table(
        database,
        "webui_message",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        chat_id VARCHAR(32)
        message_id VARCHAR(64)
        parent_id VARCHAR(64)
        ordinal INT
        body TEXT
        """,
    )
    create_index(database, "webui_message", ("create_time",))
    create_index(database, "webui_message", ("chat_id", "message_id"), unique=True)
    create_table(
        database,
        "webui_person",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        settings TEXT
        """,
    )
    create_index(database, "webui_person", ("create_time",))
