"""An hour of figures, minute by minute, without any other program that collects them."""

from collections.abc import Callable
from typing import NamedTuple

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.db.models.states import TaskState
from api.leases.fencing import Guard, unguarded
from api.services.operations import queries
from api.services.operations.records import ReportKind
from api.services.operations.reports import Reports

MINUTE_MS = 60_000
HOUR_SECONDS = 3600.0


class MinuteFigures(NamedTuple):
    """What happened in a minute, and how it ended; `time` is when the minute began, in ms.

    `waiting` and `running` are the tasks there were at its end.
    """

    time: int
    questions: int
    done: int
    failed: int
    waiting: int
    running: int


class FigureService:
    """Counts once a minute, in the holder of the lease; reports keep an hour of it."""

    def __init__(
        self, database: Database, reports: Reports, clock: Callable[[], int] = now_ms
    ) -> None:
        """Initialize with the parts; `clock` returns ms since 1970."""
        self.database = database
        self.reports = reports
        self.clock = clock

    def take(self, guard: Guard = unguarded) -> int:
        """Keep the figures of the minute that has just ended; return how many were kept."""
        end = self.clock() // MINUTE_MS * MINUTE_MS
        found = self.count(end - MINUTE_MS, end)
        name = f"figures-{found.time // MINUTE_MS}"
        self.reports.write(ReportKind.FIGURES, {name: found._asdict()}, guard)
        return 1

    @connected
    def count(self, begin: int, end: int) -> MinuteFigures:
        """Return the figures of a time."""
        now = queries.task_counts(self.database)
        ended = queries.tasks_ended(self.database, begin, end)
        return MinuteFigures(
            time=begin,
            questions=queries.questions_asked(self.database, begin, end),
            done=ended.get(TaskState.DONE, 0),
            failed=ended.get(TaskState.FAILED, 0) + ended.get(TaskState.DEAD, 0),
            waiting=now.get(TaskState.PENDING, 0),
            running=now.get(TaskState.RUNNING, 0),
        )

    def hour(self) -> list[MinuteFigures]:
        """Return the figures of the last hour, the oldest first."""
        kept = self.reports.read(ReportKind.FIGURES, HOUR_SECONDS)
        found = [MinuteFigures(**{k: int(str(v)) for k, v in one.items()}) for one in kept.values()]
        return sorted(found)
