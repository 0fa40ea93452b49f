"""Files of numbers that are mapped into memory, all of which have their place on the disk.

Writing to a mapped page for which the disk has no place left ends the process with SIGBUS, which
nothing can catch. So the place is taken first, and where there is none that is an OSError.
"""

import os
from pathlib import Path
from struct import Struct
from typing import Any

from prometheus_client.mmap_dict import MmapedDict

ENTRY_BYTES = 32
"""The most that a number takes beside the bytes of its key."""

HEAD_BYTES = 8

NUMBER = Struct("=d")
NUMBER_BYTES = NUMBER.size


class MappedFile(MmapedDict):
    """A file that grows only where the disk has the place for it."""

    def __init__(self, path: Path) -> None:
        """Map a file that is there."""
        base: Any = super()
        base.__init__(str(path))

    _m: Any
    _positions: dict[str, int]

    def put(self, key: str, value: float) -> None:
        """Write a number; raises OSError if it is new and there is no place for it."""
        base: Any = super()
        base.write_value(key, value, 0.0)

    def place(self, key: str, value: float) -> int:
        """Write a number as `put` does; return its place, which it keeps."""
        self.put(key, value)
        return self._positions[key]

    def replace(self, place: int, value: float) -> None:
        """Write another number into a place.

        In one assignment: a reader would see what `struct.pack_into` writes first, which is 0.
        """
        self._m[place : place + NUMBER_BYTES] = NUMBER.pack(value)

    def close(self) -> None:
        """Close the file."""
        base: Any = super()
        base.close()

    def _init_value(self, key: str) -> None:
        needed = self._used + len(key.encode()) + ENTRY_BYTES
        if needed > self._capacity:
            os.posix_fallocate(self._f.fileno(), 0, self._capacity * 2)
        base: Any = super()
        base._init_value(key)  # noqa: SLF001 - this class stands between it and its parent


def reserve(path: Path, size: int) -> None:
    """Make a file of zeros that has its place on the disk; raises OSError if there is none."""
    unseen = path.with_suffix(".reserved")
    descriptor = os.open(unseen, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
        unseen.rename(path)
    except OSError:
        unseen.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def write_sums(path: Path, sums: dict[str, float]) -> None:
    """Write numbers into a new file; raises OSError where the disk has no place for them."""
    reserve(path, HEAD_BYTES + sum(len(key.encode()) + ENTRY_BYTES for key in sums))
    written = MappedFile(path)
    for key, value in sums.items():
        written.put(key, value)
    written.close()
