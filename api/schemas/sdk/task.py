"""Tasks on the wire: which to list, and how they look."""

from typing import ClassVar, Self

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from api.db.models.states import TaskState
from api.schemas.base import FilledPageQuery, StorableText
from api.schemas.listing import OrderedQuery, names_in, shown_as
from api.schemas.times import Dates, dates
from api.services.ingestion.task_records import SeenTask, TaskFilter, TaskPage, TaskRecord, Wait
from api.tasks.base import kind_of
from rag.quoting import enumerated

STATES = tuple(state.value for state in TaskState)


class TaskQuery(OrderedQuery, FilledPageQuery):
    """Which tasks to list: those of states, of a dataset or of a document."""

    heavy: ClassVar = shown_as("progress_msg", "error")

    state: list[StorableText] = Field(default=[], max_length=100)
    dataset_id: StorableText = ""
    document_id: StorableText = ""

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a task shows."""
        return names_in(TaskAnswer)

    @field_validator("state")
    @classmethod
    def known_states(cls, given: list[str]) -> list[str]:
        """Take names apart at commas; refuse those that no task has."""
        names = [name.strip() for item in given for name in item.split(",")]
        if unknown := [name for name in names if name not in STATES]:
            raise PydanticCustomError(
                "unknown_states",
                "There is no state {names}: use some of {states}",
                {"names": enumerated(unknown), "states": ", ".join(STATES)},
            )
        return names

    @field_validator("orderby")
    @classmethod
    def known_order(cls, orderby: str) -> str:
        """Refuse another order than that in which tasks were queued."""
        if orderby != "create_time":
            raise PydanticCustomError("unknown_order", "Tasks are ordered by create_time alone")
        return orderby

    def wanted(self: Self) -> TaskFilter:
        """Return which tasks to list."""
        return TaskFilter(self.state, self.dataset_id, self.document_id)

    @staticmethod
    def row_of(listed: SeenTask) -> TaskRecord:
        """Return the record of a task."""
        return listed.task


class WaitAnswer(TypedDict):
    """What a task waits for: its turn (`queue`), a worker (`no_worker`) or its time (`later`).

    `ahead` counts those of the tenant's tasks that come before it, up to 999; `until` is in ms.
    """

    reason: str
    ahead: int | None
    until: int


class TaskAnswer(Dates):
    """A task, of `kind` parse or enrich; `progress` goes from 0 to 1.

    Times in ms, null where they are still to come.
    """

    id: str
    dataset_id: str
    dataset_name: str
    document_id: str
    document_name: str
    kind: str
    part: int
    first_page: int
    last_page: int
    state: str
    wait: WaitAnswer | None
    attempts: int
    cancel_requested: bool
    progress: float
    progress_msg: str
    error: str
    worker: str
    used_ms: int
    started_time: int | None
    finished_time: int | None


class TasksAnswer(TypedDict):
    """A page of tasks, how many there are of a state, and how many ingest workers report."""

    tasks: list[TaskAnswer]
    counts: dict[str, int]
    workers: int


def present_tasks(page: TaskPage, query: TaskQuery) -> TasksAnswer:
    """Return a page of tasks as it goes out."""
    counted = (TaskState.PENDING, TaskState.RUNNING, TaskState.FAILED, TaskState.DEAD)
    return {
        "tasks": query.chosen([present_task(seen) for seen in page.tasks]),
        "counts": {state.value: page.counts.get(state, 0) for state in counted},
        "workers": page.workers,
    }


def present_task(seen: SeenTask) -> TaskAnswer:
    """Return a task as it goes out."""
    task = seen.task
    return {
        "id": task.id,
        "dataset_id": task.dataset_id,
        "dataset_name": task.dataset_name or "",
        "document_id": task.document_id,
        "document_name": task.document_name or "",
        "kind": kind_of(task.part),
        "part": task.part,
        "first_page": task.first_page,
        "last_page": task.last_page,
        "state": task.state,
        "wait": None if seen.wait is None else present_wait(seen.wait),
        "attempts": task.attempts,
        "cancel_requested": bool(task.cancel_requested),
        "progress": task.progress,
        "progress_msg": task.progress_msg,
        "error": task.error,
        "worker": task.owner.partition("/")[0],
        "used_ms": task.used_ms,
        "started_time": task.started_time or None,
        "finished_time": task.finished_time or None,
        **dates(task.create_time, task.update_time),
    }


def present_wait(wait: Wait) -> WaitAnswer:
    """Return what a task waits for as it goes out."""
    return {"reason": wait.reason.value, "ahead": wait.ahead, "until": wait.until}
