"""Tasks as people see them, and which of them to list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from api.db.models.states import ENDED, TaskState


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list; what is empty does not filter."""

    states: Sequence[str] = ()
    dataset_id: str = ""
    document_id: str = ""


class TaskRecord(NamedTuple):
    """A task with the names of what it is about, empty where that was deleted; times in ms."""

    id: str
    tenant_id: str
    dataset_id: str
    dataset_name: str | None
    document_id: str
    document_name: str | None
    generation: int
    part: int
    first_page: int
    last_page: int
    state: str
    not_before: int
    attempts: int
    cancel_requested: bool
    progress: float
    progress_msg: str
    error: str
    owner: str
    used_ms: int
    started_time: int
    finished_time: int
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return whether others than the tenant may see it."""
        return False

    @property
    def has_ended(self) -> bool:
        """Return whether nothing becomes of it any more."""
        return self.state in ENDED

    @property
    def was_in_vain(self) -> bool:
        """Return whether it ended without making chunks."""
        return self.has_ended and self.state != TaskState.DONE


class WaitReason(StrEnum):
    """Why a task is not in the hands of a worker yet."""

    QUEUE = "queue"
    NO_WORKER = "no_worker"
    LATER = "later"


class Wait(NamedTuple):
    """What a task waits for.

    `ahead` is how many of its tenant's tasks come before it, None beyond those that are counted.
    `until` is when it may be claimed, in ms.
    """

    reason: WaitReason
    ahead: int | None
    until: int


@dataclass(frozen=True, slots=True)
class SeenTask:
    """A task, and what it waits for if it does."""

    task: TaskRecord
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """A page of tasks; how many have each state that people look for; how many workers there are.

    What has come to its end well, or was cancelled, is not counted.
    """

    tasks: Sequence[SeenTask]
    counts: Mapping[str, int]
    workers: int
