"""Whose turn it is at the workers, and what tasks have taken, on every kind of database."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from peewee import Database, MySQLDatabase, SqliteDatabase

from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.coordination import WorkerTurn
from api.db.models.document import Task
from api.db.sql import run
from api.leases.fencing import unguarded
from api.tasks import turns
from api.tasks.base import ClaimedTask, Priority
from rag.ingestion.limits import Use
from tests.contract.office import Office
from tests.functional.test_list_plans import listened, plan_of

MANY = 30_000

LOOKS_THROUGH_TASKS = re.compile(
    r"SCAN (task|[tnf])\b|Seq Scan on task|\| (task|[tnf]) \|.* (ALL|index) \|"
)
"""What SQLite, PostgreSQL and MariaDB say of a statement that goes through the table."""


def carried_out(office: Office, seconds: float = 0.1) -> ClaimedTask:
    """Claim the next task and end it, after as long as is said."""
    task = office.claim()
    with connection(office.database), office.database.atomic():
        office.queue.finish(task, cleaned=True)
    office.queue.charge(task, seconds)
    return task


DOUBLED = """
INSERT INTO task (id, document_id, tenant_id, dataset_id, generation, kind, part, first_page,
    last_page, state, not_before, attempts, owner, fence, lease_until, cancel_requested, progress,
    progress_msg, error, origin, chunk_count, token_count, used_ms, cpu_ms, characters,
    started_time, finished_time, cleaned, discard_before, priority, trace, stages, create_time,
    update_time)
SELECT CAST(not_before + ? AS CHAR(32)), CAST(not_before + ? AS CHAR(32)), tenant_id, dataset_id,
    generation, kind, part, first_page, last_page, state, not_before + ?, attempts, owner, fence,
    lease_until, cancel_requested, progress, progress_msg, error, origin, chunk_count, token_count,
    used_ms, cpu_ms, characters, started_time, finished_time, cleaned, discard_before, priority,
    trace, stages, create_time, update_time
