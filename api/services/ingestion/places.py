"""Where chunks stand on the pages of their file: as they tell, or else by their words."""

import orjson

from api.execution import Execution
from api.services.accounts.records import Principal
from api.services.ingestion.pictures import PictureService
from api.services.ingestion.records import Pages
from api.services.library.chunk_list import ChunkReader
from rag.parsing.pdf.finding import Box, Finder


class PlaceService:
    """Finds chunks of Office files on the pages that LibreOffice has laid out."""

    def __init__(self, chunks: ChunkReader, pictures: PictureService, execution: Execution) -> None:
        """Initialize with what knows chunks and pages, and where work is done."""
        self.chunks = chunks
        self.pictures = pictures
        self.execution = execution

    def pages_with(
        self, asker: Principal, dataset_id: str, document_id: str, chunk_id: str
    ) -> tuple[Pages, list[Box]]:
        """Return the pages of a document, and where a chunk of it stands on them.

        There are no places where its words are not found. Raises NotFoundError for a chunk that
        the document does not have, and as `PictureService.pages` does.
        """
        chunk = self.chunks.get(asker, dataset_id, document_id, chunk_id).chunk
        pages = self.pictures.pages(asker, dataset_id, document_id)
        if pages.is_placed:
            return pages, orjson.loads(chunk.positions)
        [places] = self.find(asker, dataset_id, document_id, [chunk.content])
        return pages, places

    def find(
        self, asker: Principal, dataset_id: str, document_id: str, texts: list[str]
    ) -> list[list[Box]]:
        """Return where some texts stand on the pages of a document that had to be laid out.

        Raises as `PictureService.pages` does.
        """
        words = self.pictures.words(self.pictures.file_of(asker, dataset_id, document_id))
        return self.execution.offload(found, words, texts)


def found(words: bytes, texts: list[str]) -> list[list[Box]]:
    """Return where texts stand among the words of pages."""
    finder = Finder(words)
    return [finder.find(text) for text in texts]
