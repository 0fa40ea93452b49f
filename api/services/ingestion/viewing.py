"""A document as it is looked at: some of its chunks, its pages, and what people have made of it."""

from dataclasses import dataclass, replace

import orjson

from api.errors import NoPageError, UnavailableError, UnreadableFileError
from api.services.accounts.grant_records import Level
from api.services.accounts.records import Principal
from api.services.ingestion.pictures import PictureService
from api.services.ingestion.places import PlaceService
from api.services.ingestion.records import Pages
from api.services.library.chunk_list import ChunkReader
from api.services.library.datasets import DatasetService
from api.services.library.records import ChunkPage, ChunkRecord, PlacedChunk
from api.services.library.shape_records import HandMade
from api.services.library.values import ChunkFilter


@dataclass(frozen=True, slots=True)
class Look:
    """What of a document is to be seen.

    `chunk_id` is a chunk that is to be among what is seen; empty for none. Without a `part` it
    says which part of the list that is, without an `on_page` which page of the file. `on_page` 0
    is the whole document, None is a page where the file has some.
    """

    limit: int
    part: int | None = None
    on_page: int | None = None
    chunk_id: str = ""
    keywords: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A part of a document's chunks, with what stands around them.

    `on_page` is the page of the file whose chunks these are; 0 for those of the whole document.
    `pages` is None where the file has none to show, and `problem` says why; empty where it is still
    to be laid out, so that whoever asks for its pages has to wait. `level` is what the asker may do
    with a dataset of somebody else, None for their own.
    """

    dataset_name: str
    level: Level | None
    found: ChunkPage
    part: int
    on_page: int
    pages: Pages | None
    problem: str
    hand_made: HandMade


class ViewService:
    """Puts together what is looked at."""

    def __init__(
        self,
        datasets: DatasetService,
        chunks: ChunkReader,
        pictures: PictureService,
        places: PlaceService,
    ) -> None:
        """Initialize with what knows datasets, chunks, pages, and where chunks stand on these."""
        self.datasets = datasets
        self.chunks = chunks
        self.pictures = pictures
        self.places = places

    def show(self, asker: Principal, dataset_id: str, document_id: str, look: Look) -> View:
        """Return what is to be seen of a document.

        Raises NotFoundError for a chunk that the document does not have.
        """
        hand_made = self.chunks.hand_made(asker, dataset_id, document_id)
        one = self.chosen(asker, dataset_id, document_id, look.chunk_id)
        pages, problem = self.pages(asker, dataset_id, document_id)
        on_page = page_of(look, one, pages)
        wanted = ChunkFilter(look.limit, 0, look.keywords, on_page=on_page, source=look.source)
        part = look.part or self.part_of(look, one, wanted)
        wanted = replace(wanted, offset=(part - 1) * look.limit)
        found = self.chunks.list_page(asker, dataset_id, document_id, wanted)
        if pages is not None and not pages.is_placed:
            found = replace(found, chunks=self.placed(asker, dataset_id, document_id, found.chunks))
        dataset = self.datasets.get(asker, dataset_id)
        level = self.datasets.level(asker, dataset)
        return View(dataset.name, level, found, part, on_page, pages, problem, hand_made)

    def chosen(
        self, asker: Principal, dataset_id: str, document_id: str, chunk_id: str
    ) -> PlacedChunk | None:
        """Return a chunk that is to be seen, if one is named."""
        return self.chunks.get(asker, dataset_id, document_id, chunk_id) if chunk_id else None

    def pages(
        self, asker: Principal, dataset_id: str, document_id: str
    ) -> tuple[Pages | None, str]:
        """Return the pages of a document's file, as far as they are known, or why it has none."""
        try:
            return self.pictures.known_pages(asker, dataset_id, document_id), ""
        except (NoPageError, UnreadableFileError, UnavailableError) as error:
            return None, str(error)

    def placed(
        self, asker: Principal, dataset_id: str, document_id: str, chunks: list[ChunkRecord]
    ) -> list[ChunkRecord]:
        """Return chunks with the places that their words have on the pages."""
        places = self.places.find(asker, dataset_id, document_id, [one.content for one in chunks])
        return [
            one._replace(positions=orjson.dumps(boxes).decode())
            for one, boxes in zip(chunks, places, strict=True)
        ]

    def part_of(self, look: Look, one: PlacedChunk | None, wanted: ChunkFilter) -> int:
        """Return in which part of a list a chunk is, the first one if it is in none."""
        if one is None or look.keywords:
            return 1
        rank = self.chunks.rank(one, wanted)
        return 1 if rank is None else rank // look.limit + 1


def page_of(look: Look, one: PlacedChunk | None, pages: Pages | None) -> int:
    """Return of which page of the file the chunks are to be seen; 0 for all chunks."""
    if look.on_page is not None:
        return look.on_page
    if look.keywords or look.source or not (pages and pages.total and pages.is_placed):
        return 0
    positions = orjson.loads(one.chunk.positions) if one else [[1]]
    return int(positions[0][0]) if positions else 0
