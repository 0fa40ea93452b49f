"""Documents: listed, changed, downloaded and deleted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Database, IntegrityError, fn

from api.db.base import now_ms
from api.db.connection import connected, connection
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk, Task
from api.db.models.states import TaskState
from api.db.rows import delete_rows, locked_rows, tuple_rows
from api.errors import Kind, NotFoundError, RuleError, UnavailableError
from api.execution import Execution
from api.schemas.base import DeleteRequest
from api.schemas.sdk.document import DocumentChange, DocumentQuery
from api.services.library.chunk_index import batches
from api.services.library.chunk_rows import carry_over, counts
from api.services.library.cleanup import RUN_GRACE, CleanupService, note
from api.services.library.document_change import change_of, duplicate_name
from api.services.library.document_list import list_documents
from api.services.library.names import is_id
from api.services.library.owned import check_dataset, documents_of
from api.services.library.presenting import document_object
from api.services.tally import Tally, distinct
from rag.errors import ObjectNotFoundError, StorageError
from rag.storage.base import ObjectStore

BLOCK = 256 << 10
DELETED_AT_ONCE = 500

COUNTERS = (Document.size, Document.chunk_count, Document.token_count)


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out; it is opened when `content` is first asked for a block."""

    name: str
    size: int
    content: Iterator[bytes]


