"""Roles of accounts, and invitations to sign up.

A server has an administrator: where there is none, that is the oldest account.
"""

from peewee import Database

from api.db.schema import add_column, create_index, create_table
from api.db.sql import rows, run

OLDEST = "SELECT id FROM account ORDER BY create_time, id LIMIT 1"


def apply(database: Database) -> None:
    """Add the column and the table; make an administrator where there is none."""
    add_column(database, "account", "is_pending", "BOOL", "FALSE")
    create_table(
        database,
        "invitation",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        email VARCHAR(255)
        role VARCHAR(16)
        token_hash VARCHAR(64)
        expires_time BIGINT
        """,
    )
    create_index(database, "invitation", ("create_time",))
    create_index(database, "invitation", ("token_hash",), unique=True)
    if not rows(database, "SELECT 1 FROM account WHERE is_superuser LIMIT 1"):
        for (oldest,) in rows(database, OLDEST):
            run(database, "UPDATE account SET is_superuser = TRUE WHERE id = ?", oldest)
