"""Ingest workers as Celery's: one main process hears messages, its pool carries out tasks.

Celery starts, replaces and limits the processes of the pool. What they do is what every other
worker does: a message says that something waits, and the table of tasks says what.
"""

import logging
import mmap
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Any

from celery import bootsteps, signals
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning
from celery.worker import state

from api.config.queue import QueueSettings
from api.config.settings import Settings
from api.container import build
from api.errors import RaglanError
from api.logs import set_level
from api.observability.definitions import LOOKS
from api.observability.files import open_recorder
from api.processes.supervised import end_with
from api.services.configuration.following import follow_settings
from api.tasks.broker.celery_app import celery_app, queue_name
from api.workers.task_runner import TaskRunner, can_start, not_ready, worker_name
from api.workers.watching import begin_watching
from rag.workfolder import sweep

log = logging.getLogger("raglan.worker")

START_SECONDS = 60.0
"""For so long a process of the pool may take to begin, on a machine that is busy."""

IN_HAND_SECONDS = 60.0
"""Messages that wait in a busy worker are acknowledged after this. RabbitMQ ends the channel of one
that leaves a message unacknowledged for half an hour, and the worker then takes no other."""

CHATTY = ("celery.worker.strategy", "celery.app.trace")
"""Loggers that have a line for each message, most of which we have, too, with the document."""


