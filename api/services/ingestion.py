"""Running a task: a document's file, or some pages of it, becomes searchable chunks."""

import logging
import time
from collections.abc import Callable
from typing import Any

from api.coordination.claiming import ClaimedTask
from api.coordination.tasks import TaskLostError, TaskQueue
from api.errors import RaglanError, UnavailableError
from api.services.chunk_index import facts_of
from api.services.heartbeat import Heartbeat
from api.services.models import ModelService
from api.services.publishing import Publisher, first_ordinal
from api.services.reuse import CHUNK_SETTINGS, Reuse, origin_of
from api.settings import WorkerSettings
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
from rag.ingestion.pipeline import IngestCallbacks, IngestJob, IngestPipeline
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest
from rag.storage.base import ObjectStore

log = logging.getLogger(__name__)

DEFECT = "An internal error occurred; the worker's log has the details"

PAGED = frozenset({"pdf"})
"""Types of documents whose pages can be read in parts."""

WORTH_ANOTHER_TRY = (
    ModelUnavailableError,
    ParserCrashError,
    ChunkStoreError,
    StorageError,
    UnavailableError,
)


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
        settings: WorkerSettings,
    ) -> None:
        """Remember the parts; nothing is opened."""
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
        beat = Heartbeat(self.tasks, task, self.settings.lease)
        beat.report(0.0, "Task has been received.")
        try:
            try:
                with beat:
                    self.attempt(task, process, beat, lambda: beat.must_stop or stopping())
            except ParseCancelledError:
                self.stop(task, beat)
            except (RagError, RaglanError) as error:
                self.note_failure(task, beat, error)
            except TaskLostError:
                raise
            except Exception:
                # A defect must not end the worker, and the next attempt may go another way.
                log.exception("Task %s of document %s failed.", task.id, task.document_id)
                self.note_failure(task, beat, UnavailableError(DEFECT))
        except TaskLostError:
            log.warning("Task %s was given to another worker; its work here is dropped.", task.id)
            self.publisher.mend(task)

    def attempt(
        self,
        task: ClaimedTask,
        process: ParserProcess,
        beat: Heartbeat,
        cancelled: Callable[[], bool],
    ) -> None:
        """Carry out a task from its beginning, or from where a killed worker has left it."""
        document = self.publisher.document(task)
        if document is None:
            self.tasks.cancel(task)
            return
        line = "Task done."
        if document["generation"] != task.generation:
            begun = time.monotonic()
            self.publisher.begin(task)
            self.ingest(task, document, process, beat, cancelled)
            beat.tell()
            if not self.publisher.switch(task, origin_of(document)):
                return
            line = f"Task done ({time.monotonic() - begun:.1f}s)."
        self.publisher.publish(task, line)
        self.publisher.clean(task.dataset_id, task.document_id, task.generation)

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
                beat.report(1.0, f"Took over the chunks of {source}: same content, same settings.")
                return
        with self.storage.local_path(document["storage_key"]) as path:
            first, last = self.pages_of(
                task, document, lambda: process.page_count(path, name, cancelled)
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
            IngestPipeline(process, embedder, self.chunk_store).run(
                IngestJob(request, facts, task.generation, first_ordinal(task)),
                IngestCallbacks(
                    on_progress=beat.report,
                    on_chunks=lambda chunks: self.publisher.keep(
                        task, chunks, embedder.name, embedder.dimensions
                    ),
                    cancelled=cancelled,
                ),
            )

    def pages_of(
        self, task: ClaimedTask, document: dict[str, Any], count: Callable[[], int]
    ) -> tuple[int, int]:
        """Return the pages that the task covers; a long document is divided among more tasks."""
        if task.part or task.last_page or document["type"] not in PAGED:
            return task.first_page, task.last_page
        share = self.settings.pages_per_task
        pages = count()
        if pages <= share:
            return 1, 0
        ranges = [(start, min(pages, start + share - 1)) for start in range(1, pages + 1, share)]
        self.publisher.split(task, ranges)
        return ranges[0]

    def stop(self, task: ClaimedTask, beat: Heartbeat) -> None:
        """End a task that was told to stop: lost, cancelled by a user, or handed back."""
        if beat.lost:
            raise TaskLostError(task.id)
        if beat.cancelled or self.tasks.look(task):
            self.tasks.cancel(task)
            self.publisher.clean(task.dataset_id, task.document_id, task.generation)
        else:
            self.tasks.release(task)

    def note_failure(self, task: ClaimedTask, beat: Heartbeat, error: Exception) -> None:
        """Have a task tried again later if that may help; else let it and its document fail."""
        reason = str(error)
        log.warning("Task %s of document %s: %s", task.id, task.document_id, reason)
        beat.report(0.0, reason)
        beat.tell()
        if isinstance(error, WORTH_ANOTHER_TRY) and not isinstance(error, ObjectNotFoundError):
            if self.tasks.retry(task, reason):
                return
        else:
            self.tasks.fail(task, reason)
        self.publisher.clean(task.dataset_id, task.document_id, task.generation)
