"""What a full disk looks like, and how much room there is on one."""

import errno
import os
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""No place left on the device, or none left for this user."""

NOTHING_LEFT = 256 << 10
"""With fewer bytes than this SQLite cannot make the files beside its own, and says only that it
cannot open or write something."""


def is_full(error: BaseException | None) -> bool:
    """Return whether an error says that a disk, or a user's part of it, is full."""
    return isinstance(error, OSError) and error.errno in FULL


def free_bytes(folder: Path) -> int:
    """Return how many bytes this process may still write on the disk of a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def has_nothing_left(folder: Path) -> bool:
    """Return whether a disk has no room for even the smallest file; false if that is not known."""
    try:
        return free_bytes(folder) < NOTHING_LEFT
    except OSError:
        return False
