"""Channels of Open WebUI's clients, with all that is in them."""

from peewee import Database

from api.db.schema import create_index, create_table

Index = tuple[str, tuple[str, ...]]
"""A table, and the columns of an index of it."""

RECORD = """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
"""

TABLES = {
    "channel": """
        user_id VARCHAR(32)
        kind VARCHAR(16)
        name VARCHAR(255)
        description TEXT
        is_private BOOL
        talk_key VARCHAR(64)
        last_message_ns BIGINT
        data TEXT
        meta TEXT
    """,
    "channel_member": """
        channel_id VARCHAR(32)
        user_id VARCHAR(32)
        is_member BOOL
        is_active BOOL
        is_muted BOOL
        last_read_ns BIGINT
    """,
    "channel_message": """
        channel_id VARCHAR(32)
        user_id VARCHAR(32)
        model_id VARCHAR(255)
        webhook_id VARCHAR(32)
        parent_id VARCHAR(32)
        reply_to_id VARCHAR(32)
        content TEXT
        data TEXT
        meta TEXT
        is_pinned BOOL
        pinned_by VARCHAR(32)
        pinned_ns BIGINT
        reply_count INTEGER
        latest_reply_ns BIGINT
        created_ns BIGINT
        changed_ns BIGINT
    """,
    "channel_reaction": """
        message_id VARCHAR(32)
        user_id VARCHAR(32)
        name VARCHAR(64)
    """,
    "channel_file": """
        channel_id VARCHAR(32)
        message_id VARCHAR(32)
        file_id VARCHAR(32)
        user_id VARCHAR(32)
    """,
    "channel_webhook": """
        channel_id VARCHAR(32)
        user_id VARCHAR(32)
        name VARCHAR(255)
        picture TEXT
        token TEXT
        last_used_ns BIGINT
    """,
    "channel_answer": """
        channel_id VARCHAR(32)
        user_id VARCHAR(32)
    """,
}

UNIQUE: tuple[Index, ...] = (
    ("channel", ("talk_key",)),
    ("channel_member", ("channel_id", "user_id")),
    ("channel_reaction", ("message_id", "name", "user_id")),
    ("channel_file", ("message_id", "file_id")),
)

SOUGHT: tuple[Index, ...] = (
    ("channel", ("user_id",)),
    ("channel", ("kind", "create_time", "id")),
    ("channel_member", ("user_id", "channel_id")),
    ("channel_message", ("user_id",)),
    ("channel_message", ("channel_id", "parent_id", "created_ns", "id", "user_id")),
    ("channel_message", ("channel_id", "is_pinned", "pinned_ns", "id")),
    ("channel_reaction", ("user_id",)),
    ("channel_file", ("channel_id",)),
    ("channel_file", ("file_id", "channel_id")),
    ("channel_webhook", ("channel_id", "create_time", "id")),
    ("channel_answer", ("update_time",)),
)


def apply(database: Database) -> None:
    """Create the tables."""
    for table, columns in TABLES.items():
        create_table(database, table, f"{RECORD.strip()}\n{columns.strip()}")
        create_index(database, table, ("create_time",))
    for table, names in UNIQUE:
        create_index(database, table, names, unique=True)
    for table, names in SOUGHT:
        create_index(database, table, names)
