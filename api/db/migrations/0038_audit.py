"""A log of who has done what, which administrators read."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "audit_entry",
        """
        id BIGAUTO PRIMARY KEY
        time BIGINT
        kind VARCHAR(16)
        action VARCHAR(128)
        outcome VARCHAR(16)
        status INT
        tenant_id VARCHAR(32)
        user_id VARCHAR(32)
        account VARCHAR(255)
        credential VARCHAR(64)
        address VARCHAR(64)
        agent VARCHAR(255)
        method VARCHAR(16)
        path VARCHAR(512)
        request_id VARCHAR(64)
        milliseconds INT
        detail TEXT
        """,
    )
    create_index(database, "audit_entry", ("time",))
    create_index(database, "audit_entry", ("kind", "id"))
    create_index(database, "audit_entry", ("user_id", "id"))
