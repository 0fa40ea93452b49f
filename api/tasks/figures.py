"""What metrics tell of the tasks: read from the database when they are asked for."""

import time

from peewee import Database

from api.db.connection import connection
from api.db.models.states import TaskState, with_states
from api.db.sql import rows
from api.errors import UnavailableError
from api.observability.definitions import DATABASE_UP, OLDEST_PENDING, REPEATED, TASKS
from api.observability.recorder import Figures

LEAST_AGE = 0.5
LONGEST_AGE = 10.0
REST = 100
"""After a look, so many times its length pass until the next, within bounds: however often somebody
asks, looking takes no more than 1 % of the time, up to some million tasks."""

_BY_STATE = "SELECT state, COUNT(*) FROM task GROUP BY state"

_WAITING = with_states("""
SELECT MIN(not_before), SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END), :now
FROM task WHERE state = :pending
""")


class TaskFigures:
    """Counts tasks; what was counted a moment ago is told again."""

    def __init__(self, database: Database, rest: float = REST) -> None:
        """Initialize with the database; nothing is read yet."""
        self._database = database
        self._rest = rest
        self._figures: Figures = {}
        self._next = 0.0

    def current(self) -> Figures:
        """Return figures, the one that tells that the database does not answer among them."""
        begun = time.monotonic()
        if begun >= self._next:
            self._next = begun + LEAST_AGE  # others that ask meanwhile do not look, too
            self._figures = self._look()
            ended = time.monotonic()
            self._next = ended + min(max(LEAST_AGE, self._rest * (ended - begun)), LONGEST_AGE)
        return self._figures

    def _look(self) -> Figures:
        try:
            with connection(self._database):
                counts = dict(rows(self._database, _BY_STATE))
                ((oldest, repeated, now),) = rows(self._database, _WAITING)
        except UnavailableError:
            return {(DATABASE_UP, ()): 0.0}
        age = max(0, now - oldest) / 1000 if oldest is not None else 0.0
        return {
            (DATABASE_UP, ()): 1.0,
            (OLDEST_PENDING, ()): age,
            (REPEATED, ()): float(repeated or 0),
            **{(TASKS, (state.value,)): float(counts.get(state, 0)) for state in TaskState},
        }