class DocumentService:
    """Keeps the documents of datasets."""

    def __init__(
        self,
        database: Database,
        storage: ObjectStore,
        cleanup: CleanupService,
        execution: Execution,
    ) -> None:
        """Remember the parts; nothing is opened."""
        self.database = database
        self.storage = storage
        self.cleanup = cleanup
        self.execution = execution

    @connected
    def list_page(self, tenant_id: str, dataset_id: str, query: DocumentQuery) -> dict[str, Any]:
        """Return a page of a dataset's documents and how many there are in all."""
        return list_documents(self.database, tenant_id, dataset_id, query)

    def update(
        self, tenant_id: str, dataset_id: str, document_id: str, body: DocumentChange
    ) -> dict[str, Any]:
        """Change what is given of a document and return it."""
        with connection(self.database):
            check_dataset(tenant_id, dataset_id, "You don't own the dataset.")
            try:
                with self.database.atomic():
                    noted = self.write(dataset_id, document_id, body)
            except IntegrityError as error:
                raise duplicate_name() from error
        self.cleanup.carry_out(noted)
        with connection(self.database):
            return document_object(self.row(dataset_id, document_id))

    def download(self, tenant_id: str, dataset_id: str, document_id: str) -> Download:
        """Return a document's file; raises before the first byte if there is none."""
        row = self.file_of(tenant_id, dataset_id, document_id)
        if not row["storage_key"]:
            raise RuleError("This file is empty.")
        try:
            self.execution.files(self.storage.open, row["storage_key"]).close()
        except ObjectNotFoundError as error:
            raise NotFoundError(f"The file of {row['name']} is not there any more.") from error
        except StorageError as error:
            raise UnavailableError(f"{row['name']} could not be read: try again later.") from error
        return Download(row["name"], row["size"], self.content(row["storage_key"]))

    def content(self, storage_key: str) -> Iterator[bytes]:
        """Yield the bytes of a file, a block at a time."""
        with self.execution.files(self.storage.open, storage_key) as file:
            while block := self.execution.files(file.read, BLOCK):
                yield block

    def delete(self, tenant_id: str, dataset_id: str, body: DeleteRequest) -> Tally:
        """Delete documents with their chunks and files."""
        with connection(self.database):
            check_dataset(tenant_id, dataset_id)
        if body.everything:
            return Tally(Kind.DOCUMENT, self.delete_all(dataset_id))
        ids, repeated = distinct(body.ids or ())
        deleted: set[str] = set()
        for batch in batches([item for item in ids if is_id(item)], DELETED_AT_ONCE):
            deleted |= self.delete_some(dataset_id, batch)
        missing = tuple(document_id for document_id in ids if document_id not in deleted)
        return Tally(Kind.DOCUMENT, len(deleted), missing, repeated=tuple(repeated))

    def delete_all(self, dataset_id: str) -> int:
        """Delete all documents of a dataset; return how many there were."""
        count = 0
        while ids := self.some_ids(dataset_id):
            count += len(self.delete_some(dataset_id, ids))
        return count

    def delete_some(self, dataset_id: str, ids: Sequence[str]) -> set[str]:
        """Delete a few documents with all that they have; return the ids of those there were."""
        self.cleanup.disk.make_room()
        deleted, noted = self.forget(dataset_id, ids)
        self.cleanup.carry_out(noted)
        return deleted

    # The rows.

    def row(self, dataset_id: str, document_id: str, refusal: str = "") -> dict[str, Any]:
        """Return a document's row; raises NotFoundError."""
        found = documents_of(dataset_id, [document_id])
        if not found:
            raise NotFoundError(refusal or "The dataset doesn't own the document.")
        return found[0]

    @connected
    def file_of(self, tenant_id: str, dataset_id: str, document_id: str) -> dict[str, Any]:
        """Return the row of a document that is to be downloaded."""
        check_dataset(tenant_id, dataset_id, f"You do not own the dataset {dataset_id}.")
        refusal = f"The dataset not own the document {document_id}."
        return self.row(dataset_id, document_id, refusal)

    def write(self, dataset_id: str, document_id: str, body: DocumentChange) -> list[str]:
        """Within a transaction: write the changes of a document; return the noted cleanups."""
        this = (Document.id == document_id) & (Document.dataset_id == dataset_id)
        Document.update(update_time=now_ms()).where(this).execute()  # locks the row
        stored = self.row(dataset_id, document_id)
        change = change_of(stored, body)
        if change.columns:
            Document.update(**change.columns).where(this).execute()
        if change.drops_chunks:
            discard_before = now_ms() if body.discard_edits else 0
            carry_over(
                document_id, stored["generation"], change.columns["generation"], discard_before
            )
            self.count_again(stored, change.columns["generation"])
        return [note(kind, dataset_id, document_id) for kind in change.cleanups]

    @connected
    def some_ids(self, dataset_id: str) -> list[str]:
        """Return the ids of some documents of a dataset."""
        chosen = Document.select(Document.id).where(Document.dataset_id == dataset_id)
        return [row[0] for row in tuple_rows(chosen.limit(DELETED_AT_ONCE))]

    @connected
    def forget(self, dataset_id: str, ids: Sequence[str]) -> tuple[set[str], list[str]]:
        """Delete the rows of documents and their tasks; return their ids and noted cleanups."""
        these = (Document.dataset_id == dataset_id) & Document.id.in_(ids)
        with self.database.atomic():
            columns = (Document.id, Document.storage_key, *COUNTERS)
            found = locked_rows(Document.select(*columns).where(these), Document.id)
            deleted = {row["id"] for row in found}
            running = running_documents(deleted)
            delete_rows(Document, Document.id.in_(deleted))
            delete_rows(Task, Task.document_id.in_(deleted))
            self.count_out(dataset_id, found, documents=len(found))
            return deleted, [note_deletion(dataset_id, row, running) for row in found]

    def count_again(self, stored: Mapping[str, Any], generation: int) -> None:
        """Count what a document has in a new generation, instead of what it had."""
        chunks, tokens = counts(
            (StoredChunk.document_id == stored["id"]) & (StoredChunk.generation == generation)
        )
        this = Document.id == stored["id"]
        Document.update(chunk_count=chunks, token_count=tokens).where(this).execute()
        gone = {
            "size": 0,
            "chunk_count": stored["chunk_count"] - chunks,
            "token_count": stored["token_count"] - tokens,
        }
        self.count_out(stored["dataset_id"], [gone], documents=0)

    def count_out(
        self, dataset_id: str, rows: Sequence[Mapping[str, Any]], *, documents: int
    ) -> None:
        """Take documents, and what they hold, from the dataset's counters."""
        Dataset.update(
            document_count=Dataset.document_count - documents,
            size=Dataset.size - sum(row["size"] for row in rows),
            chunk_count=Dataset.chunk_count - sum(row["chunk_count"] for row in rows),
            token_num=Dataset.token_num - sum(row["token_count"] for row in rows),
            update_time=now_ms(),
        ).where(Dataset.id == dataset_id).execute()


def running_documents(ids: set[str]) -> set[str]:
    """Return those of the documents that a worker is busy with."""
    busy = Task.document_id.in_(ids) & (Task.state == TaskState.RUNNING)
    return {row[0] for row in tuple_rows(Task.select(fn.DISTINCT(Task.document_id)).where(busy))}


def note_deletion(dataset_id: str, row: Mapping[str, Any], running: set[str]) -> str:
    """Note that a document is to be removed: now, and once more when its run must have ended."""
    if row["id"] in running:
        note("document", dataset_id, row["id"], row["storage_key"], wait=RUN_GRACE)
    return note("document", dataset_id, row["id"], row["storage_key"])
