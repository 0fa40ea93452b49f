"""The data folder: made by whoever starts first, and kept for one server and one registrar."""

import os
from pathlib import Path

from api.errors import StartError
from rag.locks import hold

SERVER_LOCK = "server.lock"
REGISTRAR_LOCK = "registrar.lock"


def make_folder(folder: Path) -> None:
    """Make the data folder unless it is there; raises StartError."""
    try:
        make(folder)
    except OSError as error:
        raise StartError(refusal(folder, "made", error)) from error


def prepare_folder(folder: Path) -> None:
    """Make the data folder; raises StartError if it cannot be made or written to."""
    try:
        make(folder)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(refusal(folder, "written to", error)) from error


def make(folder: Path) -> None:
    """Make a folder that only its owner may look into; raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def refusal(folder: Path, what: str, error: OSError) -> str:
    """Return what is said of a folder that cannot be used."""
    return (
        f"The data folder {folder} cannot be {what}: {error.strerror}."
        " Choose another with RAGLAN_DATA_DIR, or put its rights right."
    )


def lock_folder(folder: Path) -> int:
    """Lock the data folder for this server; raises StartError if another server has it.

    Returns the descriptor that keeps the lock; see `rag.locks`.
    """
    descriptor = hold(folder / SERVER_LOCK)
    if descriptor is None:
        raise StartError(
            f"The data folder {folder} is in use by another server. Stop that one, or choose"
            " another folder with RAGLAN_DATA_DIR."
        )
    return descriptor


def lock_for_registrar(folder: Path) -> int:
    """Lock the data folder for this registrar; raises StartError if another serves it."""
    make(folder)
    descriptor = hold(folder / REGISTRAR_LOCK)
    if descriptor is None:
        raise StartError(f"Another registrar serves the data folder {folder}.")
    return descriptor
