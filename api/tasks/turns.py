"""Whose turn it is at the workers: tenants by their weights, then the datasets of one by theirs.

Start-time fair queueing (Goyal, Vin and Cheng, 1997): each has a place, which grows by the time
that workers were busy for it divided by its weight, and who has the lowest is next. Who has waited
for nothing begins where the others are, without debts and without savings: so its task is next,
whatever it had before and however many tasks of others wait.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from peewee import Database, MySQLDatabase

from api.db.durability import durable_later
from api.db.models.states import with_states
from api.db.sql import rows, run
from api.leases.fencing import Guard
from api.tasks.base import ENRICHING

OF_KIND = {
    None: "",
    "parse": f"AND part <> {ENRICHING}",
    "enrich": f"AND part = {ENRICHING}",
}
"""What those who want one kind of tasks ask for besides; the innermost table is meant."""

ALL = ""
"""The id of the row that has the clock of all tenants."""

BEGUN_MS = 1000
"""What counts for a run of the workers that has just begun, before it is known what it takes."""

DAY_MS = 24 * 60 * 60 * 1000

# Who waits, and since when. Each form jumps from tenant to tenant, and from dataset to dataset, in
# an index, so that the cost grows with their number and not with that of waiting tasks: MariaDB
# and MySQL do so when they group, the others by recursion.
_TENANTS = """
WITH RECURSIVE tenants (tenant_id) AS (
    SELECT MIN(tenant_id) FROM task WHERE state = :pending
    UNION ALL
    SELECT (SELECT MIN(n.tenant_id) FROM task n
            WHERE n.state = :pending AND n.tenant_id > tenants.tenant_id)
    FROM tenants WHERE tenant_id IS NOT NULL
)
SELECT tenant_id AS id, 0 AS priority, (SELECT MIN(t.not_before) FROM task t
    WHERE t.state = :pending AND t.tenant_id = tenants.tenant_id) AS oldest
FROM tenants WHERE tenant_id IS NOT NULL
"""
_TENANTS_BY_GROUPS = """
SELECT tenant_id AS id, 0 AS priority, MIN(not_before) AS oldest FROM task
WHERE state = :pending GROUP BY tenant_id
"""
_DATASETS = """
WITH RECURSIVE firsts (id) AS (
    SELECT (SELECT f.id FROM task f WHERE f.state = :pending AND f.tenant_id = ?
            ORDER BY f.dataset_id, f.priority, f.not_before LIMIT 1)
    UNION ALL
    SELECT (SELECT n.id FROM task n WHERE n.state = :pending AND n.tenant_id = t.tenant_id
            AND (n.dataset_id, n.priority) > (t.dataset_id, t.priority)
            ORDER BY n.dataset_id, n.priority, n.not_before LIMIT 1)
    FROM firsts JOIN task t ON t.id = firsts.id
)
SELECT t.dataset_id AS id, t.priority AS priority, t.not_before AS oldest
FROM firsts JOIN task t ON t.id = firsts.id
"""
_DATASETS_BY_GROUPS = """
SELECT dataset_id AS id, priority, MIN(not_before) AS oldest FROM task
WHERE state = :pending AND tenant_id = ? GROUP BY dataset_id, priority
"""

_DUE = """
SELECT w.id, w.priority, w.oldest, COALESCE(p.place, 0)
FROM (:waiting) AS w LEFT JOIN worker_turn p ON p.id = w.id WHERE w.oldest <= :now
"""
_RUNNING = with_states("""
SELECT tenant_id, dataset_id, :now - MIN(started_time) FROM task
WHERE state = :running GROUP BY tenant_id, dataset_id, owner
""")
_CLOCK = "SELECT clock FROM worker_turn WHERE id = ?"

_ALONE = with_states("""
SELECT (SELECT MIN(tenant_id) FROM task WHERE state = :pending),
    (SELECT MAX(tenant_id) FROM task WHERE state = :pending),
    (SELECT MIN(dataset_id) FROM task WHERE state = :pending AND tenant_id = ?),
    (SELECT MAX(dataset_id) FROM task WHERE state = :pending AND tenant_id = ?)
""")

_BEGIN = """
INSERT INTO worker_turn (id, place, clock, update_time) VALUES (?, ?, ?, :now)
ON CONFLICT (id) DO UPDATE SET update_time = excluded.update_time,
    place = CASE WHEN worker_turn.place < excluded.place THEN excluded.place
        ELSE worker_turn.place END,
    clock = CASE WHEN worker_turn.clock < excluded.clock THEN excluded.clock
        ELSE worker_turn.clock END
"""
_BEGIN_MYSQL = """
INSERT INTO worker_turn (id, place, clock, update_time) VALUES (?, ?, ?, :now)
ON DUPLICATE KEY UPDATE update_time = VALUES(update_time),
    place = GREATEST(place, VALUES(place)), clock = GREATEST(clock, VALUES(clock))
"""
_CHARGE = with_states("""
UPDATE worker_turn SET update_time = :now, place = CASE WHEN EXISTS (
    SELECT 1 FROM task WHERE state = :pending AND :whose = ?) THEN place + ? ELSE 0 END
WHERE id = ?
""")
_OF_TENANT = "tenant_id"
_OF_DATASET = "tenant_id = ? AND dataset_id"

TENANT, DATASET = 0, 1
"""The columns of `_RUNNING`."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tenant, or a dataset with a priority of its tasks, that something is due of.

    `oldest` is since when, `place` where its turns are.
    """

    id: str
    priority: int
    oldest: int
    place: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose task is next, and from which places they were chosen: None where nobody else waited."""

    tenant_id: str
    dataset_id: str
    priority: int
    place: int | None = None
    place_within: int | None = None