FROM task WHERE not_before <= ?
"""


def queue_many(database: Database) -> None:
    """Queue very many tasks of one dataset, which the database itself makes of one."""
    with connection(database):
        Task.create(
            tenant_id="big", dataset_id="files", document_id="1", generation=1, not_before=1
        )
        for power in range(17):
            count = 2**power
            run(database, DOUBLED, count, count, count, min(count, MANY - count))
        if not isinstance(database, SqliteDatabase):
            word = "TABLE" if isinstance(database, MySQLDatabase) else ""
            run(database, f"ANALYZE {word} task")


@pytest.mark.parametrize("history", [0, 30], ids=["new", "was busy"])
@pytest.mark.parametrize("ended", [0, 1, 7])
def test_ten_thousand_files_delay_another_file_by_two_tasks_at_most(
    office: Office, history: int, ended: int
) -> None:
    for _ in range(history):
        office.add("other", dataset="theirs")
        office.add("big", dataset="files")
    for _ in range(2 * history):
        carried_out(office, 40)
    for number in range(40):
        office.add("big", dataset="files", not_before=number)
    for _ in range(ended):
        carried_out(office)
    running = office.claim()
    single = office.add("other", dataset="theirs")
    office.queue.charge(running, 0.1)

    order = [carried_out(office).document_id for _ in range(3)]

    assert single in order


def test_a_single_file_of_another_dataset_waits_for_two_tasks_at_most(office: Office) -> None:
    for number in range(20):
        office.add(dataset="files", not_before=number)
    for _ in range(5):
        carried_out(office)
    single = office.add(dataset="notes")

    assert single in [carried_out(office).document_id for _ in range(3)]


@pytest.mark.parametrize("heavy", ["tenant", "dataset"])
def test_turns_are_given_by_weights(office: Office, heavy: str) -> None:
    office.weights = "a=3, b=1"
    for number in range(40):
        for name in ("a", "b"):
            place = (name, 1, f"d{name}") if heavy == "tenant" else ("t1", 1, name)
            office.add(*place, not_before=number)

    tasks = [carried_out(office) for _ in range(24)]

    names = Counter(t.tenant_id if heavy == "tenant" else t.dataset_id for t in tasks)
    assert names["a"] == pytest.approx(18, abs=1)


def test_who_takes_longer_has_fewer_turns(office: Office) -> None:
    for number in range(20):
        office.add("long", dataset="l", not_before=number)
        office.add("short", dataset="s", not_before=number)

    order = []
    for _ in range(16):
        task = office.claim()
        office.queue.charge(task, 7 if task.tenant_id == "long" else 1)
        with connection(office.database), office.database.atomic():
            office.queue.finish(task, cleaned=True)
        order.append(task.tenant_id)

    assert Counter(order)["long"] in {2, 3}


def test_a_dataset_that_was_alone_for_long_owes_nothing_for_it(office: Office) -> None:
    def both() -> None:
        office.add(dataset="files")
        office.add(dataset="notes")

    both()
    carried_out(office)
    carried_out(office)
    for _ in range(12):
        office.add(dataset="files")
    for seconds in (100, 100, 100, 0.1):
        carried_out(office, seconds)
    for _ in range(8):
        office.add(dataset="notes")

    served = Counter(carried_out(office).dataset_id for _ in range(8))

    assert served == {"files": 4, "notes": 4}


def test_tasks_of_a_dataset_come_by_their_priority(office: Office) -> None:
    later = office.add(priority=Priority.ENRICHMENT, not_before=1)
    bulk = office.add(priority=Priority.IN_BULK, not_before=2)
    not_yet = office.add(priority=Priority.ASKED, not_before=now_ms() + 60_000)
    asked = office.add(priority=Priority.ASKED, not_before=3)

    order = [office.claim().document_id for _ in range(3)]

    assert order == [asked, bulk, later]
    assert not_yet not in order
    assert office.queue.claim("worker") is None


def test_what_is_claimed_together_ends_when_somebody_new_waits(office: Office) -> None:
    for number in range(4):
        office.add("big", dataset="files", not_before=number)
    first = office.claim()
    assert office.queue.is_turn_over(first) is False
    office.add("big", dataset="files")
    assert office.queue.is_turn_over(first) is False
    office.add("other", dataset="theirs", not_before=now_ms() + 60_000)
    assert office.queue.is_turn_over(first) is False

    office.add("big", dataset="notes")
    assert office.queue.is_turn_over(first) is True
    notes = office.claim()
    assert notes.dataset_id == "notes"
    office.add("big", dataset="notes")
    assert office.queue.is_turn_over(first) is False
    office.add("new", dataset="d")
    assert office.queue.is_turn_over(first) is True


def test_what_a_lost_worker_took_counts(office: Office) -> None:
    for number in range(3):
        office.add("a", not_before=number)
        office.add("b", dataset="e", not_before=number)
    lost = office.claim()
    office.change(lost, lease_until=now_ms() - 1000, started_time=now_ms() - 61_000)

    office.queue.recover()

    with connection(office.database):
        places = {row.id: row.place for row in WorkerTurn.select()}
    assert places[lost.tenant_id] == 60_001


def test_turns_are_forgotten_after_a_day(office: Office) -> None:
    office.add("a")
    office.add("b", dataset="e")
    office.claim()
    with connection(office.database):
        WorkerTurn.update(update_time=now_ms() - turns.DAY_MS - 60_000).where(
            WorkerTurn.id == "a"
        ).execute()
    with connection(office.database):
        turns.delete_old(office.database, unguarded)
        assert {row.id for row in WorkerTurn.select()} == {""}


def statements(office: Office) -> Iterator[tuple[str, Any]]:
    """Yield what is asked of the database until a task is claimed, and others beside it."""
    with listened(office) as heard:
        task = office.claim()
        office.queue.claim_beside(task)
        office.queue.is_turn_over(task)
        office.queue.charge(task, 1)
    yield from (said for said in heard if " task" in said[0])


@pytest.mark.long
def test_a_claim_looks_through_no_table_of_a_hundred_thousand_tasks(office: Office) -> None:
    queue_many(office.database)
    for name in ("other", "third"):
        office.add(name, dataset=name)
    office.add("big", dataset="notes")
    first = office.claim()
    with connection(office.database):
        row = Task.get_by_id(first.id)
    office.change_document(row.document_id, suffix="txt", size=100)

    heard = list(statements(office))

    assert len(heard) > 5
    for statement, values in heard:
        plan = plan_of(office.database, statement, values)
        assert not LOOKS_THROUGH_TASKS.search(plan), (statement, plan)


def test_the_parts_of_a_document_know_what_the_others_took(office: Office) -> None:
    document = office.add(parts=3)
    first, second = office.claim(), office.claim()

    office.queue.heartbeat(first, 0.1, "", Use(seconds=1.5, cpu=0.5, characters=70, chunks=2))
    office.queue.heartbeat(first, 0.2, "", Use(seconds=2.5, cpu=1.5, characters=90, chunks=3))
    office.change(first, chunk_count=4)

    assert office.queue.used_by_others(second) == Use(2.5, 1.5, 90, 4)
    assert office.queue.used_by_others(first) == Use()
    assert office.queue.used_by_others(replace(second, generation=2)) == Use()
    assert len(office.tasks(document)) == 3
