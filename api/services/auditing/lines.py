"""A file that several processes add whole lines to, whatever happens to one of them."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.locks import try_lock

PATIENCE = 3.0
"""Seconds that a process waits for others who add to the file."""

PAUSE = 0.01
BLOCK = 64 << 10


def append(path: Path, text: str) -> None:
    """Add lines to a file that its owner alone reads, all of them or none; raises OSError.

    What a process that was killed in the midst has left of its last line is taken away first.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        with locked(descriptor):
            end = end_of_lines(descriptor)
            os.ftruncate(descriptor, end)
            written = text.encode()
            if os.write(descriptor, written) < len(written):
                os.ftruncate(descriptor, end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)


@contextmanager
def locked(descriptor: int) -> Iterator[None]:
    """Hold others off; raises TimeoutError where somebody who stands still holds this one off.

    The wait is one that greenlets can be served in, which a wait for the lock is not.
    """
    deadline = time.monotonic() + PATIENCE
    while not try_lock(descriptor):
        if time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, "another process holds the file")
        time.sleep(PAUSE)
    yield  # closing the file ends the lock


def end_of_lines(descriptor: int) -> int:
    """Return where the last whole line of a file ends."""
    end = os.fstat(descriptor).st_size
    while end:
        begin = max(0, end - BLOCK)
        found = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
