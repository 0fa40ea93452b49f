"""Small disks that tests may fill, for which a file system in memory is mounted."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BLOCK = 64 << 10


@dataclass
class SmallDisk:
    """A disk of its own, mounted at `folder`."""

    folder: Path

    @property
    def filler(self) -> Path:
        """Return the file that takes what room there is."""
        return self.folder / "filler"

    def free(self) -> int:
        """Return how many bytes are left."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Fill all room but `leave` bytes."""
        with self.filler.open("ab", buffering=0) as file:
            while (left := self.free() - leave) > 0:
                try:
                    file.write(bytes(min(left, BLOCK)))
                except OSError as error:
                    assert error.errno == errno.ENOSPC  # noqa: PT017 - somebody else was faster
                    return

    def make_room(self) -> None:
        """Remove what `fill` wrote."""
        self.filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk at a new folder for a `with` block; skips the test without the rights."""
    folder.mkdir(parents=True)
    options = f"size={megabytes}m,mode=0700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "raglan-test", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"A small disk cannot be mounted: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: a process that a failed test has left behind must not keep it.
        subprocess.run(["umount", "--lazy", folder], check=True)
