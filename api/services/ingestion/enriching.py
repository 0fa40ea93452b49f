"""Adding to chunks what a chat model and tag sets say of them, after they can be found."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from api.db.connection import connection
from api.services.ingestion.finding_metadata import MetadataFinder
from api.services.ingestion.queries import enriching as queries
from api.services.ingestion.records import BareChunk, SourceDocument, Wishes
from api.services.ingestion.run import Run
from api.services.ingestion.tagging import Tagger, TagSet
from api.services.library.chunk_index import ChunkIndex
from api.services.models.asking import ask, listed
from api.services.models.models import ModelService
from api.services.models.prompts import read_prompt
from api.tasks import documents
from rag.llm.base import ChatModel
from rag.passages import passage_text

AT_ONCE = 16
"""How many chunks are read and indexed at once."""

LONGEST_PASSAGE = 8000
"""How many characters of a chunk a model is told."""

LONGEST_TERM = 200
"""In characters."""

WITHIN = 60.0
"""Seconds that a model has for each answer."""

NO_TAG_SET = "{} of the datasets of `tag_kb_ids` are no tag sets of yours."

NO_MODEL = "{} were not added: that needs a chat model that answers by default."


@dataclass(frozen=True, slots=True)
class ChunkPrompts:
    """How a model is told to write keywords of a chunk, and questions that it answers."""

    keywords: str
    questions: str


def read_chunk_prompts() -> ChunkPrompts:
    """Read the prompts; raises StartError that names a file which is missing."""
    return ChunkPrompts(*map(read_prompt, ("chunk_keywords", "chunk_questions")))


@dataclass(frozen=True, slots=True)
class Source:
    """What is asked about chunks: a model, if there is one, and tag sets; with what is missing."""

    model: ChatModel | None
    tag_sets: tuple[TagSet, ...]
    remarks: tuple[str, ...]


class EnrichingService:
    """Has the chat model of a tenant add keywords and questions to the chunks of a document."""

    def __init__(
        self,
        models: ModelService,
        index: ChunkIndex,
        tagger: Tagger,
        prompts: ChunkPrompts,
        metadata: MetadataFinder,
    ) -> None:
        """Initialize with the parts."""
        self.metadata = metadata
        self.tagger = tagger
        self.models = models
        self.index = index
        self.prompts = prompts

    def enrich(self, run: Run) -> None:
        """Carry out a task that adds to a document's chunks, and end it with a remark.

        Chunks that have keywords and questions, and those that people have edited, stay as they
        are. Raises ModelError and its children, and ParseCancelledError when told to stop; what
        was added until then stays.
        """
        begun = time.monotonic()
        source = self.source(run)
        lines = list(source.remarks)
        if source.model is not None and run.document.wanted_metadata is not None:
            lines.append(self.metadata.fill(run, source.model))
        if any(run.document.wishes):
            is_asked = source.model is not None or source.tag_sets
            batches = self.batches(run) if is_asked else ()
            count = sum(self.add(run, source, chunks) for chunks in batches)
            lines.append(f"Added to {count} chunks ({time.monotonic() - begun:.1f}s).")
        task, database = run.task, run.stores.database
        with connection(database), database.atomic():
            run.stores.tasks.finish(task, cleaned=True)
            documents.remark(database, task.document_id, task.generation, " ".join(lines))

    def source(self, run: Run) -> Source:
        """Return what there is to add from; what is missing is said."""
        wishes, tenant_id = run.document.wishes, run.task.tenant_id
        remarks = []
        model = None
        if asked := asked_of_model(run.document):
            model = self.models.chat_model(tenant_id, "", WITHIN)
            remarks += [NO_MODEL.format(asked)] if model is None else [f"By {model.name}:"]
        sets = self.tagger.sets(tenant_id, wishes.tag_sets)
        if len(sets) < len(set(wishes.tag_sets)):
            remarks.append(NO_TAG_SET.format(len(set(wishes.tag_sets)) - len(sets)))
        return Source(model, tuple(sets), tuple(remarks))

    def batches(self, run: Run) -> Iterator[list[BareChunk]]:
        """Yield the chunks to add to, some at a time, and tell how far the task is."""
        database = run.stores.database
        with connection(database):
            count = queries.bare_count(database, run.task)
        after, done = -1, 0
        while True:
            with connection(database):
                chunks = queries.bare_chunks(database, run.task, after, AT_ONCE)
            if not chunks:
                return
            yield chunks
            after, done = chunks[-1].ordinal, done + len(chunks)
            run.beat.report(min(0.99, done / max(count, 1)), f"Added to {done} of {count} chunks.")

    def add(self, run: Run, source: Source, chunks: Sequence[BareChunk]) -> int:
        """Add to some chunks, and index those that were not edited meanwhile; return how many."""
        added: list[str] = []
        try:
            for chunk in chunks:
                run.check_stopped()
                if self.add_to(run, source, chunk):
                    added.append(chunk.id)
        finally:
            # What was written before a failure is found, too.
            self.index.sync(run.task.dataset_id, run.task.document_id, added)
        return len(added)

    def add_to(self, run: Run, source: Source, chunk: BareChunk) -> bool:
        """Add what is wanted and lacking to a chunk; tell whether that was anything."""
        text = passage_text(orjson.loads(chunk.headings), chunk.content)[:LONGEST_PASSAGE]
        wishes = lacking(run.document.wishes, chunk)
        model = source.model
        tags = self.tagger.tags(source.tag_sets, text, wishes.most_tags) if wishes.most_tags else []
        said = self.said(model, self.prompts.keywords, text, wishes.keywords)
        keywords = list(dict.fromkeys((*tags, *said)))
        questions = self.said(model, self.prompts.questions, text, wishes.questions)
        if not (keywords or questions):
            return False
        database = run.stores.database
        with connection(database), database.atomic():
            run.stores.tasks.guard(run.task)
            return queries.add(
                database,
                run.task,
                chunk,
                keywords or orjson.loads(chunk.keywords),
                questions or orjson.loads(chunk.questions),
            )

    def said(self, model: ChatModel | None, prompt: str, text: str, most: int) -> list[str]:
        """Return up to so many different lines that a model says of a text; raises ModelError."""
        if model is None or not most:
            return []
        lines = (line[:LONGEST_TERM] for line in listed(ask(model, f"{prompt} {most}", text)))
        return list(dict.fromkeys(lines))[:most]


def asked_of_model(document: SourceDocument) -> str:
    """Return what a model is asked for, as it is named in remarks; empty if it is nothing."""
    wishes = document.wishes
    asked = {
        "metadata": document.wanted_metadata is not None,
        "keywords": wishes.keywords,
        "questions": wishes.questions,
    }
    return ", ".join(name for name, wanted in asked.items() if wanted).capitalize()


def lacking(wishes: Wishes, chunk: BareChunk) -> Wishes:
    """Return what a chunk is to get that it has not; tags are keywords."""
    if chunk.keywords != "[]":
        wishes = wishes._replace(keywords=0, most_tags=0)
    return wishes if chunk.questions == "[]" else wishes._replace(questions=0)
