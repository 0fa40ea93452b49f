"""A run of a document in the hands of a worker, and the steps by which its chunks become visible.

Rows and staged chunks are made under the new generation, which nobody sees. One transaction turns
the document to it (`switch`); then the chunk store turns, too, and another transaction ends task
and run (`publish`). A worker that is killed in between leaves a running task, and whoever gets that
next sees by the document's generation how far things were, and goes on from there. What a run
leaves to be removed, older chunks or its own, is removed after its end; see `Leftovers`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import orjson

from api.db.connection import Database, connection
from api.db.models.states import RunState
from api.services.ingestion.heartbeat import Heartbeat
from api.services.ingestion.queries import runs
from api.services.ingestion.records import EndedRun, SourceDocument
from api.services.ingestion.repair import Repair
from api.services.library.disk import DiskSpace
from api.services.library.quota import Growth, Quota
from api.tasks import documents
from api.tasks.base import ENRICHING, ClaimedTask, NewTask, Priority, TaskQueue
from rag.engines.base import ChunkStore
from rag.errors import ParseCancelledError
from rag.ingestion.pipeline import StageSeconds
from rag.llm.base import Embedder
from rag.types import Chunk

NOT_TIMED = StageSeconds()


@dataclass(frozen=True, slots=True)
class Stores:
    """Where runs write to, and what may refuse it."""

    database: Database
    chunk_store: ChunkStore
    tasks: TaskQueue
    quota: Quota
    disk: DiskSpace
    repair: Repair


@dataclass(frozen=True, slots=True)
class Run:
    """A task with the document that it makes chunks of; `stop` tells whether to end early.

    Every step raises TaskLostError, and writes nothing to the database, when the task is another
    worker's by now.
    """

    stores: Stores
    task: ClaimedTask
    document: SourceDocument
    beat: Heartbeat
    stop: Callable[[], bool]

    @property
    def is_committed(self) -> bool:
        """Return whether an earlier attempt has turned the document to the run already."""
        return self.document.generation == self.task.generation

    def begin(self) -> None:
        """Delete what an earlier attempt at the task has left."""
        task = self.task
        if task.is_whole:
            # What a part stages again replaces what it staged before; a whole run starts clean.
            self.stores.chunk_store.discard(task.dataset_id, task.document_id, task.generation)
        database = self.stores.database
        with connection(database), database.atomic():
            self.stores.tasks.guard(task)
            runs.delete_part(database, task)

    def split(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Narrow the task to the first range of pages, and queue a part for each of the others."""
        task, tasks, database = self.task, self.stores.tasks, self.stores.database
        place = (task.tenant_id, task.dataset_id, task.document_id, task.generation)
        parts = [
            NewTask(*place, part, *pages, priority=task.priority)
            for part, pages in enumerate(ranges)
        ]
        with connection(database), database.atomic():
            tasks.guard(task)
            runs.narrow(database, task, *ranges[0])
            tasks.enqueue(parts[1:], not_before=task.not_before)
        tasks.wake()

    def keep(self, embedder: Embedder, chunks: Sequence[Chunk]) -> None:
        """Store a batch of chunks.

        Raises DimensionMismatchError, and DiskFullError where the disk has too little room left,
        before anything is written.
        """
        task, database = self.task, self.stores.database
        self.stores.disk.check_growing()
        dimensions = embedder.dimensions
        with connection(database), database.atomic():
            self.stores.tasks.guard(task)
            runs.record_dimensions(database, task.dataset_id, embedder.name, dimensions)
            runs.keep(database, chunks, task.generation)

    def switch(self, seconds: StageSeconds = NOT_TIMED) -> bool:
        """Switch the document to the task's generation, if the task is the last of its parts.

        Otherwise the task is done, and False is returned. Counters change with the generation.
        Raises ParseCancelledError if the run was cancelled, or is not the document's any more, and
        QuotaError if its chunks are too many.
        """
        task, tasks, database = self.task, self.stores.tasks, self.stores.database
        quota = self.stores.quota
        origin = self.document.origin
        with connection(database), database.atomic():
            quota.hold(task.tenant_id)
            # Of two parts that end at once, one has to wait here for the other.
            document = documents.lock(database, task.document_id)
            tasks.guard(task)
            if document is None or not document.is_running(task.generation):
                raise ParseCancelledError("The run was stopped on request.")
            runs.record_made(database, task, origin, stages_of(task, seconds))
            if runs.parts_to_come(database, task):
                tasks.finish(task, cleaned=True)
                return False
            more = runs.turn(database, task, document)
            quota.verify(Growth(task.tenant_id, task.dataset_id, chunks=more))
        return True

    def publish(self, line: str) -> None:
        """Make the document's generation the one that is found, and end the run with a line.

        What a model is to add to the chunks is a task of its own. The chunks that they replace are
        left for `Leftovers`.
        """
        task, tasks, database = self.task, self.stores.tasks, self.stores.database
        self.stores.chunk_store.publish(task.dataset_id, task.document_id, task.generation)
        if self.stores.repair.is_needed(task):
            self.stores.repair.settle(task)
        with connection(database), database.atomic():
            documents.lock(database, task.document_id)
            more = self.end(line, cleaned=False)
        if more:
            tasks.wake()

    def end(self, line: str, *, cleaned: bool) -> bool:
        """Within a transaction that has locked the document: end the run, which is published.

        `cleaned` says that it has replaced nothing. Returns whether another task was queued.
        """
        task, tasks, database = self.task, self.stores.tasks, self.stores.database
        tasks.finish(task, cleaned=cleaned)
        done = documents.end(database, task.document_id, task.generation, RunState.DONE, line)
        document = self.document
        if not done or (document.wanted_metadata is None and not any(document.wishes)):
            return False
        place = (task.tenant_id, task.dataset_id, task.document_id, task.generation)
        tasks.enqueue([NewTask(*place, part=ENRICHING, priority=Priority.ENRICHMENT)])
        return True

    def check_stopped(self) -> None:
        """Raise ParseCancelledError when a task that adds to chunks is to stop."""
        if self.stop() or self.stores.tasks.look(self.task):
            raise ParseCancelledError(f"Adding to {self.document.name} was stopped.")

    def kept_by_hand(self) -> str:
        """Return what is said of chunks of the run that people have made; nothing without any."""
        with connection(self.stores.database):
            return runs.made_by_people(self.stores.database, self.task).line


def open_run(
    stores: Stores,
    task: ClaimedTask,
    beat: Heartbeat,
    stop: Callable[[], bool],
    *,
    read_hidden: bool,
    helped: str = "",
) -> Run | None:
    """Return the run of a task; None if its document is gone, or run anew since."""
    with connection(stores.database):
        document = runs.document_of(stores.database, task)
    if document is None:
        return None
    return Run(stores, task, document._replace(read_hidden=read_hidden, helped=helped), beat, stop)


def stages_of(task: ClaimedTask, seconds: StageSeconds) -> str:
    """Return what is kept of who has made chunks, and how long it took; as JSON."""
    told = {stage: round(spent, 3) for stage, spent in asdict(seconds).items()}
    return orjson.dumps({"worker": task.owner, "seconds": told}).decode()


def ended(task: ClaimedTask) -> EndedRun:
    """Return the run of a task as what is to be removed after its end."""
    return EndedRun(task.dataset_id, task.document_id, task.generation)
