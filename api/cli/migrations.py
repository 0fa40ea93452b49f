"""Migrations on the database of the server on this machine, whether that runs or not."""

from api.cli.access import Access
from api.db.migrate import migrate as migrate_database
from api.leases.database import migration_lease


def apply_migrations(access: Access) -> list[str]:
    """Make the data folder and the tables; return the names of the migrations applied."""
    access.prepare_folder()
    database = access.unchecked_services.database
    return migrate_database(database, migration_lease(database))
