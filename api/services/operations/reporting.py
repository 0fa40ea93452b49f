"""What a process says about itself again and again, from a thread of its own."""

import logging
import threading
from abc import abstractmethod
from datetime import UTC, datetime
from typing import Self

from api.errors import UnavailableError
from api.logs import Spell
from api.services.operations.records import Content, ReportKind
from api.services.operations.reports import Reports

log = logging.getLogger(__name__)

JOIN_SECONDS = 5.0
"""For so long the end may wait for a report that is being written."""


class Reporter:
    """Reports while it is entered, so that what a process is busy with keeps it from nothing."""

    kind: ReportKind
    every = 10.0
    """Seconds between two reports."""

    def __init__(self, reports: Reports, name: str) -> None:
        """Initialize with the place of the report and its name; nobody else uses it."""
        self.reports = reports
        self.name = name
        self.boot_at = now()
        self._trouble = Spell(log)
        self._due = threading.Event()
        self._ended = threading.Event()
        self._has_reported = False
        self._thread = threading.Thread(target=self._run, name="report", daemon=True)

    def __enter__(self) -> Self:
        """Begin to report."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Report no longer, and leave nothing behind."""
        self._ended.set()
        self._due.set()
        self._thread.join(JOIN_SECONDS)
        if self._has_reported and not self._thread.is_alive():
            self._forget()

    @abstractmethod
    def content(self) -> Content:
        """Return what there is to say now."""

    def write(self) -> None:
        """Report now."""
        self.reports.write(self.kind, {self.name: self.content()})
        self._has_reported = True

    def hurry(self) -> None:
        """Request that the next report is written at once."""
        self._due.set()

    def _forget(self) -> None:
        try:
            self.reports.delete(self.name)
        except UnavailableError as unavailable:
            log.warning("The report of this %s is left behind: %s", self.kind, unavailable)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._due.clear()
            try:
                self.write()
            except UnavailableError as error:
                self._trouble.begin(f"This {self.kind} could not report", error)
            else:
                self._trouble.end(f"This {self.kind} can report again.")
            self._due.wait(0 if self._ended.is_set() else self.every)


def now() -> str:
    """Return the time as a date."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
