"""The queue of tasks, on every kind of database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from peewee import Database

from api.coordination.claiming import ClaimedTask
from api.coordination.documents import end
from api.coordination.progress import ProgressUpdate
from api.coordination.tasks import NewTask, TaskLostError, TaskQueue
from api.coordination.wakeup import Wakeup
from api.db.base import new_id, now_ms
from api.db.connection import connection
from api.db.models.document import Document, Task
from api.settings import WorkerSettings


class Office:
    """A queue with documents whose tasks it holds."""

    def __init__(self, database: Database, folder: Path, **settings: float) -> None:
        """Begin without documents."""
        self.database = database
        chosen: dict[str, Any] = {"lease": 60, "retry_delay": 0.001, **settings}
        self.wakeup = Wakeup(folder)
        self.queue = TaskQueue(database, WorkerSettings(**chosen), self.wakeup)
        self.progress = ProgressUpdate(database)

    def add(self, tenant: str = "t1", parts: int = 1, **task: Any) -> str:
        """Queue the run of a new document and return its id."""
        document = new_id()
        with connection(self.database), self.database.atomic():
            Document.create(
                id=document,
                dataset_id="d",
                tenant_id=tenant,
                created_by=tenant,
                name=document,
                name_key=document,
                run="RUNNING",
                next_generation=1,
                process_begin_at=now_ms(),
                progress_msg="Task is queued...",
            )
            tasks = [NewTask(tenant, "d", document, 1, part=part) for part in range(parts)]
            self.queue.enqueue(tasks, **task)
        return document

    def claim(self) -> ClaimedTask:
        """Claim a task that must be there."""
        task = self.queue.claim("worker")
        assert task is not None
        return task

    def document(self, document: str) -> dict[str, Any]:
        """Return a document's row."""
        with connection(self.database):
            return Document.select().where(Document.id == document).dicts().get()

    def tasks(self, document: str) -> list[dict[str, Any]]:
        """Return the rows of a document's tasks."""
        with connection(self.database):
            query = Task.select().where(Task.document_id == document).order_by(Task.part)
            return list(query.dicts())

    def change(self, task: ClaimedTask, **values: object) -> None:
        """Change a task behind everybody's back."""
        with connection(self.database):
            Task.update(**values).where(Task.id == task.id).execute()

    def change_document(self, document: str, **values: object) -> None:
        """Change a document behind everybody's back."""
        with connection(self.database):
            Document.update(**values).where(Document.id == document).execute()

    def expire(self, task: ClaimedTask) -> None:
        """Let the lease of a task run out."""
        self.change(task, lease_until=1)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """Open an empty queue."""
    return Office(database, tmp_path)


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


def test_progress_of_the_parts_becomes_that_of_the_document(office: Office) -> None:
    document = office.add(parts=2)
    first, second = office.claim(), office.claim()
    office.queue.heartbeat(first, 1.0, "12:00:00 first")
    office.queue.heartbeat(second, 0.5, "12:00:01 second")

    assert office.progress.update() == 1
    assert office.progress.update() == 0

    row = office.document(document)
    assert row["progress"] == pytest.approx(0.75)
    assert row["progress_msg"] == "12:00:00 first\n12:00:01 second"


def test_progress_does_not_fall_when_a_task_is_done_again(office: Office) -> None:
    document = office.add()
    task = office.claim()
    office.queue.heartbeat(task, 0.8, "far")
    office.progress.update()
    office.change(task, progress=0.1, progress_msg="again")

    office.progress.update()

    row = office.document(document)
    assert (row["progress"], row["progress_msg"]) == (pytest.approx(0.8), "again")


def test_progress_alone_does_not_make_a_document_done(office: Office) -> None:
    document = office.add()
    office.queue.heartbeat(office.claim(), 1.0, "all")

    office.progress.update()

    row = office.document(document)
    assert row["progress"] < 1
    assert row["run"] == "RUNNING"


@pytest.mark.parametrize("outcome", ["CANCEL", "DONE", "FAIL"])
def test_progress_leaves_a_document_alone_whose_run_has_ended(office: Office, outcome: str) -> None:
    document = office.add()
    office.queue.heartbeat(office.claim(), 0.5, "late")
    office.change_document(document, run=outcome, progress=0.25, progress_msg="over")

    office.progress.update()

    row = office.document(document)
    assert (row["progress"], row["progress_msg"]) == (0.25, "over")


def test_progress_of_an_older_run_is_not_told(office: Office) -> None:
    document = office.add()
    office.queue.heartbeat(office.claim(), 0.5, "old")
    office.change_document(document, next_generation=2)

    assert office.progress.update() == 0


def test_waiting_documents_are_told_their_place(office: Office) -> None:
    documents = [office.add(not_before=number) for number in range(3)]

    assert office.progress.update() == 2

    told = [office.document(document)["progress_msg"] for document in documents]
    assert told == [
        "Task is queued...",
        "1 tasks are ahead in the queue...",
        "2 tasks are ahead in the queue...",
    ]
    office.claim()
    office.progress.update()
    assert office.document(documents[2])["progress_msg"] == "1 tasks are ahead in the queue..."


def test_a_document_that_waits_for_another_attempt_keeps_its_message(office: Office) -> None:
    document = office.add()
    office.queue.retry(office.claim(), "No answer")
    office.change_document(document, progress_msg="tried")

    office.progress.update()

    assert office.document(document)["progress_msg"] == "tried"


def test_waiting_parts_do_not_hide_the_progress_of_those_at_work(office: Office) -> None:
    document = office.add(parts=2)
    office.queue.heartbeat(office.claim(), 0.5, "working")

    office.progress.update()
    office.progress.update()

    assert office.document(document)["progress_msg"] == "working"


def test_a_claim_is_one_statement(office: Office) -> None:
    for number in range(5):
        office.add(f"t{number}")
    statements: list[str] = []
    with connection(office.database):
        office.database.query_hooks.append(lambda event: statements.append(event.sql.split()[0]))
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
