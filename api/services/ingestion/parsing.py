"""Starting and stopping the parsing of documents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from peewee import Database

from api.db.base import now_ms
from api.db.connection import connected, connection
from api.db.models.document import Document
from api.db.models.states import RunState
from api.db.rows import locked_rows
from api.errors import ConflictError, NotFoundError
from api.schemas.deletion import Deletion, distinct
from api.schemas.sdk.document import DocumentIds, ParseRequest
from api.services.library.chunk_index import batches
from api.services.library.names import is_id
from api.services.library.owned import check_dataset
from api.tasks.base import NewTask, TaskQueue
from rag.quoting import listed

LOCKED_AT_ONCE = 500

BUSY = "Can't parse document that is currently being processed"
NOT_STOPPABLE = "Can't stop parsing document that has not started or already completed"

COLUMNS = (
    Document.id,
    Document.tenant_id,
    Document.dataset_id,
    Document.run,
    Document.generation,
    Document.next_generation,
)

Rows = Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Outcome:
    """To how many documents it was done, and which were refused or not found."""

    count: int = 0
    refused: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class ParsingService:
    """Puts documents on their way through the workers, and takes them back."""

    def __init__(self, database: Database, tasks: TaskQueue) -> None:
        """Remember the parts; nothing is connected to."""
        self.database = database
        self.tasks = tasks

    def parse(self, tenant_id: str, dataset_id: str, body: ParseRequest) -> Deletion:
        """Queue documents for parsing; their old chunks stay until the new ones are complete.

        Those that people have added stay for good, and so do those that they have changed unless
        these are to be discarded. The documents that can be parsed are queued; then an error names
        the others.
        """
        start = partial(self.start, discard_before=now_ms() if body.discard_edits else 0)
        outcome, repeated = self.apply(tenant_id, dataset_id, body, start)
        if outcome.count:
            self.tasks.wake()
        return told(outcome, repeated, BUSY)

    def stop(
        self, tenant_id: str, dataset_id: str, body: DocumentIds, *, tolerant: bool = False
    ) -> Deletion:
        """Stop the parsing of documents; those that were stopped before stay so.

        An error names those that are not being parsed, unless `tolerant`.
        """
        outcome, repeated = self.apply(tenant_id, dataset_id, body, self.cancel)
        if tolerant:
            outcome.refused.clear()
        return told(outcome, repeated, NOT_STOPPABLE, "DOC_STOP_PARSING_INVALID_STATE")

    def apply(
        self,
        tenant_id: str,
        dataset_id: str,
        body: DocumentIds,
        action: Callable[[Rows, Outcome], None],
    ) -> tuple[Outcome, list[str]]:
        """Do it to the documents that exist; return what came of it and ids given twice."""
        ids, repeated = distinct(body.document_ids)
        outcome = Outcome()
        with connection(self.database):
            check_dataset(tenant_id, dataset_id)
            for batch in batches(ids, LOCKED_AT_ONCE):
                self.apply_to_some(dataset_id, batch, action, outcome)
        return outcome, repeated

    @connected
    def apply_to_some(
        self,
        dataset_id: str,
        ids: Sequence[str],
        action: Callable[[Rows, Outcome], None],
        outcome: Outcome,
    ) -> None:
        """Lock a few documents and do it to them."""
        wanted = [item for item in ids if is_id(item)]
        these = (Document.dataset_id == dataset_id) & Document.id.in_(wanted)
        with self.database.atomic():
            rows = locked_rows(Document.select(*COLUMNS).where(these), Document.id)
            found = {row["id"] for row in rows}
            outcome.missing += [item for item in ids if item not in found]
            action(rows, outcome)

    def start(self, rows: Rows, outcome: Outcome, *, discard_before: int) -> None:
        """Within a transaction: queue a new run of those documents that have none."""
        idle = [row for row in rows if row["run"] != RunState.RUNNING]
        outcome.refused += [row["id"] for row in rows if row["run"] == RunState.RUNNING]
        outcome.count += len(idle)
        ids = [row["id"] for row in idle]
        Document.update(
            run=RunState.RUNNING,
            progress=0.0,
            progress_msg="Task is queued...",
            process_begin_at=now_ms(),
            process_duration=0.0,
            next_generation=Document.next_generation + 1,
            update_time=now_ms(),
        ).where(Document.id.in_(ids)).execute()
        self.tasks.enqueue([new_task(row, discard_before) for row in idle])

    def cancel(self, rows: Rows, outcome: Outcome) -> None:
        """Within a transaction: end the runs of those documents that have one."""
        running = [row["id"] for row in rows if is_stoppable(row)]
        stopped = [row["id"] for row in rows if row["run"] == RunState.CANCEL]
        outcome.refused += [row["id"] for row in rows if row["id"] not in {*running, *stopped}]
        outcome.count += len(running) + len(stopped)
        columns = {"run": RunState.CANCEL, "progress": 0.0, "update_time": now_ms()}
        Document.update(columns).where(Document.id.in_(running)).execute()
        self.tasks.request_cancel(running)


def new_task(row: Mapping[str, Any], discard_before: int) -> NewTask:
    """Return the task of a document's next run."""
    place = (row["tenant_id"], row["dataset_id"], row["id"], row["next_generation"] + 1)
    return NewTask(*place, discard_before=discard_before)


def is_stoppable(row: Mapping[str, Any]) -> bool:
    """Tell whether a run goes on that has not published its chunks yet."""
    return bool(row["run"] == RunState.RUNNING and row["generation"] != row["next_generation"])


def told(outcome: Outcome, repeated: Sequence[str], refusal: str, error_code: str = "") -> Deletion:
    """Return what the client is told; raises an error that names what was not done."""
    if outcome.missing:
        raise NotFoundError(f"Documents not found: {listed(outcome.missing)}")
    if outcome.refused:
        problems = [f"{refusal}: {document_id}" for document_id in outcome.refused]
        data: dict[str, Any] = {"success_count": outcome.count, "errors": listed(problems)}
        if error_code:
            data["error_code"] = error_code
        raise ConflictError(refusal, data=data)
    return Deletion(outcome.count, tuple(f"Duplicate document ids: {item}" for item in repeated))
