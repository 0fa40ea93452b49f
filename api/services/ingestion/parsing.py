"""Starting and stopping the parsing of documents."""

from collections.abc import Callable, Sequence
from functools import partial

from api.db.base import now_ms
from api.db.connection import Database, connection
from api.db.models.states import RunState
from api.errors import ConflictError, NotFoundError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.deletion import Deletion, distinct
from api.services.ingestion.queries import starting
from api.services.ingestion.records import Asked, QueuedDocument
from api.services.library.chunk_index import batches
from api.services.library.names import is_id
from api.services.library.queries import datasets
from api.tasks.base import NewTask, TaskQueue
from rag.quoting import listed

LOCKED_AT_ONCE = 500

BUSY = "Can't parse document that is currently being processed"
NOT_STOPPABLE = "Can't stop parsing document that has not started or already completed"

Documents = Sequence[QueuedDocument]


class ParsingService:
    """Puts documents on their way through the workers, and takes them back."""

    def __init__(self, database: Database, tasks: TaskQueue) -> None:
        """Remember the parts; nothing is connected to."""
        self.database = database
        self.tasks = tasks

    def parse(
        self,
        asker: Principal,
        dataset_id: str,
        document_ids: Sequence[str],
        *,
        discard_edits: bool = False,
    ) -> Deletion:
        """Queue documents for parsing; their old chunks stay until the new ones are complete.

        Those that people have added stay for good, and so do those that they have changed unless
        these are to be discarded. The documents that can be parsed are queued; then an error names
        the others.
        """
        start = partial(self.start, discard_before=now_ms() if discard_edits else 0)
        asked = self.apply(asker, dataset_id, document_ids, start)
        if asked.count:
            self.tasks.wake()
        return told(asked, BUSY)

    def stop(
        self,
        asker: Principal,
        dataset_id: str,
        document_ids: Sequence[str],
        *,
        tolerant: bool = False,
    ) -> Deletion:
        """Stop the parsing of documents; those that were stopped before stay so.

        An error names those that are not being parsed, unless `tolerant`.
        """
        asked = self.apply(asker, dataset_id, document_ids, self.cancel)
        if tolerant:
            asked.refused.clear()
        return told(asked, NOT_STOPPABLE, "DOC_STOP_PARSING_INVALID_STATE")

    def apply(
        self,
        asker: Principal,
        dataset_id: str,
        document_ids: Sequence[str],
        action: Callable[[Documents, Asked], None],
    ) -> Asked:
        """Do it to the documents that exist; return what came of it."""
        ids, repeated = distinct(document_ids)
        asked = Asked(repeated=repeated)
        with connection(self.database):
            found = datasets.find(self.database, dataset_id) if is_id(dataset_id) else None
            check(asker, found, Right.CHANGE, "dataset", dataset_id)
            for batch in batches(ids, LOCKED_AT_ONCE):
                self.apply_to_some(dataset_id, batch, action, asked)
        return asked

    def apply_to_some(
        self,
        dataset_id: str,
        ids: Sequence[str],
        action: Callable[[Documents, Asked], None],
        asked: Asked,
    ) -> None:
        """Lock a few documents and do it to them."""
        with self.database.atomic():
            documents = starting.lock(dataset_id, [item for item in ids if is_id(item)])
            found = {document.id for document in documents}
            asked.missing += [item for item in ids if item not in found]
            action(documents, asked)

    def start(self, documents: Documents, asked: Asked, *, discard_before: int) -> None:
        """Within a transaction: queue a new run of those documents that have none."""
        idle = [document for document in documents if document.run != RunState.RUNNING]
        asked.refused += [item.id for item in documents if item.run == RunState.RUNNING]
        asked.count += len(idle)
        starting.begin_runs([document.id for document in idle])
        self.tasks.enqueue([new_task(document, discard_before) for document in idle])

    def cancel(self, documents: Documents, asked: Asked) -> None:
        """Within a transaction: end the runs of those documents that have one."""
        running = [document.id for document in documents if document.is_stoppable]
        stopped = [document.id for document in documents if document.run == RunState.CANCEL]
        done = {*running, *stopped}
        asked.refused += [document.id for document in documents if document.id not in done]
        asked.count += len(running) + len(stopped)
        starting.cancel_runs(running)
        self.tasks.request_cancel(running)


def new_task(document: QueuedDocument, discard_before: int) -> NewTask:
    """Return the task of a document's next run."""
    place = (document.tenant_id, document.dataset_id, document.id, document.next_generation + 1)
    return NewTask(*place, discard_before=discard_before)


def told(asked: Asked, refusal: str, error_code: str = "") -> Deletion:
    """Return what was done; raises an error that names what was not done."""
    if asked.missing:
        raise NotFoundError(f"Documents not found: {listed(asked.missing)}")
    if asked.refused:
        problems = [f"{refusal}: {document_id}" for document_id in asked.refused]
        data: dict[str, object] = {"success_count": asked.count, "errors": listed(problems)}
        if error_code:
            data["error_code"] = error_code
        raise ConflictError(refusal, data=data)
    return Deletion(asked.count, tuple(asked.repeated))
