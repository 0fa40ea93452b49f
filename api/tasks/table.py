"""The queue of tasks: rows of the table `task`, claimed under a lease and written with a fence."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple

from peewee import Database

from api.config.kinds import weights_of
from api.config.settings import WorkerSettings
from api.db.base import new_id
from api.db.connection import connected
from api.db.durability import durable_later
from api.db.inserting import insert_rows
from api.db.models.document import Task
from api.db.models.states import RunState, TaskState, with_states
from api.db.sql import rows, run
from api.leases.fencing import Guard, unguarded
from api.observability.recorder import NOTHING, Recorder
from api.observability.tracing.base import Tracer
from api.observability.tracing.null import UNTRACED
from api.tasks import documents, use
from api.tasks.base import ENRICHING, ClaimedTask, NewTask, Recovery, TaskLostError
from api.tasks.broker.announcer import Announcer
from api.tasks.broker.base import Broker, NoBroker
from api.tasks.claiming import Claims
from api.tasks.pulse import Pulse
from api.tasks.turns import Turns
from api.tasks.wakeup import Alarm, Wakeup
from rag.ingestion.limits import NOTHING_USED, Use

LONGEST_DELAY = 300.0
"""In seconds; the waits between attempts double up to this."""

PUT_BACK_DELAYS = 5
"""How many times the first wait between attempts a task rests that is not to blame."""

_LOST = "The worker was lost"

_STILL_EXPIRED = with_states("""
UPDATE task SET update_time = :now
WHERE id = ? AND fence = ? AND state = :running AND lease_until < :now
""")
_STILL_OURS = with_states(
    "UPDATE task SET update_time = :now WHERE id = ? AND fence = ? AND state = :running"
)
_CANCEL_REQUESTED = with_states(
    "SELECT cancel_requested FROM task WHERE id = ? AND fence = ? AND state = :running"
)
_CHANGE = with_states(
    "UPDATE task SET :changes, update_time = :now WHERE id = ? AND fence = ? AND state = :running"
)

_HEARTBEAT = with_states("""
UPDATE task SET lease_until = :now + ?, update_time = :now, progress_msg = ?,
    used_ms = ?, cpu_ms = ?, characters = ?,
    progress = CASE WHEN progress < ? THEN ? ELSE progress END