class InHand(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Acknowledges what waits in this worker; the table has it, and others are told again."""

    requires = frozenset({"celery.worker.consumer.tasks:Tasks"})

    def start(self, consumer: Any) -> None:
        """Begin with a connection."""
        self.timer = consumer.timer.call_repeatedly(IN_HAND_SECONDS, acknowledge_reserved)

    def stop(self, _consumer: Any) -> None:
        """End with it."""
        self.timer.cancel()


def acknowledge_reserved() -> None:
    """Acknowledge each message that has been taken from the broker and waits for a process."""
    for request in tuple(state.reserved_requests):
        if not request.acknowledged:
            request.acknowledge()


class MainProcess(Worker):  # type: ignore[misc] # Celery has no types
    """Celery's worker, but that HUP has it leave after its tasks, as our supervisor wants it."""

    def install_platform_tweaks(self, worker: Any) -> None:
        """Handle signals as Celery does, but one."""
        super().install_platform_tweaks(worker)
        signal.signal(signal.SIGHUP, self.leave)

    def leave(self, _number: int, _frame: FrameType | None) -> None:
        """Begin to make place for a worker with new settings; what a signal handler does."""
        log.info("Worker %s got SIGHUP and leaves after its tasks.", self.hostname)
        if can_start(self.hostname):
            state.should_stop = 0


class PoolProcess:
    """What a process of the pool works with; made after the fork."""

    def __init__(self, settings: Settings, is_stopping: Callable[[], bool]) -> None:
        """Compose the services, and begin to report."""
        self.is_stopping = is_stopping
        self.services = services = build(settings, recorder=open_recorder(settings, "worker"))
        self.runner = TaskRunner(services)
        self._rest = threading.Event()
        services.live.on_change(lambda changed: set_level(changed.log.level))
        follow_settings(services.configuration, services.live)
        begin_watching(self.runner, self.rest)
        services.tracer.start("worker", services.database)
        services.defects.start("worker")
        with ExitStack() as opened:
            opened.callback(services.defects.stop)
            opened.callback(services.tracer.stop)
            opened.enter_context(self.runner.process)
            opened.enter_context(self.runner.report)
            self._opened = opened.pop_all()

    def look(self, kind: str) -> str:
        """Carry out the next task of a kind, if there is one; return what came of the message."""
        if self.is_stopping():
            return self.told("postponed")
        try:
            many = self.runner.run_next(self.is_stopping, kind)
            is_postponed = not many and self.runner.lacks_room()
        except RaglanError:
            is_postponed = True
        if is_postponed:
            # The message comes again as long as the task waits: not at once, then.
            self.rest(self.runner.settings.poll_interval)
            return self.told("postponed")
        return self.told("claimed" if many else "nothing")

    def told(self, outcome: str) -> str:
        """Count an outcome, and return it."""
        self.services.recorder.count(LOOKS, outcome)
        return outcome

    def rest(self, seconds: float) -> bool:
        """Wait; return whether the worker stops."""
        return self._rest.wait(seconds) or self.is_stopping()

    def close(self) -> None:
        """Report no longer, and end the parser process."""
        self._rest.set()
        self._opened.close()


class CeleryWorker:
    """The main process, and what its pool finds after each fork."""

    def __init__(self, settings: Settings) -> None:
        """Make Celery's application, with a task for each kind; it connects to nothing."""
        self.settings = settings
        self.app = celery_app(settings.queue.url.get_secret_value(), **limits(settings.queue))
        self.app.steps["consumer"].add(InHand)
        self._stops = mmap.mmap(-1, 1)  # shared with the pool
        self._process: PoolProcess | None = None
        for kind in settings.queue.of_kinds:
            self._take(kind)

    def run(self) -> int:
        """Carry out tasks until told to stop; return the status to end with."""
        signals.setup_logging.connect(ignore, weak=False)
        signals.worker_process_init.connect(self.begin_process, weak=False)
        signals.worker_process_shutdown.connect(self.end_process, weak=False)
        signals.worker_shutting_down.connect(self.stop, weak=False)
        main = MainProcess(
            app=self.app,
            hostname=f"worker-{os.getpid()}@{socket.gethostname()}",
            pool_cls="prefork",
            concurrency=max(1, self.settings.worker.processes),
            queues=[queue_name(kind) for kind in self.settings.queue.of_kinds],
            without_gossip=True,
            without_mingle=True,
            quiet=True,
        )
        main.start()
        log.info("Worker %s has stopped.", main.hostname)
        return int(main.exitcode or 0)

    def is_stopping(self) -> bool:
        """Return whether the worker was told to stop; tasks are handed back then."""
        return bool(self._stops[0])

    def stop(self, sig: str = "", **_: object) -> None:
        """Tell the pool to hand back what it has in work; Celery's signal handlers call it."""
        self._stops[0] = 1
        log.info("Worker %s got %s and stops.", worker_name(), sig)

    def begin_process(self, **_: object) -> None:
        """Begin in a process of the pool."""
        self._process = PoolProcess(self.settings, self.is_stopping)
        log.info("Worker %s waits for tasks.", self._process.runner.name)

    def end_process(self, **_: object) -> None:
        """End in a process of the pool."""
        if self._process is not None:
            self._process.close()

    def look(self, kind: str) -> str:
        """Follow a message, in a process of the pool."""
        if self._process is None:
            raise RuntimeError("a message was followed outside of the pool")
        return self._process.look(kind)

    def _take(self, kind: str) -> None:
        """Have messages of a kind followed; the id in each says what waited when it was sent."""

        def look(_task_id: str) -> str:
            return self.look(kind)

        self.app.task(look, name=queue_name(kind), shared=False)


def limits(settings: QueueSettings) -> dict[str, object]:
    """Return Celery's settings of what a process of the pool may take."""
    return {
        "task_time_limit": settings.task_timeout or None,
        "worker_max_memory_per_child": settings.memory_bytes // 1024 or None,
        "worker_proc_alive_timeout": START_SECONDS,
    }


def ignore(**_: object) -> None:
    """Take no notice; that somebody was told keeps Celery from setting up its own logging."""


def wait_for_schema(settings: Settings) -> None:
    """Wait until the database is there and at this version, and keep nothing open."""
    services = build(settings)
    told = ""
    try:
        while reason := not_ready(services):
            if reason != told:
                log.info("Waiting: %s", reason)
                told = reason
            time.sleep(settings.worker.poll_interval)
    finally:
        services.database.close_all()  # type: ignore[attr-defined] # of its pool


def run_celery(settings: Settings, parent: int) -> None:
    """Run a worker until it is told to stop; `parent` is the process that it ends with."""
    end_with(parent)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of root, as code could come by pickle: nothing but JSON is taken.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    wait_for_schema(settings)
    if swept := sweep(settings.data_path / "tmp"):
        log.info("Removed the temporary folders of %d lost processes.", swept)
    sys.exit(CeleryWorker(settings).run())
