"""Forgetting what is over: sessions that have expired, tasks and use of long ago."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from peewee import Database, fn

from api.config.settings import AuthSettings, RetentionSettings
from api.db.base import now_ms
from api.db.connection import connected
from api.db.models.account import User
from api.db.models.document import Document, Task
from api.db.models.states import ENDED, RunState
from api.db.rows import delete_rows, tuple_rows
from api.leases.fencing import Guard, unguarded
from api.tasks import use

ROWS_AT_ONCE = 1000


class RetentionService:
    """Goes through the tables step by step; run again and again by one process."""

    def __init__(
        self,
        database: Database,
        auth: Callable[[], AuthSettings],
        retention: RetentionSettings,
    ) -> None:
        """Remember how long things are kept; `auth` returns the settings that are in force."""
        self.database = database
        self.auth = auth
        self.retention = retention
        self._last = ""

    @connected
    def expire(self, guard: Guard = unguarded) -> int:
        """Do the next step; return how much was looked at or removed, 0 after the last."""
        if not self._last:
            use.forget(self.database, guard)
        return self.end_sessions(guard) + self.forget_tasks(guard)

    def end_sessions(self, guard: Guard) -> int:
        """Forget sessions whose tokens are refused for their age; return how many."""
        oldest = now_ms() - milliseconds(self.auth().session_days)
        expired = (User.session_token != "") & (User.last_login_time < oldest)
        if not tuple_rows(User.select(User.id).where(expired).limit(1)):
            return 0
        with self.database.atomic():
            guard()
            return int(User.update(session_token="").where(expired).execute())

    def forget_tasks(self, guard: Guard) -> int:
        """Remove old ended tasks among the next ones by id; return how many were looked at.

        No index leads to them: one would cost every write of a task, and this is in no hurry.
        """
        if not self.retention.task_days:
            return 0
        following = Task.select(Task.id).where(Task.id > self._last).order_by(Task.id)
        ids = [task_id for (task_id,) in tuple_rows(following.limit(ROWS_AT_ONCE))]
        old = self.forgettable(ids)
        if old:
            with self.database.atomic():
                guard()
                delete_rows(Task, Task.id.in_(old))
        self._last = ids[-1] if ids else ""
        return len(ids)

    def forgettable(self, ids: list[str]) -> list[str]:
        """Return which of some tasks have ended long ago, left nothing, and tell no progress."""
        oldest = now_ms() - milliseconds(self.retention.task_days)
        running = Document.select(Document.id).where(
            Document.id == Task.document_id,
            Document.next_generation == Task.generation,
            Document.run == RunState.RUNNING,
        )
        chosen: Any = Task.select(Task.id).where(
            Task.id.in_(ids),
            Task.state.in_(ENDED),
            Task.cleaned == True,  # noqa: E712 - a column is compared, not a value
            Task.update_time < oldest,
            ~fn.EXISTS(running),
        )
        return [task_id for (task_id,) in tuple_rows(chosen)]


def milliseconds(days: float) -> int:
    """Return the length of some days."""
    return int(timedelta(days=days).total_seconds() * 1000)
