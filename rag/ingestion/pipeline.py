"""From a file to staged chunks: parse and cut in another process, embed, hand over, index."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from rag.engines.base import ChunkStore
from rag.errors import EmptyFileError, ParseCancelledError
from rag.ingestion.identity import ChunkIds
from rag.ingestion.limits import Account
from rag.ingestion.process import ParserProcess
from rag.ingestion.progress import ProgressReporter
from rag.ingestion.wire import ChunksCut, PageRead, ParseRequest
from rag.llm.base import Embedder
from rag.llm.naming import with_name
from rag.passages import embedding_text
from rag.tokenizing.languages import ENGLISH, seen_language
from rag.tokenizing.tokens import normalize
from rag.types import Chunk, ChunkDraft, DocumentFacts, Matrix

# Chunks handed over and indexed at once: each time costs the database and the index a commit.
_BATCH_CHUNKS = 128
_BATCH_CHARACTERS = 512 * 1024
EMBED_AT_ONCE = 32
"""Texts embedded between two looks at whether to stop; a model behind a network is slow."""

_MOST_NOTES = 20
_BEGINNING = 800
"""Characters of a chunk that are looked at for its language."""

_FEW_NOTES = 3  # Enough to see what is wrong with a file that gave nothing.

_NOTHING_CUT = {
    "qa": (
        "The chunk method qa found no questions with answers in it: a question and its answer "
        "stand in the first two columns of a table, on a line with a TAB between them, as a "
        "heading with text below, or begin with Q: and A:."
    ),
    "tag": (
        "The chunk method tag found no texts with tags in it: a text and its tags, with commas "
        "between them, stand in the first two columns of a table, or on a line with a TAB."
    ),
    "table": "The chunk method table found no table in it; choose naive for running text.",
}


@dataclass(frozen=True, slots=True)
class IngestJob:
    """What to ingest: a file or some pages of it, and where its chunks belong.

    `ordinal_offset` numbers the first chunk; jobs for parts of one document need offsets that lie
    further apart than each part has chunks, 0 for the first part.
    """

    request: ParseRequest
    document: DocumentFacts
    generation: int
    ordinal_offset: int = 0
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class IngestCallbacks:
    """How the caller takes part.

    `on_progress` gets a fraction from 0 to 1 that never falls, and a message, which is empty when
    only the fraction has moved. `cancelled` tells whether to stop; it is asked often, so it must be
    cheap.
    """

    on_progress: Callable[[float, str], None]
    cancelled: Callable[[], bool]


@dataclass(slots=True)
class StageSeconds:
    """How long the worker was busy with, or waited for, each stage."""

    parsing: float = 0.0
    embedding: float = 0.0
    storing: float = 0.0
    indexing: float = 0.0


@dataclass(slots=True)
class IngestResult:
    """What came of a job; `notes` holds the first remarks of the parser on pages."""

    chunks: int = 0
    tokens: int = 0
    pages: int = 0
    seconds: StageSeconds = field(default_factory=StageSeconds)
    notes: list[str] = field(default_factory=list)


class IngestPipeline:
    """Runs jobs one after the other; a worker with threads has one, with a process, for each.

    The parser process works ahead while the worker embeds, until the pipe between them is full:
    that is all the buffer there is, so memory stays bounded on both sides.
    """

    def __init__(self, process: ParserProcess, embedder: Embedder, store: ChunkStore) -> None:
        """Initialize with the parts; none is closed here."""
        self._process = process
        self._embedder = embedder
        self._store = store

    def run(
        self, job: IngestJob, callbacks: IngestCallbacks, result: IngestResult
    ) -> Generator[Sequence[Chunk], None, None]:
        """Yield all chunks of a job in batches, for the caller to store for good.

        Each is staged under the job's generation when the next is asked for; publishing or
        discarding that is the caller's. What comes of the job is noted in `result`. Closing the
        generator ends the parse. Raises ParseError and its children (ParseCancelledError when told
        to stop, EmptyFileError when a whole file gave no chunk), and what the embedder, the store
        and the callbacks raise.
        """
        run = _Run(job, callbacks, self._embedder, self._store, result)
        callbacks.on_progress(0.0, "Start to parse.")
        reading = self._process.parse(job.request, callbacks.cancelled, job.account)
        with closing(reading) as events:
            yield from run.take_all(events)
        run.finish()


class FileRun:
    """One job on its way: what its pages, chunks and words come to."""

    def __init__(self, job: IngestJob, callbacks: IngestCallbacks, result: IngestResult) -> None:
        """Initialize with the job; what comes of it is noted in `result`."""
        self.job = job
        self.callbacks = callbacks
        self.result = result
        self._ids = ChunkIds(job.document.id, job.ordinal_offset)
        self._progress = ProgressReporter(job.request, callbacks.on_progress)
        self._languages: Counter[str] = Counter()

    def take_page(self, page: PageRead) -> None:
        """Record that a page was read."""
        self.result.pages += 1
        if page.note and len(self.result.notes) <= _MOST_NOTES:
            self.result.notes.append(page.note)
        self._progress.page_read(page.number, page.total)

    def chunks(self, drafts: Sequence[ChunkDraft]) -> list[Chunk]:
        """Return the next chunks of the document."""
        document = self.job.document
        first = self.job.ordinal_offset + self.result.chunks
        now = int(time.time() * 1000)
        if not document.language:
            beginnings = (normalize(draft.content[:_BEGINNING]) for draft in drafts)
            self._languages.update(filter(None, map(seen_language, beginnings)))
        return [
            Chunk(
                id=self._ids.next_id(draft.content),
                document_id=document.id,
                dataset_id=document.dataset_id,
                content=draft.content,
                ordinal=first + index,
                important_keywords=draft.keywords,
                questions=draft.questions,
                positions=draft.positions,
                created_at=now,
                headings=draft.headings,
                # The first part has this number, too, and no two parents share it.
                parent=first + index - draft.child + 2 if draft.child else 0,
            )
            for index, draft in enumerate(drafts)
        ]

    def finish(self) -> None:
        """Report what was done; raises EmptyFileError if a whole file gave no chunk."""
        result, request = self.result, self.job.request
        if not result.chunks and request.first_page <= 1 and not request.last_page:
            raise EmptyFileError(_why_empty(request, result.notes))
        self._progress.finish(
            result.chunks,
            " ".join(filter(None, (_told(result.notes, _MOST_NOTES), self._language()))),
            result.seconds.embedding,
            result.seconds.storing + result.seconds.indexing,
        )

    def _language(self) -> str:
        """Say which language the words were taken for, if it is another one than English."""
        if said := self.job.document.language:
            return f"Words are taken for {said.capitalize()}, as the settings say."
        found, count = next(iter(self._languages.most_common(1)), ("", 0))
        if not found or found == ENGLISH or 2 * count <= self._languages.total():
            return ""
        return f"Words are taken for {found.capitalize()}."

    def check(self) -> None:
        """Raise ParseCancelledError or ParserLimitError if the work is not to go on."""
        if self.job.account is not None:
            self.job.account.verify_time()
        if self.callbacks.cancelled():
            name = self.job.request.name
            raise ParseCancelledError(f"Ingesting {name} was stopped on request.")


class _Run(FileRun):
    """A job whose chunks are embedded and staged as they come."""

    def __init__(
        self,
        job: IngestJob,
        callbacks: IngestCallbacks,
        embedder: Embedder,
        store: ChunkStore,
        result: IngestResult,
    ) -> None:
        super().__init__(job, callbacks, result)
        self._embedder = embedder
        self._embed_name = lru_cache(1)(lambda name: embedder.embed_documents([name]))
        self._store = store
        self._waiting: list[ChunkDraft] = []
        self._characters = 0

    def take_all(self, events: Iterator[PageRead | ChunksCut]) -> Iterator[Sequence[Chunk]]:
        seconds = self.result.seconds
        while True:
            with timed(seconds, "parsing"):
                event = next(events, None)
            if event is None:
                break
            if isinstance(event, PageRead):
                self.take_page(event)
            else:
                yield from self._take_chunks(event)
        yield from self._hand_over()

    def _take_chunks(self, cut: ChunksCut) -> Iterator[Sequence[Chunk]]:
        self.result.tokens += cut.tokens
        for draft in cut.drafts:
            self._waiting.append(draft)
            self._characters += len(draft.content)
            if len(self._waiting) >= _BATCH_CHUNKS or self._characters >= _BATCH_CHARACTERS:
                yield from self._hand_over()

    def _hand_over(self) -> Iterator[Sequence[Chunk]]:
        if not self._waiting:
            return
        drafts, self._waiting, self._characters = self._waiting, [], 0
        job, seconds = self.job, self.result.seconds
        chunks = self.chunks(drafts)
        with timed(seconds, "embedding"):
            vectors = self._embed(
                [embedding_text(draft.questions, draft.headings, draft.content) for draft in drafts]
            )
        self.check()
        with timed(seconds, "storing"):
            yield chunks
        with timed(seconds, "indexing"):
            self._store.stage(job.document, job.generation, chunks, vectors)
        self.result.chunks += len(chunks)

    def _embed(self, texts: Sequence[str]) -> Matrix:
        parts: list[Matrix] = []
        for start in range(0, len(texts), EMBED_AT_ONCE):
            self.check()
            parts.append(self._embedder.embed_documents(texts[start : start + EMBED_AT_ONCE]))
            self._progress.embedded(self.result.chunks + start + len(parts[-1]))
        document = self.job.document
        return with_name(np.concatenate(parts), document, lambda names: self._embed_name(*names))


def _why_empty(request: ParseRequest, notes: Sequence[str]) -> str:
    sentences = [f"{request.name} gave no text to search."]
    if hint := _NOTHING_CUT.get(request.chunk_method):
        sentences.append(hint)
    if notes:
        sentences.append(_told(notes, _FEW_NOTES))
    return " ".join(sentences)


def _told(notes: Sequence[str], most: int) -> str:
    """Return a sentence of the first remarks; empty if there are none."""
    said = "; ".join(notes[:most]) + ("; ..." if len(notes) > most else "")
    return f"The parser says: {said.rstrip('.')}." if notes else ""


@contextmanager
def timed(seconds: StageSeconds, stage: str) -> Iterator[None]:
    """Add the time that a `with` block takes to a stage."""
    started = time.perf_counter()
    try:
        yield
    finally:
        setattr(seconds, stage, getattr(seconds, stage) + time.perf_counter() - started)
