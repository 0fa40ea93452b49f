"""The files of the tests in memory, where there is enough of it.

A database waits for its disk at each commit. What a test proves of a process that is killed holds
in memory, too: it is the kernel that keeps what was written.
"""

import os
import shutil
import tempfile
from pathlib import Path

import psutil

DISK = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
LEAST = 6 << 30
"""Bytes that must be free, of the disk in memory and of memory itself."""

_PREFIX = "raglan-pytest-"
"""Before the number of the process that the folder is of."""


def folder() -> str | None:
    """Return a new folder in memory; None where there is too little, and pytest takes its own.

    What runs that were killed have left is removed.
    """
    for left in DISK.glob(f"{_PREFIX}*"):
        if not psutil.pid_exists(int(left.name.removeprefix(_PREFIX).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)  # another run may remove it, too
    if not DISK.is_dir() or shutil.disk_usage(DISK).free < LEAST or available() < LEAST:
        return None
    return tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=DISK)


def available() -> int:
    """Return how many bytes of memory programs may still take."""
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    sizes = dict(line.split(":") for line in lines)
    return int(sizes["MemAvailable"].split()[0]) << 10


def clear(made: str | None) -> None:
    """Remove a folder that was made here."""
    if made is not None and Path(made).name.startswith(_PREFIX):
        shutil.rmtree(made)
