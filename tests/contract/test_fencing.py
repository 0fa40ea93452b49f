"""Refusing what a deposed holder of a lease writes, on every kind of database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from peewee import Database

from api.config.settings import WorkerSettings
from api.db.base import new_id
from api.db.connection import connection
from api.db.models.coordination import Lease
from api.db.models.document import Document, Task
from api.leases.database import DatabaseLease
from api.leases.fencing import DeposedError, Fencing
from api.tasks.base import NewTask
from api.tasks.progress import ProgressUpdate
from api.tasks.table import TaskTable
from api.tasks.wakeup import Wakeup

ACTED = "acted"


@pytest.fixture
def act(database: Database) -> Callable[[int], str]:
    """Do something under a token of the lease "x"."""
    fencing = Fencing(database, "x")

    def under(token: int) -> str:
        with connection(database), database.atomic():
            fencing.check(token)
        return ACTED

    return under


def test_older_tokens_are_refused_once_a_newer_was_seen(act: Callable[[int], str]) -> None:
    assert act(5) == ACTED
    assert act(5) == ACTED
    assert act(1_800_000_000_000) == ACTED

    for deposed in (5, 6, 1_799_999_999_999):
        with pytest.raises(DeposedError):
            act(deposed)

    assert act(1_800_000_000_000) == ACTED


def test_a_holder_is_deposed_when_another_takes_a_lease_in_the_database(
    database: Database, act: Callable[[int], str]
) -> None:
    lease = DatabaseLease(database, "x")
    lost = lease.acquire("a", 60)
    assert lost is not None
    assert act(lost) == ACTED
    lease.release("a", lost)
    assert act(lost) == ACTED, "nobody has taken over yet"

    newer = lease.acquire("b", 60)

    assert newer is not None
    with pytest.raises(DeposedError):
        act(lost)
    assert act(newer) == ACTED


def test_a_lease_that_moves_between_redis_and_the_database_keeps_its_order(
    database: Database, act: Callable[[int], str]
) -> None:
    act(1_800_000_000_000)  # as Redis gives them

    fence = DatabaseLease(database, "x").acquire("a", 60)

    assert fence == 1_800_000_000_001
    assert act(fence) == ACTED


def test_leases_of_other_names_do_not_matter(database: Database, act: Callable[[int], str]) -> None:
    with connection(database), database.atomic():
        Fencing(database, "y").check(9)

    assert act(1) == ACTED


def test_several_processes_may_be_the_first(database: Database) -> None:
    start = threading.Barrier(4)

    def first(name: str) -> str:
        start.wait()
        with connection(database), database.atomic():
            Fencing(database, name).check(3)
        return ACTED

    with ThreadPoolExecutor(4) as pool:
        for name in "abc":
            assert list(pool.map(first, [name] * 4)) == [ACTED] * 4
    with connection(database):
        assert [row.fence for row in Lease.select().where(Lease.name.in_(list("abc")))] == [3] * 3


def test_nobody_takes_over_while_a_transaction_is_open(database: Database) -> None:
    lease, fencing = DatabaseLease(database, "x"), Fencing(database, "x")
    fence = lease.acquire("a", 0.001)
    assert fence is not None
    order: list[object] = []
    trying = threading.Event()

    def take_over() -> None:
        trying.set()
        order.append(lease.acquire("b", 60))

    other = threading.Thread(target=take_over)
    with connection(database), database.atomic():
        fencing.check(fence)
        other.start()
        assert trying.wait(10)
        other.join(0.1)
        order.append("written")
    other.join(10)

    assert order == ["written", fence + 1]


class Office:
    """A queue with a document at work, and the jobs of the lease's holder."""

    def __init__(self, database: Database, folder: Path) -> None:
        """Queue a document and claim its task."""
        self.database = database
        self.queue = TaskTable(database, WorkerSettings(), Wakeup(folder))
        self.progress = ProgressUpdate(database)
        self.guard = partial(Fencing(database, "x").check, 1)
        document: dict[str, Any] = {"id": new_id(), "dataset_id": "d", "tenant_id": "t"}
        with connection(database), database.atomic():
            Document.create(
                **document,
                created_by="t",
                name="n",
                name_key="n",
                run="RUNNING",
                next_generation=1,
                progress_msg="as it was",
            )
            self.queue.enqueue([NewTask("t", "d", document["id"], 1)])

    def depose(self) -> None:
        """Move the lease to another holder."""
        with connection(self.database), self.database.atomic():
            Fencing(self.database, "x").check(2)

    def message(self) -> str:
        """Return what the document says."""
        with connection(self.database):
            return str(Document.get().progress_msg)

    def state(self) -> str:
        """Return what the task says."""
        with connection(self.database):
            return str(Task.get().state)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """Open a queue."""
    return Office(database, tmp_path)


def test_a_deposed_holder_tells_no_progress(office: Office) -> None:
    task = office.queue.claim("worker")
    assert task is not None
    office.queue.heartbeat(task, 0.5, "half")
    office.depose()

    with pytest.raises(DeposedError):
        office.progress.update(office.guard)

    assert office.message() == "as it was"
    assert office.progress.update() == 1
    assert office.message() == "half"


def test_a_deposed_holder_tells_no_places_in_the_queue(office: Office) -> None:
    office.depose()

    with pytest.raises(DeposedError):
        office.progress.update(office.guard)

    assert office.message() == "as it was"


def test_a_deposed_holder_gives_no_task_back(office: Office) -> None:
    office.queue.claim("worker")
    with connection(office.database):
        Task.update(lease_until=1).execute()
    office.depose()

    with pytest.raises(DeposedError):
        office.queue.recover(office.guard)

    assert office.state() == "running"
    assert office.queue.recover().returned == 1


def test_a_worker_that_is_heard_of_again_keeps_its_task(office: Office) -> None:
    task = office.queue.claim("worker")
    assert task is not None
    with connection(office.database):
        Task.update(lease_until=1).execute()

    # Between looking and acting of the recovery, the worker renews the lease of its task.
    recovery = office.queue.recover(lambda: revive(office, task))

    assert (recovery.returned, recovery.ended) == (0, 0)
    assert office.state() == "running"


def revive(office: Office, task: Any) -> None:
    """Send a worker's heartbeat."""
    assert office.queue.heartbeat(task, 0.1, "I live") is False
