"""Room on the disks that the server writes to, and a reserve below which nothing is to grow.

With the reserve those go on who need little room: who deletes, above all. Others fill disks, too;
so there is a file that is given up when not even the reserve is left.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from api.config.settings import Settings
from api.errors import DiskFullError
from api.observability.definitions import DISK_FREE, DISK_LOW, DISK_RESERVE
from api.observability.recorder import Figures
from rag.disk import is_full
from rag.errors import ChunkStoreFullError, StorageFullError

MOST_RESERVED = 20
"""The reserve is at most one part in so many of a disk."""

BALLAST = "ballast"
BALLAST_BYTES = 4 << 20
"""What a deletion takes at most before it gives anything back: the log of SQLite grows to 1,000
pages of 4 KB until it is begun anew."""

FULL_ERRORS = (DiskFullError, ChunkStoreFullError, StorageFullError)

FULL = "the server's disk is full. Deleting documents makes room."
LOW = (
    "The server's disk is full but for a reserve: nothing is uploaded or parsed until there is"
    " more room. Deleting documents makes some."
)


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes are left on a disk, and how many of them are reserved."""

    free: int
    reserve: int

    @property
    def is_low(self) -> bool:
        """Return whether nothing more is to grow."""
        return self.free < self.reserve

    @property
    def is_very_low(self) -> bool:
        """Return whether to break off what has begun to grow already."""
        return self.free < self.reserve // 2


class DiskSpace:
    """The disks of some folders, which need not be there yet."""

    def __init__(
        self, data_folder: Path, others: Sequence[Path], reserve: Callable[[], int]
    ) -> None:
        """Initialize with the folders; `reserve` returns the bytes that the settings want."""
        self.folders = (data_folder, *others)
        self.ballast = data_folder / BALLAST
        self.reserve = reserve

    def room(self) -> Room:
        """Return how much room there is on the disk that has the least above its reserve."""
        found = [room_of(folder, self.reserve()) for folder in self.folders]
        return min(found, key=lambda room: room.free - room.reserve)

    def check(self, size: int = 0) -> None:
        """Raise DiskFullError if `size` bytes more would go into the reserve."""
        room = self.room()
        if room.free - size < room.reserve:
            raise DiskFullError(LOW)

    def is_to_blame(self, error: Exception) -> bool:
        """Return whether an error came of a full disk, as far as that can be told."""
        return isinstance(error, FULL_ERRORS) or is_full(error) or self.room().is_very_low

    def check_growing(self) -> None:
        """Raise DiskFullError if what grows has to be broken off."""
        if self.room().is_very_low:
            raise DiskFullError(LOW)

    def make_room(self) -> None:
        """Remove the ballast if a deletion might have too little room."""
        here = room_of(self.folders[0], self.reserve())
        if here.free < ballast_bytes(here):
            self.ballast.unlink(missing_ok=True)

    def take_ballast(self) -> bool:
        """Write the ballast if there is none and room enough; return whether it was written."""
        here = room_of(self.folders[0], self.reserve())
        size = ballast_bytes(here)
        if not size or here.free < here.reserve + size or self.ballast.exists():
            return False
        try:
            write_ballast(self.ballast, size)
        except OSError as error:
            if not is_full(error):
                raise
            return False
        return True

    def figures(self) -> Figures:
        """Return what metrics tell."""
        room = self.room()
        return {
            (DISK_FREE, ()): float(room.free),
            (DISK_RESERVE, ()): float(room.reserve),
            (DISK_LOW, ()): float(room.is_low),
        }


def room_of(folder: Path, reserve: int) -> Room:
    """Return the room on the disk of a folder, or of the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    whole = found.f_blocks * found.f_frsize
    return Room(found.f_bavail * found.f_frsize, min(reserve, whole // MOST_RESERVED))


def ballast_bytes(room: Room) -> int:
    """Return how large the ballast is on a disk."""
    return min(BALLAST_BYTES, room.reserve // 2)


def write_ballast(path: Path, size: int) -> None:
    """Make a file of so many bytes that have their place on the disk; raises OSError."""
    partial = path.with_suffix(".part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
        partial.rename(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def local_folders(settings: Settings) -> list[Path]:
    """Return the folders of the parts that are files of this machine."""
    url = settings.storage_url
    files = [Path(unquote(urlsplit(url).path))] if url.startswith("file:") else []
    databases = (settings.database_url, settings.chunk_store_url)
    paths = [Path(unquote(urlsplit(url).path)) for url in databases if url.startswith("sqlite:")]
    return [*files, *(path.parent for path in paths)]
