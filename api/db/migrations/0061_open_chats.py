"""How conversations are shared: to be read as they were, or to be gone on with."""

from peewee import Database

from api.db.schema import add_column


def apply(database: Database) -> None:
    """Create the column; what is shared is to be read."""
    add_column(database, "webui_share", "mode", "VARCHAR(16)", "''")
