"""A Recorder that writes into a folder, from which one process can tell of all."""

import logging
import os
import secrets
import threading
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from prometheus_client.mmap_dict import mmap_key
from prometheus_client.utils import floatToGoString

from api.config.settings import Settings
from api.observability import folder as folders
from api.observability.definitions import KNOWN, READ_AT_ONCE, Definition
from api.observability.mapped import MappedFile, reserve
from api.observability.recorder import NOTHING, Recorder

log = logging.getLogger(__name__)

ROOM = {"histogram": 512 * 1024}
OTHER_ROOM = 128 * 1024
"""Bytes that are taken from the disk at once; a file that needs more doubles."""

Lock = Callable[[], AbstractContextManager[object]]


class Slot:
    """One number, in a file once there is a place for it."""

    __slots__ = ("file", "key", "kind", "place", "value")

    def __init__(self, kind: str, key: str) -> None:
        """Begin at 0, in memory alone; `kind` says which file the number belongs into."""
        self.kind = kind
        self.key = key
        self.value = 0.0
        self.file: MappedFile | None = None
        self.place = 0

    def write(self, value: float) -> None:
        """Replace the number."""
        self.value = value
        if self.file is not None:
            self.file.replace(self.place, value)

    def move_into(self, file: MappedFile) -> None:
        """Move the number into a file; raises OSError where that has no place."""
        self.place = file.place(self.key, self.value)
        self.file = file


class Distribution:
    """The numbers of a histogram: its sum, and how many values fell between two bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...], counts: list[Slot], total: Slot) -> None:
        """Initialize with the slots; there is one more than there are bounds."""
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
        """Join the folder as this process, or when `settle` finds that it can."""
        self.folder = folder
        self.role = role
        # A process id alone may come back, and several containers may share the folder.
        self._identity = f"{role}-{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = lock()
        self._files: dict[str, MappedFile] = {}
        self._slots: dict[tuple[Definition, tuple[str, ...]], Slot] = {}
        self._distributions: dict[tuple[Definition, tuple[str, ...]], Distribution] = {}
        self._homeless: list[Slot] = []
        self._joined = -1
        self._trouble = ""
        for what, labels in KNOWN:
            if what.kind == "histogram":
                self._distribution(what, labels)
            elif what not in READ_AT_ONCE:
                self._slot(what, labels)
        self.settle()

    def settle(self) -> None:
        """Write into files what is in memory alone, if the disk has room for it now.

        Only here is anything logged, and waited for: not while the lock is held.
        """
        try:
            if self._joined < 0:
                self._joined = folders.join(self.folder, self._identity)
            with self._lock:
                self._move_in()
        except OSError as error:
            if not self._trouble:
                log.warning("Metrics of this process wait in memory for a place: %s", error)
            self._trouble = str(error)
        else:
            if self._trouble:
                log.info("Metrics of this process have their place again.")
            self._trouble = ""

    def count(self, what: Definition, *labels: str, by: float = 1.0) -> None:
        """Increase a counter or gauge."""
        with self._lock:
            slot = self._slots.get((what, labels)) or self._slot(what, labels)
            slot.write(slot.value + by)

    def set(self, what: Definition, value: float, *labels: str) -> None:
        """Record the state of a gauge."""
        with self._lock:
            slot = self._slots.get((what, labels)) or self._slot(what, labels)
            slot.write(value)

    def observe(self, what: Definition, value: float, *labels: str) -> None:
        """Add a value to a distribution."""
        with self._lock:
            known = self._distributions.get((what, labels)) or self._distribution(what, labels)
            known.add(value)

    def close(self) -> None:
        """Close the files, as the end of the process does."""
        for file in self._files.values():
            file.close()
        if self._joined >= 0:
            os.close(self._joined)

    def _slot(self, what: Definition, labels: tuple[str, ...]) -> Slot:
        kind = f"gauge_{what.mode}" if what.kind == "gauge" else what.kind
        family = what.name.removesuffix("_total")
        key = mmap_key(family, what.name, [*what.labels], [*labels], what.meaning)
        [slot] = self._new_slots(kind, [key])
        self._slots[what, labels] = slot
        return slot

    def _distribution(self, what: Definition, labels: tuple[str, ...]) -> Distribution:
        names, bounds = [*what.labels, "le"], (*what.buckets, float("inf"))
        keys = [
            mmap_key(what.name, f"{what.name}_bucket", names, values, what.meaning)
            for values in ([*labels, floatToGoString(bound)] for bound in bounds)
        ]
        keys.append(
            mmap_key(what.name, f"{what.name}_sum", [*what.labels], [*labels], what.meaning)
        )
        *counts, total = self._new_slots("histogram", keys)
        made = self._distributions[what, labels] = Distribution(what.buckets, counts, total)
        return made

    def _new_slots(self, kind: str, keys: Sequence[str]) -> list[Slot]:
        made = [Slot(kind, key) for key in keys]
        self._homeless += made
        if self._joined >= 0:
            with suppress(OSError):  # `settle` says so
                self._move_in()
        return made

    def _move_in(self) -> None:
        while self._homeless:
            slot = self._homeless[0]
            slot.move_into(self._file(slot.kind))
            self._homeless.pop(0)

    def _file(self, kind: str) -> MappedFile:
        if kind not in self._files:
            path = self.folder / f"{kind}_{self._identity}.db"
            reserve(path, ROOM.get(kind, OTHER_ROOM))
            self._files[kind] = MappedFile(path)
        return self._files[kind]


def metrics_folder(settings: Settings) -> Path:
    """Return where the processes of this host keep their figures."""
    return settings.data_path / "metrics"


def open_recorder(settings: Settings, role: str, lock: Lock = threading.Lock) -> Recorder:
    """Return what this process records with; figures are no reason not to work without them."""
    if not settings.metrics.enabled:
        return NOTHING
    return FileRecorder(metrics_folder(settings), role, lock)
