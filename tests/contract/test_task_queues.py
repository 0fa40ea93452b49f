"""The queue of tasks, on every kind of database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from peewee import Database, SqliteDatabase

from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.document import Document, Task
from api.tasks.base import ENRICHING, NewTask, TaskLostError
from api.tasks.documents import end
from tests.contract.office import Office


def test_nothing_is_claimed_from_an_empty_queue(office: Office) -> None:
    assert office.queue.claim("worker") is None


def test_a_claimed_task_is_running_and_belongs_to_its_claim(office: Office) -> None:
    document = office.add()

    task = office.claim()

    assert (task.document_id, task.generation, task.attempts, task.fence) == (document, 1, 1, 1)
    assert task.owner.startswith("worker/")
    (row,) = office.tasks(document)
    assert (row["state"], row["owner"], row["fence"]) == ("running", task.owner, 1)
    assert office.queue.claim("worker") is None


def test_tasks_come_in_the_order_in_which_they_were_queued(office: Office) -> None:
    documents = [office.add(not_before=number) for number in (30, 10, 20)]

    claimed = [office.claim().document_id for _ in documents]

    assert claimed == [documents[1], documents[2], documents[0]]


def test_the_parts_of_a_document_come_in_their_order(office: Office) -> None:
    office.add(parts=5)

    assert [office.claim().part for _ in range(5)] == [0, 1, 2, 3, 4]


def test_a_claim_of_one_kind_of_work_leaves_the_other(office: Office) -> None:
    early = office.add("a", part=ENRICHING, not_before=1)
    late = office.add("a", not_before=2)
    other = office.add("b", part=ENRICHING, not_before=3)

    claimed = [
        office.queue.claim("worker", kind) for kind in ("parse", "parse", "enrich", "enrich")
    ]

    found = [task and task.document_id for task in claimed]
    assert found[:2] == [late, None]
    # Tenant a has a task running by now, so that it is b's turn.
    assert found[2:] == [other, early]


def test_a_task_is_left_alone_before_its_time(office: Office) -> None:
    office.add(not_before=now_ms() + 60_000)

    assert office.queue.claim("worker") is None


def test_a_big_tenant_does_not_starve_a_small_one(office: Office) -> None:
    for number in range(20):
        office.add("big", not_before=number)
    office.add("small", not_before=100)
    office.add("tiny", not_before=200)

    assert [office.claim().tenant_id for _ in range(5)] == ["big", "small", "tiny", "big", "big"]


def test_the_tenant_with_the_fewest_running_tasks_is_next(office: Office) -> None:
    for tenant in ("a", "b"):
        for number in range(3):
            office.add(tenant, not_before=number)
    first, second = office.claim(), office.claim()
    assert {first.tenant_id, second.tenant_id} == {"a", "b"}

    office.queue.fail(second, "no")

    assert office.claim().tenant_id == second.tenant_id


def test_a_task_that_may_be_tried_less_often_is_dead_sooner(office: Office) -> None:
    document = office.add()
    assert office.queue.retry(office.claim(), "It crashed", 2) is True
    with connection(office.database):
        Task.update(not_before=0).execute()
    task = office.claim()

    assert office.queue.retry(task, "It crashed", 2) is False

    assert office.tasks(document)[0]["error"] == "It crashed (attempt 2, the last)."


def test_a_tenant_whose_tasks_are_not_due_does_not_block_the_others(office: Office) -> None:
    office.add("a", not_before=now_ms() + 60_000)
    office.add("b")

    assert office.claim().tenant_id == "b"


def test_no_task_is_claimed_twice_at_once(office: Office) -> None:
    for _ in range(40):
        office.add("a" if _ % 2 else "b")
    start = threading.Barrier(4)

    def work(number: int) -> list[str]:
        start.wait()
        claimed = []
        while (task := office.queue.claim(f"worker{number}")) is not None:
            claimed.append(task.id)
        return claimed

    with ThreadPoolExecutor(4) as pool:
        claimed = [task for found in pool.map(work, range(4)) for task in found]

    assert len(claimed) == len(set(claimed)) == 40


def test_small_files_of_a_dataset_are_claimed_together(office: Office) -> None:
    def small(tenant: str = "t1", **columns: object) -> str:
        document = office.add(tenant)
        office.change_document(document, **{"suffix": "txt", "size": 100, **columns})
        return document

    small(suffix="pdf")
    alone = office.claim()
    assert office.queue.claim_beside(alone) == []
    first, *others = (small() for _ in range(4))
    tried = others.pop()
    for columns in ({"suffix": "doc"}, {"size": 1 << 20}):
        small(**columns)
    with connection(office.database):
        Task.update(fence=1, attempts=1).where(Task.document_id == tried).execute()
        Task.update(not_before=1).where(Task.document_id == first).execute()
    task = office.claim()
    assert task.document_id == first
    small("t2")
    with connection(office.database):
        Task.update(dataset_id="e").where(Task.document_id == small()).execute()

    beside = office.queue.claim_beside(task)

    assert sorted(item.document_id for item in beside) == sorted(others)
    assert {(item.owner, item.fence, item.attempts) for item in beside} == {(task.owner, 1, 1)}
    with connection(office.database), office.database.atomic():
        for item in (task, *beside):
            office.queue.guard(item)
    assert office.queue.claim_beside(task) == []


def test_a_heartbeat_keeps_the_task_and_records_progress(office: Office) -> None:
    document = office.add()
    task = office.claim()
    office.expire(task)

    assert office.queue.heartbeat(task, 0.5, "half") is False
    assert office.queue.heartbeat(task, 0.25, "less") is False

    (row,) = office.tasks(document)
    assert (row["progress"], row["progress_msg"]) == (0.5, "less")
    assert row["lease_until"] > now_ms()
    assert office.queue.recover().returned == 0


def test_an_older_fence_is_refused_everywhere(office: Office) -> None:
    document = office.add()
    zombie = office.claim()
    office.expire(zombie)
    office.queue.recover()
    office.change(zombie, not_before=0)
    successor = office.claim()
    assert (successor.id, successor.fence) == (zombie.id, zombie.fence + 1)
    queue = office.queue

    def guarded() -> None:
        with connection(office.database), office.database.atomic():
            queue.guard(zombie)

    def finished() -> None:
        with connection(office.database), office.database.atomic():
            queue.finish(zombie, cleaned=True)

    writes = [
        lambda: queue.heartbeat(zombie, 0.9, "late"),
        lambda: queue.look(zombie),
        lambda: queue.cancel(zombie),
        lambda: queue.fail(zombie, "late"),
        lambda: queue.retry(zombie, "late"),
        lambda: queue.release(zombie),
        guarded,
        finished,
    ]
    for write in writes:
        with pytest.raises(TaskLostError):
            write()
    (row,) = office.tasks(document)
    assert (row["state"], row["owner"]) == ("running", successor.owner)
    assert office.document(document)["run"] == "RUNNING"


def test_a_failed_task_fails_its_document_and_stops_its_siblings(office: Office) -> None:
    document = office.add(parts=3)
    task, other = office.claim(), office.claim()

    office.queue.fail(task, "It is broken.")

    states = [row["state"] for row in office.tasks(document)]
    assert states == ["failed", "running", "cancelled"]
    assert office.queue.look(other) is True
    row = office.document(document)
    assert (row["run"], row["progress"]) == ("FAIL", -1)
    assert row["progress_msg"].endswith("It is broken.")


def test_a_task_is_tried_again_later_each_time_until_it_is_dead(
    database: Database, tmp_path: Path
) -> None:
    office = Office(database, tmp_path, retry_delay=100, max_attempts=3)
    document = office.add()
    delays = []
    for _ in range(2):
        task = office.claim()
        assert office.queue.retry(task, "No answer") is True
        delays.append(office.tasks(document)[0]["not_before"] - now_ms())
        office.change(task, not_before=0)

    assert office.queue.retry(office.claim(), "No answer") is False

    assert delays == [pytest.approx(100_000, abs=20_000), pytest.approx(200_000, abs=20_000)]
    (row,) = office.tasks(document)
    assert (row["state"], row["error"]) == ("dead", "No answer (attempt 3, the last).")
    assert office.document(document)["run"] == "FAIL"
    assert "No answer (attempt 3, the last)." in office.document(document)["progress_msg"]


def test_a_released_task_can_be_claimed_at_once_and_counts_no_attempt(office: Office) -> None:
    office.add()
    office.queue.release(office.claim())

    assert office.claim().attempts == 1


def test_a_lost_task_is_given_back(office: Office) -> None:
    document = office.add()
    office.expire(office.claim())

    recovery = office.queue.recover()

    assert (recovery.returned, recovery.ended) == (1, 0)
    (row,) = office.tasks(document)
    assert (row["state"], row["error"]) == ("pending", "The worker was lost")


def test_a_task_that_loses_every_worker_ends_dead(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, max_attempts=1)
    document = office.add()
    office.expire(office.claim())

    assert office.queue.recover().ended == 1

    assert office.tasks(document)[0]["state"] == "dead"
    assert office.document(document)["run"] == "FAIL"


def test_a_committed_run_is_never_given_up(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, max_attempts=1)
    document = office.add()
    task = office.claim()
    office.change_document(document, generation=1)
    office.change(task, cancel_requested=True)
    office.expire(task)

    assert office.queue.recover().returned == 1

    assert office.tasks(document)[0]["state"] == "pending"


def test_a_lost_task_that_was_to_be_cancelled_is_cancelled(office: Office) -> None:
    document = office.add()
    task = office.claim()
    office.change(task, cancel_requested=True)
    office.expire(task)

    assert office.queue.recover().ended == 1

    assert office.tasks(document)[0]["state"] == "cancelled"


def test_a_lost_task_of_a_deleted_document_is_cancelled(office: Office) -> None:
    document = office.add()
    office.expire(office.claim())
    with connection(office.database):
        Document.delete().execute()

    assert office.queue.recover().ended == 1

    assert office.tasks(document)[0]["state"] == "cancelled"


def test_cancelling_ends_what_waits_and_asks_what_runs(office: Office) -> None:
    document = office.add(parts=2)
    task = office.claim()

    with connection(office.database), office.database.atomic():
        office.queue.request_cancel([document])

    assert [row["state"] for row in office.tasks(document)] == ["running", "cancelled"]
    assert office.queue.look(task) is True
    assert office.queue.heartbeat(task, 0.1, "") is True
    office.queue.cancel(task)
    assert office.tasks(document)[0]["state"] == "cancelled"


def test_cancelling_leaves_a_committed_run_to_be_published(office: Office) -> None:
    document = office.add()
    office.change_document(document, generation=1)

    with connection(office.database), office.database.atomic():
        office.queue.request_cancel([document])

    assert office.tasks(document)[0]["state"] == "pending"


def test_done_never_follows_cancel(office: Office) -> None:
    document = office.add()
    office.change_document(document, run="CANCEL", progress=0)

    with connection(office.database), office.database.atomic():
        assert not end(office.database, document, 1, "DONE", "Task done.")

    assert office.document(document)["run"] == "CANCEL"


def test_a_document_that_is_gone_cannot_end(office: Office) -> None:
    with connection(office.database), office.database.atomic():
        assert not end(office.database, "gone", 1, "DONE", "Task done.")


def test_tasks_that_are_rolled_back_were_never_queued(office: Office) -> None:
    with connection(office.database), office.database.atomic() as transaction:
        office.queue.enqueue([NewTask("t", "d", "doc", 1)])
        transaction.rollback()

    assert office.queue.claim("worker") is None


def test_many_tasks_are_queued_at_once(office: Office) -> None:
    with connection(office.database), office.database.atomic():
        office.queue.enqueue([NewTask("t", "d", f"doc{number}", 1) for number in range(250)])

    with connection(office.database):
        assert Task.select().count() == 250


def test_a_claim_is_one_statement(office: Office) -> None:
    for _ in range(5):
        office.add()
    statements: list[str] = []
    opened = office.database
    with connection(opened):
        if isinstance(opened, SqliteDatabase):  # it executes a statement by itself
            opened.connection().set_trace_callback(lambda text: statements.append(text.split()[0]))
        else:
            opened.query_hooks.append(lambda event: statements.append(event.sql.split()[0]))
        office.claim()

    assert [word for word in statements if word != "SELECT"] == ["UPDATE"]


def test_waiting_workers_are_woken(office: Office) -> None:
    woken = threading.Event()

    def work() -> None:
        with office.wakeup.alarm() as alarm:
            listening.set()
            alarm.wait(60)
            woken.set()

    listening = threading.Event()
    worker = threading.Thread(target=work)
    worker.start()
    assert listening.wait(10)
    office.queue.wake()
    worker.join(10)

    assert woken.is_set()
    office.queue.wake()  # nobody is there any more
