"""What tasks have taken, and what tenants have taken of the workers' time lately."""

from peewee import Database

from api.db.schema import add_column, create_index, create_table


def apply(database: Database) -> None:
    """Add the columns and the table."""
    for name in ("used_ms", "cpu_ms", "characters"):
        add_column(database, "task", name, "BIGINT", "0")
    create_table(
        database,
        "tenant_use",
        """
        seq BIGAUTO PRIMARY KEY
        tenant_id VARCHAR(32)
        minute BIGINT
        used_ms BIGINT
        """,
    )
    create_index(database, "tenant_use", ("tenant_id", "minute"), unique=True)
