"""Keeping the chunks of a run, and making them the visible ones, whatever gets killed meanwhile.

Rows and staged chunks are made under the new generation, which nobody sees. One transaction turns
the document to it (`switch`); then the chunk store turns, too, and another transaction ends task
and run (`publish`). A worker that is killed in between leaves a running task, and whoever gets that
next sees by the document's generation how far things were, and goes on from there. What a run
leaves to be removed, older chunks or its own, is removed after its end; a task says whether that
was done.
"""

import logging
from collections.abc import Sequence
from typing import Any

from peewee import Database, fn

from api.db.connection import connected, connection
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk, Task
from api.db.models.states import ENDED, ChunkSource, RunState, TaskState
from api.db.rows import delete_rows, first_row, tuple_rows
from api.errors import RaglanError
from api.services.library.chunk_index import ChunkIndex
from api.services.library.chunk_rows import carry_over, counts
from api.services.library.disk import DiskSpace
from api.services.library.quota import Growth, Quota
from api.tasks import documents
from api.tasks.base import ClaimedTask, NewTask, TaskQueue
from rag.engines.base import ChunkStore
from rag.errors import DimensionMismatchError, EmptyFileError, ParseCancelledError, RagError
from rag.tokenizing.counting import count_tokens
from rag.types import Chunk

log = logging.getLogger(__name__)

DELETED_AT_ONCE = 2000


