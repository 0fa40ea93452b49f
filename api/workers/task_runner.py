"""Carrying out tasks one after the other: what ingest workers of every kind have in common."""

import logging
import os
import socket
from collections.abc import Callable, Sequence

from api.config.settings import WorkerSettings
from api.config.sources import load_settings
from api.container import Services
from api.db.migrate import pending
from api.errors import DiskFullError, RaglanError, StartError, UnavailableError
from api.jobs.parsing import parse_together
from api.logs import Spell
from api.services.ingestion.limits import limits_of
from api.services.library.disk import LOW
from api.services.operations.worker_report import WorkerReport
from api.tasks.base import ClaimedTask
from rag.ingestion.process import ParserProcess

log = logging.getLogger("raglan.worker")


class TaskRunner:
    """Claims tasks and carries them out in a process, with one parser process.

    As a context it reports what it does, and ends its parser process afterwards.
    """

    def __init__(self, services: Services) -> None:
        """Initialize with the services; the parser process is started with the first task."""
        self.services = services
        self.name = worker_name()
        self.temporary = services.settings.data_path / "tmp"
        self.process = ParserProcess(limits_of(self.settings), folder=self.temporary)
        self.report = WorkerReport(services.operations.reports, self.name)
        self.trouble = Spell(log)
        self.shortage = Spell(log)

    @property
    def settings(self) -> WorkerSettings:
        """Return the settings that are in force now."""
        return self.services.live.current.worker

    def run_next(self, stopping: Callable[[], bool], kind: str | None = None) -> int:
        """Execute the next task, of a kind, with its company; return how many there were.

        Raises RaglanError when the database or the disk keeps it from going on, which is logged.
        """
        self.services.tasks.pulse.beat()
        try:
            tasks = self.claim(kind)
            self.trouble.end("The worker goes on.")
            if tasks:
                self.execute(tasks, stopping)
        except RaglanError as error:
            self.report.leave()
            self.trouble.begin("The worker could not go on and tries again", error)
            raise
        finally:
            self.services.tasks.pulse.rest()
        return len(tasks)

    def claim(self, kind: str | None) -> list[ClaimedTask]:
        """Claim the next task with its company, if there is room for what they need."""
        return [] if self.lacks_room() else self.services.ingestion.small.claim(self.name, kind)

    def execute(self, tasks: Sequence[ClaimedTask], stopping: Callable[[], bool]) -> None:
        """Execute claimed tasks."""
        self.process.limits = limits_of(self.settings)
        for task in tasks:
            log.info("Task %s: document %s, attempt %d.", task.id, task.document_id, task.attempts)
        self.report.begin(tasks[0])
        for outcome in parse_together(self.services, tasks, self.process, stopping):
            self.report.end(outcome)

    def lacks_room(self) -> bool:
        """Return whether tasks are to wait, as parsing would take room that the disk lacks."""
        room = self.services.library.disk.room()
        if room.is_low:
            self.shortage.begin("Tasks wait for room on the disk", DiskFullError(LOW))
        else:
            self.shortage.end("There is room on the disk again.")
        return room.is_low


def not_ready(services: Services) -> str:
    """Return why the database cannot be worked with yet; empty if it can."""
    try:
        missing = pending(services.database)
    except UnavailableError as error:
        return error.message
    return "The database is not migrated yet (`raglan migrate` does so)." if missing else ""


def worker_name() -> str:
    """Return the name by which this process claims tasks and reports."""
    return f"{socket.gethostname()}:{os.getpid()}"


def can_start(name: str) -> bool:
    """Return whether a worker with the settings of now could start in place of another."""
    try:
        load_settings()
    except StartError as error:
        log.error("Worker %s stays: %s", name, " ".join(error.message.splitlines()))  # noqa: TRY400
        return False
    return True