class Turns:
    """Gives turns to tenants and datasets; `weights` returns those by id, 1 for all others."""

    def __init__(self, database: Database, weights: Callable[[], Mapping[str, float]]) -> None:
        """Initialize with the database; nothing is read yet."""
        self._database = database
        self._weights = weights

    def next(self, kind: str | None = None) -> Turn | None:
        """Return whose task, of a kind, is next; None where nothing is due."""
        if not (tenants := self._tenants(kind)):
            return None
        tenant, place = self._chosen(tenants, ALL, TENANT)
        if not (datasets := self._datasets(tenant.id, kind)):
            return None  # somebody else has just claimed it
        dataset, place_within = self._chosen(datasets, tenant.id, DATASET)
        return Turn(tenant.id, dataset.id, dataset.priority, place, place_within)

    def begin(self, turn: Turn) -> None:
        """Record that a task was claimed of those whose turn it was."""
        written: list[tuple[str, int, int]] = []
        if turn.place is not None:
            written.append((ALL, 0, turn.place))
        if turn.place is not None or turn.place_within is not None:
            place = 0 if turn.place is None else turn.place + 1
            written.append((turn.tenant_id, place, turn.place_within or 0))
        if turn.place_within is not None:
            written.append((turn.dataset_id, turn.place_within + 1, 0))
        if not written:
            return
        statement = _BEGIN_MYSQL if isinstance(self._database, MySQLDatabase) else _BEGIN
        # One after the other, as MariaDB lets those wait for each other in a circle that write
        # several at once; and apart from the claim, which nothing is to hold up.
        with durable_later(self._database):
            for row in written:
                run(self._database, statement, *row)

    def charge(self, tenant_id: str, dataset_id: str, used_ms: int) -> None:
        """Record that workers were busy with what ended now; who waits no more has no debts."""
        tenant = (tenant_id, self._taken(tenant_id, used_ms), tenant_id)
        dataset = (tenant_id, dataset_id, self._taken(dataset_id, used_ms), dataset_id)
        of_tenant = _CHARGE.replace(":whose", _OF_TENANT)
        of_dataset = _CHARGE.replace(":whose", _OF_DATASET)
        run(self._database, of_tenant, *tenant)
        run(self._database, of_dataset, *dataset)

    def is_over(self, tenant_id: str, dataset_id: str) -> bool:
        """Return whether somebody waits who had no turn since, while one of these goes on."""
        ((least, most, first, last),) = rows(self._database, _ALONE, tenant_id, tenant_id)
        if {least, most} - {None, tenant_id} and self._has_new(
            self._tenants(), ALL, tenant_id, TENANT
        ):
            return True
        if not {first, last} - {None, dataset_id}:
            return False
        return self._has_new(self._datasets(tenant_id), tenant_id, dataset_id, DATASET)

    def _has_new(self, waiting: Iterable[Waiting], above: str, ours: str, column: int) -> bool:
        clock, running = self._clock(above), self._running(column)
        return any(
            item.id != ours and item.id not in running and item.place <= clock for item in waiting
        )

    def _tenants(self, kind: str | None = None) -> list[Waiting]:
        return self._waiting(_TENANTS, _TENANTS_BY_GROUPS, kind)

    def _datasets(self, tenant_id: str, kind: str | None = None) -> list[Waiting]:
        return self._waiting(_DATASETS, _DATASETS_BY_GROUPS, kind, tenant_id)

    def _waiting(
        self, by_recursion: str, by_groups: str, kind: str | None, *values: object
    ) -> list[Waiting]:
        grouping = isinstance(self._database, MySQLDatabase)
        statement = _DUE.replace(":waiting", by_groups if grouping else by_recursion)
        statement = statement.replace(":pending", f":pending {OF_KIND[kind]}")
        return [Waiting(*row) for row in rows(self._database, with_states(statement), *values)]

    def _chosen(
        self, waiting: Sequence[Waiting], above: str, column: int
    ) -> tuple[Waiting, int | None]:
        """Return whose turn it is of those that wait, and the place from which it begins.

        Who waits alone, and had no turns beside others yet, needs no place.
        """
        if len({item.id for item in waiting}) == 1:
            chosen = min(waiting, key=lambda item: item.priority)
            return chosen, max(chosen.place, self._clock(above)) if chosen.place else None
        clock, running, weights = self._clock(above), self._running(column), self._weights()

        def order(item: Waiting) -> tuple[float, int, int]:
            taken = running.get(item.id, 0) / weights.get(item.id, 1.0)
            return max(item.place, clock) + taken, item.priority, item.oldest

        chosen = min(waiting, key=order)
        return chosen, max(chosen.place, clock)

    def _clock(self, above: str) -> int:
        return next((int(clock) for (clock,) in rows(self._database, _CLOCK, above)), 0)

    def _running(self, column: int) -> dict[str, int]:
        """Return what is being taken of the workers, in ms, by tenant or by dataset."""
        found: dict[str, int] = {}
        for row in rows(self._database, _RUNNING):
            found[row[column]] = found.get(row[column], 0) + BEGUN_MS + max(0, int(row[2]))
        return found

    def _taken(self, key: str, used_ms: int) -> int:
        return max(1, round(used_ms / self._weights().get(key, 1.0)))


def delete_old(database: Database, guard: Guard) -> None:
    """Remove the turns of those that have not waited for a day."""
    with database.atomic():
        guard()
        run(database, "DELETE FROM worker_turn WHERE update_time < :now - ?", DAY_MS)