class Publisher:
    """Writes what tasks make; every write is refused when the task is another worker's by now."""

    def __init__(
        self,
        database: Database,
        chunk_store: ChunkStore,
        tasks: TaskQueue,
        index: ChunkIndex,
        quota: Quota,
        disk: DiskSpace,
    ) -> None:
        """Remember the parts; nothing is opened."""
        self.disk = disk
        self.quota = quota
        self.database = database
        self.chunk_store = chunk_store
        self.tasks = tasks
        self.index = index

    @connected
    def document(self, task: ClaimedTask) -> dict[str, Any] | None:
        """Return the task's document with its dataset's model; None if it is gone or run anew."""
        return first_row(
            Document.select(
                Document.id,
                Document.dataset_id,
                Document.name,
                Document.type,
                Document.suffix,
                Document.storage_key,
                Document.content_hash,
                Document.chunk_method,
                Document.parser_config,
                Document.meta_fields,
                Document.enabled,
                Document.generation,
                Dataset.embedding_model,
            )
            .join(Dataset, on=(Dataset.id == Document.dataset_id))
            .where(Document.id == task.document_id, Document.next_generation == task.generation)
        )

    @connected
    def split(self, task: ClaimedTask, ranges: Sequence[tuple[int, int]]) -> None:
        """Leave the task the first range of pages, and queue a part for each of the others."""
        first, last = ranges[0]
        place = (task.tenant_id, task.dataset_id, task.document_id, task.generation)
        parts = [NewTask(*place, part, *pages) for part, pages in enumerate(ranges)]
        with self.database.atomic():
            self.tasks.guard(task)
            Task.update(first_page=first, last_page=last).where(Task.id == task.id).execute()
            self.tasks.enqueue(parts[1:], not_before=task.not_before)
        self.tasks.wake()

    def begin(self, task: ClaimedTask) -> None:
        """Forget what an earlier attempt at the task has left."""
        if not task.part and not task.last_page:
            # What a part stages again replaces what it staged before; a whole run starts clean.
            self.chunk_store.discard(task.dataset_id, task.document_id, task.generation)
        with connection(self.database), self.database.atomic():
            self.tasks.guard(task)
            delete_rows(StoredChunk, of_part(task))

    @connected
    def keep(self, task: ClaimedTask, chunks: Sequence[Chunk], model: str, dimensions: int) -> None:
        """Keep a batch of chunks.

        Raises DimensionMismatchError, and DiskFullError where the disk has too little room left,
        before anything is written.
        """
        self.disk.check_growing()
        rows = [row_of(chunk, task.generation) for chunk in chunks]
        with self.database.atomic():
            self.tasks.guard(task)
            note_dimensions(task.dataset_id, model, dimensions)
            StoredChunk.insert_many(rows).execute()

    @connected
    def switch(self, task: ClaimedTask, origin: str) -> bool:
        """Turn the document to the task's generation, if the task is the last of its parts.

        `origin` is what its chunks are made from, see `api.services.ingestion.reuse`. Otherwise
        the task is done, and False is returned. Counters change with the generation. Raises
        ParseCancelledError if the run was cancelled, or is not the document's any more, and
        QuotaError if its chunks are too many.
        """
        with self.database.atomic():
            self.quota.hold(task.tenant_id)
            # Of two parts that end at once, one has to wait here for the other.
            document = documents.lock(self.database, task.document_id)
            self.tasks.guard(task)
            if document is None or (document.next_generation, document.run) != (
                task.generation,
                RunState.RUNNING,
            ):
                raise ParseCancelledError("The run was stopped on request.")
            note_made(task, origin)
            if parts_to_come(task):
                self.tasks.finish(task, cleaned=True)
                return False
            more = turn(task, document)
            self.quota.verify(Growth(task.tenant_id, task.dataset_id, chunks=more))
        return True

    def publish(self, task: ClaimedTask, line: str) -> None:
        """Make the document's generation the one that is found, and end the run with a line.

        The chunks that it replaces are left for `clean`.
        """
        self.chunk_store.publish(task.dataset_id, task.document_id, task.generation)
        if self.was_repeated(task) or self.was_edited(task):
            self.settle(task)
        with connection(self.database), self.database.atomic():
            self.tasks.finish(task, cleaned=False)
            documents.end(self.database, task.document_id, task.generation, RunState.DONE, line)

    @connected
    def kept(self, task: ClaimedTask) -> str:
        """Return what is said of chunks of the run that people have made; nothing without any."""
        counted = (
            StoredChunk.select(StoredChunk.source, fn.COUNT(StoredChunk.seq))
            .where(of_people(task))
            .group_by(StoredChunk.source)
        )
        by_source: dict[str, int] = dict(tuple_rows(counted))
        if not by_source:
            return ""
        added, edited = by_source.get(ChunkSource.ADDED, 0), by_source.get(ChunkSource.EDITED, 0)
        return f"Kept chunks made by hand: {added} added, {edited} changed."

    @connected
    def was_repeated(self, task: ClaimedTask) -> bool:
        """Tell whether a part of a run was begun more than once."""
        ((most,),) = tuple_rows(Task.select(fn.MAX(Task.fence)).where(of_run(task)))
        return bool(most > 1)

    @connected
    def was_edited(self, task: ClaimedTask) -> bool:
        """Tell whether the chunk store may not have the run's chunks as they were made.

        They have no origin if some were edited since the switch: until the chunk store has turned,
        it puts an edit to what the run is about to replace. They are not indexed if they were added
        while the run went on, or staged when the dataset was indexed anew.
        """
        lacking = of_generation(task) & (StoredChunk.indexed == False)  # noqa: E712 - a column
        edited = (Document.id == task.document_id) & (Document.origin == "")
        return bool(
            tuple_rows(Document.select(Document.id).where(edited))
            or tuple_rows(StoredChunk.select(StoredChunk.seq).where(lacking).limit(1))
        )

    def settle(self, task: ClaimedTask) -> None:
        """Make the chunk store hold the chunks of a visible run as the database does.

        It cannot refuse what a worker does late that has lost its task: forget what its successor
        has staged, or stage what its successor has published. And a part that is done again cannot
        discard what it staged before, while settings or the parser may have changed.
        """
        held = self.chunk_store.vectors(task.dataset_id, task.document_id).keys()
        known = self.chunk_ids(of_generation(task))
        wrong = (held ^ known) | self.chunk_ids(of_people(task))
        self.index.sync(task.dataset_id, task.document_id, sorted(wrong))

    def mend(self, task: ClaimedTask) -> None:
        """Undo what may have been done late, without the right to, to what is visible."""
        try:
            visible = self.visible_generation(task.document_id)
            if visible is None:
                self.chunk_store.drop_document(task.dataset_id, task.document_id)
            elif visible == task.generation:
                self.settle(task)
        except (RagError, RaglanError) as error:
            log.warning("Document %s may need `raglan reindex`: %s", task.document_id, error)

    @connected
    def chunk_ids(self, condition: Any) -> set[str]:
        """Return the ids of the chunks that fulfil a condition."""
        chosen = StoredChunk.select(StoredChunk.id).where(condition)
        return {chunk_id for (chunk_id,) in tuple_rows(chosen)}

    def forget_attempt(self, task: ClaimedTask) -> None:
        """Give back the room that an attempt has taken, unless its run is committed."""
        document = self.document(task)
        if document is not None and document["generation"] != task.generation:
            self.begin(task)

    def clean(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Remove what an ended run has left: its own chunks, or the older ones it replaced."""
        ended = self.ended(document_id, generation)
        visible = self.visible_generation(document_id)
        chunks = StoredChunk.document_id == document_id
        if visible == generation:
            self.delete_rows(chunks & (StoredChunk.generation < generation))
        elif visible is not None:
            self.index.execution.offload(
                self.chunk_store.discard, dataset_id, document_id, generation
            )
            self.delete_rows(chunks & (StoredChunk.generation == generation))
        self.note_cleaned(ended)

    @connected
    def left_to_clean(self, limit: int) -> list[tuple[str, str, int]]:
        """Return dataset, document and generation of ended runs that have left something."""
        return [
            (dataset_id, document_id, generation)
            for dataset_id, document_id, generation in tuple_rows(
                Task.select(Task.dataset_id, Task.document_id, Task.generation)
                .where(Task.state.in_(ENDED), Task.cleaned == False)  # noqa: E712 - a column
                .distinct()
                .limit(limit)
            )
        ]

    @connected
    def visible_generation(self, document_id: str) -> int | None:
        """Return which generation of a document is visible; None if the document is gone."""
        row = first_row(Document.select(Document.generation).where(Document.id == document_id))
        return None if row is None else int(row["generation"])

    @connected
    def ended(self, document_id: str, generation: int) -> list[str]:
        """Return the tasks of a run that have ended, and so leave nothing more than they have."""
        these = (Task.document_id == document_id) & (Task.generation == generation)
        chosen = Task.select(Task.id).where(these, Task.state.in_(ENDED))
        return [task_id for (task_id,) in tuple_rows(chosen)]

    @connected
    def note_cleaned(self, task_ids: Sequence[str]) -> None:
        """Note that ended tasks have left nothing any more."""
        Task.update(cleaned=True).where(Task.id.in_(task_ids)).execute()

    def delete_rows(self, condition: Any) -> None:
        """Delete chunks a few at a time, so that no transaction gets long."""
        chosen = StoredChunk.select(StoredChunk.seq).where(condition).limit(DELETED_AT_ONCE)
        while True:
            with connection(self.database), self.database.atomic():
                batch = [row[0] for row in tuple_rows(chosen)]
                if batch:
                    delete_rows(StoredChunk, StoredChunk.seq.in_(batch))
            if len(batch) < DELETED_AT_ONCE:
                return


def note_dimensions(dataset_id: str, model: str, dimensions: int) -> None:
    """Note the length of a dataset's vectors with the first; raises DimensionMismatchError."""
    row = first_row(Dataset.select(Dataset.dimensions).where(Dataset.id == dataset_id))
    known = row["dimensions"] if row else 0
    if not known:
        Dataset.update(dimensions=dimensions).where(Dataset.id == dataset_id).execute()
    elif known != dimensions:
        raise DimensionMismatchError(model, known, dimensions)


def note_made(task: ClaimedTask, origin: str) -> None:
    """Note on a task how much it has made, and from what."""
    count, tokens = counts(of_part(task))
    made = {"chunk_count": count, "token_count": tokens, "origin": origin}
    Task.update(made).where(Task.id == task.id).execute()


def origin_of_run(task: ClaimedTask) -> str:
    """Return what all parts of a run were made from; empty if settings changed between them."""
    origins = {origin for (origin,) in tuple_rows(Task.select(Task.origin).where(of_run(task)))}
    return str(origins.pop()) if len(origins) == 1 else ""


def parts_to_come(task: ClaimedTask) -> bool:
    """Tell whether other parts of the run are not done yet."""
    others = (Task.part != task.part) & (Task.state != TaskState.DONE)
    return bool(tuple_rows(Task.select(Task.id).where(of_run(task), others).limit(1)))


def turn(task: ClaimedTask, old: documents.LockedDocument) -> int:
    """Make the task's generation the document's, and bring the counters in step.

    Returns how many chunks more the document has.
    """
    if not counts(of_generation(task))[0]:
        raise EmptyFileError("No part of the document gave text to search.")
    kept = carry_over(task.document_id, old.generation, task.generation, discard_before(task))
    # The chunk store has them among those that it will drop.
    StoredChunk.update(indexed=False).where(of_people(task)).execute()
    count, tokens = counts(of_generation(task))
    Document.update(
        generation=task.generation,
        chunk_count=count,
        token_count=tokens,
        origin="" if kept else origin_of_run(task),
    ).where(Document.id == task.document_id).execute()
    Dataset.update(
        chunk_count=Dataset.chunk_count + count - old.chunk_count,
        token_num=Dataset.token_num + tokens - old.token_count,
    ).where(Dataset.id == task.dataset_id).execute()
    return count - old.chunk_count


def of_run(task: ClaimedTask) -> Any:
    """Return the condition that the tasks of the run fulfil."""
    return (Task.document_id == task.document_id) & (Task.generation == task.generation)


def of_generation(task: ClaimedTask) -> Any:
    """Return the condition that the chunks of the run fulfil."""
    return (StoredChunk.document_id == task.document_id) & (
        StoredChunk.generation == task.generation
    )


def of_people(task: ClaimedTask) -> Any:
    """Return the condition that those of the run's chunks fulfil that people have made."""
    return of_generation(task) & (StoredChunk.source != ChunkSource.PARSED)


def discard_before(task: ClaimedTask) -> int:
    """Return up to which time the edits of a document's chunks are to be discarded by a run."""
    ((latest,),) = tuple_rows(Task.select(fn.MAX(Task.discard_before)).where(of_run(task)))
    return int(latest)


def of_part(task: ClaimedTask) -> Any:
    """Return the condition that the chunks of the task's part of the run fulfil."""
    last = first_ordinal(task) + (1 << 32) - 1
    return of_generation(task) & StoredChunk.ordinal.between(first_ordinal(task), last)


def first_ordinal(task: ClaimedTask) -> int:
    """Return the number of the first chunk of a part; parts lie 2^32 apart."""
    return task.part << 32


def row_of(chunk: Chunk, generation: int) -> dict[str, Any]:
    """Return the row of a chunk."""
    return {
        "id": chunk.id,
        "dataset_id": chunk.dataset_id,
        "document_id": chunk.document_id,
        "generation": generation,
        "ordinal": chunk.ordinal,
        "content": chunk.content,
        "token_count": count_tokens(chunk.content),
        "important_keywords": list(chunk.important_keywords),
        "questions": list(chunk.questions),
        "positions": [position.as_list() for position in chunk.positions],
        "create_time": chunk.created_at,
        "update_time": chunk.created_at,
    }
