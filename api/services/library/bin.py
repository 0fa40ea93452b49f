"""The bin: documents that are deleted so that it can be taken back for some minutes.

A document in the bin is in no list and no search, and counts nowhere. Its chunks and its file stay
until the note of their removal is due.
"""

from collections.abc import Sequence

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected, connection
from api.db.models.states import RunState
from api.errors import ArgumentError
from api.services.accounts.records import Principal
from api.services.library.bin_records import BinnedRow, Deletion, Discarded, KeptDocument
from api.services.library.chunk_index import batches
from api.services.library.cleanup import CleanupService
from api.services.library.document_upload import UploadService
from api.services.library.names import candidates, is_id, numbered_file
from api.services.library.names import name_key as key_of
from api.services.library.opening import opened_dataset
from api.services.library.queries import bin as queries
from api.services.library.queries import cleanup as notes
from api.services.library.queries import documents, holdings
from api.services.library.quota import Growth, Quota
from api.services.library.records import CleanupKind, DatasetHead
from api.services.tally import Tally, distinct
from api.things import Kind

KEPT_MS = 15 * 60_000
"""How long a deletion can be taken back, in ms; then chunks and files are removed."""

GRACE_MS = 30_000
"""How long, in ms, before that it cannot any more: clocks differ, and a removal may begin."""

AT_ONCE = 200
MOST_DELETIONS = 100
NAME_BYTES = 255


class DocumentBin:
    """Deletes documents so that it can be taken back, and takes it back."""

    def __init__(self, database: Database, cleanup: CleanupService, quota: Quota) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.cleanup = cleanup
        self.quota = quota

    def discard(self, asker: Principal, dataset_id: str, ids: Sequence[str]) -> Discarded:
        """Put documents of a dataset into the bin; what is being parsed counts as stopped."""
        with connection(self.database):
            opened_dataset(self.database, asker, dataset_id)
        deletion, until = new_id(), now_ms() + KEPT_MS
        wanted, repeated = distinct(ids)
        gone: set[str] = set()
        for batch in batches([item for item in wanted if is_id(item)], AT_ONCE):
            put_away, noted = self.put_away(dataset_id, batch, deletion, until)
            gone |= put_away
            self.cleanup.carry_out(noted)
        missing = tuple(item for item in wanted if item not in gone)
        return Discarded(
            deletion, until, Tally(Kind.DOCUMENT, len(gone), missing, repeated=tuple(repeated))
        )

    @connected
    def put_away(
        self, dataset_id: str, ids: Sequence[str], deletion: str, until: int
    ) -> tuple[set[str], list[str]]:
        """Move the rows of some documents into the bin; return their ids and noted cleanups."""
        with self.database.atomic():
            held = documents.lock_holdings(dataset_id, ids)
            found = queries.documents(self.database, dataset_id, [item.id for item in held])
            kept = [(stopped(row), self.note_removal(row, until)) for row in found]
            queries.put(deletion, until, kept)
            documents.remove([item.id for item in held])
            holdings.remove_documents(dataset_id, held)
            noted = [notes.note(CleanupKind.HIDDEN, dataset_id, item.id) for item in held]
            return {item.id for item in held}, noted

    @staticmethod
    def note_removal(row: KeptDocument, until: int) -> str:
        """Note that a document is to be removed for good when it was in the bin for its time."""
        place = (row["dataset_id"], row["id"], row["storage_key"])
        return notes.note(CleanupKind.DOCUMENT, *place, wait=max(0, until - now_ms()))

    def restore(self, asker: Principal, dataset_id: str, deletion: str) -> int:
        """Take a deletion back; return how many documents there are again.

        A document whose name was taken meanwhile gets a number. Raises ArgumentError where nothing
        of the deletion is in the bin any more, QuotaError where there is no more room for it.
        """
        with connection(self.database):
            dataset = opened_dataset(self.database, asker, dataset_id)
        back: list[str] = []
        while True:
            ids, noted = self.bring_back(dataset, deletion)
            self.cleanup.carry_out(noted)
            back += ids
            if not ids:
                break
        if not back:
            raise ArgumentError("`undo`: there is nothing in the bin that it could take back.")
        self.index_what_is_lost(dataset_id, back)
        return len(back)

    @connected
    def bring_back(self, dataset: DatasetHead, deletion: str) -> tuple[list[str], list[str]]:
        """Write some rows of a deletion again; return their ids and noted cleanups."""
        with self.database.atomic():
            self.quota.hold(dataset.tenant_id)
            after = now_ms() + GRACE_MS
            binned = queries.lock(dataset.id, deletion, after, AT_ONCE)
            found = self.renewed(dataset.id, binned)
            if not found:
                return [], []
            ids = [str(row["id"]) for row in found]
            notes.remove([row.cleanup_id for row in binned])
            queries.remove(ids)
            queries.bring_back(found)
            self.count(dataset, found)
            return ids, [notes.note(CleanupKind.FACTS, dataset.id, item) for item in ids]

    def renewed(self, dataset_id: str, binned: Sequence[BinnedRow]) -> list[KeptDocument]:
        """Return rows of the bin as they can be written again: with free names, no lost file."""
        found = [queries.read(row.document) for row in binned]
        lost = set(documents.missing_files([row["file_id"] for row in found if row["file_id"]]))
        taken = UploadService.taken_names(dataset_id, [row["name"] for row in found])
        for row in found:
            row["name"] = next(candidates(row["name"], numbered_file(NAME_BYTES), taken, key=str))
            row["name_key"] = key_of(row["name"])
            taken.add(row["name"])
            if row["file_id"] in lost:
                row["file_id"] = ""
        return found

    def count(self, dataset: DatasetHead, found: Sequence[KeptDocument]) -> None:
        """Within a transaction: count documents in again; raises QuotaError."""
        size = sum(row["size"] for row in found)
        chunks = sum(row["chunk_count"] for row in found)
        holdings.add_documents(dataset.id, len(found), size)
        tokens = sum(row["token_count"] for row in found)
        holdings.add_chunks(self.database, dataset.id, chunks, tokens)
        self.quota.verify(Growth(dataset.tenant_id, dataset.id, size, len(found), chunks))

    def index_what_is_lost(self, dataset_id: str, ids: Sequence[str]) -> None:
        """Have documents indexed again where the chunk store was made anew without them."""
        chunk_store = self.cleanup.chunk_store
        there = self.cleanup.execution.offload(chunk_store.count, dataset_id)
        with connection(self.database):
            if there >= holdings.held_by_dataset(dataset_id)[2] + queries.chunks_in(dataset_id):
                return
            for batch in batches(ids, AT_ONCE):
                with self.database.atomic():
                    queries.index_again(batch)

    @connected
    def deletions(self, asker: Principal, dataset_id: str) -> list[Deletion]:
        """Return what was deleted of a dataset and can be taken back, the newest first."""
        opened_dataset(self.database, asker, dataset_id)
        after = now_ms() + GRACE_MS
        return queries.deletions(self.database, dataset_id, after, MOST_DELETIONS)


def stopped(row: KeptDocument) -> KeptDocument:
    """Return the row of a document as it is when its run, if there is one, has been stopped.

    The number of the next run is one that the stopped one does not have.
    """
    if row["run"] != RunState.RUNNING:
        return row
    return {**row, "run": RunState.CANCEL, "progress": 0.0}
