"""How many bytes the files of a dataset take."""

from peewee import Database

from api.db.schema import add_column
from api.db.sql import run


def apply(database: Database) -> None:
    """Add the counter, and count the files that are there."""
    add_column(database, "dataset", "size", "BIGINT", "0")
    run(
        database,
        "UPDATE dataset SET size = COALESCE("
        "(SELECT SUM(size) FROM document WHERE document.dataset_id = dataset.id), 0)",
    )
