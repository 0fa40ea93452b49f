"""What an ingest worker says about itself for the status page, every few seconds."""

import logging
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from api.coordination.claiming import ClaimedTask
from api.db.connection import connected
from api.db.sql import rows
from api.errors import UnavailableError
from api.services.reports import Reports

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
JOIN_SECONDS = 5.0

COUNT_SQL = """
SELECT state, COUNT(*) FROM task WHERE state IN ('pending', 'running') GROUP BY state
"""
"""In the contract's words `pending` tasks are in a worker's hands, and those that wait are lag."""


class WorkerReport:
    """Written in a thread of its own, so that a long task does not look like a dead worker."""

    def __init__(self, reports: Reports, name: str) -> None:
        """Begin with no task."""
        self.reports = reports
        self.database = reports.database
        self.name = name
        self.boot_at = now()
        self.done = 0
        self.failed = 0
        self.current: dict[str, str] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="report", daemon=True)

    def __enter__(self) -> Self:
        """Begin to report."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Report no longer, and leave nothing behind."""
        self._ended.set()
        self._thread.join(JOIN_SECONDS)
        try:
            self.reports.forget(self.name)
        except UnavailableError as unavailable:
            log.warning("The worker's report is left behind: %s", unavailable)

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
    def write(self) -> None:
        """Report now."""
        counts = dict(rows(self.database, COUNT_SQL))
        beat = {
            "name": self.name,
            "boot_at": self.boot_at,
            "now": now(),
            "pending": counts.get("running", 0),
            "lag": counts.get("pending", 0),
            "done": self.done,
            "failed": self.failed,
            "current": self.current,
        }
        self.reports.write("worker", {self.name: beat})

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self.write()
            except UnavailableError as error:
                log.warning("The worker could not report: %s", error)
            self._ended.wait(EVERY_SECONDS)


def now() -> str:
    """Return the time as a date."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
