"""Answers that are kept for requests that may be sent again."""

from peewee import Database

from api.db.schema import create_index, create_table

_COLUMNS = """
    id VARCHAR(64) PRIMARY KEY
    create_time BIGINT
    fingerprint VARCHAR(64)
    status INT
    content_type VARCHAR(255)
    body TEXT
"""


def apply(database: Database) -> None:
    """Create the table."""
    create_table(database, "kept_answer", _COLUMNS)
    create_index(database, "kept_answer", ("create_time",))
