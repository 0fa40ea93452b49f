"""Making the chunks of a run: cut and embedded from the document's file, or taken over."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from api.config.settings import WorkerSettings
from api.observability.definitions import BYTES, CHUNKS, INGEST_SECONDS, PAGES, REUSED, TOKENS
from api.observability.recorder import Recorder
from api.services.ingestion.page_ranges import PageRange, ranges_of, shares, within
from api.services.ingestion.page_ranges import count as page_total
from api.services.ingestion.queries.runs import first_ordinal
from api.services.ingestion.reuse import Reuse
from api.services.ingestion.run import Run
from api.services.models.models import ModelService
from rag.engines.base import ChunkStore
from rag.errors import EmptyFileError
from rag.ingestion.limits import Account
from rag.ingestion.pipeline import (
    IngestCallbacks,
    IngestJob,
    IngestPipeline,
    IngestResult,
    StageSeconds,
)
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest
from rag.llm.base import Embedder
from rag.parsing.registry import has_pages
from rag.storage.base import ObjectStore

WHOLE = (1, 0)

ALL_READ = "All of it was read: only PDF files and slides have the pages that `pages` names."

PAGED = frozenset({"pdf"})
"""Types of documents whose pages can be read in parts."""


class ChunkMaker:
    """Keeps and stages the chunks of what a task covers."""

    def __init__(
        self,
        storage: ObjectStore,
        chunk_store: ChunkStore,
        models: ModelService,
        reuse: Reuse,
        settings: Callable[[], WorkerSettings],
        recorder: Recorder,
    ) -> None:
        """Initialize with the parts; nothing is opened; `settings` returns those in force."""
        self.storage = storage
        self.chunk_store = chunk_store
        self.models = models
        self.reuse = reuse
        self.settings = settings
        self.recorder = recorder

    def make(self, run: Run, process: ParserProcess) -> StageSeconds:
        """Store and stage the chunks of a run that has begun; return how long it took."""
        document = run.document
        if not document.storage_key:
            raise EmptyFileError(f"{document.name} is empty: it has no bytes to read.")
        embedder = self.models.embedder(run.task.tenant_id, document.embedding_model)
        if run.task.is_whole and (source := self.reuse.take_over(run, embedder)):
            self.recorder.count(REUSED)
            run.beat.report(1.0, f"Took over the chunks of {source}: same content, same settings.")
            return StageSeconds()
        with self.storage.local_path(document.storage_key) as path:
            others = run.stores.tasks.used_by_others(run.task)
            account = Account(document.name, path.stat().st_size, process.limits, others)
            run.beat.account = account
            job = self.job(run, process, path, account)
            result = self.work(run, process, embedder, job)
        # Of a document in parts, the first one stands for the file.
        self.record_work(result, 0 if run.task.part else account.size)
        return result.seconds

    def work(
        self, run: Run, process: ParserProcess, embedder: Embedder, job: IngestJob
    ) -> IngestResult:
        """Execute a job, and store the chunks that it makes; return its outcome."""
        result = IngestResult()
        callbacks = IngestCallbacks(run.beat.report, run.stop)
        pipeline = IngestPipeline(process, embedder, self.chunk_store)
        with closing(pipeline.run(job, callbacks, result)) as batches:
            for chunks in batches:
                run.keep(embedder, chunks)
        return result

    def job(self, run: Run, process: ParserProcess, path: Path, account: Account) -> IngestJob:
        """Return what there is to do for a run."""
        document = run.document
        (first, last), pages = self.pages_of(
            run, lambda: process.page_count(path, document.name, run.stop, account)
        )
        request = ParseRequest(
            str(path),
            document.name,
            first_page=first,
            last_page=last,
            pages=pages,
            chunk_method=document.chunk_method,
            hidden=document.read_hidden,
            **document.cut_settings,
        )
        offset = first_ordinal(run.task)
        return IngestJob(request, document.facts, run.task.generation, offset, account)

    def pages_of(
        self, run: Run, count: Callable[[], int]
    ) -> tuple[PageRange, tuple[PageRange, ...]]:
        """Return the pages that the task covers, and those of a whole document that are wanted.

        A long document is divided among more tasks. Raises EmptyFileError if none of the pages that
        are wanted is there.
        """
        task, document = run.task, run.document
        wanted = ranges_of(document.parser_config)
        if wanted and not has_pages(document.name):
            run.beat.report(0.0, ALL_READ)
            wanted = ()
        if not task.is_whole or not (wanted or document.type in PAGED):
            return (task.first_page, task.last_page), ()
        pages = count()
        ranges = within(wanted or [(1, pages)], pages)
        if wanted and not ranges:
            raise EmptyFileError(
                f"{document.name} has {pages} pages, and none of those that `pages` names."
            )
        share = document.parser_config.get("task_page_size") or self.settings().pages_per_task
        if document.type not in PAGED or page_total(ranges) <= share:
            return WHOLE, ranges if wanted else ()
        parts = shares(ranges, share)
        run.split(parts)
        return parts[0], ()

    def record_work(self, result: IngestResult, size: int) -> None:
        """Count what was ingested and how long it took."""
        self.recorder.count(PAGES, by=result.pages)
        self.recorder.count(CHUNKS, by=result.chunks)
        self.recorder.count(TOKENS, by=result.tokens)
        self.recorder.count(BYTES, by=size)
        for stage, seconds in asdict(result.seconds).items():
            self.recorder.observe(INGEST_SECONDS, seconds, stage)
