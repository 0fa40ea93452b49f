"""Reading the audit log, and forgetting what is older than it is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.config.guarding import AuditSettings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.leases.fencing import Guard, unguarded
from api.services.accounts.records import Principal
from api.services.auditing import queries
from api.services.auditing.records import AuditFilter, AuditRecord
from api.services.auditing.trail import FOLDER, LINES

ROWS_AT_ONCE = 1000


class AuditService:
    """Tells administrators who has done what."""

    def __init__(
        self, database: Database, settings: Callable[[], AuditSettings], folder: Path
    ) -> None:
        """Initialize with the database, and the data folder with the files."""
        self.database = database
        self.settings = settings
        self.folder = folder / FOLDER

    @connected
    def list_entries(self, asker: Principal, wanted: AuditFilter) -> list[AuditRecord]:
        """Return entries, the newest first; `asker` administers the server."""
        del asker  # whoever administers the server sees all of it
        return queries.list_entries(self.database, wanted)

    @connected
    def expire(self, guard: Guard = unguarded) -> int:
        """Delete some of what is older than it is kept; return how much."""
        days = self.settings().days
        if not days:
            return 0
        since = timedelta(days=days)
        oldest = now_ms() - int(since.total_seconds() * 1000)
        gone = self._delete_files(LINES.format(datetime.now(UTC) - since))
        old = queries.old_entries(self.database, oldest, ROWS_AT_ONCE)
        if old:
            with self.database.atomic():
                guard()
                gone += queries.delete(self.database, old)
        return gone

    def _delete_files(self, oldest: str) -> int:
        """Delete the files of days before that of a file; return how many."""
        old = [path for path in self.folder.glob("audit-*.jsonl") if path.name < oldest]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)
