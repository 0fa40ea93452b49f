"""Small files of one dataset: read one after the other, embedded and staged together.

What a file costs beside its words, calls of a model and changes of a store, is shared by all.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np

from rag.engines.base import ChunkStore, Staging
from rag.errors import ParseCancelledError
from rag.ingestion.pipeline import (
    EMBED_AT_ONCE,
    FileRun,
    IngestCallbacks,
    IngestJob,
    IngestResult,
    StageSeconds,
    timed,
)
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import PageRead
from rag.llm.base import Embedder
from rag.llm.naming import Embed, spoken, with_name
from rag.passages import embedding_text
from rag.types import Chunk, ChunkDraft, Matrix

MOST_CHUNKS = 64
"""A file that gives more chunks is not small, whatever its size."""


@dataclass(frozen=True, slots=True)
class SmallFile:
    """A file that was read: its run, and all its chunks with the texts that stand for them."""

    run: FileRun
    chunks: Sequence[Chunk]
    texts: Sequence[str]

    @property
    def generation(self) -> int:
        """Return the generation of the chunks."""
        return self.run.job.generation


def read_small(
    process: ParserProcess, job: IngestJob, callbacks: IngestCallbacks
) -> SmallFile | None:
    """Return what a file says; None if that is too much to be held. Raises as pipelines do."""
    run = FileRun(job, callbacks, IngestResult())
    callbacks.on_progress(0.0, "Start to parse.")
    drafts: list[ChunkDraft] = []
    with (
        timed(run.result.seconds, "parsing"),
        closing(process.parse(job.request, callbacks.cancelled, job.account)) as events,
    ):
        for event in events:
            if isinstance(event, PageRead):
                run.take_page(event)
                continue
            drafts += event.drafts
            run.result.tokens += event.tokens
            if len(drafts) > MOST_CHUNKS:
                return None
    chunks = run.chunks(drafts)
    run.result.chunks = len(chunks)
    if not chunks:
        run.finish()  # raises, with the reason
    texts = [embedding_text(draft.questions, draft.headings, draft.content) for draft in drafts]
    return SmallFile(run, chunks, texts)


def stage_small(
    files: Sequence[SmallFile],
    embedder: Embedder,
    store: ChunkStore,
    cancelled: Callable[[], bool],
) -> None:
    """Embed and stage the chunks of files of one dataset, and share the time among these.

    Raises ParseCancelledError when told to stop, and what the embedder and the store raise.
    """
    spent = StageSeconds()
    with timed(spent, "embedding"):
        vectors = embedded([text for file in files for text in file.texts], embedder, cancelled)
        named = names_of(files, lambda names: embedded(names, embedder, cancelled))
    rows = iter(vectors)
    with timed(spent, "indexing"):
        store.stage_together(
            [
                Staging(
                    file.run.job.document,
                    file.generation,
                    file.chunks,
                    with_name(
                        np.stack(list(islice(rows, len(file.chunks)))), file.run.job.document, named
                    ),
                )
                for file in files
            ]
        )
    for file in files:
        charge(file, spent, len(file.chunks) / len(vectors))


def names_of(files: Sequence[SmallFile], embed: Embed) -> Embed:
    """Return what knows the vectors of names that have a weight, which are made at once."""
    documents = [file.run.job.document for file in files]
    named = {spoken(document.name) for document in documents if document.name_weight}
    names = list(named - {""})
    known = dict(zip(names, embed(names), strict=True)) if names else {}
    return lambda wanted: np.stack([known[name] for name in wanted])


def embedded(texts: Sequence[str], embedder: Embedder, cancelled: Callable[[], bool]) -> Matrix:
    """Return the vectors of texts, with a look at whether to stop before each call."""
    parts: list[Matrix] = []
    for start in range(0, len(texts), EMBED_AT_ONCE):
        if cancelled():
            raise ParseCancelledError("Embedding small files was stopped on request.")
        parts.append(embedder.embed_documents(texts[start : start + EMBED_AT_ONCE]))
    return np.concatenate(parts)


def charge(file: SmallFile, spent: StageSeconds, share: float) -> None:
    """Add a share of the time of all to that of a file."""
    seconds = file.run.result.seconds
    for stage, taken in asdict(spent).items():
        setattr(seconds, stage, getattr(seconds, stage) + taken * share)
