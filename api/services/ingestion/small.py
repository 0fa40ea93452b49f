"""Small documents of one dataset: their tasks are carried out together, to share what each costs.

All have one heartbeat, one call of the model, one change of the chunk store, one switch and one
publication; in the steps of a single run, and in their order, so that a worker may be killed in
between as in that one. A document that is out of the ordinary is left to be carried out alone, and
so are all when a step fails that they share.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial

from api.db.connection import connection
from api.errors import RaglanError
from api.observability.definitions import ATTEMPTS
from api.services.ingestion.heartbeat import Heartbeat, beating
from api.services.ingestion.ingestion import IngestionService
from api.services.ingestion.page_ranges import ranges_of
from api.services.ingestion.queries import runs, together
from api.services.ingestion.records import Outcome
from api.services.ingestion.run import Run, ended, stages_of
from api.services.library.quota import Growth
from api.tasks import documents
from api.tasks.base import ClaimedTask, TaskLostError
from api.tasks.documents import LockedDocument
from rag.errors import ParseCancelledError, RagError
from rag.ingestion.limits import Account
from rag.ingestion.pipeline import IngestCallbacks
from rag.ingestion.process import ParserProcess
from rag.ingestion.together import SmallFile, read_small, stage_small
from rag.llm.base import Embedder

log = logging.getLogger(__name__)

LOOKED_AFTER = 2
"""Files that are read between two looks at who else waits, so that nobody waits for more."""

LONGEST_READING = 2.0
"""Seconds of reading and embedding for which files are taken together: others wait, too."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A small document that was read, and waits for its company."""

    run: Run
    file: SmallFile
    embedder: Embedder
    origin: str


@dataclass(slots=True)
class Member:
    """A task among those that are carried out together; `outcome` is None until it has ended."""

    task: ClaimedTask
    beat: Heartbeat
    read: ReadDocument | None = None
    outcome: Outcome | None = None


def expected(members: Sequence[Member]) -> float:
    """Return the seconds that embedding what was read will take, about."""
    read = (member.read for member in members if member.read)
    return sum(len(item.file.texts) * item.embedder.card.seconds for item in read)


