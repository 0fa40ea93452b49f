"""Tasks over the REST API: what runs, waits and failed, to be cancelled and tried again."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.document import Task
from api.services.operations.records import ReportKind
from api.tasks.base import ClaimedTask
from tests.functional.library import API, data_of, make_dataset, refused, upload

TASKS = f"{API}/tasks"
NOBODY = "0" * 32


@pytest.fixture
def dataset(client: FlaskClient) -> str:
    """Make a dataset and return its id."""
    return str(make_dataset(client)["id"])


@pytest.fixture
def queued(client: FlaskClient, dataset: str, services: Services) -> list[str]:
    """Queue three documents, one after the other; return their ids."""
    made = upload(client, dataset, *((f"{name}.txt", b"text") for name in "abc"))
    ids = [document["id"] for document in made]
    for place, document_id in enumerate(ids, start=1):
        parse(client, dataset, document_id)
        with connection(services.database):
            times = {"not_before": place, "create_time": place}
            Task.update(times).where(Task.document_id == document_id).execute()
    return ids


def parse(client: FlaskClient, dataset: str, *ids: str) -> None:
    """Start to parse documents."""
    body = {"document_ids": list(ids)}
    assert client.post(f"{API}/datasets/{dataset}/chunks", json=body).status_code == 200


def tasks(client: FlaskClient, **query: object) -> list[dict[str, Any]]:
    """Return a page of tasks."""
    found: list[dict[str, Any]] = data_of(client.get(TASKS, query_string=query))["tasks"]
    return found


def task_of(client: FlaskClient, document_id: str) -> dict[str, Any]:
    """Return the newest task of a document."""
    return tasks(client, document_id=document_id)[0]


def claimed(services: Services) -> ClaimedTask:
    """Claim a task, as a worker would."""
    task = services.tasks.claim("worker")
    assert task is not None
    return task


def hear_of_a_worker(services: Services) -> None:
    """Let a worker report."""
    services.operations.reports.write(ReportKind.WORKER, {"host:1": {}})


def test_tasks_come_newest_first_with_what_they_are_about(
    client: FlaskClient, dataset: str, queued: list[str]
) -> None:
    data = data_of(client.get(TASKS))
    assert [task["document_id"] for task in data["tasks"]] == queued[::-1]
    assert data["counts"] == {"pending": 3, "running": 0, "failed": 0, "dead": 0}
    shown = data["tasks"][0]
    names = (shown["dataset_name"], shown["document_name"], shown["state"])
    assert names == ("handbook", "c.txt", "pending")
    assert shown["dataset_id"] == dataset
    assert (shown["started_time"], shown["finished_time"]) == (None, None)
    assert data_of(client.get(f"{TASKS}/{shown['id']}")) == shown


def test_a_waiting_task_tells_its_place_and_what_is_missing(
    client: FlaskClient, queued: list[str], services: Services
) -> None:
    waits = [task["wait"] for task in tasks(client, desc="false")]
    assert [(wait["reason"], wait["ahead"]) for wait in waits] == [
        ("no_worker", 0),
        ("no_worker", 1),
        ("no_worker", 2),
    ]
    hear_of_a_worker(services)
    assert data_of(client.get(TASKS))["workers"] == 1
    first = claimed(services)
    assert first.document_id == queued[0]
    running, *waiting = tasks(client, desc="false")
    assert (running["state"], running["wait"], running["worker"]) == ("running", None, "worker")
    assert [task["wait"]["reason"] for task in waiting] == ["queue", "queue"]
    assert [task["wait"]["ahead"] for task in waiting] == [0, 1]


def test_a_task_that_failed_an_attempt_tells_when_it_is_tried_again(
    client: FlaskClient, queued: list[str], services: Services
) -> None:
    task = claimed(services)
    services.tasks.retry(task, "The model is away")
    later = now_ms() + 60_000
    with connection(services.database):
        Task.update(not_before=later).where(Task.id == task.id).execute()
    shown = task_of(client, queued[0])
    assert shown["wait"] == {"reason": "later", "ahead": 2, "until": later}
    assert (shown["attempts"], shown["error"]) == (1, "The model is away")
    again = data_of(client.post(f"{TASKS}/{task.id}/retry"))
    assert again["id"] == task.id
    assert again["wait"]["reason"] == "no_worker"
    assert again["wait"]["until"] < later


def test_lists_are_filtered_by_state_and_place(
    client: FlaskClient, dataset: str, queued: list[str], services: Services
) -> None:
    services.tasks.fail(claimed(services), "It is no text.")
    other = str(make_dataset(client, "other")["id"])
    assert [task["document_id"] for task in tasks(client, state="failed,dead")] == queued[:1]
    assert len(tasks(client, state="pending")) == 2
    assert len(tasks(client, dataset_id=dataset)) == 3
    assert tasks(client, dataset_id=other) == []
    assert len(tasks(client, document_id=queued[1], fields="id,state")[0]) == 2
    assert data_of(client.get(TASKS))["counts"]["failed"] == 1
    unknown = client.get(TASKS, query_string={"state": "lost"})
    assert "There is no state lost" in refused(unknown, 400, 101)
    order = client.get(TASKS, query_string={"orderby": "progress"})
    assert "create_time" in refused(order, 400, 101)


def test_pages_go_on_behind_the_last_row(client: FlaskClient, queued: list[str]) -> None:
    first = client.get(TASKS, query_string={"page_size": 2})
    assert [task["document_id"] for task in data_of(first)["tasks"]] == [queued[2], queued[1]]
    address = first.headers["Link"].partition(">")[0].removeprefix("<")
    second = client.get(address)
    assert [task["document_id"] for task in data_of(second)["tasks"]] == [queued[0]]
    assert "Link" not in second.headers


@pytest.mark.databases("sqlite")
def test_cancelling_a_task_stops_the_run_of_its_document(
    client: FlaskClient, dataset: str, queued: list[str], services: Services
) -> None:
    waiting = task_of(client, queued[2])
    assert data_of(client.post(f"{TASKS}/{waiting['id']}/cancel"))["state"] == "cancelled"
    task = claimed(services)
    stopping = data_of(client.post(f"{TASKS}/{task.id}/cancel"))
    assert (stopping["state"], stopping["cancel_requested"]) == ("running", True)
    assert services.tasks.look(task)
    listed = data_of(client.get(f"{API}/datasets/{dataset}/documents"))["docs"]
    runs = {document["id"]: document["run"] for document in listed}
    assert [runs[document] for document in queued] == ["CANCEL", "RUNNING", "CANCEL"]
    again = client.post(f"{TASKS}/{waiting['id']}/cancel")
    assert refused(again, 409, 102) == "The task has ended: it is cancelled."


def test_trying_a_failed_task_again_queues_a_new_run(
    client: FlaskClient, queued: list[str], services: Services
) -> None:
    task = claimed(services)
    running = client.post(f"{TASKS}/{task.id}/retry")
    assert "the task is running" in refused(running, 409, 102)
    services.tasks.fail(task, "It is no text.")
    failed = task_of(client, queued[0])
    assert (failed["state"], failed["error"]) == ("failed", "It is no text.")
    again = data_of(client.post(f"{TASKS}/{task.id}/retry"))
    assert again["id"] != task.id
    assert (again["document_id"], again["state"]) == (queued[0], "pending")
    followed = client.post(f"{TASKS}/{task.id}/retry")
    assert "parsed again since" in refused(followed, 409, 102)


@pytest.mark.databases("sqlite")
def test_a_task_of_a_deleted_document_cannot_be_tried_again(
    client: FlaskClient, dataset: str, queued: list[str], services: Services
) -> None:
    task = claimed(services)
    services.tasks.fail(task, "It is no text.")
    data_of(client.delete(f"{API}/datasets/{dataset}/documents", json={"ids": queued[:1]}))
    shown = client.get(f"{TASKS}/{task.id}")
    if shown.status_code == 200:
        assert data_of(shown)["document_name"] == ""
    assert client.post(f"{TASKS}/{task.id}/retry").status_code == 404


@pytest.mark.databases("sqlite")
def test_nobody_else_sees_or_stops_a_task(
    client: FlaskClient, stranger: FlaskClient, queued: list[str]
) -> None:
    task = task_of(client, queued[0])["id"]
    assert data_of(stranger.get(TASKS)) == {
        "tasks": [],
        "counts": {"pending": 0, "running": 0, "failed": 0, "dead": 0},
        "workers": 0,
    }
    for answer in (
        stranger.get(f"{TASKS}/{task}"),
        stranger.post(f"{TASKS}/{task}/cancel"),
        stranger.post(f"{TASKS}/{task}/retry"),
        client.get(f"{TASKS}/{NOBODY}"),
    ):
        assert answer.status_code == 404
    assert task_of(client, queued[0])["state"] == "pending"
