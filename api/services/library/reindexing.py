"""Making the chunk store anew from the database, while it goes on answering."""

from collections.abc import Callable
from dataclasses import dataclass

from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.services.library.chunk_index import ChunkIndex, batches
from api.services.library.queries import indexing as queries
from api.services.library.queries.chunks import visible_ids
from api.services.library.records import IndexedDataset
from api.things import Kind
from rag.engines.base import ChunkStore

Progress = Callable[[int, int], None]
"""Told how many chunks are indexed, and of how many."""

DOCUMENTS_AT_ONCE = 1000

CHUNKS_AT_ONCE = 128
"""After so many chunks progress is told."""


@dataclass(slots=True)
class Count:
    """How far a run is."""

    total: int
    on_progress: Progress
    done: int = 0

    def add(self, chunks: int) -> None:
        """Record and report that some more chunks are indexed."""
        self.done += chunks
        self.on_progress(self.done, max(self.total, self.done))


class Reindexer:
    """Writes every visible chunk to the chunk store again, and removes what does not belong there.

    A dataset stays searchable meanwhile, unless the chunk store holds documents that do not exist
    or vectors of another length: then the dataset is forgotten there first.
    """

    def __init__(self, database: Database, chunk_store: ChunkStore, index: ChunkIndex) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store
        self.index = index

    def run(self, dataset_id: str | None, on_progress: Progress) -> int:
        """Index one dataset or all; return how many chunks were indexed."""
        datasets = self.datasets(dataset_id)
        count = Count(sum(dataset.chunk_count for dataset in datasets), on_progress)
        for dataset in datasets:
            self.check_dimensions(dataset)
            before = count.done
            self.index_documents(dataset.id, count)
            if self.chunk_store.count(dataset.id) != self.visible_count(dataset.id):
                self.drop(dataset.id)
                count.done = before
                self.index_documents(dataset.id, count)
        return count.done

    def check_dimensions(self, dataset: IndexedDataset) -> None:
        """Delete vectors of another length than the dataset's model makes now."""
        embedder = self.index.models.embedder(dataset.tenant_id, dataset.embedding_model)
        if dataset.dimensions not in {0, embedder.dimensions}:
            self.drop(dataset.id)
            self.set_dimensions(dataset.id, embedder.dimensions)

    def drop(self, dataset_id: str) -> None:
        """Delete a dataset in the chunk store, with what runs that go on have staged there."""
        self.chunk_store.drop_dataset(dataset_id)
        self.doubt_runs(dataset_id)

    @connected
    def doubt_runs(self, dataset_id: str) -> None:
        """Mark runs under way to compare the chunk store with their chunks when they publish."""
        with self.database.atomic():
            queries.doubt_runs(dataset_id)

    def index_documents(self, dataset_id: str, count: Count) -> None:
        """Index all documents of a dataset."""
        last = ""
        while ids := self.documents_after(dataset_id, last):
            for document_id in ids:
                self.index_document(dataset_id, document_id, count)
            last = ids[-1]

    def index_document(self, dataset_id: str, document_id: str, count: Count) -> None:
        """Index a document, and remove chunks that it does not have."""
        self.index.sync_facts(document_id)
        chunk_ids = self.chunk_ids(document_id)
        for batch in batches(chunk_ids, CHUNKS_AT_ONCE):
            self.index.sync(dataset_id, document_id, batch)
            count.add(len(batch))
        strange = self.chunk_store.vectors(dataset_id, document_id).keys() - set(chunk_ids)
        self.index.sync(dataset_id, document_id, sorted(strange))

    @connected
    def datasets(self, dataset_id: str | None) -> list[IndexedDataset]:
        """Return the datasets to index; raises NotFoundError for one that is not there."""
        found = queries.datasets(dataset_id)
        if dataset_id and not found:
            raise NotFoundError(Kind.DATASET, dataset_id)
        return found

    @connected
    def documents_after(self, dataset_id: str, last: str) -> list[str]:
        """Return the ids of a dataset's next documents."""
        return queries.documents_after(dataset_id, last, DOCUMENTS_AT_ONCE)

    @connected
    def chunk_ids(self, document_id: str) -> list[str]:
        """Return the ids of a document's visible chunks in order."""
        return visible_ids(document_id)

    @connected
    def visible_count(self, dataset_id: str) -> int:
        """Return how many visible chunks a dataset has."""
        return queries.visible_count(dataset_id)

    @connected
    def set_dimensions(self, dataset_id: str, dimensions: int) -> None:
        """Record the length of a dataset's vectors."""
        queries.set_dimensions(dataset_id, dimensions)
