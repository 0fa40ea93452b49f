"""A Recorder that writes into a folder, from which one process can tell of all."""

import logging
import os
import secrets
import threading
from bisect import bisect_left
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.utils import floatToGoString

from api.config.settings import Settings
from api.observability import folder as folders
from api.observability.definitions import FROM_DATABASE, KNOWN, Definition
from api.observability.recorder import NOTHING, Recorder

log = logging.getLogger(__name__)

ROOM = {"histogram": 512 * 1024}
OTHER_ROOM = 128 * 1024
"""Bytes that are taken from the disk at once: writing to a mapped file for which the disk has no
place left would end the process."""

Lock = Callable[[], AbstractContextManager[object]]


class Slot:
    """One number in a file."""

    __slots__ = ("file", "key", "value")

    def __init__(self, file: MmapedDict, key: str) -> None:
        """Find the number, or make it 0."""
        self.file = file
        self.key = key
        self.value: float = file.read_value(key)[0]

    def write(self, value: float) -> None:
        """Replace the number."""
        self.value = value
        self.file.write_value(self.key, value, 0.0)


class Distribution:
    """The numbers of a histogram: its sum, and how many values fell between two bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...], counts: list[Slot], total: Slot) -> None:
        """Take the slots; there is one more than there are bounds."""
        self.bounds = bounds
        self.counts = counts
        self.total = total

    def add(self, value: float) -> None:
        """Count a value."""
        index = bisect_left(self.bounds, value)
        self.counts[index].write(self.counts[index].value + 1)
        self.total.write(self.total.value + value)


class FileRecorder:
    """Writes the figures of this process.

    prometheus_client's own classes would do so behind a lock that gevent patches, and such a lock
    hangs when greenlets and the threads of the hub's pool compete for it. So `lock` makes a plain
    one: nothing waits while it is held.
    """

    def __init__(self, folder: Path, role: str, lock: Lock = threading.Lock) -> None:
        """Join the folder as this process; raises OSError where nothing can be written."""
        self.folder = folder
        self.role = role
        # A process id alone may come back, and several containers may share the folder.
        self._identity = f"{role}-{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = lock()
        self._files: dict[str, MmapedDict] = {}
        self._slots: dict[tuple[Definition, tuple[str, ...]], Slot] = {}
        self._distributions: dict[tuple[Definition, tuple[str, ...]], Distribution] = {}
        self._joined = folders.join(folder, self._identity)
        for what, labels in KNOWN:
            if what.kind == "histogram":
                self._distribution(what, labels)
            elif what not in FROM_DATABASE:
                self._slot(what, labels)

    def count(self, what: Definition, *labels: str, by: float = 1.0) -> None:
        """Let a counter or gauge grow."""
        with self._lock:
            slot = self._slots.get((what, labels)) or self._slot(what, labels)
            slot.write(slot.value + by)

    def set(self, what: Definition, value: float, *labels: str) -> None:
        """Note the state of a gauge."""
        with self._lock:
            slot = self._slots.get((what, labels)) or self._slot(what, labels)
            slot.write(value)

    def observe(self, what: Definition, value: float, *labels: str) -> None:
        """Add a value to a distribution."""
        with self._lock:
            known = self._distributions.get((what, labels)) or self._distribution(what, labels)
            known.add(value)

    def close(self) -> None:
        """Leave the folder, as the end of the process does."""
        for file in self._files.values():
            file.close()
        os.close(self._joined)

    def _slot(self, what: Definition, labels: tuple[str, ...]) -> Slot:
        kind = f"gauge_{what.mode}" if what.kind == "gauge" else what.kind
        family = what.name.removesuffix("_total")
        key = mmap_key(family, what.name, [*what.labels], [*labels], what.meaning)
        slot = self._slots[what, labels] = Slot(self._file(kind), key)
        return slot

    def _distribution(self, what: Definition, labels: tuple[str, ...]) -> Distribution:
        file = self._file("histogram")
        names, bounds = [*what.labels, "le"], (*what.buckets, float("inf"))
        buckets = [
            Slot(file, mmap_key(what.name, f"{what.name}_bucket", names, values, what.meaning))
            for values in ([*labels, floatToGoString(bound)] for bound in bounds)
        ]
        key = mmap_key(what.name, f"{what.name}_sum", [*what.labels], [*labels], what.meaning)
        made = Distribution(what.buckets, buckets, Slot(file, key))
        self._distributions[what, labels] = made
        return made

    def _file(self, kind: str) -> MmapedDict:
        if kind not in self._files:
            path = self.folder / f"{kind}_{self._identity}.db"
            reserve(path, ROOM.get(kind, OTHER_ROOM))
            self._files[kind] = MmapedDict(str(path))
        return self._files[kind]


def metrics_folder(settings: Settings) -> Path:
    """Return where the processes of this host keep their figures."""
    return settings.data_path / "metrics"


def open_recorder(settings: Settings, role: str, lock: Lock = threading.Lock) -> Recorder:
    """Return what this process records with; figures are no reason not to work without them."""
    if not settings.metrics.enabled:
        return NOTHING
    try:
        return FileRecorder(metrics_folder(settings), role, lock)
    except OSError as error:
        log.warning("This process offers no metrics, as it cannot keep them: %s", error)
        return NOTHING


def reserve(path: Path, size: int) -> None:
    """Make a file of zeros that has its place on the disk; raises OSError if there is none."""
    unseen = path.with_suffix(".reserved")
    descriptor = os.open(unseen, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
    finally:
        os.close(descriptor)
    unseen.rename(path)
