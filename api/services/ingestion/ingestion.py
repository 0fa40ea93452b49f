"""Running a task: a document's file, or some pages of it, becomes searchable chunks."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import TypeVar

from api.config.settings import WorkerSettings
from api.errors import RaglanError, UnavailableError
from api.observability.definitions import ATTEMPTS
from api.observability.recorder import NOTHING, Recorder
from api.services.ingestion.enriching import EnrichingService
from api.services.ingestion.heartbeat import Heartbeat
from api.services.ingestion.leftovers import Leftovers
from api.services.ingestion.limits import helpers_of
from api.services.ingestion.making import ChunkMaker
from api.services.ingestion.records import Outcome
from api.services.ingestion.run import Run, Stores, ended, open_run
from api.tasks.base import ClaimedTask, TaskLostError
from rag.errors import (
    ChunkStoreError,
    ModelUnavailableError,
    ObjectNotFoundError,
    ParseCancelledError,
    ParserCrashError,
    RagError,
    StorageError,
)
from rag.ingestion.process import ParserProcess
from rag.parsing.helpers.programs import fingerprint

log = logging.getLogger(__name__)

T = TypeVar("T")

DEFECT = "An internal error occurred; the worker's log has the details"

WAITS = "Waits for room on the server's disk."

LOOK_FOR_ROOM = 0.25
"""Seconds between two tries to put a task back on a disk that is full to the last byte."""

WORTH_ANOTHER_TRY = (
    ModelUnavailableError,
    ParserCrashError,
    ChunkStoreError,
    StorageError,
    UnavailableError,
)

CRASH_ATTEMPTS = 2
"""How often a file is read that ends its parser process: each time costs all that others wait."""


class IngestionService:
    """Carries out claimed tasks, one at a time."""

    def __init__(
        self,
        stores: Stores,
        maker: ChunkMaker,
        leftovers: Leftovers,
        enriching: EnrichingService,
        settings: Callable[[], WorkerSettings],
        recorder: Recorder = NOTHING,
    ) -> None:
        """Initialize with the parts; nothing is opened; `settings` returns those in force."""
        self.stores = stores
        self.tasks = stores.tasks
        self.maker = maker
        self.leftovers = leftovers
        self.enriching = enriching
        self.settings = settings
        self.recorder = recorder

    def run(
        self, task: ClaimedTask, process: ParserProcess, stopping: Callable[[], bool]
    ) -> Outcome:
        """Execute a task to its end, or return it to the queue when the worker is `stopping`.

        What goes wrong ends up in the task and its document; a task that was given to another
        worker meanwhile is left to that one.
        """
        beat = self.heartbeat(task)
        begun = time.monotonic()

        def stop() -> bool:
            return beat.must_stop or stopping()

        attempt = partial(self.attempt, task, process, beat, stop)
        outcome = self.carry_out(task, beat, stopping, attempt, beat)
        self.tasks.charge(task, time.monotonic() - begun)
        self.recorder.count(ATTEMPTS, outcome.value)
        return outcome

    def heartbeat(self, task: ClaimedTask) -> Heartbeat:
        """Return the heartbeat of a task that was claimed, which does not beat yet."""
        beat = Heartbeat(self.tasks, task, self.settings().lease)
        beat.report(0.0, "Task has been received.")
        return beat

    def carry_out(
        self,
        task: ClaimedTask,
        beat: Heartbeat,
        stopping: Callable[[], bool],
        work: Callable[[], T],
        meanwhile: AbstractContextManager[object],
    ) -> T | Outcome:
        """Return what some work at a task returns, or what became of the task if it failed.

        `meanwhile` is entered for the work, and left before the task is ended.
        """
        try:
            try:
                with meanwhile:
                    return work()
            except ParseCancelledError:
                return self.stop(task, beat)
            except TaskLostError:
                raise
            except Exception as error:
                if self.stores.disk.is_to_blame(error):
                    return self.wait_for_room(task, beat, stopping, error)
                if isinstance(error, RagError | RaglanError):
                    return self.record_failure(task, beat, error)
                # A defect must not end the worker, and the next attempt may go another way.
                log.exception("Task %s of document %s failed.", task.id, task.document_id)
                return self.record_failure(task, beat, UnavailableError(DEFECT))
        except TaskLostError:
            log.warning(
                "Task %s was deleted or given to another worker; its work here is dropped.", task.id
            )
            self.stores.repair.reconcile(task)
            return Outcome.LOST

    def attempt(
        self,
        task: ClaimedTask,
        process: ParserProcess,
        beat: Heartbeat,
        stop: Callable[[], bool],
    ) -> Outcome:
        """Execute a task from its beginning, or from where a killed worker has left it."""
        run = self.opened(task, beat, stop)
        if run is None:
            self.tasks.cancel(task)
            return Outcome.CANCELLED
        if task.is_enrichment:
            self.enriching.enrich(run)
            return Outcome.DONE
        line = "Task done."
        if not run.is_committed:
            begun = time.monotonic()
            run.begin()
            seconds = self.maker.make(run, process)
            beat.write()
            if not run.switch(seconds):
                return Outcome.DONE
            line = f"Task done ({time.monotonic() - begun:.1f}s)."
        if kept := run.kept_by_hand():
            beat.report(1.0, kept)
            beat.write()
        run.publish(line)
        self.leftovers.remove(ended(task))
        return Outcome.DONE

    def opened(self, task: ClaimedTask, beat: Heartbeat, stop: Callable[[], bool]) -> Run | None:
        """Return the run of a task, read as the settings have it now; None if it is over."""
        settings = self.settings()
        helped = fingerprint(helpers_of(settings))
        hidden = settings.read_hidden
        return open_run(self.stores, task, beat, stop, read_hidden=hidden, helped=helped)

    def stop(self, task: ClaimedTask, beat: Heartbeat) -> Outcome:
        """End a task that was told to stop: lost, cancelled by a user, or handed back."""
        if beat.lost:
            raise TaskLostError(task.id)
        if beat.cancelled or self.tasks.look(task):
            self.tasks.cancel(task)
            if not task.is_enrichment:
                self.leftovers.remove(ended(task))
            return Outcome.CANCELLED
        self.tasks.release(task)
        return Outcome.RELEASED

    def wait_for_room(
        self, task: ClaimedTask, beat: Heartbeat, stopping: Callable[[], bool], error: Exception
    ) -> Outcome:
        """Return a task to the queue for which the disk has no room: it has not failed."""
        log.warning("Task %s of document %s waits for room: %s", task.id, task.document_id, error)
        beat.report(0.0, WAITS)
        # Each of them needs room itself, of which there may be none yet.
        with suppress(RagError, RaglanError, OSError):
            self.discard_attempt(task, beat, stopping)
        with suppress(RaglanError):
            beat.write()
        while True:
            try:
                self.tasks.put_back(task, str(error))
            except UnavailableError:
                if stopping():
                    raise
                time.sleep(LOOK_FOR_ROOM)
            else:
                return Outcome.RELEASED

    def discard_attempt(
        self, task: ClaimedTask, beat: Heartbeat, stopping: Callable[[], bool]
    ) -> None:
        """Free the room of an attempt, unless its run is committed."""
        run = self.opened(task, beat, stopping)
        if run is not None and not run.is_committed:
            run.begin()

    def record_failure(self, task: ClaimedTask, beat: Heartbeat, error: Exception) -> Outcome:
        """Retry a task later if that may help; else fail it and its document."""
        reason = str(error)
        log.warning("Task %s of document %s: %s", task.id, task.document_id, reason)
        beat.report(0.0, reason)
        beat.write()
        if isinstance(error, WORTH_ANOTHER_TRY) and not isinstance(error, ObjectNotFoundError):
            most = CRASH_ATTEMPTS if isinstance(error, ParserCrashError) else None
            if self.tasks.retry(task, reason, most):
                return Outcome.RETRIED
            outcome = Outcome.DEAD
        else:
            self.tasks.fail(task, reason)
            outcome = Outcome.FAILED
        if not task.is_enrichment:
            self.leftovers.remove(ended(task))
        return outcome
