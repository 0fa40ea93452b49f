"""Answers that are being made."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from api.services.webui.records import TaskRecord


class TasksAnswer(TypedDict):
    """The answers that are being made in a chat."""

    task_ids: list[str]


class AllTasksAnswer(TypedDict):
    """The answers that are being made in a person's chats."""

    tasks: list[str]


class StoppedAnswer(TypedDict):
    """That answers are stopped."""

    status: bool
    message: str


def present_tasks(tasks: Sequence[TaskRecord]) -> TasksAnswer:
    """Return the answers that are being made."""
    return {"task_ids": [task.id for task in tasks]}


def present_all_tasks(tasks: Sequence[TaskRecord]) -> AllTasksAnswer:
    """Return the answers that are being made."""
    return {"tasks": [task.id for task in tasks]}


def present_stopped(count: int) -> StoppedAnswer:
    """Return how many answers are stopped."""
    return {"status": True, "message": f"{count} answers are stopped."}
