"""Sessions that end all at once, and refresh tokens; keys by which access tokens are signed."""

from peewee import Database

from api.db.schema import add_column, create_index, create_table


def apply(database: Database) -> None:
    """Add the columns and the table."""
    add_column(database, "account", "session_epoch", "INT", "0")
    add_column(database, "account_session", "epoch", "INT", "0")
    add_column(database, "account_session", "refresh", "INT", "0")
    add_column(database, "account_session", "address", "VARCHAR(64)", "''")
    create_table(
        database,
        "signing_key",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        secret_encrypted VARCHAR(512)
        """,
    )
    create_index(database, "signing_key", ("create_time",))
