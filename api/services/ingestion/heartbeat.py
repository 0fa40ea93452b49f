"""The heartbeat of a running task: renews its lease, tells its progress, hears of a cancel."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from api.errors import UnavailableError
from api.logs import Spell
from api.tasks.base import ClaimedTask, TaskLostError, TaskQueue
from api.tasks.documents import stamped
from rag.ingestion.limits import NOTHING_USED, Account

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How soon a changed progress is written, and how soon a request to cancel is heard."""

BEATS_PER_LEASE = 3


@contextmanager
def beating(tasks: TaskQueue, beats: Mapping[str, "Heartbeat"], lease: float) -> Iterator[None]:
    """Have the heartbeats beat, in one thread, that stand in a mapping meanwhile."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(min(LOOK_SECONDS, lease / BEATS_PER_LEASE)):
            for beat in list(beats.values()):
                if not beat.must_stop:
                    beat.beat()
        tasks.pulse.rest()

    thread = threading.Thread(target=run, name="heartbeats", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Heartbeat:
    """Beats in a thread of its own while a `with` block runs.

    `cancelled` says that somebody wants the task stopped, `lost` that another worker has it. What
    the task takes goes on `account`, once there is one: it is told with the progress, and what
    other parts of the document have taken is brought there.
    """

    def __init__(self, tasks: TaskQueue, task: ClaimedTask, lease: float) -> None:
        """Initialize with the task; `lease` is in seconds."""
        self.tasks = tasks
        self.task = task
        self.every = lease / BEATS_PER_LEASE
        self.progress = 0.0
        self.lines: list[str] = []
        self.account: Account | None = None
        self.cancelled = False
        self.lost = False
        self._told: tuple[float, int] = (0.0, 0)
        self._told_at = 0.0
        self._trouble = Spell(log)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop beating; no beat is under way when this returns."""
        self._ended.set()
        self._thread.join()

    @property
    def must_stop(self) -> bool:
        """Return whether the work is to end: it was cancelled, or is another worker's now."""
        return self.cancelled or self.lost

    def report(self, fraction: float, message: str) -> None:
        """Record how far the task is, from 0 to 1, and what it has done."""
        self.progress = max(self.progress, fraction)
        if message:
            self.lines.append(stamped(message))

    def write(self) -> None:
        """Write the progress now; raises TaskLostError."""
        state = (self.progress, len(self.lines))
        taken = self.account.use if self.account else NOTHING_USED
        lines = "\n".join(self.lines)
        self.cancelled = self.tasks.heartbeat(self.task, self.progress, lines, taken)
        self._told, self._told_at = state, time.monotonic()

    def _run(self) -> None:
        while not self.must_stop and not self._ended.wait(min(LOOK_SECONDS, self.every)):
            self.beat()
        self.tasks.pulse.rest()

    def beat(self) -> None:
        """Write the progress if it has changed or the lease is to be renewed; else look."""
        changed = (self.progress, len(self.lines)) != self._told
        try:
            if changed or time.monotonic() - self._told_at >= self.every:
                self.write()
            else:
                self.cancelled = self.tasks.look(self.task)
            if self.account and (self.task.part or self.task.last_page):
                self.account.others = self.tasks.used_by_others(self.task)
            self.tasks.pulse.beat()
        except TaskLostError:
            self.lost = True
        except UnavailableError as error:
            self._trouble.begin(f"Task {self.task.id} could not tell that it lives", error)
        else:
            self._trouble.end(f"Task {self.task.id} can tell again that it lives.")
