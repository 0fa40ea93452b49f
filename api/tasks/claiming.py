"""Claiming the next task in one statement, and finding those whose owners are gone."""

from collections.abc import Sequence
from typing import Any

from peewee import Database, MySQLDatabase, PostgresqlDatabase

from api.db.base import new_id
from api.db.models.states import with_states
from api.db.sql import marks, rows, run
from api.tasks.base import ClaimedTask
from api.tasks.turns import OF_KIND, Turn, Turns
from rag.parsing.registry import light_suffixes

_COLUMNS = (
    "id, tenant_id, dataset_id, document_id, generation, part, first_page, last_page,"
    " not_before, attempts, owner, fence, trace, priority"
)

_NEXT = with_states("""
SELECT t.id FROM task t
WHERE t.state = :pending AND t.tenant_id = ? AND t.dataset_id = ? AND t.priority = ?
AND t.not_before <= :now :kind ORDER BY t.not_before, t.part LIMIT 1
""")

_TAKEN = with_states("""
SET state = :running, owner = ?, fence = fence + 1, attempts = attempts + 1,
    lease_until = :now + ?, started_time = :now, update_time = :now
""")

_CLAIM = with_states(
    f"UPDATE task {_TAKEN} WHERE state = :pending AND id = (:next) RETURNING {_COLUMNS}"
)

# A join, since these databases would look at every task to compare its id with a subquery's.
_CLAIM_BY_JOIN = with_states(f"""
UPDATE task JOIN (:next) AS next_task ON next_task.id = task.id {_TAKEN}
WHERE task.state = :pending
""")

# In the order of the index, so that the cost does not grow with what waits.
_DUE = with_states("""
SELECT id FROM task WHERE state = :pending AND not_before <= :now :kind
ORDER BY tenant_id, not_before, part LIMIT ?
""")

_CANCELLED = with_states("""
SELECT id FROM task WHERE document_id IN (:documents) AND state = :cancelled
AND finished_time > :now - ?
""")

_EXPIRED = with_states("""
SELECT :columns, cancel_requested FROM task WHERE state = :running
AND lease_until < :now ORDER BY lease_until LIMIT 1000
""").replace(":columns", _COLUMNS)

_BY_OWNER = with_states("""
SELECT :columns FROM task WHERE state = :running AND owner = ?
""").replace(":columns", _COLUMNS)

SMALL_BYTES = 32 * 1024
"""Files up to this size are worked at together."""

MOST_TOGETHER = 64

_LIGHT = tuple(sorted(light_suffixes()))
_SMALL = f"size <= {SMALL_BYTES} AND suffix IN ({marks(_LIGHT)})"
_IS_SMALL = "SELECT 1 FROM document WHERE id = ? AND :small".replace(":small", _SMALL)

# The first that wait, so that it costs the same however many there are. What was tried before
# goes alone: it may be what ended its worker.
_BESIDE = (
    with_states("""
SELECT w.id FROM (
    SELECT t.id, t.document_id, t.part, t.last_page, t.attempts FROM task t
    WHERE t.state = :pending AND t.tenant_id = ? AND t.dataset_id = ? AND t.priority = ?
    AND t.not_before <= :now ORDER BY t.not_before, t.part LIMIT :most :lock) AS w
JOIN document d ON d.id = w.document_id
WHERE w.part = 0 AND w.last_page = 0 AND w.attempts = 0 AND :small
""")
    .replace(":most", str(MOST_TOGETHER - 1))
    .replace(":small", _SMALL)
)

_CLAIM_BESIDE = _CLAIM.replace("id = (:next)", "id IN (:next)")

# Where the database cannot pass over a task that another worker is just claiming, both choose
# the same one, and the slower comes away with nothing though there may be more.
_ATTEMPTS = 5


class Claims:
    """The claiming side of the task table."""

    def __init__(self, database: Database, turns: Turns) -> None:
        """Initialize with the database, and with what gives turns."""
        self._database = database
        self._turns = turns

    def claim(self, owner: str, lease_ms: int, kind: str | None = None) -> ClaimedTask | None:
        """Claim the next task that is due, of all or of one kind."""
        # Looking first spares the database a write lock for each worker that has nothing to do.
        for _ in range(_ATTEMPTS):
            if (turn := self._turns.next(kind)) is None:
                return None
            if found := self._take(turn, f"{owner}/{new_id()[:12]}", lease_ms, kind):
                self._turns.begin(turn)
                return ClaimedTask(*found[0])
        return None

    def claim_beside(self, first: ClaimedTask, lease_ms: int) -> list[ClaimedTask]:
        """Claim tasks to be worked at together with one that was claimed, under its owner."""
        if first.attempts > 1 or not first.is_whole:
            return []
        if not rows(self._database, _IS_SMALL, first.document_id, *_LIGHT):
            return []
        place = (first.tenant_id, first.dataset_id, first.priority)
        found = self._take_beside(first.owner, lease_ms, *place, *_LIGHT)
        return [task for row in found if (task := ClaimedTask(*row)).id != first.id]

    def due(self, kind: str, most: int) -> list[str]:
        """Return the ids of tasks of a kind that may be claimed now, `most` at most."""
        statement = _DUE.replace(":kind", OF_KIND[kind])
        return [task_id for (task_id,) in rows(self._database, statement, most)]

    def cancelled(self, document_ids: Sequence[str], age_ms: int) -> list[str]:
        """Return the ids of the documents' tasks that were cancelled lately, and will never run."""
        statement = _CANCELLED.replace(":documents", marks(document_ids))
        return [task_id for (task_id,) in rows(self._database, statement, *document_ids, age_ms)]

    def expired(self) -> list[tuple[ClaimedTask, bool]]:
        """Return running tasks whose leases are over, each with whether it is to be cancelled."""
        found = rows(self._database, _EXPIRED)
        return [(ClaimedTask(*row[:-1]), bool(row[-1])) for row in found]

    def _take_beside(self, owner: str, lease_ms: int, *values: object) -> list[tuple[Any, ...]]:
        if isinstance(self._database, MySQLDatabase):
            statement = _CLAIM_BY_JOIN.replace(":next", _BESIDE.replace(":lock", ""))
            claimed = run(self._database, statement, *values, owner, lease_ms)
            return rows(self._database, _BY_OWNER, owner) if claimed else []
        passing = isinstance(self._database, PostgresqlDatabase)
        lock = "FOR UPDATE SKIP LOCKED" if passing else ""
        statement = _CLAIM_BESIDE.replace(":next", _BESIDE.replace(":lock", lock))
        return rows(self._database, statement, owner, lease_ms, *values)

    def _take(
        self, turn: Turn, claim: str, lease_ms: int, kind: str | None
    ) -> list[tuple[Any, ...]]:
        upcoming = _NEXT.replace(":kind", OF_KIND[kind])
        place = (turn.tenant_id, turn.dataset_id, turn.priority)
        if isinstance(self._database, MySQLDatabase):
            statement = _CLAIM_BY_JOIN.replace(":next", upcoming)
            run(self._database, statement, *place, claim, lease_ms)
            # The name of the claim is its own, so whatever carries it was claimed just now.
            return rows(self._database, _BY_OWNER, claim)
        if isinstance(self._database, PostgresqlDatabase):
            upcoming += " FOR UPDATE OF t SKIP LOCKED"
        statement = _CLAIM.replace(":next", upcoming)
        return rows(self._database, statement, claim, lease_ms, *place)
