"""Addresses that are told of what happens, and what they are still to be told."""

from peewee import Database

from api.db.schema import create_index, create_table

RECORD = """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
"""

TABLES = {
    "webhook": """
        user_id VARCHAR(32)
        called VARCHAR(64)
        name VARCHAR(255)
        url_encrypted TEXT
        secret_encrypted TEXT
        is_enabled BOOL
        is_default BOOL
        only_away BOOL
        events TEXT
        people TEXT
        extra TEXT
    """,
    "webhook_delivery": """
        webhook_id VARCHAR(32)
        user_id VARCHAR(32)
        url_encrypted TEXT
        body TEXT
        attempts INTEGER
        not_before BIGINT
    """,
}


def apply(database: Database) -> None:
    """Create the tables."""
    for table, columns in TABLES.items():
        create_table(database, table, f"{RECORD.strip()}\n{columns.strip()}")
        create_index(database, table, ("create_time",))
    create_index(database, "webhook", ("user_id", "called"), unique=True)
    create_index(database, "webhook_delivery", ("not_before", "id"))
    create_index(database, "webhook_delivery", ("webhook_id",))
    create_index(database, "webhook_delivery", ("user_id",))
