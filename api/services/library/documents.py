"""Documents: listed, changed, downloaded and deleted."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from api.db.base import now_ms
from api.db.connection import Database, connected, connection
from api.errors import NotFoundError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.library.change_records import KnownContent
from api.services.library.chunk_index import batches
from api.services.library.cleanup import RUN_GRACE, CleanupService
from api.services.library.document_change import change_of
from api.services.library.downloads import Downloads
from api.services.library.names import is_id
from api.services.library.opening import opened_dataset
from api.services.library.queries import chunk_edits, chunks, datasets, holdings
from api.services.library.queries import document_list as lists
from api.services.library.queries import documents as queries
from api.services.library.queries.bin import index_again
from api.services.library.queries.cleanup import note
from api.services.library.records import (
    CleanupKind,
    DocumentPage,
    DocumentRecord,
    DocumentState,
    Download,
    FieldSummary,
    Holding,
    StoredFile,
)
from api.services.library.values import DatasetFilter, DocumentChange, DocumentFilter, Page
from api.services.tally import Tally, distinct
from api.things import Kind
from rag.engines.base import MetadataCondition
from rag.engines.conditions import matches
from rag.types import MetaValue

DELETED_AT_ONCE = 500

MOST_TOLD = 1000
"""How many values of a field are told in a summary of metadata."""


class DocumentService:
    """Keeps the documents of datasets."""

    def __init__(
        self,
        database: Database,
        cleanup: CleanupService,
        downloads: Downloads,
    ) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.cleanup = cleanup
        self.downloads = downloads

    @connected
    def list_page(
        self, asker: Principal, dataset_id: str, wanted: DocumentFilter, part: Page
    ) -> DocumentPage:
        """Return a page of a dataset's documents and how many there are in all.

        Raises NotFoundError for an id or name that no document of the dataset has.
        """
        dataset = opened_dataset(self.database, asker, dataset_id, Right.READ)
        if wanted.id and not is_id(wanted.id):
            raise NotFoundError(Kind.DOCUMENT, wanted.id)
        if wanted.condition is None:
            page = DocumentPage(*lists.page(self.database, dataset, wanted, part))
        else:
            page = self.page_on_condition(dataset_id, wanted, wanted.condition, part)
        if not page.documents:
            self.check_exists(dataset_id, wanted)
        if not wanted.is_counted:
            return page
        every = replace(wanted, runs=())
        return replace(page, counts=lists.counts(self.database, "run", dataset_id, every))

    def page_on_condition(
        self, dataset_id: str, wanted: DocumentFilter, condition: MetadataCondition, part: Page
    ) -> DocumentPage:
        """Return a page of those documents whose metadata fulfil a condition."""
        ids = [
            document_id
            for document_id, metadata in lists.metadata(self.database, dataset_id, wanted, part)
            if matches(condition, metadata)
        ]
        shown = self.following(ids, dataset_id, wanted, part)[: part.limit]
        found = lists.some(self.database, dataset_id, shown, part.without)
        return DocumentPage(len(ids), found)

    @connected
    def matching(self, asker: Principal, dataset_id: str, wanted: DocumentFilter) -> list[str]:
        """Return the ids of all documents of a dataset that pass the filters, the oldest first."""
        opened_dataset(self.database, asker, dataset_id)
        return lists.ids(self.database, dataset_id, wanted)

    @connected
    def summarize(self, asker: Principal, dataset_id: str) -> list[FieldSummary]:
        """Return what the metadata of a dataset's documents hold, by the names of the fields."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        counts: dict[str, Counter[str | int | float]] = defaultdict(Counter)
        for fields, many in lists.metadata_counts(self.database, dataset_id):
            for name, value in fields.items():
                for member in members(value):
                    counts[name][member] += many
        return [
            FieldSummary(name, tuple(counts[name].most_common(MOST_TOLD)))
            for name in sorted(counts)
        ]

    @connected
    def locate(self, asker: Principal, document_id: str) -> DocumentRecord:
        """Return a document, whatever dataset it is in; raises NotFoundError."""
        found = queries.anywhere(self.database, document_id)
        if found is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        try:
            opened_dataset(self.database, asker, found.dataset_id, Right.READ)
        except NotFoundError as error:
            raise NotFoundError(Kind.DOCUMENT, document_id) from error
        return found

    @connected
    def known(self, asker: Principal, ids: Sequence[str]) -> list[DocumentRecord]:
        """Return those documents that the asker may read, whatever datasets they are in."""
        known: list[DocumentRecord] = []
        for batch in batches([item for item in distinct(ids)[0] if is_id(item)], DELETED_AT_ONCE):
            found = queries.some_anywhere(self.database, batch)
            visible = datasets.visible(self.database, asker, DatasetFilter())
            visible.where_in("id", list({document.dataset_id for document in found}))
            readable = {record.id for record in datasets.records(visible)}
            known += [document for document in found if document.dataset_id in readable]
        return known

    @connected
    def with_hashes(
        self, asker: Principal, dataset_id: str, hashes: Sequence[str]
    ) -> list[KnownContent]:
        """Return the documents of a dataset whose files have one of some hashes (SHA-256)."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        return [
            known
            for batch in batches(distinct(hashes)[0], DELETED_AT_ONCE)
            for known in lists.with_hashes(self.database, dataset_id, batch)
        ]

    @connected
    def list_all(self, asker: Principal, *, after: str, limit: int) -> list[DocumentRecord]:
        """Return documents of all datasets that the asker may read, those that follow an id."""
        visible = datasets.visible(self.database, asker, DatasetFilter())
        ids = [record.id for record in datasets.records(visible)]
        return lists.following(self.database, ids, after, limit)

    def update(
        self, asker: Principal, dataset_id: str, document_id: str, changes: DocumentChange
    ) -> DocumentRecord:
        """Change what is given of a document and return it."""
        with connection(self.database):
            opened_dataset(self.database, asker, dataset_id)
            with self.database.atomic():
                noted = self.write(dataset_id, document_id, changes)
        self.cleanup.carry_out(noted)
        return self.shown(dataset_id, document_id)

    def switch(self, asker: Principal, dataset_id: str, document_id: str, *, enabled: bool) -> bool:
        """Let searches find a document or not any more; return whether that has changed it."""
        if bool(self.shown(dataset_id, document_id).enabled) is enabled:
            return False
        self.update(asker, dataset_id, document_id, DocumentChange(enabled=enabled))
        return True

    def download(self, asker: Principal, dataset_id: str, document_id: str) -> Download:
        """Return a document's file; raises before the first byte if there is none."""
        file = self.file_of(asker, dataset_id, document_id)
        if not file.storage_key:
            raise RuleError("This file is empty.")
        return self.downloads.of(file)

    def find_file(self, asker: Principal, document_id: str) -> Download:
        """Return the file of a document of any dataset; raises as `download` does."""
        return self.download(asker, self.locate(asker, document_id).dataset_id, document_id)

    def delete(self, asker: Principal, dataset_id: str, ids: Sequence[str] | None) -> Tally:
        """Delete documents with their chunks and files, all of a dataset for None."""
        with connection(self.database):
            opened_dataset(self.database, asker, dataset_id)
        if ids is None:
            return Tally(Kind.DOCUMENT, self.delete_all(dataset_id))
        wanted, repeated = distinct(ids)
        deleted: set[str] = set()
        for batch in batches([item for item in wanted if is_id(item)], DELETED_AT_ONCE):
            deleted |= self.delete_some(dataset_id, batch)
        missing = tuple(document_id for document_id in wanted if document_id not in deleted)
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
        deleted, noted = self.delete_rows(dataset_id, ids)
        self.cleanup.carry_out(noted)
        return deleted

    # The rows.

    def following(
        self, ids: list[str], dataset_id: str, wanted: DocumentFilter, part: Page
    ) -> list[str]:
        """Return those of the ids of a list with which a page of it begins, and the rest."""
        if part.after is None:
            return ids[part.offset :]
        behind = lists.ids_behind(self.database, dataset_id, wanted, part, part.after)
        return [document_id for document_id in ids if document_id in behind]

    def check_exists(self, dataset_id: str, wanted: DocumentFilter) -> None:
        """Raise NotFoundError unless the dataset has what is asked for by id and name."""
        if wanted.id and not lists.has_id(self.database, dataset_id, wanted.id):
            raise NotFoundError(Kind.DOCUMENT, wanted.id)
        if wanted.name and not lists.has_name(self.database, dataset_id, wanted.name):
            raise NotFoundError(Kind.DOCUMENT, wanted.name)

    @connected
    def shown(self, dataset_id: str, document_id: str) -> DocumentRecord:
        """Return a document; raises NotFoundError."""
        found = queries.shown(self.database, dataset_id, document_id)
        if found is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        return found

    @connected
    def file_of(self, asker: Principal, dataset_id: str, document_id: str) -> StoredFile:
        """Return the file of a document that is to be downloaded; raises NotFoundError."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        found = queries.file_of(self.database, dataset_id, document_id)
        if found is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        return found

    def write(self, dataset_id: str, document_id: str, changes: DocumentChange) -> list[str]:
        """Within a transaction: write the changes of a document; return the noted cleanups."""
        stored = queries.lock(dataset_id, document_id)
        if stored is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        change = change_of(stored, changes)
        if change.columns:
            queries.change(document_id, change.columns)
        if change.embeds_again:
            index_again([document_id])
        if change.generation is not None:
            discard_before = now_ms() if changes.discard_edits else 0
            chunk_edits.carry_over(
                document_id, stored.generation, change.generation, discard_before
            )
            self.count_again(stored, change.generation)
        return [note(kind, dataset_id, document_id) for kind in change.cleanups]

    @connected
    def some_ids(self, dataset_id: str) -> list[str]:
        """Return the ids of some documents of a dataset."""
        return queries.some_ids(dataset_id, DELETED_AT_ONCE)

    @connected
    def delete_rows(self, dataset_id: str, ids: Sequence[str]) -> tuple[set[str], list[str]]:
        """Delete the rows of documents and their tasks; return their ids and noted cleanups."""
        with self.database.atomic():
            found = queries.lock_holdings(dataset_id, ids)
            deleted = {document.id for document in found}
            running = queries.running(deleted)
            queries.remove(deleted)
            holdings.remove_documents(dataset_id, found)
            return deleted, [record_deletion(dataset_id, document, running) for document in found]

    def count_again(self, stored: DocumentState, generation: int) -> None:
        """Within a transaction: count what a document has in a new generation."""
        count, tokens = chunks.counts(stored.id, generation)
        queries.set_counts(stored.id, count, tokens)
        more = (count - stored.chunk_count, tokens - stored.token_count)
        holdings.add_chunks(self.database, stored.dataset_id, *more)


def members(value: MetaValue) -> Sequence[str | int | float]:
    """Return the members of a list in metadata, or what is no list as the only one."""
    return [value] if isinstance(value, str | int | float) else value


def record_deletion(dataset_id: str, document: Holding, running: set[str]) -> str:
    """Record that a document is to be removed: now, and once more when its run must have ended."""
    work = (CleanupKind.DOCUMENT, dataset_id, document.id, document.storage_key)
    if document.id in running:
        note(*work, wait=RUN_GRACE)
    return note(*work)
