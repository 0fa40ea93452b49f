"""Finishing outside the database what was committed in it, after a crash as well as at once."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from peewee import Database

from api.db.base import now_ms
from api.db.connection import connected
from api.db.models.cleanup import Cleanup
from api.db.models.document import Document, StoredChunk, Task
from api.db.rows import delete_rows, dict_rows, first_row, tuple_rows
from api.db.space import give_back
from api.errors import RaglanError, StartError, UnavailableError
from api.execution import Execution
from api.services.library.chunk_index import ChunkIndex, batches
from api.services.library.disk import DiskSpace
from api.services.library.reindexing import Progress, Reindexer
from rag.engines.base import ChunkStore
from rag.errors import RagError
from rag.storage.base import ObjectStore

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 1000
RETRY_AFTER = 10_000
"""How long, in ms, the recovery job leaves work alone that has failed for the first time."""

LONGEST_RETRY = 3_600_000
"""The waits double up to this, in ms: what is broken for good must not fill the log."""

EDIT_GRACE = 2_000
"""How old, in ms, an edit is before the recovery job takes its process for dead."""

UPLOAD_GRACE = 3_600_000
"""How old, in ms, a stored file without a document is before it is removed."""

RUN_GRACE = 60_000
"""When, in ms, something is removed again that a run of parsing may still have added to."""

STEPS_AT_ONCE = 32
PAUSE = 0.01
"""Seconds between two steps of giving back room, in which others write: 1 MB of each file."""


class CleanupService:
    """Removes from the chunk store and the object store what is gone, and repeats what was lost."""

    def __init__(
        self,
        database: Database,
        storage: ObjectStore,
        chunk_store: ChunkStore,
        index: ChunkIndex,
        disk: DiskSpace,
        execution: Execution,
    ) -> None:
        """Remember the parts; nothing is opened."""
        self.disk = disk
        self.database = database
        self.storage = storage
        self.chunk_store = chunk_store
        self.index = index
        self.execution = execution
        self.reindexer = Reindexer(database, chunk_store, index)
        self.work: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "dataset": self.remove_dataset,
            "document": self.remove_document,
            "chunks": self.remove_old_chunks,
            "facts": self.tell_facts,
            "upload": self.remove_upload,
        }

    def carry_out(self, ids: Sequence[str]) -> None:
        """Do some of the noted work now; what fails stays noted for the recovery job."""
        for batch in batches(ids, ROWS_AT_ONCE):
            for row in self.noted(Cleanup.id.in_(batch)):
                self.attempt(row)

    def finish(self) -> int:
        """Do what killed processes have left, as far as it is due; return how much it was."""
        due = self.noted(Cleanup.not_before <= now_ms())
        for row in due:
            self.attempt(row)
        return len(due) + self.index_edits()

    def give_back(self) -> int:
        """Give the file system back some of what removed things took; 0 if nothing is left."""
        # A store that cannot be written to is told of by whoever has to write.
        with suppress(RagError, RaglanError):
            return repeated(partial(give_back, self.database)) + repeated(
                partial(self.execution.offload, self.chunk_store.give_back)
            )
        return 0

    def reindex(self, dataset_id: str | None, on_progress: Progress) -> int:
        """Make the chunk store say what the database does; return the number of chunks.

        Raises NotFoundError for an unknown dataset, and what the model and the chunk store raise.
        """
        return self.reindexer.run(dataset_id, on_progress)

    def attempt(self, row: Mapping[str, Any]) -> None:
        """Do a piece of work; when that fails, however it does, it is due again later."""
        work = self.work.get(row["kind"], self.of_another_version)
        done = False
        try:
            work(row)
            done = True
        except (RagError, RaglanError) as error:
            log.warning("Cleaning up %s %s: %s", row["kind"], place_of(row), error)
        finally:
            if done:
                self.strike([row["id"]])
            else:
                self.postpone_if_that_can_be_noted(row)

    # The kinds of work.

    def remove_dataset(self, row: Mapping[str, Any]) -> None:
        """Remove what belonged to a deleted dataset."""
        dataset_id = row["dataset_id"]
        self.execution.files(
            self.storage.delete_tree, dataset_id
        )  # first, as it makes the most room
        for model in (Document, Task, StoredChunk):
            self.remove_rows(model, "dataset_id", dataset_id)
        self.execution.offload(self.chunk_store.drop_dataset, dataset_id)

    def remove_document(self, row: Mapping[str, Any]) -> None:
        """Remove what belonged to a deleted document."""
        if row["storage_key"]:
            self.execution.files(
                self.storage.delete, row["storage_key"]
            )  # first, as it makes the most room
        self.remove_rows(StoredChunk, "document_id", row["document_id"])
        self.execution.offload(
            self.chunk_store.drop_document, row["dataset_id"], row["document_id"]
        )

    def remove_old_chunks(self, row: Mapping[str, Any]) -> None:
        """Forget the chunks of a document that a change of its settings has made invisible."""
        while ids := self.old_chunks(row["document_id"]):
            self.index.sync(row["dataset_id"], row["document_id"], ids)

    def tell_facts(self, row: Mapping[str, Any]) -> None:
        """Tell the chunk store what has changed of a document."""
        self.index.sync_facts(row["document_id"])

    def remove_upload(self, row: Mapping[str, Any]) -> None:
        """Remove the file of an upload that was not committed."""
        self.execution.files(self.storage.delete, row["storage_key"])

    def of_another_version(self, row: Mapping[str, Any]) -> None:
        """Leave alone what a newer version has noted, before this one was installed again."""
        raise StartError(f"This version knows no work of the kind {row['kind']}.")

    # Edits.

    def index_edits(self) -> int:
        """Index the edits of chunks whose process died before it could; return how many."""
        edits: dict[tuple[str, str], list[str]] = defaultdict(list)
        for dataset_id, document_id, chunk_id in self.lost_edits():
            edits[dataset_id, document_id].append(chunk_id)
        for (dataset_id, document_id), chunk_ids in edits.items():
            try:
                self.index.sync(dataset_id, document_id, chunk_ids)
            except (RagError, RaglanError) as error:
                log.warning("Indexing edits of document %s: %s", document_id, error)
        return sum(map(len, edits.values()))

    @connected
    def lost_edits(self) -> list[tuple[Any, ...]]:
        """Return dataset, document and id of edited chunks that the chunk store does not have."""
        return tuple_rows(
            StoredChunk.select(StoredChunk.dataset_id, StoredChunk.document_id, StoredChunk.id)
            .join(Document, on=(Document.id == StoredChunk.document_id))
            .where(
                StoredChunk.indexed == False,  # noqa: E712 - a column is compared, not a value
                StoredChunk.generation <= Document.generation,
                StoredChunk.update_time < now_ms() - EDIT_GRACE,
            )
            .order_by(StoredChunk.seq)
            .limit(ROWS_AT_ONCE)
        )

    # The rows.

    @connected
    def noted(self, condition: Any) -> list[dict[str, Any]]:
        """Return noted work, the oldest first."""
        chosen = Cleanup.select().where(condition).order_by(Cleanup.create_time, Cleanup.id)
        return dict_rows(chosen.limit(ROWS_AT_ONCE))

    @connected
    def strike(self, ids: Iterable[str]) -> None:
        """Forget work that is done."""
        delete_rows(Cleanup, Cleanup.id.in_(list(ids)))

    def postpone_if_that_can_be_noted(self, row: Mapping[str, Any]) -> None:
        """Leave work alone for a while; where even that cannot be written, it stays due."""
        try:
            self.postpone(row)
        except UnavailableError as error:
            log.warning("Cleaning up %s %s stays due: %s", row["kind"], place_of(row), error)

    @connected
    def postpone(self, row: Mapping[str, Any]) -> None:
        """Leave work alone for a while, which is as long as it has been waiting already."""
        wait = min(max(now_ms() - row["create_time"], RETRY_AFTER), LONGEST_RETRY)
        later = now_ms() + wait
        Cleanup.update(not_before=later).where(Cleanup.id == row["id"]).execute()

    @connected
    def old_chunks(self, document_id: str) -> list[str]:
        """Return ids of a document's chunks that are older than what is visible of it."""
        row = first_row(Document.select(Document.generation).where(Document.id == document_id))
        if row is None:
            return []
        old = (StoredChunk.document_id == document_id) & (
            StoredChunk.generation < row["generation"]
        )
        chosen = StoredChunk.select(StoredChunk.id).where(old).limit(ROWS_AT_ONCE)
        return [chunk_id for (chunk_id,) in tuple_rows(chosen)]

    @connected
    def remove_rows(self, model: Any, column: str, value: str) -> None:
        """Delete rows a few at a time, so that no transaction gets long."""
        key: Any = model.seq if model is StoredChunk else model.id
        condition = getattr(model, column) == value
        chosen = model.select(key).where(condition).limit(ROWS_AT_ONCE)
        while keys := [key_value for (key_value,) in tuple_rows(chosen)]:
            with self.database.atomic():
                delete_rows(model, key.in_(keys))


def repeated(step: Callable[[], int]) -> int:
    """Repeat a step with pauses while it does something, for a while; return how often it did."""
    for count in range(STEPS_AT_ONCE):
        if not step():
            return count
        time.sleep(PAUSE)
    return STEPS_AT_ONCE


def note(
    kind: str, dataset_id: str, document_id: str = "", storage_key: str = "", wait: int = 0
) -> str:
    """Note work inside the transaction that makes it necessary; return its id.

    The recovery job leaves it alone for `wait` ms.
    """
    row = Cleanup.create(
        kind=kind,
        dataset_id=dataset_id,
        document_id=document_id,
        storage_key=storage_key,
        not_before=now_ms() + wait,
    )
    return str(row.id)


def place_of(row: Mapping[str, Any]) -> str:
    """Return what a piece of work is about, for the log."""
    return str(row["document_id"] or row["dataset_id"])
