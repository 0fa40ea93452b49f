"""The ingest worker: claims tasks one at a time and carries them out, until told to stop.

`python -m api.worker`: plain Python, without gevent, so that parsing and embedding block nobody.
"""

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType

from api.container import Services, build
from api.db.migrate import pending
from api.errors import RaglanError, StartError
from api.logs import configure_logging
from api.settings import Settings, load_settings
from rag.ingestion.process import ParserLimits, ParserProcess
from rag.types import run_inline

log = logging.getLogger("raglan.worker")

PR_SET_PDEATHSIG = 1
AFTER_AN_ERROR = 2.0
"""Seconds of rest after the database or a defect kept the worker from going on."""


class Worker:
    """One worker with one parser process."""

    def __init__(self, services: Services) -> None:
        """Take the services; the parser process is started with the first task."""
        self.services = services
        self.settings = services.settings.worker
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopping = threading.Event()
        self.process = ParserProcess(
            ParserLimits(
                seconds=self.settings.parse_timeout,
                memory=self.settings.parse_memory_bytes,
                idle_seconds=self.settings.parser_idle,
            )
        )

    def run(self) -> None:
        """Work until told to stop; the task under way is handed back then."""
        self.wait_for_schema()
        log.info("Worker %s waits for tasks.", self.name)
        with self.process:
            while not self.stopping.is_set():
                self.work_or_rest()
        log.info("Worker %s has stopped.", self.name)

    def wait_for_schema(self) -> None:
        """Wait until the database is at this version."""
        told = False
        while not self.stopping.is_set() and pending(self.services.database):
            if not told:
                log.info("Waiting until the database is migrated (`raglan migrate`).")
                told = True
            self.stopping.wait(self.settings.poll_interval)

    def work_or_rest(self) -> None:
        """Carry out one task if there is one, else rest a moment."""
        try:
            task = self.services.tasks.claim(self.name)
            if task is None:
                self.stopping.wait(self.settings.poll_interval)
                return
            log.info("Task %s: document %s, attempt %d.", task.id, task.document_id, task.attempts)
            self.services.ingestion.run(task, self.process, self.stopping.is_set)
        except RaglanError as error:
            log.warning("The worker could not go on and tries again: %s", error)
            self.stopping.wait(AFTER_AN_ERROR)

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """Begin to stop; what a signal handler does."""
        log.info("Worker %s got %s and stops.", self.name, signal.Signals(number).name)
        self.stopping.set()


def end_with_parent() -> None:
    """Have the kernel send this process TERM when its supervisor dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def work(settings: Settings) -> None:
    """Run a worker until it is told to stop."""
    configure_logging("worker", settings.log.level, settings.log.format)
    worker = Worker(build(settings, run_inline))
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    end_with_parent()
    worker.run()


def main() -> None:
    """Run `python -m api.worker`; ends with status 1 and one line when it cannot start."""
    try:
        work(load_settings())
    except StartError as error:
        sys.exit(f"raglan worker: {error.message}")


if __name__ == "__main__":
    main()
