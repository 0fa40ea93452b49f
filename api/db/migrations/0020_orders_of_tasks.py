"""An index in the order of the list of a tenant's tasks."""

from peewee import Database

from api.db.schema import create_index


def apply(database: Database) -> None:
    """Create the index."""
    create_index(database, "task", ("tenant_id", "create_time", "id"))
