"""A queue of tasks, and documents that have some in it."""

from pathlib import Path
from typing import Any

from peewee import Database

from api.config.settings import WorkerSettings
from api.db.base import new_id, now_ms
from api.db.connection import connection
from api.db.models.document import Document, Task
from api.tasks.base import ClaimedTask, NewTask, Priority
from api.tasks.broker.base import Broker
from api.tasks.progress import ProgressUpdate
from api.tasks.table import TaskTable
from api.tasks.wakeup import Wakeup


class Office:
    """A queue with documents whose tasks it holds."""

    def __init__(
        self, database: Database, folder: Path, broker: Broker | None = None, **settings: float
    ) -> None:
        """Begin without documents."""
        self.database = database
        chosen: dict[str, Any] = {"lease": 60, "retry_delay": 0.001, **settings}
        self.wakeup = Wakeup(folder)
        self.weights = ""
        settings_now = WorkerSettings(**chosen)
        weights = lambda: self.weights  # noqa: E731 - as it is when it is asked for
        self.queue = TaskTable(database, settings_now, self.wakeup, weights=weights, broker=broker)
        self.progress = ProgressUpdate(database)

    def add(
        self,
        tenant: str = "t1",
        parts: int = 1,
        dataset: str = "d",
        priority: int = Priority.ASKED,
        part: int = 0,
        **task: Any,
    ) -> str:
        """Queue the run of a new document, its parts from a first one on, and return its id."""
        document = new_id()
        with connection(self.database), self.database.atomic():
            Document.create(
                id=document,
                dataset_id=dataset,
                tenant_id=tenant,
                created_by=tenant,
                name=document,
                name_key=document,
                run="RUNNING",
                next_generation=1,
                process_begin_at=now_ms(),
                progress_msg="Task is queued...",
            )
            place = (tenant, dataset, document, 1)
            numbers = range(part, part + parts)
            tasks = [NewTask(*place, part=number, priority=priority) for number in numbers]
            self.queue.enqueue(tasks, **task)
        return document

    def claim(self) -> ClaimedTask:
        """Claim a task that must be there."""
        task = self.queue.claim("worker")
        assert task is not None
        return task

    def document(self, document: str) -> dict[str, Any]:
        """Return a document's row."""
        with connection(self.database):
            return Document.select().where(Document.id == document).dicts().get()

    def tasks(self, document: str) -> list[dict[str, Any]]:
        """Return the rows of a document's tasks."""
        with connection(self.database):
            query = Task.select().where(Task.document_id == document).order_by(Task.part)
            return list(query.dicts())

    def change(self, task: ClaimedTask, **values: object) -> None:
        """Change a task behind everybody's back."""
        with connection(self.database):
            Task.update(**values).where(Task.id == task.id).execute()

    def change_document(self, document: str, **values: object) -> None:
        """Change a document behind everybody's back."""
        with connection(self.database):
            Document.update(**values).where(Document.id == document).execute()

    def expire(self, task: ClaimedTask) -> None:
        """Expire the lease of a task."""
        self.change(task, lease_until=1)
