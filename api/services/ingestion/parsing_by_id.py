"""Starting and stopping the parsing of documents of whatever datasets."""

from collections.abc import Sequence

from api.db.models.states import RunState
from api.errors import BusyError, IdleError
from api.services.accounts.records import Principal
from api.services.ingestion.parsing import ParsingService
from api.services.library.chunks import ChunkService
from api.services.library.documents_by_id import DocumentsById, by_dataset


class ParsingById:
    """Starts and stops parsing; unless that can be done with all documents, with none."""

    def __init__(
        self, documents: DocumentsById, chunks: ChunkService, parsing: ParsingService
    ) -> None:
        """Initialize with the parts."""
        self.documents = documents
        self.chunks = chunks
        self.parsing = parsing

    def start(self, asker: Principal, ids: Sequence[str], *, drop_chunks: bool = False) -> None:
        """Queue documents for parsing, and perhaps delete their chunks first, all of them.

        Raises BusyError where one is being parsed.
        """
        found = self.documents.find_all(asker, ids)
        if busy := [document.id for document in found if document.run == RunState.RUNNING]:
            raise BusyError(*busy)
        if drop_chunks:
            for document in found:
                self.chunks.delete(asker, document.dataset_id, document.id, None)
        for dataset_id, some in by_dataset(found).items():
            self.parsing.parse(asker, dataset_id, some)

    def stop(self, asker: Principal, ids: Sequence[str]) -> None:
        """Stop the parsing of documents; raises IdleError where one is not being parsed."""
        found = self.documents.find_all(asker, ids)
        if idle := [document.id for document in found if document.run != RunState.RUNNING]:
            raise IdleError(*idle)
        for dataset_id, some in by_dataset(found).items():
            self.parsing.stop(asker, dataset_id, some)
