"""Chunks by the ids of their documents alone, whatever datasets these are in."""

from collections.abc import Sequence

from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.library.chunk_list import ChunkReader
from api.services.library.chunks import ChunkService
from api.services.library.documents import DocumentService
from api.services.library.records import ChunkPage, PlacedChunk
from api.services.library.values import ChunkChange, ChunkFilter, NewChunk
from api.things import Kind


class ChunksById:
    """Reads and edits the visible chunks of documents; all raise NotFoundError."""

    def __init__(
        self, documents: DocumentService, chunks: ChunkService, reader: ChunkReader
    ) -> None:
        """Initialize with what keeps documents and chunks."""
        self.documents = documents
        self.chunks = chunks
        self.reader = reader

    def dataset_of(self, asker: Principal, document_id: str) -> str:
        """Return the dataset of a document."""
        return self.documents.locate(asker, document_id).dataset_id

    def list_page(self, asker: Principal, document_id: str, wanted: ChunkFilter) -> ChunkPage:
        """Return a page of a document's chunks."""
        dataset_id = self.dataset_of(asker, document_id)
        return self.reader.list_page(asker, dataset_id, document_id, wanted)

    def add(self, asker: Principal, document_id: str, new: NewChunk) -> PlacedChunk:
        """Add a chunk at the end of a document and return it."""
        return self.chunks.add(asker, self.dataset_of(asker, document_id), document_id, new)

    def update(
        self, asker: Principal, document_id: str, chunk_id: str, changes: ChunkChange
    ) -> None:
        """Change what is given of a chunk."""
        dataset_id = self.dataset_of(asker, document_id)
        self.chunks.update(asker, dataset_id, document_id, chunk_id, changes)

    def set_available(
        self, asker: Principal, document_id: str, chunk_ids: Sequence[str], *, available: bool
    ) -> None:
        """Make chunks available or unavailable: all of them or, if one is missing, none."""
        dataset_id = self.dataset_of(asker, document_id)
        self.chunks.set_available(asker, dataset_id, document_id, chunk_ids, available=available)

    def delete(self, asker: Principal, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Delete those chunks that there are; raises NotFoundError where none of them is."""
        dataset_id = self.dataset_of(asker, document_id)
        tally = self.chunks.delete(asker, dataset_id, document_id, chunk_ids)
        if tally.missing and not tally.count:
            raise NotFoundError(Kind.CHUNK, *tally.missing)
