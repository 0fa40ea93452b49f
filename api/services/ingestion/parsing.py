"""Starting and stopping the parsing of documents."""

from collections.abc import Callable, Sequence
from functools import partial

from api.db.base import now_ms
from api.db.connection import Database, connection
from api.db.models.states import RunState
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.ingestion.queries import starting
from api.services.ingestion.records import Asked, QueuedDocument
from api.services.library.chunk_index import batches
from api.services.library.names import is_id
from api.services.library.queries import holdings
from api.services.tally import Tally, distinct
from api.tasks.base import NewTask, Priority, TaskQueue
from api.things import Kind

LOCKED_AT_ONCE = 500

Documents = Sequence[QueuedDocument]


class ParsingService:
    """Puts documents on their way through the workers, and takes them back."""

    def __init__(self, database: Database, tasks: TaskQueue) -> None:
        """Initialize with the parts; nothing is connected to."""
        self.database = database
        self.tasks = tasks

    def parse(
        self,
        asker: Principal,
        dataset_id: str,
        document_ids: Sequence[str],
        *,
        discard_edits: bool = False,
        priority: Priority = Priority.ASKED,
    ) -> Tally:
        """Queue documents for parsing; their old chunks stay until the new ones are complete.

        Those that people have added stay for good, and so do those that they have changed unless
        these are to be discarded. The documents that can be parsed are queued; those that are being
        parsed are refused.
        """
        before = now_ms() if discard_edits else 0
        start = partial(self.start, discard_before=before, priority=priority)
        tally = self.apply(asker, dataset_id, document_ids, start)
        if tally.count:
            self.tasks.wake()
        return tally

    def stop(self, asker: Principal, dataset_id: str, document_ids: Sequence[str]) -> Tally:
        """Stop the parsing of documents; those that were stopped before stay so.

        Those that are not being parsed are refused.
        """
        return self.apply(asker, dataset_id, document_ids, self.cancel)

    def apply(
        self,
        asker: Principal,
        dataset_id: str,
        document_ids: Sequence[str],
        action: Callable[[Documents, Asked], None],
    ) -> Tally:
        """Apply the change to the documents that exist; return its outcome."""
        ids, repeated = distinct(document_ids)
        asked = Asked()
        with connection(self.database):
            head = holdings.head_of(self.database, dataset_id)
            check(self.database, asker, head, Right.CHANGE, Kind.DATASET, dataset_id)
            for batch in batches(ids, LOCKED_AT_ONCE):
                self.apply_to_some(dataset_id, batch, action, asked)
        missing, refused = tuple(asked.missing), tuple(asked.refused)
        return Tally(Kind.DOCUMENT, asked.count, missing, refused, tuple(repeated))

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

    def start(
        self, documents: Documents, asked: Asked, *, discard_before: int, priority: Priority
    ) -> None:
        """Within a transaction: queue a new run of those documents that have none."""
        idle = [document for document in documents if document.run != RunState.RUNNING]
        asked.refused += [item.id for item in documents if item.run == RunState.RUNNING]
        asked.count += len(idle)
        starting.begin_runs([document.id for document in idle])
        self.tasks.enqueue([new_task(item, discard_before, priority) for item in idle])

    def cancel(self, documents: Documents, asked: Asked) -> None:
        """Within a transaction: end the runs of those documents that have one.

        Of those whose chunks a model adds to, that ends.
        """
        running = [document.id for document in documents if document.is_stoppable]
        stopped = [document.id for document in documents if document.run == RunState.CANCEL]
        enriched = starting.being_enriched([document.id for document in documents])
        done = {*running, *stopped, *enriched}
        asked.refused += [document.id for document in documents if document.id not in done]
        asked.count += len(done)
        starting.cancel_runs(running)
        self.tasks.request_cancel([*running, *enriched])


def new_task(document: QueuedDocument, discard_before: int, priority: Priority) -> NewTask:
    """Return the task of a document's next run."""
    place = (document.tenant_id, document.dataset_id, document.id, document.next_generation + 1)
    return NewTask(*place, discard_before=discard_before, priority=priority)
