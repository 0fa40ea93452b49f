"""Temporary folders of workers and their parsers, which a worker that is killed leaves behind."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.locks import lock, try_lock

PREFIX = "raglan-"


@contextmanager
def work_folder(parent: Path, purpose: str = "parser") -> Iterator[str]:
    """Create a folder for a `with` block; it is locked while this process lives."""
    parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # `sweep` waits here, so that it never sees a folder that is made but not locked yet.
        with _locked(parent, shared=True):
            prefix = f"{PREFIX}{purpose}-"
            made = TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True)
            folder = stack.enter_context(made)
            stack.enter_context(_locked(Path(folder)))
        yield folder


def sweep(parent: Path) -> int:
    """Remove the folders of processes that are gone; return how many there were."""
    if not parent.is_dir():
        return 0
    with _locked(parent):
        left = [folder for folder in parent.glob(f"{PREFIX}*") if _is_left(folder)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _is_left(folder: Path) -> bool:
    with suppress(OSError):  # locked, or removed just now
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return try_lock(descriptor)
        finally:
            os.close(descriptor)
    return False


@contextmanager
def _locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system without locks: there, nothing is ever swept
            lock(descriptor, shared=shared)
        yield
    finally:
        os.close(descriptor)
