"""Files that are put into a dataset together, and what has become of them."""

from collections.abc import Sequence

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.db.cursors import Cursor
from api.db.models.states import RunState
from api.errors import NotFoundError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.ingestion.parsing import ParsingService
from api.services.library.opening import opened_dataset
from api.services.stores.queries import stores as queries
from api.services.stores.records import BatchRecord, RunCounts, ShownBatch, StoreFiles
from api.services.stores.store_files import StoreFileService
from api.services.stores.values import Attachment, FilesWanted
from api.things import Kind


class BatchService:
    """Keeps which files were put into a dataset together."""

    def __init__(self, files: StoreFileService, parsing: ParsingService) -> None:
        """Initialize with the parts."""
        self.database: Database = files.database
        self.files = files
        self.parsing = parsing

    def create(self, asker: Principal, dataset_id: str, wanted: Sequence[Attachment]) -> ShownBatch:
        """Put files into a dataset, all or none, and return the batch that they are."""
        documents = self.files.attach(asker, dataset_id, wanted)
        ids = tuple(dict.fromkeys(document.id for document in documents))
        self.insert(made := BatchRecord(new_id(), dataset_id, ids, now_ms()))
        return self.get(asker, dataset_id, made.id)

    @connected
    def get(self, asker: Principal, dataset_id: str, batch_id: str) -> ShownBatch:
        """Return a batch; what was taken out of the dataset since counts as cancelled."""
        found = self.found(asker, dataset_id, batch_id)
        states = dict(queries.batch_counts(self.database, found).by_state)
        gone = len(found.document_ids) - sum(states.values())
        if gone:
            states[RunState.CANCEL] = states.get(RunState.CANCEL, 0) + gone
        return ShownBatch(found, RunCounts(states))

    def cancel(self, asker: Principal, dataset_id: str, batch_id: str) -> ShownBatch:
        """Stop the parsing of what is not parsed yet, and return the batch."""
        ids = self.get(asker, dataset_id, batch_id).batch.document_ids
        self.parsing.stop(asker, dataset_id, ids)
        return self.get(asker, dataset_id, batch_id)

    def list_part(
        self, asker: Principal, dataset_id: str, wanted: FilesWanted, cursor: Cursor
    ) -> StoreFiles:
        """Return some of the files of a batch."""
        ids = self.get(asker, dataset_id, wanted.batch_id).batch.document_ids
        return self.files.listed(asker, dataset_id, wanted, ids, cursor)

    # The rows.

    def found(self, asker: Principal, dataset_id: str, batch_id: str) -> BatchRecord:
        """Return a batch of a dataset; raises NotFoundError."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        found = queries.batch(self.database, batch_id)
        if found is None or found.dataset_id != dataset_id:
            raise NotFoundError(Kind.BATCH, batch_id)
        return found

    @connected
    def insert(self, made: BatchRecord) -> None:
        """Write a batch."""
        queries.insert_batch(made)
