"""Pictures of pages that were drawn, as files that may be removed at any time."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from api.errors import UnavailableError
from rag.locks import hold

PATIENCE = 60.0
"""Seconds that somebody waits for what others draw of the same file."""

PAUSE = 0.03
"""Seconds between two looks at whether they are done."""

TRIMMED = 0.9
"""To what part of the limit the files are reduced when they are over it."""

BUSY = "Pages of this file are being drawn for others: try again in a moment."


class Kept(NamedTuple):
    """A file that is kept; the earliest asked for is the smallest."""

    asked: float
    size: int
    path: str


class PictureCache:
    """Files in a folder, by a key of two parts: the file that they were made of, and what they are.

    Any process of this machine may read, write and trim at the same time.
    """

    def __init__(self, folder: Path, most: Callable[[], int]) -> None:
        """Initialize with the folder, which need not be there; `most` returns bytes to keep."""
        self.folder = folder
        self.most = most

    def find(self, origin: str, name: str) -> bytes | None:
        """Return what is kept; None if it is not."""
        path = self.folder / origin / name
        with suppress(OSError):
            content = path.read_bytes()
            os.utime(path)
            return content
        return None

    def copy(self, origin: str, name: str, target: Path) -> bool:
        """Copy something to a file, whole even where it is trimmed meanwhile; False if not kept."""
        path = self.folder / origin / name
        with suppress(OSError):
            shutil.copyfile(path, target)
            os.utime(path)
            return True
        return False

    def keep(self, origin: str, name: str, content: bytes) -> None:
        """Keep something, where there is room; whoever reads finds all of it or nothing."""
        if not self.most():
            return
        path = self.folder / origin / name
        partial = path.with_name(f"{name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
            partial.replace(path)
        except OSError:  # no room, or trimmed just now: it is drawn again when it is asked for
            partial.unlink(missing_ok=True)

    @contextmanager
    def alone(self, origin: str) -> Iterator[None]:
        """Let one at a time draw what is made of a file; raises UnavailableError."""
        folder = self.folder / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        end = time.monotonic() + PATIENCE
        # A few files for all, which nobody has to remove.
        while (held := hold(folder / origin[:2])) is None:
            if time.monotonic() > end:
                raise UnavailableError(BUSY)
            time.sleep(PAUSE)
        try:
            yield
        finally:
            os.close(held)

    def trim(self) -> int:
        """Remove what was not asked for the longest, if there is too much; return how many."""
        kept = sorted(self.files())
        size, most = sum(file.size for file in kept), self.most()
        if size <= most:
            return 0
        removed = 0
        for file in kept:
            if size <= most * TRIMMED:
                break
            Path(file.path).unlink(missing_ok=True)
            removed, size = removed + 1, size - file.size
            with suppress(OSError):  # others are in it
                Path(file.path).parent.rmdir()
        return removed

    def files(self) -> Iterator[Kept]:
        """Yield what is kept, with what a killed process left of it."""
        for folder in folders(self.folder):
            with suppress(OSError), os.scandir(folder) as found:
                for entry in found:
                    with suppress(OSError):
                        told = entry.stat()
                        yield Kept(told.st_mtime, told.st_size, entry.path)


def folders(parent: Path) -> list[str]:
    """Return the folders in a folder, which need not be there."""
    with suppress(OSError), os.scandir(parent) as found:
        return [entry.path for entry in found if entry.name != "locks"]
    return []
