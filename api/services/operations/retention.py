"""Forgetting what is over: sessions that have expired, tasks and use of long ago."""

from collections.abc import Callable
from datetime import timedelta

from api.config.settings import AuthSettings, RetentionSettings
from api.db import events, versions
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.leases.fencing import Guard, unguarded
from api.services.operations import queries
from api.services.operations.repeats import DAY_MS
from api.tasks import turns

ROWS_AT_ONCE = 1000


class RetentionService:
    """Goes through the tables step by step; run again and again by one process."""

    def __init__(
        self,
        database: Database,
        auth: Callable[[], AuthSettings],
        retention: RetentionSettings,
    ) -> None:
        """Initialize with how long things are kept; `auth` returns the settings in force."""
        self.database = database
        self.auth = auth
        self.retention = retention
        self._last = ""

    @connected
    def expire(self, guard: Guard = unguarded) -> int:
        """Do the next step; return how much was looked at or removed, 0 after the last."""
        if not self._last:
            turns.delete_old(self.database, guard)
        gone = self.end_sessions(guard) + self.delete_answers(guard)
        gone += self.delete_events(guard) + self.delete_revocations(guard)
        return gone + self.delete_responses(guard) + self.delete_tasks(guard)

    def end_sessions(self, guard: Guard) -> int:
        """Delete sessions whose tokens are refused for their age; return how many."""
        oldest = now_ms() - milliseconds(self.auth().session_days)
        if not queries.has_expired_sessions(self.database, oldest):
            return 0
        with self.database.atomic():
            guard()
            return queries.end_expired_sessions(self.database, oldest)

    def delete_answers(self, guard: Guard) -> int:
        """Delete answers that were kept for a day; return how many."""
        oldest = now_ms() - DAY_MS
        if not queries.has_old_answers(self.database, oldest):
            return 0
        with self.database.atomic():
            guard()
            return queries.delete_old_answers(self.database, oldest)

    def delete_events(self, guard: Guard) -> int:
        """Delete old notes of what has changed of documents; return how many."""
        before = events.old_before(self.database)
        if not before:
            return 0
        with self.database.atomic():
            guard()
            return events.delete_old(self.database, before)

    def delete_revocations(self, guard: Guard) -> int:
        """Delete the word of revocations that all processes have heard; return how many."""
        if not versions.has_old_revocations(self.database):
            return 0
        with self.database.atomic():
            guard()
            return versions.delete_old_revocations(self.database)

    def delete_responses(self, guard: Guard) -> int:
        """Delete responses and batches that are older than they are kept; return how many."""
        oldest = now_ms() - milliseconds(self.retention.response_days)
        if not self.retention.response_days or not queries.has_old_responses(self.database, oldest):
            return 0
        with self.database.atomic():
            guard()
            return queries.delete_old_responses(self.database, oldest)

    def delete_tasks(self, guard: Guard) -> int:
        """Remove old ended tasks among the next ones by id; return how many were looked at.

        No index leads to them: one would cost every write of a task, and this is in no hurry.
        """
        if not self.retention.task_days:
            return 0
        ids = queries.next_tasks(self.database, self._last, ROWS_AT_ONCE)
        oldest = now_ms() - milliseconds(self.retention.task_days)
        old = queries.expired_tasks(self.database, ids, oldest)
        if old:
            with self.database.atomic():
                guard()
                queries.delete_tasks(self.database, old)
        self._last = ids[-1] if ids else ""
        return len(ids)


def milliseconds(days: float) -> int:
    """Return the length of some days."""
    return int(timedelta(days=days).total_seconds() * 1000)
