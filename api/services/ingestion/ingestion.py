"""Running a task: a document's file, or some pages of it, becomes searchable chunks."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from api.config.settings import WorkerSettings
from api.errors import RaglanError, UnavailableError
from api.observability.definitions import (
    ATTEMPTS,
    BYTES,
    CHUNKS,
    INGEST_SECONDS,
    PAGES,
    REUSED,
    TOKENS,
)
from api.observability.recorder import NOTHING, Recorder
from api.services.ingestion.heartbeat import Heartbeat
from api.services.ingestion.publishing import Publisher, first_ordinal
from api.services.ingestion.reuse import CHUNK_SETTINGS, Reuse, origin_of
from api.services.library.chunk_index import facts_of
from api.services.models.models import ModelService
from api.tasks.base import ClaimedTask, TaskLostError, TaskQueue
from rag.engines.base import ChunkStore
from rag.errors import (
    ChunkStoreError,
    EmptyFileError,
    ModelUnavailableError,
    ObjectNotFoundError,
    ParseCancelledError,
    ParserCrashError,
    RagError,
    StorageError,
)
from rag.ingestion.limits import Account
from rag.ingestion.pipeline import IngestCallbacks, IngestJob, IngestPipeline, IngestResult
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest
from rag.storage.base import ObjectStore

log = logging.getLogger(__name__)

DEFECT = "An internal error occurred; the worker's log has the details"

WAITS = "Waits for room on the server's disk."

LOOK_FOR_ROOM = 0.25
"""Seconds between two tries to put a task back on a disk that is full to the last byte."""

PAGED = frozenset({"pdf"})
"""Types of documents whose pages can be read in parts."""

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
        storage: ObjectStore,
        chunk_store: ChunkStore,
        models: ModelService,
        tasks: TaskQueue,
        publisher: Publisher,
        reuse: Reuse,
        settings: Callable[[], WorkerSettings],
        recorder: Recorder = NOTHING,
    ) -> None:
        """Remember the parts, of which nothing is opened; `settings` returns those in force."""
        self.recorder = recorder
        self.storage = storage
        self.chunk_store = chunk_store
        self.models = models
        self.tasks = tasks
        self.publisher = publisher
        self.reuse = reuse
        self.settings = settings

    def run(self, task: ClaimedTask, process: ParserProcess, stopping: Callable[[], bool]) -> None:
        """Bring a task to its end, or hand it back when the worker is `stopping`.

        What goes wrong ends up in the task and its document; a task that was given to another
        worker meanwhile is left to that one.
        """
        beat = Heartbeat(self.tasks, task, self.settings().lease)
        beat.report(0.0, "Task has been received.")
        begun = time.monotonic()
        outcome = "lost"
        try:
            outcome = self.brought_to_end(task, process, beat, stopping)
        except TaskLostError:
            log.warning(
                "Task %s was deleted or given to another worker; its work here is dropped.", task.id
            )
            self.publisher.mend(task)
        self.tasks.charge(task, time.monotonic() - begun)
        self.recorder.count(ATTEMPTS, outcome)

    def brought_to_end(
        self,
        task: ClaimedTask,
        process: ParserProcess,
        beat: Heartbeat,
        stopping: Callable[[], bool],
    ) -> str:
        """Bring a task to its end and return what came of it; raises TaskLostError."""
        try:
            with beat:
                return self.attempt(task, process, beat, lambda: beat.must_stop or stopping())
        except ParseCancelledError:
            return self.stop(task, beat)
        except TaskLostError:
            raise
        except Exception as error:
            if self.publisher.disk.is_to_blame(error):
                return self.wait_for_room(task, beat, stopping, error)
            if isinstance(error, RagError | RaglanError):
                return self.note_failure(task, beat, error)
            # A defect must not end the worker, and the next attempt may go another way.
            log.exception("Task %s of document %s failed.", task.id, task.document_id)
            return self.note_failure(task, beat, UnavailableError(DEFECT))

    def attempt(
        self,
        task: ClaimedTask,
        process: ParserProcess,
        beat: Heartbeat,
        cancelled: Callable[[], bool],
    ) -> str:
        """Carry out a task from its beginning, or from where a killed worker has left it."""
        document = self.publisher.document(task)
        if document is None:
            self.tasks.cancel(task)
            return "cancelled"
        line = "Task done."
        if document["generation"] != task.generation:
            begun = time.monotonic()
            self.publisher.begin(task)
            self.ingest(task, document, process, beat, cancelled)
            beat.tell()
            if not self.publisher.switch(task, origin_of(document)):
                return "done"
            line = f"Task done ({time.monotonic() - begun:.1f}s)."
        if kept := self.publisher.kept(task):
            beat.report(1.0, kept)
            beat.tell()
        self.publisher.publish(task, line)
        self.publisher.clean(task.dataset_id, task.document_id, task.generation)
        return "done"

    def ingest(
        self,
        task: ClaimedTask,
        document: dict[str, Any],
        process: ParserProcess,
        beat: Heartbeat,
        cancelled: Callable[[], bool],
    ) -> None:
        """Keep and stage the chunks of what the task covers: made, or taken over."""
        name = document["name"]
        if not document["storage_key"]:
            raise EmptyFileError(f"{name} is empty: it has no bytes to read.")
        embedder = self.models.embedder(task.tenant_id, document["embedding_model"])
        facts = facts_of(document)
        if not task.part and not task.last_page:
            origin = origin_of(document)
            source = self.reuse.take_over(task, facts, embedder, origin, cancelled)
            if source:
                self.recorder.count(REUSED)
                beat.report(1.0, f"Took over the chunks of {source}: same content, same settings.")
                return
        with self.storage.local_path(document["storage_key"]) as path:
            others = self.tasks.used_by_others(task)
            account = beat.account = Account(name, path.stat().st_size, process.limits, others)
            first, last = self.pages_of(
                task, document, lambda: process.page_count(path, name, cancelled, account)
            )
            config = document["parser_config"]
            request = ParseRequest(
                str(path),
                name,
                first_page=first,
                last_page=last,
                chunk_method=document["chunk_method"],
                **{key: config[key] for key in CHUNK_SETTINGS if key in config},
            )
            result = IngestPipeline(process, embedder, self.chunk_store).run(
                IngestJob(request, facts, task.generation, first_ordinal(task), account),
                IngestCallbacks(
                    on_progress=beat.report,
                    on_chunks=lambda chunks: self.publisher.keep(
                        task, chunks, embedder.name, embedder.dimensions
                    ),
                    cancelled=cancelled,
                ),
            )
            # Of a document in parts, the first one stands for the file.
            self.note_work(result, 0 if task.part else account.size)

    def note_work(self, result: IngestResult, size: int) -> None:
        """Count what was ingested and how long it took."""
        self.recorder.count(PAGES, by=result.pages)
        self.recorder.count(CHUNKS, by=result.chunks)
        self.recorder.count(TOKENS, by=result.tokens)
        self.recorder.count(BYTES, by=size)
        for stage, seconds in asdict(result.seconds).items():
            self.recorder.observe(INGEST_SECONDS, seconds, stage)

    def pages_of(
        self, task: ClaimedTask, document: dict[str, Any], count: Callable[[], int]
    ) -> tuple[int, int]:
        """Return the pages that the task covers; a long document is divided among more tasks."""
        if task.part or task.last_page or document["type"] not in PAGED:
            return task.first_page, task.last_page
        share = self.settings().pages_per_task
        pages = count()
        if pages <= share:
            return 1, 0
        ranges = [(start, min(pages, start + share - 1)) for start in range(1, pages + 1, share)]
        self.publisher.split(task, ranges)
        return ranges[0]

    def stop(self, task: ClaimedTask, beat: Heartbeat) -> str:
        """End a task that was told to stop: lost, cancelled by a user, or handed back."""
        if beat.lost:
            raise TaskLostError(task.id)
        if beat.cancelled or self.tasks.look(task):
            self.tasks.cancel(task)
            self.publisher.clean(task.dataset_id, task.document_id, task.generation)
            return "cancelled"
        self.tasks.release(task)
        return "released"

    def wait_for_room(
        self, task: ClaimedTask, beat: Heartbeat, stopping: Callable[[], bool], error: Exception
    ) -> str:
        """Put a task back for which the disk has no room: it has not failed, and waits."""
        log.warning("Task %s of document %s waits for room: %s", task.id, task.document_id, error)
        beat.report(0.0, WAITS)
        # Each of them needs room itself, of which there may be none yet.
        with suppress(RagError, RaglanError, OSError):
            self.publisher.forget_attempt(task)
        with suppress(RaglanError):
            beat.tell()
        while True:
            try:
                self.tasks.put_back(task, str(error))
            except UnavailableError:
                if stopping():
                    raise
                time.sleep(LOOK_FOR_ROOM)
            else:
                return "released"

    def note_failure(self, task: ClaimedTask, beat: Heartbeat, error: Exception) -> str:
        """Have a task tried again later if that may help; else let it and its document fail."""
        reason = str(error)
        log.warning("Task %s of document %s: %s", task.id, task.document_id, reason)
        beat.report(0.0, reason)
        beat.tell()
        if isinstance(error, WORTH_ANOTHER_TRY) and not isinstance(error, ObjectNotFoundError):
            most = CRASH_ATTEMPTS if isinstance(error, ParserCrashError) else None
            if self.tasks.retry(task, reason, most):
                return "retried"
            outcome = "dead"
        else:
            self.tasks.fail(task, reason)
            outcome = "failed"
        self.publisher.clean(task.dataset_id, task.document_id, task.generation)
        return outcome
