"""Accounts of people whom a provider knows, and sessions that began there."""

from peewee import Database

from api.db.schema import create_index, create_table

_TABLES = {
    "account_identity": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        provider VARCHAR(32)
        subject VARCHAR(255)
        subject_hash VARCHAR(64)
        email VARCHAR(255)
    """,
    "federated_session": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        session_id VARCHAR(32)
        identity_id VARCHAR(32)
        provider VARCHAR(32)
        session_hash VARCHAR(64)
        refresh_encrypted TEXT
        renew_time BIGINT
    """,
}

_INDEXED = (
    ("account_identity", "create_time"),
    ("account_identity", "user_id"),
    ("federated_session", "create_time"),
    ("federated_session", "identity_id"),
    ("federated_session", "renew_time"),
    ("federated_session", "session_hash"),
)


def apply(database: Database) -> None:
    """Create the tables."""
    for table, columns in _TABLES.items():
        create_table(database, table, columns)
    create_index(database, "account_identity", ("subject_hash",), unique=True)
    create_index(database, "federated_session", ("session_id",), unique=True)
    for table, column in _INDEXED:
        create_index(database, table, (column,))
