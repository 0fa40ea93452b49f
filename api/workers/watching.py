"""The threads beside the work of an ingest worker: figures, and a guard against hanging."""

import logging
import os
import threading
from collections.abc import Callable

from api.jobs.monitoring import SAMPLE_EVERY, sample_database
from api.observability.definitions import MEMORY
from api.observability.process import ProcessFigures, resident_bytes
from api.observability.recorder import NOTHING
from api.workers.task_runner import TaskRunner

log = logging.getLogger("raglan.worker")

HUNG_LEASES = 2
"""After so many leases without a sign of life a worker hangs."""

LAST_LOOKS = 3

HUNG = 4
"""The status of a worker that ended itself because it hung."""

Waiting = Callable[[float], bool]
"""Waits for so many seconds, or until the worker stops; returns whether it does."""


def begin_watching(runner: TaskRunner, waiting: Waiting) -> None:
    """Begin to measure what a worker uses, where that is wanted, and to look whether it hangs."""
    if runner.services.recorder is not NOTHING:
        begin(monitor, runner, waiting)
    begin(watch, runner, waiting)


def begin(run: Callable[[TaskRunner, Waiting], None], runner: TaskRunner, waiting: Waiting) -> None:
    """Begin a thread that ends with its process."""
    threading.Thread(target=run, args=(runner, waiting), name=run.__name__, daemon=True).start()


def monitor(runner: TaskRunner, waiting: Waiting) -> None:
    """Record again and again what a worker uses."""
    services = runner.services
    figures = ProcessFigures(services.recorder, "worker")
    while not waiting(SAMPLE_EVERY):
        figures.sample()
        sample_database(services, "worker")
        parser = runner.process.pid
        services.recorder.set(MEMORY, resident_bytes(parser) if parser else 0, "parser")


def watch(runner: TaskRunner, waiting: Waiting) -> None:
    """End the process when it hangs: its parser ends with it, and another is started for it."""
    pulse, looks = runner.services.tasks.pulse, 0
    patience = HUNG_LEASES * runner.settings.lease
    while looks < LAST_LOOKS and not waiting(patience / 20):
        # More than once, for a process that was paused and goes on just now.
        looks = looks + 1 if pulse.silence > patience else 0
    if looks == LAST_LOOKS:
        log.critical(
            "Worker %s could not go on for %.0f s, %d leases of its tasks, and ends: its task is"
            " given to another.",
            runner.name,
            pulse.silence,
            HUNG_LEASES,
        )
        logging.shutdown()
        os._exit(HUNG)
