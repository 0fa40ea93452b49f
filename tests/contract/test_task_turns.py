"""Whose turn it is at the workers, and what tasks have taken, on every kind of database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.coordination import TenantUse
from api.db.models.document import Task
from rag.ingestion.limits import Use
from tests.contract.office import Office


def test_the_tenant_whose_tasks_took_the_least_time_lately_is_next(office: Office) -> None:
    for number in range(3):
        office.add("busy", not_before=number)
    office.add("modest", not_before=10)
    office.add("new", not_before=20)
    first = office.claim()
    office.queue.charge(first, 30)
    office.queue.charge(replace(first, tenant_id="modest"), 2.5)
    office.queue.fail(first, "no")

    assert [office.claim().tenant_id for _ in range(4)] == ["new", "modest", "busy", "busy"]


def test_what_a_tenant_took_counts_for_ten_minutes(office: Office) -> None:
    office.add("a", not_before=1)
    office.add("b", not_before=2)
    office.queue.charge(replace(office.claim(), tenant_id="a"), 30)
    with connection(office.database):
        Task.update(state="pending", owner="").execute()
        TenantUse.update(minute=now_ms() // 60_000 - 11).execute()

    assert office.claim().tenant_id == "a"


def test_what_a_lost_worker_took_counts(office: Office) -> None:
    office.add("a", not_before=1)
    office.add("a", not_before=2)
    office.add("b", not_before=3)
    lost = office.claim()
    office.change(lost, lease_until=now_ms() - 1000, started_time=now_ms() - 61_000)

    office.queue.recover()

    assert office.claim().tenant_id == "b"
    with connection(office.database):
        assert [row["used_ms"] for row in TenantUse.select().dicts()] == [60_000]


def test_what_was_taken_is_added_up_by_all_workers_at_once(office: Office) -> None:
    office.add("a")
    task = office.claim()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: office.queue.charge(task, 0.5), range(40)))

    with connection(office.database):
        assert sum(row["used_ms"] for row in TenantUse.select().dicts()) == 20_000


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
