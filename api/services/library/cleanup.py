"""Finishing outside the database what was committed in it, after a crash as well as at once."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import orjson

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.db.space import give_back
from api.errors import RaglanError, StartError, UnavailableError
from api.execution import Execution
from api.services.library.bin_records import KeptDocument
from api.services.library.chunk_index import ChunkIndex, batches
from api.services.library.disk import DiskSpace
from api.services.library.queries import bin as binned
from api.services.library.queries import chunks
from api.services.library.queries import cleanup as queries
from api.services.library.records import CleanupKind, CleanupRecord, LostEdit
from rag.engines.base import ChunkStore
from rag.errors import RagError
from rag.storage.base import ObjectStore
from rag.types import DocumentFacts

log = logging.getLogger(__name__)

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
PAUSE = 0.11
"""Seconds between two steps: somebody who waits to write to an SQLite file looks every 0.1 s."""


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
        """Initialize with the parts; nothing is opened."""
        self.disk = disk
        self.database = database
        self.storage = storage
        self.chunk_store = chunk_store
        self.index = index
        self.execution = execution
        self.kinds: Mapping[str, Callable[[CleanupRecord], None]] = {
            CleanupKind.DATASET: self.remove_dataset,
            CleanupKind.DOCUMENT: self.remove_document,
            CleanupKind.HIDDEN: self.hide_document,
            CleanupKind.CHUNKS: self.remove_old_chunks,
            CleanupKind.FACTS: self.write_facts,
            CleanupKind.UPLOAD: self.remove_upload,
            CleanupKind.STAGED: self.remove_staged,
        }

    def carry_out(self, ids: Sequence[str]) -> None:
        """Do some of the recorded work now; what fails stays for the recovery job."""
        for batch in batches(ids, queries.ROWS_AT_ONCE):
            for work in self.noted(batch):
                self.attempt(work)

    def finish(self) -> int:
        """Do the work that is due and that killed processes have left; return how much it was."""
        due = self.due()
        for work in due:
            self.attempt(work)
        return len(due) + self.index_edits()

    def give_back(self) -> int:
        """Return some room of removed things to the file system; 0 if nothing is left."""
        # Writers report a store that cannot be written to.
        with suppress(RagError, RaglanError):
            return repeated(partial(give_back, self.database)) + repeated(
                partial(self.execution.offload, self.chunk_store.give_back)
            )
        return 0

    def renew(self) -> int:
        """Index again, and make files for searches, as an older program did; return how many."""
        renewed = 0
        # Searches find them as they are, and the next turn tries again.
        with suppress(RagError):
            renewed = repeated(partial(self.execution.offload, self.chunk_store.renew))
        if renewed:
            log.info("Indexed again, or made for searches: %d documents or files.", renewed)
        return renewed

    def attempt(self, work: CleanupRecord) -> None:
        """Do a piece of work; when that fails, however it does, it is due again later."""
        carry_out = self.kinds.get(work.kind, self.of_another_version)
        done = False
        try:
            carry_out(work)
            done = True
        except (RagError, RaglanError) as error:
            log.warning("Cleaning up %s %s: %s", work.kind, work.place, error)
        finally:
            if done:
                self.remove_note(work)
            else:
                self.postpone_if_that_can_be_noted(work)

    # The kinds of work.

    def remove_dataset(self, work: CleanupRecord) -> None:
        """Remove what belonged to a deleted dataset."""
        dataset_id = work.dataset_id
        # The files first, as they make the most room.
        self.execution.files(self.storage.delete_tree, dataset_id)
        self.remove_rows(partial(queries.remove_some_documents, dataset_id))
        self.remove_rows(partial(queries.remove_some_tasks, dataset_id))
        self.remove_rows(partial(queries.remove_some_chunks, dataset_id))
        self.remove_rows(partial(queries.remove_some_evaluated, dataset_id))
        self.execution.offload(self.chunk_store.drop_dataset, dataset_id)

    def remove_document(self, work: CleanupRecord) -> None:
        """Remove what belonged to a deleted document."""
        if work.storage_key:  # first, as it makes the most room
            self.execution.files(self.storage.delete, work.storage_key)
        self.remove_rows(partial(queries.remove_some_of_document, work.document_id))
        self.execution.offload(self.chunk_store.drop_document, work.dataset_id, work.document_id)
        self.leave_bin(work.document_id)

    def hide_document(self, work: CleanupRecord) -> None:
        """Let no search find a document that is in the bin, unless it was taken out meanwhile."""
        row = self.binned(work.document_id)
        if row is None:
            return
        metadata = orjson.loads(row["meta_fields"])
        facts = DocumentFacts(
            work.document_id, work.dataset_id, row["name"], metadata, enabled=False
        )
        self.execution.offload(self.chunk_store.put_document, facts)
        if self.binned(work.document_id) is None:
            self.index.sync_facts(work.document_id)

    def remove_old_chunks(self, work: CleanupRecord) -> None:
        """Delete the chunks of a document that a change of its settings has made invisible."""
        while ids := self.old_chunks(work.document_id):
            self.index.sync(work.dataset_id, work.document_id, ids)

    def write_facts(self, work: CleanupRecord) -> None:
        """Write what has changed of a document to the chunk store."""
        self.index.sync_facts(work.document_id)

    def remove_upload(self, work: CleanupRecord) -> None:
        """Remove the file of an upload that was not committed."""
        self.execution.files(self.storage.delete, work.storage_key)

    def remove_staged(self, work: CleanupRecord) -> None:
        """Remove chunks that were staged and never published; the key has their generation."""
        place = (work.dataset_id, work.document_id, int(work.storage_key))
        self.execution.offload(self.chunk_store.discard, *place)

    def of_another_version(self, work: CleanupRecord) -> None:
        """Skip what a newer version has recorded, before this one was installed again."""
        raise StartError(f"This version knows no work of the kind {work.kind}.")

    # Edits.

    def index_edits(self) -> int:
        """Index the edits of chunks whose process died before it could; return how many."""
        edits: dict[tuple[str, str], list[str]] = defaultdict(list)
        for edit in self.lost_edits():
            edits[edit.dataset_id, edit.document_id].append(edit.chunk_id)
        for (dataset_id, document_id), chunk_ids in edits.items():
            try:
                self.index.sync(dataset_id, document_id, chunk_ids)
            except (RagError, RaglanError) as error:
                log.warning("Indexing edits of document %s: %s", document_id, error)
        return sum(map(len, edits.values()))

    # The rows.

    @connected
    def noted(self, ids: Sequence[str]) -> list[CleanupRecord]:
        """Return those pieces of work that are still to be done."""
        return queries.noted(ids)

    @connected
    def due(self) -> list[CleanupRecord]:
        """Return work that is due now, the oldest first."""
        return queries.due(now_ms())

    @connected
    def binned(self, document_id: str) -> KeptDocument | None:
        """Return the row of a document in the bin; None if it is not there."""
        return binned.document_of(document_id)

    @connected
    def leave_bin(self, document_id: str) -> None:
        """Take a document that is removed for good out of the bin."""
        binned.remove([document_id])

    @connected
    def lost_edits(self) -> list[LostEdit]:
        """Return edited chunks that the chunk store may not have because a process died."""
        return queries.lost_edits(now_ms() - EDIT_GRACE)

    @connected
    def remove_note(self, work: CleanupRecord) -> None:
        """Delete the note of work that is done."""
        queries.remove([work.id])

    def postpone_if_that_can_be_noted(self, work: CleanupRecord) -> None:
        """Postpone work; where even that cannot be written, it stays due."""
        try:
            self.postpone(work)
        except UnavailableError as error:
            log.warning("Cleaning up %s %s stays due: %s", work.kind, work.place, error)

    @connected
    def postpone(self, work: CleanupRecord) -> None:
        """Postpone work for as long as it has been waiting already."""
        wait = min(max(now_ms() - work.create_time, RETRY_AFTER), LONGEST_RETRY)
        queries.postpone(work.id, now_ms() + wait)

    @connected
    def old_chunks(self, document_id: str) -> list[str]:
        """Return ids of a document's chunks that are older than what is visible of it."""
        return chunks.older_ids(document_id, queries.ROWS_AT_ONCE)

    @connected
    def remove_rows(self, step: Callable[[], int]) -> None:
        """Delete rows, a few in each step, so that no transaction gets long."""
        removed = 1
        while removed:
            with self.database.atomic():
                removed = step()


def repeated(step: Callable[[], int]) -> int:
    """Repeat a step with pauses while it does something, for a while; return how often it did."""
    for count in range(STEPS_AT_ONCE):
        if not step():
            return count
        time.sleep(PAUSE)
    return STEPS_AT_ONCE
