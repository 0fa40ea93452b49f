"""The folder in which processes keep their figures, and who owns which file.

Each process writes files of its own, in the format of prometheus_client's multiprocess mode, and
holds a lock on `ID.lock` for as long as it lives; the kernel lets go of it however the process
ends. Whoever comes by next (a scrape, a process that joins, the master when a child ended) takes
the dead one's counts into `*_past.db`, and forgets its gauges. So counts never fall, files never
pile up, and no process has to be told that another one died.
"""

import json
import logging
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from api.observability.mapped import write_sums
from rag.disk import is_full
from rag.locks import hold, lock, try_lock

log = logging.getLogger(__name__)

GATE = "gate"
"""Locked while anybody looks through the folder or changes who owns what in it."""

PAST = "past"

SUMMED = ("counter", "histogram")


@contextmanager
def gate(folder: Path) -> Iterator[None]:
    """Lock a folder for a `with` block."""
    descriptor = os.open(folder / GATE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def join(folder: Path, identity: str) -> int:
    """Make a process one that lives; it does while the descriptor that is returned stays open."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with gate(folder):
        sweep(folder)
        for kind in SUMMED:
            # After a power cut nothing but this file is older than the processes.
            if values_of(folder / f"{kind}_{PAST}.db") is None:
                (folder / f"{kind}_{PAST}.db").unlink()
        descriptor = hold(folder / f"{identity}.lock")
    if descriptor is None:
        raise BlockingIOError(f"Another process keeps figures as {identity}.")
    return descriptor


def bury(folder: Path) -> None:
    """Merge the metrics that processes left when they died."""
    if folder.is_dir():
        with gate(folder):
            sweep(folder)


def read(folder: Path) -> list[Metric]:
    """Return what all processes, the living and the dead, have counted and measured."""
    with gate(folder):
        sweep(folder)
        files = [str(path) for path in folder.glob("*.db")]
        return list(MultiProcessCollector.merge(files))


# Within the gate.


def sweep(folder: Path) -> None:
    """Merge the metrics that processes left when they died."""
    for kind in SUMMED:
        finish(folder, kind)
    for path in folder.glob("*.lock"):
        if is_dead(path):
            take_in_if_there_is_room(folder, path)


def take_in_if_there_is_room(folder: Path, path: Path) -> None:
    """Merge the files of a dead process; on a full disk they stay its own, and are reported."""
    try:
        take_in(folder, path.stem)
        path.unlink()
    except OSError as error:
        if not is_full(error):
            raise


def is_dead(path: Path) -> bool:
    """Return whether nobody holds the lock on a file any more."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)


def take_in(folder: Path, identity: str) -> None:
    """Drop a process's gauges, and add its counters to those of others before."""
    for path in folder.glob(f"gauge_*_{identity}.db"):
        path.unlink()
    for kind in SUMMED:
        path = folder / f"{kind}_{identity}.db"
        if path.exists():
            add(folder, kind, path)


def add(folder: Path, kind: str, path: Path) -> None:
    """Add a file to the past, wholly or not at all, whenever this process may be killed.

    The sum is made aside. Renaming the file is what decides: from then on the sum counts, and
    `finish` puts it into its place if this process does not come to it.
    """
    aside = folder / f"{kind}_{PAST}.new"
    aside.unlink(missing_ok=True)
    past = folder / f"{kind}_{PAST}.db"
    sums: dict[str, float] = {}
    for source in (past, path):
        for key, value in (values_of(source) or {}).items():
            sums[key] = sums.get(key, 0.0) + value
    write_sums(aside, sums)
    path.rename(folder / f"{kind}.taken")
    finish(folder, kind)


def values_of(path: Path) -> dict[str, float] | None:
    """Return what a file holds; None, with a word in the log, if that cannot be read.

    A machine that lost its power may have kept the head of a file and not the rest.
    """
    try:
        found = MmapedDict.read_all_values_from_file(str(path))
        return {key: value for key, value, _, _ in found if json.loads(key)}
    except FileNotFoundError:
        return {}
    except (RuntimeError, ValueError, struct.error) as error:
        log.warning("What %s has counted is lost, as it is damaged: %s", path.name, error)
        return None


def finish(folder: Path, kind: str) -> None:
    """Finish what a process began that was killed in the middle of it."""
    taken = folder / f"{kind}.taken"
    aside = folder / f"{kind}_{PAST}.new"
    if taken.exists():
        if aside.exists():
            aside.rename(folder / f"{kind}_{PAST}.db")
        taken.unlink()
