"""Starting and stopping the parsing of documents over the REST API."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.document import Document, Task
from api.errors import NotFoundError
from api.services.accounts.records import Principal
from tests.functional.conftest import Member, client_with
from tests.functional.library import API, data_of, make_dataset, refused, together, upload


@pytest.fixture
def dataset(client: FlaskClient) -> str:
    """Make a dataset and return its path."""
    return f"{API}/datasets/{make_dataset(client)['id']}"


@pytest.fixture
def ids(client: FlaskClient, dataset: str) -> list[str]:
    """Add three documents and return their ids."""
    files = [(f"{name}.txt", b"text") for name in "abc"]
    return [document["id"] for document in upload(client, dataset.split("/")[4], *files)]


def runs(client: FlaskClient, dataset: str, ids: list[str]) -> list[str]:
    """Return the runs of documents."""
    documents = data_of(client.get(f"{dataset}/documents"))["docs"]
    found = {document["id"]: document["run"] for document in documents}
    return [found[document_id] for document_id in ids]


def states(services: Services) -> list[str]:
    """Return the states of all tasks."""
    with connection(services.database):
        return sorted(task.state for task in Task.select())


def set_rows(services: Services, document_id: str, **columns: object) -> None:
    """Write what a worker would."""
    with connection(services.database):
        Document.update(**columns).where(Document.id == document_id).execute()


@pytest.mark.databases("sqlite")
def test_a_parse_queues_a_task_per_document(
    client: FlaskClient, dataset: str, ids: list[str], services: Services, member: Member
) -> None:
    answer = client.post(f"{dataset}/chunks", json={"document_ids": ids[:2]})
    assert "data" not in answer.get_json()
    assert data_of(answer) is None
    assert runs(client, dataset, ids) == ["RUNNING", "RUNNING", "UNSTART"]
    shown = data_of(client.get(f"{dataset}/documents", query_string={"id": ids[0]}))["docs"][0]
    assert (shown["progress"], shown["progress_msg"]) == (0.0, "Task is queued...")
    assert shown["process_begin_at"].endswith(" GMT")
    with connection(services.database):
        tasks = list(Task.select().dicts())
        assert {task["document_id"] for task in tasks} == set(ids[:2])
        assert {task["tenant_id"] for task in tasks} == {member.account.id}
        assert {task["generation"] for task in tasks} == {1}
        assert Document.get_by_id(ids[0]).next_generation == 1
    claimed = services.tasks.claim("worker")
    assert claimed is not None
    assert claimed.document_id in ids


@pytest.mark.databases("sqlite")
def test_a_running_document_is_not_parsed_again(
    client: FlaskClient, dataset: str, ids: list[str], services: Services
) -> None:
    data_of(client.post(f"{dataset}/chunks", json={"document_ids": ids[:1]}))
    answer = client.post(f"{dataset}/chunks", json={"document_ids": ids})
    assert refused(answer, 409, 102) == "Can't parse document that is currently being processed"
    assert answer.get_json()["data"]["success_count"] == 2
    assert ids[0] in answer.get_json()["data"]["errors"][0]
    assert runs(client, dataset, ids) == ["RUNNING"] * 3
    assert states(services) == ["pending"] * 3


def test_two_parses_at_once_queue_one_task(
    app: Flask, dataset: str, ids: list[str], services: Services, member: Member
) -> None:
    statuses: list[int] = []

    def parse() -> None:
        body = {"document_ids": ids[:1]}
        answer = client_with(app, member.api_key).post(f"{dataset}/chunks", json=body)
        statuses.append(answer.status_code)

    together(*[parse] * 4)
    assert sorted(statuses) == [200, 409, 409, 409]
    assert states(services) == ["pending"]


def test_many_who_start_and_stop_the_same_documents_do_not_get_in_each_others_way(
    app: Flask, client: FlaskClient, dataset: str, member: Member
) -> None:
    files = [(f"{number}.txt", b"text") for number in range(8)]
    ids = [document["id"] for document in upload(client, dataset.split("/")[4], *files)]
    statuses: list[int] = []

    def start_and_stop() -> None:
        mine = client_with(app, member.api_key)
        for _ in range(4):
            for ask in (mine.post, mine.delete):
                answer = ask(f"{dataset}/chunks", json={"document_ids": ids})
                statuses.append(answer.status_code)

    together(*[start_and_stop] * 8)
    assert set(statuses) <= {200, 409}
    assert 200 in statuses


def test_a_finished_document_can_be_parsed_again(
    client: FlaskClient, dataset: str, ids: list[str], services: Services
) -> None:
    set_rows(services, ids[0], run="DONE", progress=1.0, generation=4, next_generation=4)
    data_of(client.post(f"{dataset}/documents/parse", json={"document_ids": ids[:1]}))
    with connection(services.database):
        row = Document.get_by_id(ids[0])
        assert (row.generation, row.next_generation, row.progress) == (4, 5, 0.0)
        assert Task.get().generation == 5


@pytest.mark.parametrize("path", ["chunks", "documents/parse"])
def test_the_good_ones_are_queued_and_the_others_named(
    client: FlaskClient, dataset: str, ids: list[str], path: str
) -> None:
    body = {"document_ids": [ids[0], "0" * 32, "x\0"]}
    said = refused(client.post(f"{dataset}/{path}", json=body), 404, 102)
    assert said == f"Documents not found: ['{'0' * 32}', 'x\\x00']"
    assert runs(client, dataset, ids) == ["RUNNING", "UNSTART", "UNSTART"]
    told = data_of(client.post(f"{dataset}/{path}", json={"document_ids": [ids[1]] * 2}))
    assert told == {"success_count": 1, "errors": [f"Duplicate document ids: {ids[1]}"]}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", ["chunks", "documents/parse", "documents/stop"])
@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({}, 102, "`document_ids` is required"),
        ({"document_ids": []}, 102, "`document_ids` is required"),
        ({"document_ids": None}, 102, "`document_ids` is required"),
        ({"document_ids": "x"}, 102, "`document_ids` should be a list"),
        ({"document_ids": [1]}, 101, "valid string"),
        ({"document_ids": ["x"] * 10_001}, 101, "at most 10000"),
    ],
)
def test_bad_requests_are_refused(
    client: FlaskClient, dataset: str, path: str, body: dict[str, object], code: int, said: str
) -> None:
    assert said in refused(client.post(f"{dataset}/{path}", json=body), 400, code)


@pytest.mark.databases("sqlite")
def test_parsing_tells_how_many_on_the_later_path(
    client: FlaskClient, dataset: str, ids: list[str]
) -> None:
    told = data_of(client.post(f"{dataset}/documents/parse", json={"document_ids": ids}))
    assert told == {"success_count": 3}
    told = data_of(client.post(f"{dataset}/documents/stop", json={"document_ids": ids}))
    assert told == {"success_count": 3}


@pytest.mark.databases("sqlite")
def test_stopping_cancels_what_waits_and_asks_what_runs(
    client: FlaskClient, dataset: str, ids: list[str], services: Services
) -> None:
    data_of(client.post(f"{dataset}/chunks", json={"document_ids": ids[:2]}))
    claimed = services.tasks.claim("worker")
    assert claimed is not None
    data_of(client.delete(f"{dataset}/chunks", json={"document_ids": ids[:2]}))
    assert runs(client, dataset, ids) == ["CANCEL", "CANCEL", "UNSTART"]
    assert states(services) == ["cancelled", "running"]
    assert services.tasks.look(claimed)
    # Once more changes nothing.
    data_of(client.delete(f"{dataset}/chunks", json={"document_ids": ids[:2]}))
    # And it can be parsed again.
    data_of(client.post(f"{dataset}/chunks", json={"document_ids": ids[:2]}))
    assert runs(client, dataset, ids[:2]) == ["RUNNING", "RUNNING"]


def test_what_is_not_being_parsed_cannot_be_stopped(
    client: FlaskClient, dataset: str, ids: list[str], services: Services
) -> None:
    data_of(client.post(f"{dataset}/chunks", json={"document_ids": ids[:1]}))
    set_rows(services, ids[1], run="DONE", progress=1.0)
    set_rows(services, ids[2], run="RUNNING", generation=2, next_generation=2)
    answer = client.delete(f"{dataset}/chunks", json={"document_ids": ids})
    said = refused(answer, 409, 102)
    assert said == "Can't stop parsing document that has not started or already completed"
    data = answer.get_json()["data"]
    assert data["error_code"] == "DOC_STOP_PARSING_INVALID_STATE"
    assert data["success_count"] == 1
    assert runs(client, dataset, ids) == ["CANCEL", "DONE", "RUNNING"]
    tolerant = client.post(f"{dataset}/documents/stop", json={"document_ids": ids})
    assert data_of(tolerant) == {"success_count": 1}


def test_members_of_a_team_parse_what_is_shared_with_them(
    client: FlaskClient, dataset: str, ids: list[str], services: Services, member: Member
) -> None:
    colleague = Principal("t" * 32, "t" * 32, teams=(member.account.id,))
    stranger = Principal("t" * 32, "t" * 32)
    dataset_id = dataset.split("/")[4]
    parsing = services.ingestion.parsing
    for asker in (colleague, stranger):
        with pytest.raises(NotFoundError):
            parsing.parse(asker, dataset_id, ids)

    data_of(client.put(dataset, json={"permission": "team"}))

    with pytest.raises(NotFoundError):
        parsing.parse(stranger, dataset_id, ids)
    assert parsing.parse(colleague, dataset_id, ids).count == 3
    assert runs(client, dataset, ids) == ["RUNNING"] * 3
    with connection(services.database):
        assert {task.tenant_id for task in Task.select()} == {member.account.id}
    with pytest.raises(NotFoundError):
        parsing.stop(stranger, dataset_id, ids)
    assert parsing.stop(colleague, dataset_id, ids).count == 3
