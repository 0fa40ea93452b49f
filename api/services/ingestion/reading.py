"""Reading files for those who want their text alone: nothing of them is kept."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from api.config.settings import WorkerSettings
from api.errors import UnavailableError, UnreadableFileError, UnsupportedTypeError
from api.services.ingestion.limits import limits_of
from api.services.library.disk import DiskSpace
from api.services.library.names import clean_file_name
from rag.errors import ParseError
from rag.ingestion.cutting import FirstChunks, cut_first
from rag.ingestion.reading import FileText, read_file
from rag.ingestion.wire import ParseRequest
from rag.parsing.base import Helpers
from rag.parsing.registry import suffix_of, supported_suffixes
from rag.workfolder import work_folder

AT_ONCE = 2
"""How many files a process has read at the same time: each takes two processes."""

PATIENCE = 30.0
"""Seconds that a file waits for its turn."""

BLOCK = 256 << 10

BUSY = "The server is reading as many files as it may at once: try again in a moment."


class Content(Protocol):
    """Bytes that are being received."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        ...


class ReadingService:
    """Reads files in parser processes, under the limits of documents."""

    def __init__(
        self, settings: Callable[[], WorkerSettings], disk: DiskSpace, folder: Path
    ) -> None:
        """Initialize with the parts; files lie in `folder` while they are read."""
        self.settings = settings
        self.disk = disk
        self.folder = folder
        self.turns = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def received(self, content: Content, size: int) -> Iterator[Path]:
        """Keep what is received in a file for a `with` block; `size` is what is known of it."""
        self.disk.check(size)
        with work_folder(self.folder, "reading") as folder:
            path = Path(folder) / "file"
            with path.open("wb") as file:
                while block := content.read(BLOCK):
                    file.write(block)
            yield path

    def read(self, path: Path, name: str) -> FileText:
        """Return the text of a file that was received under a name.

        Raises UnsupportedTypeError for a kind of file that no parser reads, UnreadableFileError for
        a file that cannot be read within the limits, or has no text.
        """
        name = readable(path, name)
        with self.turn():
            try:
                found = read_file(path, name, limits_of(self.settings()))
            except ParseError as error:
                raise UnreadableFileError(str(error)) from error
        if not found.pages:
            raise UnreadableFileError(" ".join((f"{name} gave no text.", *found.notes[:1])))
        return found

    def cut(self, path: Path, name: str, most: int, seconds: float) -> FirstChunks:
        """Return the first chunks of a file that was received under a name.

        It waits so long for its turn, and has as long then; no other program helps to read it.
        Raises as `read` does.
        """
        name = readable(path, name)
        limits = replace(limits_of(self.settings()), seconds=seconds, helpers=Helpers())
        with self.turn(seconds):
            try:
                return cut_first(ParseRequest("", name), most, path, name, limits, path.parent)
            except ParseError as error:
                raise UnreadableFileError(str(error)) from error

    @contextmanager
    def turn(self, patience: float = PATIENCE) -> Iterator[None]:
        """Wait for the turn of a file; raises UnavailableError if it does not come."""
        if not self.turns.acquire(timeout=patience):
            raise UnavailableError(BUSY)
        try:
            yield
        finally:
            self.turns.release()


def readable(path: Path, name: str) -> str:
    """Return the clean name of a file that a parser reads.

    Raises UnsupportedTypeError for another, and UnreadableFileError for an empty one.
    """
    name = clean_file_name(name)
    if suffix_of(name) not in supported_suffixes():
        raise UnsupportedTypeError(name)
    if not path.stat().st_size:
        raise UnreadableFileError(f"{name} is empty: it has no bytes to read.")
    return name
