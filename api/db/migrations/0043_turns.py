"""Turns of tenants and datasets at the workers, and the order of tasks within a dataset.

What tenants had of the workers in the last minutes is not counted any more.
"""

from peewee import Database

from api.db.schema import add_column, create_index, create_table, drop_table
from api.db.sql import run

ENRICHING = 1 << 20


def apply(database: Database) -> None:
    """Create the table of turns, and the column by which tasks of a dataset are ordered."""
    create_table(
        database,
        "worker_turn",
        """
        id VARCHAR(32) PRIMARY KEY
        place BIGINT
        clock BIGINT
        update_time BIGINT
        """,
    )
    create_index(database, "worker_turn", ("update_time",))
    add_column(database, "task", "priority", "INT", "0")
    run(database, "UPDATE task SET priority = 2 WHERE part = ?", ENRICHING)
    columns = ("state", "tenant_id", "dataset_id", "priority", "not_before", "part")
    create_index(database, "task", columns)
    drop_table(database, "tenant_use")