class SmallDocuments:
    """Carries out tasks together that were claimed together."""

    def __init__(self, ingestion: IngestionService) -> None:
        """Initialize with what carries out a task alone."""
        self.ingestion = ingestion
        self.stores = ingestion.stores
        self.maker = ingestion.maker

    def claim(self, owner: str, kind: str | None = None) -> list[ClaimedTask]:
        """Claim the next task, of a kind, and those best carried out with it; empty without any."""
        first = self.stores.tasks.claim(owner, kind)
        return [] if first is None else [first, *self.stores.tasks.claim_beside(first)]

    def run(
        self, tasks: Sequence[ClaimedTask], process: ParserProcess, stopping: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Yield the outcomes of tasks, as each ends; see `IngestionService.run`."""
        if len(tasks) == 1:
            yield self.ingestion.run(tasks[0], process, stopping)
            return
        # What locks several documents does so in this order.
        in_order = sorted(tasks, key=lambda task: task.document_id)
        members = [Member(task, self.ingestion.heartbeat(task)) for task in in_order]
        waiting = {member.task.id: member.beat for member in members}
        with beating(self.stores.tasks, waiting, self.ingestion.settings().lease):
            self.carry_out(members, process, stopping)
            for member in members:
                waiting.pop(member.task.id)
                yield member.outcome or self.ingestion.run(member.task, process, stopping)

    def carry_out(
        self, members: Sequence[Member], process: ParserProcess, stopping: Callable[[], bool]
    ) -> None:
        """Carry out as many tasks together as can be; the others have no outcome then."""
        begun = time.monotonic()
        self.read_all(members, process, stopping)
        ready = [member.read for member in members if member.read]
        done = self.publish(ready, stopping) if ready else set()
        for member in members:
            if member.task.id in done:
                member.outcome = Outcome.DONE
            if member.outcome is None and stopping():
                member.outcome = self.attempt(member, stopping, refuse)
            if member.outcome is not None:
                self.ingestion.recorder.count(ATTEMPTS, member.outcome.value)
        self.stores.tasks.charge(members[0].task, time.monotonic() - begun)

    def attempt(
        self,
        member: Member,
        stopping: Callable[[], bool],
        work: Callable[[], ReadDocument | Outcome | None],
    ) -> Outcome | None:
        """Do some work at a task; note what was read, and return the outcome if it has ended."""
        found = self.ingestion.carry_out(member.task, member.beat, stopping, work, nullcontext())
        if isinstance(found, Outcome):
            return found
        member.read = found
        return None

    def read_all(
        self, members: Sequence[Member], process: ParserProcess, stopping: Callable[[], bool]
    ) -> None:
        """Read the files of tasks, as many as can be read soon and before it is others' turn."""
        origins: set[str] = set()
        last = time.monotonic() + LONGEST_READING
        late = False
        for number, member in enumerate(members):
            if stopping():
                return
            late = late or time.monotonic() + expected(members[:number]) > last
            late = late or (
                number % LOOKED_AFTER == 1 and self.stores.tasks.is_turn_over(member.task)
            )
            work = partial(self.read, member, process, stopping, origins)
            member.outcome = self.attempt(
                member, stopping, partial(self.give_back, member) if late else work
            )

    def give_back(self, member: Member) -> Outcome:
        """Return a task to the queue."""
        self.stores.tasks.release(member.task)
        return Outcome.RELEASED

    def read(
        self,
        member: Member,
        process: ParserProcess,
        stopping: Callable[[], bool],
        origins: set[str],
    ) -> ReadDocument | Outcome | None:
        """Return the document of a task as it was read; None if it is to be carried out alone.

        `origins` are those of documents before it: what has the same is a copy of their chunks.
        """
        task, beat = member.task, member.beat

        def stop() -> bool:
            return beat.must_stop or stopping()

        run = self.ingestion.opened(task, beat, stop)
        if run is None:
            self.stores.tasks.cancel(task)
            return Outcome.CANCELLED
        origin = run.document.origin
        if origin in origins or not self.is_ordinary(run):
            return None
        origins.add(origin)
        embedder = self.maker.models.embedder(task.tenant_id, run.document.embedding_model)
        file = self.read_file(run, process)
        return ReadDocument(run, file, embedder, origin) if file else None

    def is_ordinary(self, run: Run) -> bool:
        """Return whether the chunks of a run are to be made of all that its file says."""
        document = run.document
        if run.is_committed or not document.storage_key or ranges_of(document.parser_config):
            return False
        return self.maker.reuse.source(run) is None

    def read_file(self, run: Run, process: ParserProcess) -> SmallFile | None:
        """Return what the file of a run says; None if that is too much."""
        document = run.document
        with self.maker.storage.local_path(document.storage_key) as path:
            account = Account(document.name, path.stat().st_size, process.limits)
            run.beat.account = account
            job = self.maker.job(run, process, path, account)
            return read_small(process, job, IngestCallbacks(run.beat.report, run.stop))

    def publish(self, ready: Sequence[ReadDocument], stopping: Callable[[], bool]) -> set[str]:
        """Have the chunks of documents found; return the tasks that are done, none on failure."""
        try:
            return self.published(ready, stopping)
        except ParseCancelledError:
            log.info("%d documents are not carried out together: told to stop.", len(ready))
        except (RagError, RaglanError, TaskLostError) as error:
            log.warning("%d documents are carried out one by one: %s", len(ready), error)
        except Exception:
            # A defect must not end the worker, and the way of a single document is another one.
            log.exception("%d documents are carried out one by one.", len(ready))
        return set()

    def published(self, ready: Sequence[ReadDocument], stopping: Callable[[], bool]) -> set[str]:
        """Have the chunks of documents found; return the tasks that are done."""
        self.stores.disk.check_growing()
        files = [item.file for item in ready]
        stage_small(files, ready[0].embedder, self.stores.chunk_store, stopping)
        turned = self.switch(ready)
        if turned:
            self.show(turned)
            self.end(turned)
        return {item.run.task.id for item, _ in turned}

    def switch(self, ready: Sequence[ReadDocument]) -> list[tuple[ReadDocument, LockedDocument]]:
        """Keep the chunks of documents and turn these to them; return those that go on.

        Each has what the document was before beside it. Others were stopped, or lost.
        """
        database, quota = self.stores.database, self.stores.quota
        task, embedder = ready[0].run.task, ready[0].embedder
        dimensions = embedder.dimensions
        with connection(database), database.atomic():
            quota.hold(task.tenant_id)
            going_on = [(item, old) for item in ready if (old := self.locked(item)) is not None]
            if going_on:
                runs.record_dimensions(database, task.dataset_id, embedder.name, dimensions)
                made = ((i.file.generation, chunk) for i, _ in going_on for chunk in i.file.chunks)
                together.keep(database, made)
                more = self.turn(task.dataset_id, going_on)
                quota.verify(Growth(task.tenant_id, task.dataset_id, chunks=more))
        return going_on

    def locked(self, item: ReadDocument) -> LockedDocument | None:
        """Within a transaction: return a document whose run goes on, and is ours; else None."""
        task = item.run.task
        document = documents.lock(self.stores.database, task.document_id)
        with suppress(TaskLostError):
            self.stores.tasks.guard(task)
            if document is not None and document.is_running(task.generation):
                return document
        return None

    def turn(self, dataset_id: str, going_on: Sequence[tuple[ReadDocument, LockedDocument]]) -> int:
        """Within a transaction: turn documents to their runs; return how many chunks are more."""
        database = self.stores.database
        first = [item for item, old in going_on if is_first(old)]
        for item in first:
            result = item.file.run.result
            stages = stages_of(item.run.task, result.seconds)
            counts = (result.chunks, result.tokens)
            together.turn_first(database, item.run.task, *counts, item.origin, stages)
        more = sum(item.file.run.result.chunks for item in first)
        tokens = sum(item.file.run.result.tokens for item in first)
        ids = [item.run.task.document_id for item in first]
        together.count_turned(database, dataset_id, ids, more, tokens)
        for item, old in going_on:
            if not is_first(old):
                task, stages = item.run.task, stages_of(item.run.task, item.file.run.result.seconds)
                runs.record_made(database, task, item.origin, stages)
                more += runs.turn(database, task, old)
        return more

    def show(self, turned: Sequence[tuple[ReadDocument, LockedDocument]]) -> None:
        """Have the chunks found that documents were turned to."""
        tasks = {item.run.task.document_id: item.run.task for item, _ in turned}
        generations = {document_id: task.generation for document_id, task in tasks.items()}
        dataset_id = turned[0][0].run.task.dataset_id
        self.stores.chunk_store.publish_together(dataset_id, generations)
        with connection(self.stores.database):
            doubted = together.in_doubt(self.stores.database, list(tasks))
        for document_id in doubted:
            self.stores.repair.settle(tasks[document_id])

    def end(self, turned: Sequence[tuple[ReadDocument, LockedDocument]]) -> None:
        """End the runs of documents whose chunks are found, and remove what they replace."""
        for item, old in turned:
            item.file.run.finish()
            if not is_first(old) and (kept := item.run.kept_by_hand()):
                item.run.beat.report(1.0, kept)
        database = self.stores.database
        with connection(database), database.atomic():
            ends = [self.end_one(item, old) for item, old in turned]
        if any(ends):
            self.stores.tasks.wake()
        for item, old in turned:
            account = item.run.beat.account
            self.maker.record_work(item.file.run.result, account.size if account else 0)
            if not is_first(old):
                self.ingestion.leftovers.remove(ended(item.run.task))

    def end_one(self, item: ReadDocument, old: LockedDocument) -> bool:
        """Within a transaction: end a run; return whether a model is to add to its chunks."""
        documents.lock(self.stores.database, item.run.task.document_id)
        item.run.beat.write()
        seconds = item.file.run.result.seconds
        taken = seconds.parsing + seconds.embedding + seconds.indexing
        return item.run.end(f"Task done ({taken:.1f}s).", cleaned=is_first(old))


def is_first(old: LockedDocument) -> bool:
    """Return whether a document had no chunks before, so that a run replaces nothing."""
    return not old.generation and not old.chunk_count


def refuse() -> None:
    """Raise what a task is stopped by."""
    raise ParseCancelledError("The worker stops.")
