"""What an ingest worker says about itself for the status page, every few seconds."""

import socket
import time

from api.db.connection import connected
from api.db.models.states import TaskState
from api.errors import UnavailableError
from api.services.operations import queries
from api.services.operations.records import Content, ReportKind
from api.services.operations.reporting import Reporter, now
from api.services.operations.reports import Reports
from api.services.operations.warned import Warned
from api.tasks.base import ClaimedTask
from api.tasks.workers import SILENT_SECONDS


class WorkerReport(Reporter):
    """Counts the tasks of a worker; a long task does not make it look like a dead one."""

    kind = ReportKind.WORKER

    def __init__(self, reports: Reports, name: str) -> None:
        """Begin with no task."""
        super().__init__(reports, name)
        self.database = reports.database
        self.done = 0
        self.failed = 0
        self.current: dict[str, str] | None = None
        self.warned = Warned(reports, name)

    def begin(self, task: ClaimedTask) -> None:
        """Record which task is under way."""
        self.current = {"id": task.id, "doc_id": task.document_id}

    def end(self, outcome: str) -> None:
        """Record in which state the task under way has ended, if it has."""
        self.current = None
        self.done += outcome == TaskState.DONE
        self.failed += outcome in {TaskState.FAILED, TaskState.DEAD}

    def leave(self) -> None:
        """Record that no task is under way any more, whatever became of the last one."""
        self.current = None

    def write(self) -> None:
        """Report now, and what it has warned of since the last report."""
        super().write()
        self.warned.tell()

    @connected
    def content(self) -> Content:
        """Return what there is to say now.

        In the contract's words `pending` tasks are in a worker's hands; those that wait are `lag`.
        """
        counts = queries.task_counts(self.database)
        return {
            "name": self.name,
            "boot_at": self.boot_at,
            "now": now(),
            "pending": counts.get(TaskState.RUNNING, 0),
            "lag": counts.get(TaskState.PENDING, 0),
            "done": self.done,
            "failed": self.failed,
            "current": self.current,
        }


class Workforce:
    """Tells whether as many ingest workers of this host are heard of as there should be."""

    def __init__(self, reports: Reports, expected: int, grace: float = SILENT_SECONDS) -> None:
        """Initialize with the reports; workers that start with this process have `grace` s."""
        self.reports = reports
        self.expected = expected
        self._due = time.monotonic() + grace

    def ask(self) -> None:
        """Raise UnavailableError if there are fewer."""
        if time.monotonic() < self._due:
            return
        host = socket.gethostname()
        names = self.reports.read(WorkerReport.kind, SILENT_SECONDS)
        heard = sum(name.rpartition(":")[0] == host for name in names)
        if heard < self.expected:
            raise UnavailableError(
                f"Of {self.expected} ingest workers of this host {heard} have reported in the last"
                f" {SILENT_SECONDS:g} s: see in the server's log what the others do."
            )
