"""Several sessions for an account, and several members for a tenant."""

import hashlib

from peewee import Database

from api.db.base import new_id
from api.db.schema import create_index, create_table, drop_column
from api.db.sql import rows, run

_TABLES = {
    "account_session": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        token_hash VARCHAR(64)
        last_used_time BIGINT
        agent VARCHAR(255)
    """,
    "membership": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        user_id VARCHAR(32)
        role VARCHAR(16)
    """,
}

_INDEXED = (
    ("account_session", "create_time"),
    ("account_session", "user_id"),
    ("membership", "create_time"),
    ("membership", "tenant_id"),
)

_ADD_SESSION = (
    "INSERT INTO account_session"
    " (id, create_time, update_time, user_id, token_hash, last_used_time, agent)"
    " VALUES (?, ?, ?, ?, ?, ?, '')"
)

_ADD_OWNERS = (
    "INSERT INTO membership (id, create_time, update_time, tenant_id, user_id, role)"
    " SELECT id, create_time, create_time, id, id, 'owner' FROM account"
    " WHERE id NOT IN (SELECT user_id FROM membership WHERE role = 'owner')"
)


def apply(database: Database) -> None:
    """Create the tables; keep the sessions that there are, and make each user owner of theirs."""
    for table, columns in _TABLES.items():
        create_table(database, table, columns)
    create_index(database, "account_session", ("token_hash",), unique=True)
    create_index(database, "membership", ("user_id", "tenant_id"), unique=True)
    for table, column in _INDEXED:
        create_index(database, table, (column,))
    _move_sessions(database)
    run(database, _ADD_OWNERS)
    drop_column(database, "account", "session_token")


def _move_sessions(database: Database) -> None:
    """Move the sessions out of the accounts; their tokens stay valid."""
    if "session_token" not in {column.name for column in database.get_columns("account")}:
        return
    moved = {user_id for (user_id,) in rows(database, "SELECT user_id FROM account_session")}
    kept = "SELECT id, session_token, last_login_time FROM account WHERE session_token <> ''"
    for user_id, token, begun in rows(database, kept):
        if user_id not in moved:
            token_hash = hashlib.sha256(token.encode()).hexdigest()
            run(database, _ADD_SESSION, new_id(), begun, begun, user_id, token_hash, begun)
