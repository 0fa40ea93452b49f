"""The ingest worker: claims tasks one at a time and carries them out, until told to stop.

`python -m api.worker`: plain Python, without gevent, so that parsing and embedding block nobody.
"""

from api.signals import load_quietly, loaded

if __name__ == "__main__":
    load_quietly()  # before what takes long to load

import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType

from api.config.settings import Settings, WorkerSettings
from api.config.sources import load_settings
from api.container import Services, build
from api.datafolder import make_folder
from api.db.migrate import pending
from api.errors import DiskFullError, RaglanError, StartError, UnavailableError
from api.jobs.monitoring import SAMPLE_EVERY, sample_database
from api.jobs.parsing import parse_together
from api.logs import Spell, configure_logging, set_level
from api.observability.definitions import MEMORY
from api.observability.files import open_recorder
from api.observability.process import ProcessFigures, resident_bytes
from api.observability.recorder import NOTHING
from api.processes.descriptors import raise_limit
from api.processes.supervised import end_with
from api.services.configuration.following import follow_settings
from api.services.ingestion.limits import limits_of
from api.services.library.disk import LOW
from api.services.operations.worker_report import WorkerReport
from api.tasks.wakeup import Alarm
from rag.ingestion.process import ParserProcess
from rag.workfolder import sweep

log = logging.getLogger("raglan.worker")

AFTER_AN_ERROR = 2.0
"""Seconds of rest after the database kept the worker from going on."""

HUNG_LEASES = 2
"""After so many leases without a sign of life a worker hangs."""

LAST_LOOKS = 3

HUNG = 4
"""The status of a worker that ended itself because it hung."""


class Worker:
    """One worker with one parser process."""

    def __init__(self, services: Services) -> None:
        """Initialize with the services; the parser process is started with the first task."""
        self.services = services
        self.name = worker_name()
        self.stopping = threading.Event()
        self.leaving = threading.Event()
        self.temporary = services.settings.data_path / "tmp"
        self.process = ParserProcess(limits_of(self.settings), folder=self.temporary)
        self.report = WorkerReport(services.operations.reports, self.name)
        self.trouble = Spell(log)
        self.shortage = Spell(log)

    @property
    def settings(self) -> WorkerSettings:
        """Return the settings that are in force now."""
        return self.services.live.current.worker

    def run(self) -> None:
        """Execute tasks until a stop, which returns the task under way, or a leave, after it."""
        self.services.tracer.start("worker", self.services.database)
        self.services.defects.start("worker")
        try:
            self.prepare()
        finally:
            self.services.tracer.stop()
            self.services.defects.stop()
        log.info("Worker %s has stopped.", self.name)

    def prepare(self) -> None:
        """Wait for the database, remove what lost workers have left, then work."""
        with self.services.tasks.alarm() as alarm:
            self.wait_for_schema(alarm)
            if swept := sweep(self.temporary):
                log.info("Removed the temporary folders of %d lost processes.", swept)
            if not self.stopping.is_set():
                self.work(alarm)

    def work(self, alarm: Alarm) -> None:
        """Execute tasks one after the other."""
        log.info("Worker %s waits for tasks.", self.name)
        with self.process, self.report:
            while not self.stopping.is_set() and not self.leaves():
                self.work_or_rest(alarm)

    def wait_for_schema(self, alarm: Alarm) -> None:
        """Wait until the database is there and at this version."""
        told = ""
        while not self.stopping.is_set() and (reason := self.not_ready()):
            if reason != told:
                log.info("Waiting: %s", reason)
                told = reason
            alarm.wait(self.settings.poll_interval)

    def not_ready(self) -> str:
        """Return why the database cannot be worked with yet; empty if it can."""
        try:
            missing = pending(self.services.database)
        except UnavailableError as error:
            return error.message
        return "The database is not migrated yet (`raglan migrate` does so)." if missing else ""

    def work_or_rest(self, alarm: Alarm) -> None:
        """Execute one task if there is one, else wait until there may be."""
        self.services.tasks.pulse.beat()
        try:
            tasks = [] if self.lacks_room() else self.services.ingestion.small.claim(self.name)
            self.trouble.end("The worker goes on.")
            if not tasks:
                self.services.tasks.pulse.rest()
                alarm.wait(self.settings.poll_interval)
                return
            self.process.limits = limits_of(self.settings)
            for task in tasks:
                log.info(
                    "Task %s: document %s, attempt %d.", task.id, task.document_id, task.attempts
                )
            self.report.begin(tasks[0])
            for outcome in parse_together(self.services, tasks, self.process, self.stopping.is_set):
                self.report.end(outcome)
        except RaglanError as error:
            self.report.leave()
            self.trouble.begin("The worker could not go on and tries again", error)
            self.services.tasks.pulse.rest()
            self.stopping.wait(AFTER_AN_ERROR)

    def lacks_room(self) -> bool:
        """Return whether tasks are to wait, as parsing would take room that the disk lacks."""
        room = self.services.library.disk.room()
        if room.is_low:
            self.shortage.begin("Tasks wait for room on the disk", DiskFullError(LOW))
        else:
            self.shortage.end("There is room on the disk again.")
        return room.is_low

    def leaves(self) -> bool:
        """Return whether to make place for a new worker; one that could not start is none."""
        if self.leaving.is_set():
            try:
                load_settings()
            except StartError as error:
                log.error("Worker %s stays: %s", self.name, " ".join(error.message.splitlines()))  # noqa: TRY400
                self.leaving.clear()
        return self.leaving.is_set()

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """Begin to stop; what a signal handler does, but the next time: that ends at once."""
        signal.signal(number, signal.SIG_DFL)
        log.info("Worker %s got %s and stops.", self.name, signal.Signals(number).name)
        self.stopping.set()
        self.services.tasks.wake()  # a signal alone does not end the waiting at an alarm

    def leave(self, _number: int, _frame: FrameType | None) -> None:
        """Begin to make place for a worker with new settings; what a signal handler does."""
        log.info("Worker %s got SIGHUP and leaves after its task.", self.name)
        self.leaving.set()
        self.services.tasks.wake()  # a signal alone does not end the waiting at an alarm


