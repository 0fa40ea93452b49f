"""What an ingest worker says about itself for the status page, every few seconds."""

from api.coordination.claiming import ClaimedTask
from api.db.connection import connected
from api.db.sql import rows
from api.services.reporting import Reporter, now
from api.services.reports import Content, Reports

COUNT_SQL = """
SELECT state, COUNT(*) FROM task WHERE state IN ('pending', 'running') GROUP BY state
"""
"""In the contract's words `pending` tasks are in a worker's hands, and those that wait are lag."""


class WorkerReport(Reporter):
    """Counts the tasks of a worker; a long task does not make it look like a dead one."""

    kind = "worker"

    def __init__(self, reports: Reports, name: str) -> None:
        """Begin with no task."""
        super().__init__(reports, name)
        self.database = reports.database
        self.done = 0
        self.failed = 0
        self.current: dict[str, str] | None = None

    def begin(self, task: ClaimedTask) -> None:
        """Note which task is under way."""
        self.current = {"id": task.id, "doc_id": task.document_id}

    @connected
    def end(self, task: ClaimedTask) -> None:
        """Note how the task under way has ended."""
        self.current = None
        states = rows(self.database, "SELECT state FROM task WHERE id = ?", task.id)
        self.done += states == [("done",)]
        self.failed += states in ([("failed",)], [("dead",)])

    @connected
    def content(self) -> Content:
        """Return what there is to say now."""
        counts = dict(rows(self.database, COUNT_SQL))
        return {
            "name": self.name,
            "boot_at": self.boot_at,
            "now": now(),
            "pending": counts.get("running", 0),
            "lag": counts.get("pending", 0),
            "done": self.done,
            "failed": self.failed,
            "current": self.current,
        }
