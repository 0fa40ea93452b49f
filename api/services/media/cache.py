"""Files in the data folder that were made once and are sent again, up to so many bytes."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


class MadeFiles:
    """Keeps what was made under a name that says what it was made of; the oldest go first.

    What it does waits for a disk: run it beside an event loop.
    """

    def __init__(self, folder: Path, most: Callable[[], int]) -> None:
        """Initialize with where they lie, and how many bytes there may be."""
        self.folder = folder
        self.most = most

    def read(self, name: str) -> bytes | None:
        """Return what is kept under a name, if anything is."""
        path = self.folder / name
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content

    def keep(self, name: str, content: bytes) -> None:
        """Keep something under a name, whole or not at all."""
        if len(content) > self.most():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{uuid4().hex}"
        part.write_bytes(content)
        part.replace(self.folder / name)
        self.forget_oldest()

    def forget_oldest(self) -> None:
        """Delete what was not used for longest, until there is no more than may be."""
        known = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another process has deleted it
                known.append((path.stat().st_mtime, path.stat().st_size, path))
        size = sum(each for _, each, _ in known)
        for _, each, path in sorted(known):
            if size <= self.most():
                break
            path.unlink(missing_ok=True)
            size -= each
