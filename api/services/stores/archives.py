"""The files of a knowledge base as one ZIP archive, which is made while it is sent."""

import time
from collections.abc import Iterator
from contextlib import closing
from io import RawIOBase
from itertools import count
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from api.errors import NotFoundError, RuleError
from api.services.accounts.records import Principal
from api.services.library.records import Content
from api.services.stores.directories import DirectoryService
from api.services.stores.knowledge_bases import FILES_AT_ONCE, KnowledgeBases
from api.services.stores.knowledge_records import KeptFile
from api.services.stores.knowledge_values import Wanted

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that an archive can tell."""


class Sink(RawIOBase):
    """Takes what is written until somebody takes it away; there is no way back in it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.held = bytearray()

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, block: "ReadableBuffer", /) -> int:
        """Take some bytes."""
        before = len(self.held)
        self.held += block
        return len(self.held) - before

    def taken(self) -> bytes:
        """Take away what was written."""
        found = bytes(self.held)
        self.held.clear()
        return found


class ArchiveService:
    """Puts the files of a knowledge base into an archive, as they were uploaded."""

    def __init__(self, bases: KnowledgeBases, directories: DirectoryService) -> None:
        """Initialize with what keeps knowledge bases, and their directories."""
        self.bases = bases
        self.directories = directories

    def of_base(self, asker: Principal, dataset_id: str) -> tuple[str, Content]:
        """Return a knowledge base as an archive, with what it is called; raises NotFoundError.

        Files that are deleted while it is made are left out.
        """
        base = self.bases.get(asker, dataset_id)
        files = [*self.files(asker, dataset_id)]
        return f"{base.dataset.name}.zip", archive(self.opened(asker, dataset_id, files))

    def files(self, asker: Principal, dataset_id: str) -> Iterator[KeptFile]:
        """Yield the files of a knowledge base, the oldest first."""
        for number in count(1):
            wanted = Wanted("", "create_time", descending=False, page=number, limit=FILES_AT_ONCE)
            page = self.bases.list_files(asker, dataset_id, wanted).files
            yield from page
            if len(page) < FILES_AT_ONCE:
                break

    def opened(
        self, asker: Principal, dataset_id: str, files: list[KeptFile]
    ) -> Iterator[tuple[ZipInfo, Content]]:
        """Yield the files that are still there, each with its bytes."""
        tree = self.directories.tree(asker, dataset_id)
        known: set[str] = set()
        for file in files:
            document = file.document
            if document is None:
                continue
            way = [plain(one.name) for one in tree.way(document.directory_id)]
            name = "/".join([*way, plain(file.name)])
            if name in known:
                name = "/".join([*way, f"{document.id}-{plain(file.name)}"])
            known.add(name)
            entry = ZipInfo(name, moment(file.create_time))
            entry.file_size = file.size
            try:
                content = self.bases.documents.download(asker, dataset_id, document.id).read(0, 0)
            except NotFoundError:
                continue
            except RuleError:  # a file without bytes
                content = nothing()
            yield entry, content


def archive(files: Iterator[tuple[ZipInfo, Content]]) -> Content:
    """Yield an archive piece by piece; it is not packed, as most files are already."""
    sink = Sink()
    with ZipFile(sink, "w", ZIP_STORED) as packed:
        for entry, content in files:
            with closing(content), packed.open(entry, "w") as target:
                for block in content:
                    target.write(block)
                    yield sink.taken()
    yield sink.taken()


def nothing() -> Content:
    """Yield no bytes."""
    yield b""


def plain(name: str) -> str:
    """Return a name that leads nowhere when an archive is unpacked."""
    return name.replace("/", "_").replace("\\", "_").lstrip(".") or "_"


def moment(create_time: int) -> tuple[int, int, int, int, int, int]:
    """Return a time in ms as an archive tells it, in UTC."""
    year, month, day, hour, minute, second, *_ = time.gmtime(create_time / 1000)
    return max((year, month, day, hour, minute, second), EARLIEST)
