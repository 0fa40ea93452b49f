"""Assistants on pages that are shown to anybody who has the link, or on the sites of some."""

from peewee import Database

from api.db.schema import create_index, create_table

_SHARE = """
    id VARCHAR(32) PRIMARY KEY
    create_time BIGINT
    update_time BIGINT
    tenant_id VARCHAR(32)
    created_by VARCHAR(32)
    chat_id VARCHAR(32)
    name VARCHAR(255)
    origins TEXT
    expires_time BIGINT
    hourly INT
    is_on BOOL
"""


def apply(database: Database) -> None:
    """Create the table."""
    create_table(database, "share", _SHARE)
    create_index(database, "share", ("create_time",))
    create_index(database, "share", ("chat_id", "create_time", "id"))
