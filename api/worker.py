"""The ingest worker: claims tasks one at a time and carries them out, until told to stop.

`python -m api.worker`: plain Python, without gevent, so that parsing and embedding block nobody.
Where a broker is configured, it is a worker of Celery instead; see `api.workers.celery_worker`.
"""

from api.signals import load_quietly, loaded

if __name__ == "__main__":
    load_quietly()  # before what takes long to load

import logging
import os
import signal
import sys
import threading
from types import FrameType

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.datafolder import make_folder
from api.errors import RaglanError, StartError
from api.logs import configure_logging, set_level
from api.observability.files import open_recorder
from api.processes.descriptors import raise_limit
from api.processes.supervised import end_with
from api.services.configuration.following import follow_settings
from api.tasks.broker.registry import load_celery
from api.tasks.wakeup import Alarm
from api.workers.task_runner import TaskRunner, can_start, not_ready
from api.workers.watching import begin_watching
from rag.workfolder import sweep

log = logging.getLogger("raglan.worker")

AFTER_AN_ERROR = 2.0
"""Seconds of rest after the database kept the worker from going on."""


class Worker:
    """One worker, which waits for tasks at the alarm of its machine."""

    def __init__(self, services: Services) -> None:
        """Initialize with the services."""
        self.services = services
        self.runner = TaskRunner(services)
        self.stopping = threading.Event()
        self.leaving = threading.Event()

    @property
    def poll_interval(self) -> float:
        """Return how many seconds pass between two looks."""
        return self.runner.settings.poll_interval

    def run(self) -> None:
        """Execute tasks until a stop, which returns the task under way, or a leave, after it."""
        self.services.tracer.start("worker", self.services.database)
        self.services.defects.start("worker")
        try:
            self.prepare()
        finally:
            self.services.tracer.stop()
            self.services.defects.stop()
        log.info("Worker %s has stopped.", self.runner.name)

    def prepare(self) -> None:
        """Wait for the database, remove what lost workers have left, then work."""
        with self.services.tasks.alarm() as alarm:
            self.wait_for_schema(alarm)
            if swept := sweep(self.runner.temporary):
                log.info("Removed the temporary folders of %d lost processes.", swept)
            if not self.stopping.is_set():
                self.work(alarm)

    def work(self, alarm: Alarm) -> None:
        """Execute tasks one after the other."""
        log.info("Worker %s waits for tasks.", self.runner.name)
        with self.runner.process, self.runner.report:
            while not self.stopping.is_set() and not self.leaves():
                self.work_or_rest(alarm)

    def wait_for_schema(self, alarm: Alarm) -> None:
        """Wait until the database is there and at this version."""
        told = ""
        while not self.stopping.is_set() and (reason := not_ready(self.services)):
            if reason != told:
                log.info("Waiting: %s", reason)
                told = reason
            alarm.wait(self.poll_interval)

    def work_or_rest(self, alarm: Alarm) -> None:
        """Execute one task if there is one, else wait until there may be."""
        try:
            if not self.runner.run_next(self.stopping.is_set):
                alarm.wait(self.poll_interval)
        except RaglanError:
            self.stopping.wait(AFTER_AN_ERROR)

    def leaves(self) -> bool:
        """Return whether to make place for a new worker; one that could not start is none."""
        if self.leaving.is_set() and not can_start(self.runner.name):
            self.leaving.clear()
        return self.leaving.is_set()

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """Begin to stop; what a signal handler does, but the next time: that ends at once."""
        signal.signal(number, signal.SIG_DFL)
        log.info("Worker %s got %s and stops.", self.runner.name, signal.Signals(number).name)
        self.stopping.set()
        self.services.tasks.wake()  # a signal alone does not end the waiting at an alarm

    def leave(self, _number: int, _frame: FrameType | None) -> None:
        """Begin to make place for a worker with new settings; what a signal handler does."""
        log.info("Worker %s got SIGHUP and leaves after its task.", self.runner.name)
        self.leaving.set()
        self.services.tasks.wake()  # a signal alone does not end the waiting at an alarm


def work(settings: Settings) -> None:
    """Run a worker until it is told to stop."""
    parent = os.getppid()
    configure_logging("worker", settings.log.level, settings.log.format)
    raise_limit()
    make_folder(settings.data_path)
    if settings.queue.url.get_secret_value():
        load_celery("worker")(settings, parent)
        return
    services = build(settings, recorder=open_recorder(settings, "worker"))
    worker = Worker(services)
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    signal.signal(signal.SIGHUP, worker.leave)
    services.live.on_change(lambda changed: set_level(changed.log.level))
    follow_settings(services.configuration, services.live)
    begin_watching(worker.runner, worker.stopping.wait)
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
