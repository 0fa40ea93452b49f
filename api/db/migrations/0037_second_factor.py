"""One-time codes beside passwords, and the codes that help who has lost the device."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the tables; a factor has the id of its account."""
    create_table(
        database,
        "second_factor",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        secret_encrypted VARCHAR(512)
        confirmed_time BIGINT
        last_step BIGINT
        """,
    )
    create_index(database, "second_factor", ("create_time",))
    create_table(
        database,
        "recovery_code",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        code_hash VARCHAR(64)
        """,
    )
    create_index(database, "recovery_code", ("create_time",))
    create_index(database, "recovery_code", ("user_id",))
