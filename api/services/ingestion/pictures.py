"""Pages of documents as pictures: drawn when they are asked for, and kept for a while."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import orjson

from api.config.settings import WorkerSettings
from api.errors import NoPageError, NotFoundError, UnavailableError, UnreadableFileError
from api.execution import Execution
from api.services.accounts.records import Principal
from api.services.ingestion.layouts import Layouts
from api.services.ingestion.limits import limits_of
from api.services.ingestion.picture_cache import PictureCache
from api.services.ingestion.reading import ReadingService
from api.services.ingestion.records import PageRun, Pages, PictureSize
from api.services.library.documents import DocumentService
from api.services.library.records import Content, Download, StoredFile
from api.things import Kind
from rag.errors import ObjectNotFoundError, ParseError, StorageError
from rag.ingestion.drawing import draw_pages, measure_pages, measure_words
from rag.ingestion.limits import ParserLimits
from rag.parsing.base import PageSize, PictureOptions
from rag.parsing.registry import is_laid_out, is_picture, is_placed, sized_suffixes, suffix_of
from rag.storage.base import ObjectStore
from rag.workfolder import work_folder

T = TypeVar("T")

AHEAD = 2
"""Pages that are drawn after one that is asked for: whoever reads it comes to them next."""

SIZES = "sizes.json"
WORDS = "words.npy"

VERSION = 1
"""Of how pages are drawn; what others have drawn is not used."""


class PictureService:
    """Draws pages in parser processes, under the limits of documents."""

    def __init__(
        self,
        documents: DocumentService,
        storage: ObjectStore,
        reading: ReadingService,
        cache: PictureCache,
        settings: Callable[[], WorkerSettings],
        execution: Execution,
    ) -> None:
        """Initialize with the parts; nothing is opened."""
        self.documents = documents
        self.storage = storage
        self.reading = reading
        self.cache = cache
        self.settings = settings
        self.execution = execution
        self.layouts = Layouts(cache, execution)

    def pages(self, asker: Principal, dataset_id: str, document_id: str) -> Pages:
        """Return how large the pages of a document are.

        Raises NoPageError for a file that has none to show, UnreadableFileError for a damaged one.
        """
        file = self.file_of(asker, dataset_id, document_id)
        return pages_of(file, self.sizes(file))

    def known_pages(self, asker: Principal, dataset_id: str, document_id: str) -> Pages | None:
        """Return what `pages` does; None if the file is still to be laid out, which takes a while.

        Raises as `pages` does.
        """
        file = self.file_of(asker, dataset_id, document_id)
        if is_laid_out(file.name) and self.kept(file) is None:
            return None
        return pages_of(file, self.sizes(file))

    def picture(
        self, asker: Principal, dataset_id: str, document_id: str, page: int, size: PictureSize
    ) -> Download:
        """Return the picture of a page, or the file itself where that is a picture.

        Raises as `pages` does, and NoPageError for a page that there is not.
        """
        file = self.file_of(asker, dataset_id, document_id)
        if is_picture(file.name):
            self.check(file, page, self.sizes(file))
            return self.documents.downloads.of(file)
        name = f"{page}-{size.name}.png"
        content = self.found(file, name) or self.drawn(file, page, size)
        return Download(
            f"page-{name}", len(content), f"{version_of(file)}-{name}", sending(content)
        )

    def file_of(self, asker: Principal, dataset_id: str, document_id: str) -> StoredFile:
        """Return the file of a document that has pages to show."""
        file = self.documents.file_of(asker, dataset_id, document_id)
        if suffix_of(file.name) not in sized_suffixes() and not is_laid_out(file.name):
            raise NoPageError(
                f"{file.name} has no pages that can be shown as pictures: PDF, PNG, JPEG and Office"
                " files have. Its chunks are its text."
            )
        self.layouts.check(file.name)
        if not file.storage_key:
            raise NoPageError(f"{file.name} is empty: it has no pages.")
        return file

    def sizes(self, file: StoredFile) -> list[PageSize]:
        """Return how large the pages of a file are."""
        sizes, _ = self.measured(file)
        return [(width, height) for width, height in orjson.loads(sizes)]

    def words(self, file: StoredFile) -> bytes:
        """Return the words of the pages of a file whose chunks tell no places, for a `Finder`."""
        _, words = self.measured(file)
        return words

    def measured(self, file: StoredFile) -> tuple[bytes, bytes]:
        """Return sizes and words of pages, which one at a time measures where they are not kept."""
        if (kept := self.kept(file)) is None:
            with self.cache.alone(file.content_hash):
                if (kept := self.kept(file)) is None:
                    kept = self.measure(file)
        return kept

    def kept(self, file: StoredFile) -> tuple[bytes, bytes] | None:
        """Return sizes and words of pages, as far as all that there is of them is kept."""
        sizes = self.found(file, SIZES)
        words = self.found(file, WORDS) if is_worded(file.name) else b""
        return None if sizes is None or words is None else (sizes, words)

    def measure(self, file: StoredFile) -> tuple[bytes, bytes]:
        """Measure the pages of a file, and keep what comes of it."""
        if not is_worded(file.name):
            sizes = orjson.dumps(self.work(file, measure_pages))
            self.keep(file, SIZES, sizes)
            return sizes, b""
        measured, words = self.work(file, measure_words)
        sizes = orjson.dumps(measured)
        self.keep(file, WORDS, words)
        self.keep(file, SIZES, sizes)
        return sizes, words

    def drawn(self, file: StoredFile, page: int, size: PictureSize) -> bytes:
        """Draw a page and the next ones, unless others have just done so."""
        self.check(file, page, self.sizes(file))
        with self.cache.alone(file.content_hash):
            name = f"{page}-{size.name}.png"
            if (content := self.found(file, name)) is not None:
                return content
            options = PictureOptions(page, page + AHEAD, size.width, size.scale)
            pictures = self.work(file, partial(draw_pages, options))
            for number, picture in pictures.items():
                self.keep(file, f"{number}-{size.name}.png", picture)
        return pictures[page]

    def check(self, file: StoredFile, page: int, sizes: list[PageSize]) -> None:
        """Raise NoPageError unless a file has a page, and the page an extent."""
        if not 1 <= page <= len(sizes):
            many = "1 page" if len(sizes) == 1 else f"{len(sizes)} pages"
            raise NoPageError(f"{file.name} has {many}: there is no page {page}.")
        if not all(sizes[page - 1]):
            raise NoPageError(f"Page {page} of {file.name} is damaged: it cannot be shown.")

    def trim(self) -> int:
        """Remove pictures where too many are kept; return how many were removed."""
        return self.execution.offload(self.cache.trim)

    def work(self, file: StoredFile, make: Callable[[Path, str, ParserLimits, Path], T]) -> T:
        """Have something made of a file in processes of their own, when it is its turn."""
        limits = limits_of(self.settings())
        folders = work_folder(self.reading.folder, "drawing")
        try:
            with (
                self.reading.turn(),
                folders as folder,
                self.storage.local_path(file.storage_key) as path,
            ):
                place = Path(folder)
                source, name = self.layouts.drawable(file, version_of(file), path, limits, place)
                return make(source, name, limits, place)
        except ParseError as error:
            raise UnreadableFileError(str(error)) from error
        except ObjectNotFoundError as error:
            raise NotFoundError(Kind.FILE, file.name) from error
        except StorageError as error:
            raise UnavailableError(f"{file.name} could not be read: try again later.") from error

    def found(self, file: StoredFile, name: str) -> bytes | None:
        """Return what was made of a file, if it is kept."""
        return self.execution.offload(self.cache.find, version_of(file), name)

    def keep(self, file: StoredFile, name: str, content: bytes) -> None:
        """Keep what was made of a file."""
        self.execution.offload(self.cache.keep, version_of(file), name, content)


def is_worded(name: str) -> bool:
    """Return whether chunks of a file are found on its pages by their words."""
    return is_laid_out(name) and not is_placed(name)


def version_of(file: StoredFile) -> str:
    """Return what names all that is drawn of a file."""
    return f"{file.content_hash}-{suffix_of(file.name)}-{VERSION}"


def pages_of(file: StoredFile, sizes: list[PageSize]) -> Pages:
    """Return the pages of a file by how large they are."""
    runs = tuple(runs_of(sizes))
    return Pages(runs, version_of(file), is_picture(file.name), is_placed(file.name))


def runs_of(sizes: list[PageSize]) -> Iterator[PageRun]:
    """Yield the pages that follow each other and are equally large."""
    first = 1
    for size, equal in groupby(sizes):
        last = first + sum(1 for _ in equal) - 1
        yield PageRun(first, last, *size)
        first = last + 1


def sending(content: bytes) -> Callable[[int, int], Content]:
    """Return what yields some of a content that is here, as files are read."""

    def read(offset: int, length: int) -> Content:
        yield content[offset : offset + length if length else None]

    return read