WHERE id = ? AND fence = ? AND state = :running
""")

_CANCEL_WAITING = with_states("""
UPDATE task SET state = :cancelled, finished_time = :now, update_time = :now
WHERE document_id = ? AND state = :pending
AND (generation <> (SELECT generation FROM document WHERE id = ?) OR part = :enriching)
""").replace(":enriching", str(ENRICHING))
_ASK_TO_CANCEL = with_states("""
UPDATE task SET cancel_requested = TRUE
WHERE document_id = ? AND state IN (:running, :pending)
""")

_RETURN = with_states(
    "state = :pending, owner = '', not_before = :now + ?, error = ?, attempts = ?"
)
_END = "state = ?, error = ?, cleaned = ?, owner = '', finished_time = :now"


class TaskTable:
    """The queue in the database: see `api.tasks.base.TaskQueue` for what its methods promise."""

    def __init__(
        self,
        database: Database,
        settings: WorkerSettings,
        wakeup: Wakeup,
        tracer: Tracer = UNTRACED,
        weights: Callable[[], str] = str,
        broker: Broker | None = None,
        recorder: Recorder = NOTHING,
    ) -> None:
        """Initialize with the parts; `weights` returns the setting of that name, by default ""."""
        self.database = database
        self._settings = settings
        self._wakeup = wakeup
        self._tracer = tracer
        self._turns = Turns(database, lambda: weights_of(weights()))
        self._claims = Claims(database, self._turns)
        self.broker: Broker = broker or NoBroker()
        self._announcer = Announcer(database, self._claims, self.broker, recorder)
        self.pulse = Pulse()

    def enqueue(self, tasks: Sequence[NewTask], not_before: int | None = None) -> None:
        """Within a transaction: queue tasks behind the others, or at `not_before`, in ms."""
        ((now,),) = rows(self.database, "SELECT :now")
        place = now if not_before is None else not_before
        trace = self._tracer.carrier("tasks/enqueue")
        insert_rows(Task, [_row(task, place, trace) for task in tasks])

    def wake(self) -> None:
        """Wake the workers of this machine, and a broker's: there is something to do."""
        self._wakeup.wake()
        self._announcer.wake()

    def announce(self) -> int:
        """Send the broker's workers as many messages as tasks are due; return how many."""
        return self._announcer.announce()

    def alarm(self) -> AbstractContextManager[Alarm]:
        """Yield what a worker waits on, for a `with` block, until somebody calls `wake`."""
        return self._wakeup.alarm()

    @connected
    def claim(self, owner: str, kind: str | None = None) -> ClaimedTask | None:
        """Claim a task of the tenant and the dataset whose turn it is."""
        return self._claims.claim(owner, self._lease_ms, kind)

    @connected
    def claim_beside(self, first: ClaimedTask) -> list[ClaimedTask]:
        """Claim tasks of small files that are best carried out together with a first one."""
        return self._claims.claim_beside(first, self._lease_ms)

    @connected
    def is_turn_over(self, task: ClaimedTask) -> bool:
        """Return whether another tenant or dataset waits that should not wait for more of these."""
        return self._turns.is_over(task.tenant_id, task.dataset_id)

    @connected
    def heartbeat(
        self, task: ClaimedTask, progress: float, message: str, taken: Use = NOTHING_USED
    ) -> bool:
        """Renew the lease of a task and record its progress; return whether to cancel it."""
        found = run(
            self.database,
            _HEARTBEAT,
            self._lease_ms,
            message,
            int(taken.seconds * 1000),
            int(taken.cpu * 1000),
            taken.characters,
            progress,
            progress,
            task.id,
            task.fence,
        )
        if not found:
            raise TaskLostError(task.id)
        return self._cancel_requested(task)

    @connected
    def look(self, task: ClaimedTask) -> bool:
        """Return whether to cancel a task, without writing anything."""
        return self._cancel_requested(task)

    @connected
    def used_by_others(self, task: ClaimedTask) -> Use:
        """Return what the other parts of the task's document have taken in this run."""
        return use.of_others(self.database, task)

    @connected
    def charge(self, task: ClaimedTask, seconds: float) -> None:
        """Record for how long a worker was busy with a task: others have their turn before."""
        with durable_later(self.database):
            self._turns.charge(task.tenant_id, task.dataset_id, int(seconds * 1000))

    def guard(self, task: ClaimedTask) -> None:
        """Within a transaction: make sure that the task is still ours until it ends."""
        if not run(self.database, _STILL_OURS, task.id, task.fence):
            raise TaskLostError(task.id)

    def finish(self, task: ClaimedTask, *, cleaned: bool) -> None:
        """Within a transaction: note that a task is done."""
        self._end(task, TaskState.DONE, "", cleaned=cleaned)

    @connected
    def cancel(self, task: ClaimedTask) -> None:
        """End a task because somebody asked for it."""
        with self.database.atomic():
            self._end(task, TaskState.CANCELLED, "", cleaned=False)

    @connected
    def fail(self, task: ClaimedTask, reason: str) -> None:
        """End a task, and the run of its document, with a reason."""
        with self.database.atomic():
            self._give_up(task, TaskState.FAILED, reason)

    @connected
    def retry(self, task: ClaimedTask, reason: str, most: int | None = None) -> bool:
        """Return a task to the queue for a later attempt; false if it is dead after its last."""
        with self.database.atomic():
            return self._retry(task, reason, most)

    @connected
    def release(self, task: ClaimedTask) -> None:
        """Return a task to the queue as if it had never been claimed."""
        with self.database.atomic():
            self._return(task, 0, "", attempts=task.attempts - 1)

    @connected
    def put_back(self, task: ClaimedTask, reason: str) -> None:
        """Return a task to be tried again soon, as often as needed."""
        with self.database.atomic():
            delay = int(self._settings.retry_delay * PUT_BACK_DELAYS * 1000)
            self._return(task, delay, reason, attempts=task.attempts - 1)

    def request_cancel(self, document_ids: Sequence[str]) -> None:
        """Within a transaction: cancel what waits, and ask workers to stop what runs."""
        for document_id in document_ids:
            run(self.database, _CANCEL_WAITING, document_id, document_id)
            run(self.database, _ASK_TO_CANCEL, document_id)
        self._announcer.cancelled(document_ids)

    @connected
    def recover(self, guard: Guard = unguarded) -> Recovery:
        """Return the tasks whose leases have expired, or end them after the last attempt."""
        outcomes = Counter(
            self._recover(task, guard, cancelled=cancelled)
            for task, cancelled in self._claims.expired()
        )
        return Recovery(outcomes[True], outcomes[False])

    @property
    def _lease_ms(self) -> int:
        return int(self._settings.lease * 1000)

    def _cancel_requested(self, task: ClaimedTask) -> bool:
        found = rows(self.database, _CANCEL_REQUESTED, task.id, task.fence)
        if not found:
            raise TaskLostError(task.id)
        return bool(found[0][0])

    def _recover(self, task: ClaimedTask, guard: Guard, *, cancelled: bool) -> bool | None:
        """Return whether a task was requeued, not ended; None if its worker reported again."""
        with self.database.atomic():
            guard()
            document = documents.lock(self.database, task.document_id)
            if not run(self.database, _STILL_EXPIRED, task.id, task.fence):
                return None
            self._charge_lost(task)
            is_stoppable = document is None or document.generation != task.generation
            if document is None or (cancelled and (is_stoppable or task.is_enrichment)):
                self._end(task, TaskState.CANCELLED, "", cleaned=False)
                return False
            return self._retry(task, _LOST)

    def _charge_lost(self, task: ClaimedTask) -> None:
        """Record how long a worker that is gone was busy, at most: until its lease was over."""
        found = rows(
            self.database, "SELECT lease_until - started_time FROM task WHERE id = ?", task.id
        )
        for (used_ms,) in found:
            self._turns.charge(task.tenant_id, task.dataset_id, used_ms)

    def _retry(self, task: ClaimedTask, reason: str, most: int | None = None) -> bool:
        document = documents.lock(self.database, task.document_id)
        # What is committed must be published, however often that fails.
        is_committed = document is not None and document.generation == task.generation
        must_end_well = is_committed and not task.is_enrichment
        most = min(self._settings.max_attempts, most or self._settings.max_attempts)
        if task.attempts >= most and not must_end_well:
            self._give_up(task, TaskState.DEAD, f"{reason} (attempt {task.attempts}, the last).")
            return False
        delay = min(LONGEST_DELAY, self._settings.retry_delay * 2.0 ** min(task.attempts - 1, 20))
        self._return(task, int(delay * 1000), reason, attempts=task.attempts)
        return True

    def _give_up(self, task: ClaimedTask, state: TaskState, reason: str) -> None:
        documents.lock(self.database, task.document_id)
        self._end(task, state, reason, cleaned=task.is_enrichment)
        if task.is_enrichment:
            documents.remark(self.database, task.document_id, task.generation, reason)
            return
        documents.end(self.database, task.document_id, task.generation, RunState.FAIL, reason)
        self.request_cancel([task.document_id])

    def _end(self, task: ClaimedTask, state: TaskState, error: str, *, cleaned: bool) -> None:
        self._change(task, _END, state, error, cleaned)

    def _return(self, task: ClaimedTask, delay_ms: int, error: str, *, attempts: int) -> None:
        self._change(task, _RETURN, delay_ms, error, attempts)

    def _change(self, task: ClaimedTask, assignments: str, *values: object) -> None:
        statement = _CHANGE.replace(":changes", assignments)
        if not run(self.database, statement, *values, task.id, task.fence):
            raise TaskLostError(task.id)


def _row(task: NewTask, not_before: int, trace: str) -> dict[str, object]:
    names = NewTask.__slots__
    return {
        "id": new_id(),
        "not_before": not_before,
        "trace": trace,
        **dict(zip(names, astuple(task), strict=True)),
    }
