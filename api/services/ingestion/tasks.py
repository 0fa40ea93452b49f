"""Tasks as people see them: what runs, waits and failed, to be cancelled and tried again."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.db.models.states import TaskState
from api.errors import BusyError, ConflictError, NotFoundError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.ingestion.parsing import ParsingService
from api.services.ingestion.queries import tasks as queries
from api.services.ingestion.task_records import (
    SeenTask,
    TaskFilter,
    TaskPage,
    TaskRecord,
    Wait,
    WaitReason,
)
from api.services.library.values import Page
from api.services.tally import Tally
from api.tasks.workers import heard
from api.things import Kind

PLACES = 1000
"""How many of a tenant's waiting tasks are told their place."""


class TaskService:
    """Lists the tasks of a tenant, and stops and repeats what they are about."""

    def __init__(self, database: Database, parsing: ParsingService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.parsing = parsing

    @connected
    def list_page(self, asker: Principal, wanted: TaskFilter, page: Page) -> TaskPage:
        """Return a page of the tasks of the asker's tenant."""
        found = queries.page(self.database, asker.tenant_id, wanted, page)
        workers = heard(self.database)
        counts = queries.counts(self.database, asker.tenant_id)
        return TaskPage(self.seen(asker, found, workers), counts, workers)

    @connected
    def get(self, asker: Principal, task_id: str) -> SeenTask:
        """Return a task."""
        (seen,) = self.seen(asker, [self.find(asker, task_id)], heard(self.database))
        return seen

    def cancel(self, asker: Principal, task_id: str) -> SeenTask:
        """Stop the run that a task is of, with all its parts; return the task as it is then.

        Raises ConflictError for one that has ended, or whose chunks are being published.
        """
        task = self.find(asker, task_id)
        if task.has_ended:
            raise ConflictError(f"The task has ended: it is {task.state}.")
        done = self.parsing.stop(asker, task.dataset_id, [task.document_id])
        if done.refused:
            raise ConflictError("The task is at its end: its chunks are being published.")
        return self.after(asker, task, done)

    def retry(self, asker: Principal, task_id: str) -> SeenTask:
        """Try a task again: one that waits for its time now, one that failed by a new run.

        Return the task that is queued then. Raises ConflictError for one that is being worked at,
        was done, or has been followed by another run.
        """
        task = self.find(asker, task_id)
        if task.state == TaskState.PENDING:
            return self.hurried(asker, task)
        if not task.was_in_vain:
            raise ConflictError(f"There is nothing to try again: the task is {task.state}.")
        if self.newest(asker, task).generation != task.generation:
            raise ConflictError("The document was parsed again since.")
        done = self.parsing.parse(asker, task.dataset_id, [task.document_id])
        if done.refused:
            raise BusyError(task.document_id)
        return self.after(asker, self.newest(asker, task), done)

    def hurried(self, asker: Principal, task: TaskRecord) -> SeenTask:
        """Let a task be claimed now."""
        if self.start_now(task.id):
            self.parsing.tasks.wake()
        return self.get(asker, task.id)

    def after(self, asker: Principal, task: TaskRecord, done: Tally) -> SeenTask:
        """Return a task after what was done; raises NotFoundError if its document was gone."""
        if done.missing:
            raise NotFoundError(Kind.DOCUMENT, *done.missing)
        return self.get(asker, task.id)

    @connected
    def start_now(self, task_id: str) -> bool:
        """Return whether a task had to wait for its time, which it does no longer."""
        with self.database.atomic():
            return queries.hurry(self.database, task_id)

    @connected
    def find(self, asker: Principal, task_id: str) -> TaskRecord:
        """Return a task of the asker's tenant; raises NotFoundError."""
        found = queries.find(self.database, task_id)
        return check(self.database, asker, found, Right.OWN, Kind.TASK, task_id)

    @connected
    def newest(self, asker: Principal, task: TaskRecord) -> TaskRecord:
        """Return the first task of the newest run of the same document; raises NotFoundError."""
        found = queries.newest_of(self.database, task.document_id)
        if not found:
            raise NotFoundError(Kind.DOCUMENT, task.document_id)
        return self.find(asker, found)

    def seen(self, asker: Principal, tasks: Sequence[TaskRecord], workers: int) -> list[SeenTask]:
        """Return tasks with what they wait for."""
        if not any(task.state == TaskState.PENDING for task in tasks):
            return [SeenTask(task, None) for task in tasks]
        waiting = queries.queue(self.database, asker.tenant_id, PLACES)
        places = {task_id: place for place, task_id in enumerate(waiting)}
        now = queries.now(self.database)
        return [
            SeenTask(task, wait_of(task, places.get(task.id), now, workers))
            if task.state == TaskState.PENDING
            else SeenTask(task, None)
            for task in tasks
        ]


def wait_of(task: TaskRecord, ahead: int | None, now: int, workers: int) -> Wait:
    """Return what a task waits for, first of all."""
    if task.not_before > now:
        return Wait(WaitReason.LATER, ahead, task.not_before)
    reason = WaitReason.QUEUE if workers else WaitReason.NO_WORKER
    return Wait(reason, ahead, task.not_before)
