"""The runs of a document on the wire."""

from collections.abc import Mapping, Sequence

import orjson
from typing_extensions import TypedDict

from api.services.ingestion.records import TaskRecord
from api.tasks.base import kind_of


class TaskAnswer(TypedDict):
    """A task: a run, or a part of it; times in ms since 1970, 0 for never.

    `remarks` are the lines of its progress. `seconds` are those of each stage of the attempt that
    made the chunks, empty before; `waited` are those until the newest attempt.
    """

    id: str
    run: int
    kind: str
    part: int
    first_page: int
    last_page: int
    state: str
    attempts: int
    worker: str
    error: str
    progress: float
    remarks: list[str]
    chunk_count: int
    token_count: int
    characters: int
    queued_time: int
    started_time: int
    finished_time: int
    waited: float
    used: float
    computed: float
    seconds: Mapping[str, float]


class TimelineAnswer(TypedDict):
    """The tasks of a document that are kept, those of the newest run first."""

    tasks: list[TaskAnswer]


class Stages(TypedDict, total=False):
    """What is kept of the making of chunks."""

    worker: str
    seconds: Mapping[str, float]


def present_timeline(tasks: Sequence[TaskRecord]) -> TimelineAnswer:
    """Return the tasks of a document as they go out."""
    return {"tasks": [present_task(task) for task in tasks]}


def present_task(task: TaskRecord) -> TaskAnswer:
    """Return a task as it goes out."""
    stages: Stages = orjson.loads(task.stages) if task.stages else {}
    return {
        "id": task.id,
        "run": task.generation,
        "kind": kind_of(task.part),
        "part": task.part,
        "first_page": task.first_page,
        "last_page": task.last_page,
        "state": task.state,
        "attempts": task.attempts,
        "worker": task.owner or stages.get("worker", ""),
        "error": task.error,
        "progress": task.progress,
        "remarks": [line for line in task.progress_msg.splitlines() if line],
        "chunk_count": task.chunk_count,
        "token_count": task.token_count,
        "characters": task.characters,
        "queued_time": task.create_time,
        "started_time": task.started_time,
        "finished_time": task.finished_time,
        "waited": max(0, task.started_time - task.create_time) / 1000,
        "used": task.used_ms / 1000,
        "computed": task.cpu_ms / 1000,
        "seconds": stages.get("seconds", {}),
    }
