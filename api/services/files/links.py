"""Files as documents of datasets: each document has a copy of its file's bytes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import BinaryIO

from api.db.connection import connected, connection
from api.errors import ArgumentError, ForbiddenError, NotFoundError, UnsupportedTypeError
from api.services.accounts.records import Principal
from api.services.files.queries import entries
from api.services.files.records import FOLDER, Link, Stored
from api.services.files.tree import FileTree, readable
from api.services.library.document_upload import UploadService
from api.services.library.documents import DocumentService
from api.services.library.values import Upload
from api.things import Kind
from rag.errors import ObjectNotFoundError
from rag.parsing.registry import document_type
from rag.storage.base import ObjectStore

Metadata = Mapping[str, Mapping[str, object]]
NO_METADATA: Metadata = MappingProxyType({})

MOST_LINKED = 1000
"""Documents that one request makes at most: as many as one of uploads does."""


class StoredContent:
    """A stored file to be read as one that was received: opened when it is first read."""

    def __init__(self, storage: ObjectStore, file: Stored) -> None:
        """Initialize with its place."""
        self.storage = storage
        self.stored = file
        self.opened: BinaryIO | None = None

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        if not self.stored.storage_key:
            return b""
        if self.opened is None:
            self.opened = self.begin()
        return self.opened.read(size)

    def begin(self) -> BinaryIO:
        """Open the file; raises NotFoundError for one that was deleted meanwhile."""
        try:
            return self.storage.open(self.stored.storage_key)
        except ObjectNotFoundError as error:
            raise NotFoundError(Kind.FILE, self.stored.id) from error

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Seek the beginning or the end; return the position."""
        self.close()
        return self.stored.size if whence else offset

    def close(self) -> None:
        """Close the file."""
        if self.opened is not None:
            self.opened.close()
            self.opened = None


class LinkService:
    """Makes documents of files, and deletes them again."""

    def __init__(self, tree: FileTree, uploads: UploadService, documents: DocumentService) -> None:
        """Initialize with the parts."""
        self.tree = tree
        self.database = tree.database
        self.uploads = uploads
        self.documents = documents

    def convert(
        self,
        asker: Principal,
        ids: Sequence[str],
        dataset_ids: Sequence[str],
        *,
        keep: bool = False,
    ) -> list[Link]:
        """Link files to documents in these datasets and in no others; return them.

        With `keep` those in others stay, too. A folder stands for all files in it. A document that
        there is already stays as it is. The new ones are made first, those of a dataset all or
        none; then the others are deleted.
        """
        wanted = list(dict.fromkeys(dataset_ids))
        for dataset_id in wanted:
            self.uploads.dataset(asker, dataset_id)
        files = self.files_of(asker, ids)
        check_files(files, wanted)
        links = self.links_of(files)
        for dataset_id in wanted:
            there = {link.file_id for link in links if link.dataset_id == dataset_id}
            self.add(asker, dataset_id, [file for file in files if file.id not in there])
        if not keep:
            self.take_away(asker, [link for link in links if link.dataset_id not in wanted])
        with connection(self.database):
            return readable(self.database, asker, self.links_of(files))

    def remove(self, asker: Principal, ids: Sequence[str]) -> None:
        """Delete all documents of files."""
        self.take_away(asker, self.links_of(self.files_of(asker, ids)))

    def add(self, asker: Principal, dataset_id: str, files: Sequence[Stored]) -> None:
        """Make documents of files in a dataset, all or none."""
        if files:
            with uploads_of(self.uploads.storage, files) as uploads:
                self.uploads.upload(asker, dataset_id, uploads)

    def take_away(self, asker: Principal, links: Sequence[Link]) -> None:
        """Delete documents; what the asker may not delete only loses its file."""
        for dataset_id, ids in by_dataset(links).items():
            try:
                self.documents.delete(asker, dataset_id, ids)
            except (ForbiddenError, NotFoundError):
                self.unlink(ids)

    # The rows.

    @connected
    def files_of(self, asker: Principal, ids: Sequence[str]) -> list[Stored]:
        """Return the files that ids stand for, those in folders too."""
        own = [self.tree.own(asker, file_id).id for file_id in dict.fromkeys(ids)]
        return [file for file in entries.below(self.database, own) if file.type != FOLDER]

    @connected
    def links_of(self, files: Sequence[Stored]) -> list[Link]:
        """Return the documents of files."""
        return entries.links(self.database, [file.id for file in files])

    @connected
    def unlink(self, document_ids: Sequence[str]) -> None:
        """Unlink documents from their files."""
        entries.unlink(self.database, document_ids)


@contextmanager
def uploads_of(
    storage: ObjectStore, files: Sequence[Stored], metadata: Metadata = NO_METADATA
) -> Iterator[list[Upload]]:
    """Lend files as uploads that documents are made of; `metadata` is by the files' ids."""
    with ExitStack() as opened:
        contents = [StoredContent(storage, file) for file in files]
        for content in contents:
            opened.callback(content.close)
        yield [
            Upload(file.name, content, metadata.get(file.id, {}), file_id=file.id)
            for file, content in zip(files, contents, strict=True)
        ]


def check_files(files: Sequence[Stored], dataset_ids: Sequence[str]) -> None:
    """Refuse files that cannot be documents, and too many at once."""
    if len(files) * len(dataset_ids) > MOST_LINKED:
        raise ArgumentError(f"At most {MOST_LINKED:,} documents are made at once: choose less.")
    for file in files if dataset_ids else ():
        if document_type(file.name) == "other":
            raise UnsupportedTypeError(file.name)


def by_dataset(links: Sequence[Link]) -> Mapping[str, list[str]]:
    """Return the ids of documents by dataset."""
    found: dict[str, list[str]] = defaultdict(list)
    for link in links:
        found[link.dataset_id].append(link.document_id)
    return found
