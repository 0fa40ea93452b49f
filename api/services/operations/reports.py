"""What processes say about themselves, kept where all others can read it."""

from collections.abc import Mapping

from api.db.connection import Database, connected
from api.leases.fencing import Guard, unguarded
from api.services.operations import queries
from api.services.operations.records import Content

KEPT_MS = 3_600_000
"""How long reports are kept of those that say nothing any more."""


class Reports:
    """The newest report of each job and worker."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def write(self, kind: str, reports: Mapping[str, Content], guard: Guard = unguarded) -> None:
        """Write reports by name, and delete very old ones; nobody else writes these names."""
        with self.database.atomic():
            guard()
            for name, content in reports.items():
                queries.put_report(self.database, kind, name, content)
            queries.delete_old_reports(self.database, KEPT_MS)

    @connected
    def delete(self, name: str) -> None:
        """Delete the report of a process that ends."""
        queries.delete_report(self.database, name)

    @connected
    def read(self, kind: str, seconds: float) -> Mapping[str, Content]:
        """Return the reports of a kind by name that are no older than so many seconds."""
        return queries.reports(self.database, kind, int(seconds * 1000))
