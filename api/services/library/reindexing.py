"""Making the chunk store anew from the database, while it goes on answering."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Database, fn

from api.db.connection import connected
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.db.models.states import RunState
from api.db.rows import dict_rows, first_row, tuple_rows
from api.errors import NotFoundError
from api.services.library.chunk_index import ChunkIndex, are_visible, batches
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
        """Note and tell that some more chunks are indexed."""
        self.done += chunks
        self.on_progress(self.done, max(self.total, self.done))


class Reindexer:
    """Writes every visible chunk to the chunk store again, and removes what does not belong there.

    A dataset stays searchable meanwhile, unless the chunk store holds documents that do not exist
    or vectors of another length: then the dataset is forgotten there first.
    """

    def __init__(self, database: Database, chunk_store: ChunkStore, index: ChunkIndex) -> None:
        """Remember the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store
        self.index = index

    def run(self, dataset_id: str | None, on_progress: Progress) -> int:
        """Index one dataset or all; return how many chunks were indexed."""
        datasets = self.datasets(dataset_id)
        count = Count(sum(dataset["chunk_count"] for dataset in datasets), on_progress)
        for dataset in datasets:
            self.check_dimensions(dataset)
            before = count.done
            self.index_documents(dataset["id"], count)
            if self.chunk_store.count(dataset["id"]) != self.visible_count(dataset["id"]):
                self.drop(dataset["id"])
                count.done = before
                self.index_documents(dataset["id"], count)
        return count.done

    def check_dimensions(self, dataset: Mapping[str, Any]) -> None:
        """Forget vectors of another length than the dataset's model makes now."""
        embedder = self.index.models.embedder(dataset["tenant_id"], dataset["embedding_model"])
        if dataset["dimensions"] not in {0, embedder.dimensions}:
            self.drop(dataset["id"])
            self.set_dimensions(dataset["id"], embedder.dimensions)

    def drop(self, dataset_id: str) -> None:
        """Forget a dataset in the chunk store, with what runs that go on have staged there."""
        self.chunk_store.drop_dataset(dataset_id)
        self.doubt_runs(dataset_id)

    @connected
    def doubt_runs(self, dataset_id: str) -> None:
        """Have runs that go on compare the chunk store with their chunks when they are published.

        Of those that have turned their documents already the origin tells, of others their chunks.
        """
        going_on = (Document.dataset_id == dataset_id) & (Document.run == RunState.RUNNING)
        visible = Document.select(Document.generation).where(Document.id == StoredChunk.document_id)
        staged = (StoredChunk.dataset_id == dataset_id) & (StoredChunk.generation > visible)
        with self.database.atomic():
            Document.update(origin="").where(going_on).execute()
            StoredChunk.update(indexed=False).where(staged).execute()

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
    def datasets(self, dataset_id: str | None) -> list[dict[str, Any]]:
        """Return the datasets to index."""
        chosen = Dataset.select(
            Dataset.id,
            Dataset.tenant_id,
            Dataset.embedding_model,
            Dataset.dimensions,
            Dataset.chunk_count,
        ).order_by(Dataset.id)
        found = dict_rows(chosen.where(Dataset.id == dataset_id) if dataset_id else chosen)
        if dataset_id and not found:
            raise NotFoundError(f"There is no dataset with the id {dataset_id}.")
        return found

    @connected
    def documents_after(self, dataset_id: str, last: str) -> list[str]:
        """Return the ids of a dataset's next documents."""
        chosen = (
            Document.select(Document.id)
            .where(Document.dataset_id == dataset_id, Document.id > last)
            .order_by(Document.id)
            .limit(DOCUMENTS_AT_ONCE)
        )
        return [document_id for (document_id,) in tuple_rows(chosen)]

    @connected
    def chunk_ids(self, document_id: str) -> Sequence[str]:
        """Return the ids of a document's visible chunks in order."""
        document = first_row(
            Document.select(Document.id, Document.generation).where(Document.id == document_id)
        )
        if document is None:
            return []
        chosen = StoredChunk.select(StoredChunk.id).where(are_visible(document))
        return [row[0] for row in tuple_rows(chosen.order_by(StoredChunk.seq))]

    @connected
    def visible_count(self, dataset_id: str) -> int:
        """Return how many visible chunks a dataset has."""
        counted = (
            StoredChunk.select(fn.COUNT(StoredChunk.seq))
            .join(
                Document,
                on=(
                    (Document.id == StoredChunk.document_id)
                    & (Document.generation == StoredChunk.generation)
                ),
            )
            .where(
                Document.dataset_id == dataset_id,
                StoredChunk.deleted == False,  # noqa: E712 - a column is compared, not a value
            )
        )
        return int(tuple_rows(counted)[0][0])

    @connected
    def set_dimensions(self, dataset_id: str, dimensions: int) -> None:
        """Note the length of a dataset's vectors."""
        Dataset.update(dimensions=dimensions).where(Dataset.id == dataset_id).execute()
