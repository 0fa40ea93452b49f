"""The data folder: made by whoever starts, and kept for one server."""

import fcntl
import os
from pathlib import Path

from api.errors import StartError

LOCK = "server.lock"


def prepare_folder(folder: Path) -> None:
    """Make the data folder; raises StartError if it cannot be made or written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"The data folder {folder} cannot be written to: {error.strerror}."
            " Choose another with RAGLAN_DATA_DIR, or put its rights right."
        ) from error


def lock_folder(folder: Path) -> int:
    """Keep the data folder for this process; raises StartError if another server has it.

    Returns the descriptor of the lock's file. The kernel lets go of the lock when that is closed,
    or this process and its children have ended, however they did.
    """
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StartError(
            f"The data folder {folder} is in use by another server. Stop that one, or choose"
            " another folder with RAGLAN_DATA_DIR."
        ) from error
    return descriptor
