"""Locks between processes on open files and folders.

The kernel lets go of one when its descriptor is closed, or the process and those of its children
that have the descriptor have ended, however they did.
"""

import fcntl
import os
from pathlib import Path


def lock(descriptor: int, *, shared: bool = False) -> None:
    """Lock what is open, once nobody else has it any more; shared, others may share it."""
    fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def try_lock(descriptor: int) -> bool:
    """Lock what is open unless somebody else has it; tell whether it is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def hold(path: Path) -> int | None:
    """Return a descriptor of a file, made if it is missing, that is locked; None if others have it.

    Whoever keeps it open keeps the lock.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if try_lock(descriptor):
        return descriptor
    os.close(descriptor)
    return None