def worker_name() -> str:
    """Return the name by which this process claims tasks and reports."""
    return f"{socket.gethostname()}:{os.getpid()}"


def monitor(worker: Worker) -> None:
    """Record again and again what a worker uses."""
    services = worker.services
    figures = ProcessFigures(services.recorder, "worker")
    while not worker.stopping.wait(SAMPLE_EVERY):
        figures.sample()
        sample_database(services, "worker")
        parser = worker.process.pid
        services.recorder.set(MEMORY, resident_bytes(parser) if parser else 0, "parser")


def watch(worker: Worker) -> None:
    """End the process when it hangs: its parser ends with it, and the supervisor starts another."""
    pulse, looks = worker.services.tasks.pulse, 0
    patience = HUNG_LEASES * worker.settings.lease
    while looks < LAST_LOOKS and not worker.stopping.wait(patience / 20):
        # More than once, for a process that was paused and goes on just now.
        looks = looks + 1 if pulse.silence > patience else 0
    if looks == LAST_LOOKS:
        log.critical(
            "Worker %s could not go on for %.0f s, %d leases of its tasks, and ends: its task is"
            " given to another.",
            worker.name,
            pulse.silence,
            HUNG_LEASES,
        )
        logging.shutdown()
        os._exit(HUNG)


def work(settings: Settings) -> None:
    """Run a worker until it is told to stop."""
    parent = os.getppid()
    configure_logging("worker", settings.log.level, settings.log.format)
    raise_limit()
    make_folder(settings.data_path)
    recorder = open_recorder(settings, "worker")
    services = build(settings, recorder=recorder)
    worker = Worker(services)
    if recorder is not NOTHING:
        threading.Thread(target=monitor, args=(worker,), name="monitor", daemon=True).start()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    signal.signal(signal.SIGHUP, worker.leave)
    services.live.on_change(lambda changed: set_level(changed.log.level))
    follow_settings(services.configuration, services.live)
    threading.Thread(target=watch, args=(worker,), name="watch", daemon=True).start()
    end_with(parent)
    worker.run()


def main() -> None:
    """Run `python -m api.worker`; ends with status 1 and one line when it cannot start."""
    loaded()
    try:
        work(load_settings())
    except StartError as error:
        sys.exit(f"raglan worker: {error.message}")


if __name__ == "__main__":
    main()
