"""The queue of tasks as services and workers see it, whatever keeps it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from api.leases.fencing import Guard, unguarded
from api.tasks.broker.base import Broker
from api.tasks.pulse import Pulse
from api.tasks.wakeup import Alarm
from rag.ingestion.limits import NOTHING_USED, Use

ENRICHING = 1 << 20
"""The part of a task that has a model add to the chunks of a document that is searchable already.

No file has so many pages that the parts of its parsing reach this number.
"""

KINDS = ("parse", "enrich")
"""What tasks do; a broker has a queue for each."""


class Priority(IntEnum):
    """What comes first of the tasks of one dataset."""

    ASKED = 0
    IN_BULK = 1
    ENRICHMENT = 2


def kind_of(part: int) -> str:
    """Return what a task with this part does: parse, or enrich what was parsed."""
    return "enrich" if part == ENRICHING else "parse"


class TaskLostError(Exception):
    """The task belongs to somebody else by now, or is gone: nothing more may be written for it."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A run of parsing to be queued, or a range of its pages."""

    tenant_id: str
    dataset_id: str
    document_id: str
    generation: int
    part: int = 0
    first_page: int = 1
    last_page: int = 0
    discard_before: int = 0
    priority: int = Priority.ASKED


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task in the hands of a worker; `fence` is what it may write with.

    `trace` continues the trace of whoever queued it; it is empty where nothing is traced.
    """

    id: str
    tenant_id: str
    dataset_id: str
    document_id: str
    generation: int
    part: int
    first_page: int
    last_page: int
    not_before: int
    attempts: int
    owner: str
    fence: int
    trace: str
    priority: int

    @property
    def is_enrichment(self) -> bool:
        """Return whether the task adds to chunks that were made, and are found, already."""
        return self.part == ENRICHING

    @property
    def is_whole(self) -> bool:
        """Return whether the task covers its document, not some pages of it."""
        return not self.part and not self.last_page


@dataclass(frozen=True, slots=True)
class Recovery:
    """How many tasks of lost workers were given back, and how many were given up."""

    returned: int = 0
    ended: int = 0


class TaskQueue(Protocol):
    """Hands tasks to workers, fairly over tenants, and never loses one.

    What changes both a document and its tasks locks the document first. Methods that are said to
    run within a transaction are part of the caller's, which is one of the server's database.
    """

    @property
    def pulse(self) -> Pulse:
        """Return where the worker of this process gives signs of life."""
        ...

    @property
    def broker(self) -> Broker:
        """Return what carries word of tasks to workers of any machine."""
        ...

    def enqueue(self, tasks: Sequence[NewTask], not_before: int | None = None) -> None:
        """Within a transaction: queue tasks behind the others, or at `not_before`, in ms.

        After the commit, `wake` tells the workers.
        """
        ...

    def wake(self) -> None:
        """Wake the workers: there is something to do."""
        ...

    def alarm(self) -> AbstractContextManager[Alarm]:
        """Yield what a worker waits on, for a `with` block, until somebody calls `wake`."""
        ...

    def announce(self) -> int:
        """Send the broker's workers as many messages as tasks are due; return how many were sent.

        Where no broker is configured there is nothing to do. Raises UnavailableError.
        """
        ...

    def claim(self, owner: str, kind: str | None = None) -> ClaimedTask | None:
        """Claim the next task: that of the tenant, and of its dataset, whose turn it is.

        Of a dataset it is the one with the highest priority that waits longest. With a `kind`, one
        of `KINDS`, all others are left alone.
        """
        ...

    def claim_beside(self, first: ClaimedTask) -> list[ClaimedTask]:
        """Claim tasks that are best carried out together with one that was just claimed.

        They are of the same dataset, not of the same document, and each of a small file that nobody
        has begun yet.
        """
        ...

    def is_turn_over(self, task: ClaimedTask) -> bool:
        """Return whether another tenant or dataset waits that should not wait for more of these.

        It has had no turn since it began to wait. What was claimed beside a task is then released.
        """
        ...

    def heartbeat(
        self, task: ClaimedTask, progress: float, message: str, taken: Use = NOTHING_USED
    ) -> bool:
        """Renew the lease of a task and record its progress; return whether to cancel it.

        `progress` from 0 to 1 only ever rises. `taken` is what this attempt has used so far.
        Raises TaskLostError.
        """
        ...

    def look(self, task: ClaimedTask) -> bool:
        """Return whether to cancel a task, without writing anything. Raises TaskLostError."""
        ...

    def used_by_others(self, task: ClaimedTask) -> Use:
        """Return what the other parts of the task's document have taken in this run."""
        ...

    def charge(self, task: ClaimedTask, seconds: float) -> None:
        """Record for how long a worker was busy with a task: others have their turn before."""
        ...

    def guard(self, task: ClaimedTask) -> None:
        """Within a transaction: make sure that the task is still ours until it ends.

        Raises TaskLostError.
        """
        ...

    def finish(self, task: ClaimedTask, *, cleaned: bool) -> None:
        """Within a transaction: note that a task is done. Raises TaskLostError."""
        ...

    def cancel(self, task: ClaimedTask) -> None:
        """End a task because somebody asked for it. Raises TaskLostError."""
        ...

    def fail(self, task: ClaimedTask, reason: str) -> None:
        """End a task, and the run of its document, with a reason. Raises TaskLostError."""
        ...

    def retry(self, task: ClaimedTask, reason: str, most: int | None = None) -> bool:
        """Return a task to the queue for a later attempt; false if it is dead after its last.

        `most` is how many attempts there may be, if fewer than usual. Raises TaskLostError.
        """
        ...

    def release(self, task: ClaimedTask) -> None:
        """Return a task to the queue as if it had never been claimed. Raises TaskLostError."""
        ...

    def put_back(self, task: ClaimedTask, reason: str) -> None:
        """Return a task to be tried again soon, as often as needed. Raises TaskLostError."""
        ...

    def request_cancel(self, document_ids: Sequence[str]) -> None:
        """Within a transaction: cancel what waits, and ask workers to stop what runs.

        A run that is committed, and only has to be published, goes on.
        """
        ...

    def recover(self, guard: Guard = unguarded) -> Recovery:
        """Return the tasks whose leases have expired, or end them after the last attempt."""
        ...
