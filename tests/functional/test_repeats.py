"""`Idempotency-Key`: what is sent twice is done once, and answered alike."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.db.connection import connection
from api.db.models.repeats import KeptAnswer
from api.services.operations.repeats import DAY_MS, LOST_MS, MOST_BYTES
from tests.functional.library import data_of
from tests.model_endpoint import ModelEndpoint, event, stream

DATASETS = "/api/v1/datasets"
DONE = b"data: [DONE]\n\n"


def make(client: FlaskClient, key: str, name: str = "atlas") -> TestResponse:
    """Create a dataset under a key."""
    return client.post(DATASETS, json={"name": name}, headers={"Idempotency-Key": key})


def names(client: FlaskClient) -> list[str]:
    return sorted(dataset["name"] for dataset in data_of(client.get(DATASETS)))


@pytest.fixture
def aged(services: Services) -> Iterator[KeptAnswer]:
    """Return the table of kept answers, to make what is in it older."""
    with connection(services.database):
        yield KeptAnswer


def test_what_is_sent_twice_is_done_once(client: FlaskClient) -> None:
    first, second = make(client, "one"), make(client, "one")
    assert first.status_code == second.status_code == 200
    assert first.data == second.data
    assert first.content_type == second.content_type
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert names(client) == ["atlas"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", ["/api/v1/chats", "/v1/kb/create", "/v1/vector_stores"])
def test_a_key_is_honoured_at_each_door(client: FlaskClient, path: str) -> None:
    sent = {"json": {"name": "atlas"}, "headers": {"Idempotency-Key": "one"}}
    first, second = client.post(path, **sent), client.post(path, **sent)
    assert (first.status_code, first.data) == (200, second.data)
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_key_is_the_same_with_quotes_and_without(client: FlaskClient) -> None:
    assert make(client, '"one"').data == make(client, "one").data
    assert names(client) == ["atlas"]


def test_another_key_and_none_do_it_again(client: FlaskClient) -> None:
    make(client, "one")
    make(client, "two")
    client.post(DATASETS, json={"name": "atlas"})
    assert names(client) == ["atlas", "atlas(1)", "atlas(2)"]


@pytest.mark.databases("sqlite")
def test_a_key_is_of_who_sends_it(client: FlaskClient, stranger: FlaskClient) -> None:
    make(client, "one")
    make(stranger, "one")
    assert names(client) == names(stranger) == ["atlas"]


@pytest.mark.databases("sqlite")
def test_a_key_comes_again_with_another_request(client: FlaskClient) -> None:
    make(client, "one")
    answer = make(client, "one", "other")
    assert (answer.status_code, answer.json["code"]) == (422, 101)
    assert "Idempotency-Key" in answer.json["message"]
    assert names(client) == ["atlas"]


def test_an_error_changed_nothing_and_is_tried_again(client: FlaskClient) -> None:
    assert make(client, "one", "").status_code == 400
    assert make(client, "one").status_code == 200
    assert names(client) == ["atlas"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("key", ["", "x" * 256, '""'])
def test_a_key_of_no_sane_length_is_refused(client: FlaskClient, key: str) -> None:
    answer = make(client, key)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json["message"]
    assert names(client) == []


@pytest.mark.databases("sqlite")
def test_nobody_without_a_key_of_the_server_learns_anything(
    client: FlaskClient, anonymous: FlaskClient
) -> None:
    make(client, "one")
    assert make(anonymous, "one").status_code == 401


def test_the_first_request_goes_on(client: FlaskClient, aged: KeptAnswer) -> None:
    make(client, "one")
    aged.update(status=0).execute()
    answer = make(client, "one")
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
    assert "x-should-retry" not in answer.headers
    assert names(client) == ["atlas"]


def test_a_request_whose_process_was_killed_is_done_again(
    client: FlaskClient, aged: KeptAnswer
) -> None:
    make(client, "one")
    aged.update(status=0, create_time=aged.create_time - LOST_MS - 1).execute()
    assert make(client, "one").status_code == 200
    assert names(client) == ["atlas", "atlas(1)"]


def test_an_answer_is_kept_for_a_day(
    client: FlaskClient, aged: KeptAnswer, services: Services
) -> None:
    make(client, "one")
    aged.update(create_time=aged.create_time - DAY_MS - 1).execute()
    make(client, "one")
    assert names(client) == ["atlas", "atlas(1)"]
    make(client, "two", "old")
    aged.update(create_time=aged.create_time - DAY_MS - 1).execute()
    assert services.operations.retention.expire() == 2
    assert aged.select().count() == 0


@pytest.fixture
def session(client: FlaskClient, endpoint: ModelEndpoint) -> tuple[str, str]:
    """Return the address at which an assistant answers, and a session of it."""
    del endpoint
    path = f"/api/v1/chats/{data_of(client.post('/api/v1/chats', json={'name': 'guide'}))['id']}"
    return f"{path}/completions", data_of(client.post(f"{path}/sessions", json={}))["id"]


def ask(client: FlaskClient, session: tuple[str, str], *, streamed: bool = True) -> TestResponse:
    path, session_id = session
    body = {"question": "Who keeps the light?", "session_id": session_id, "stream": streamed}
    return client.post(path, json=body, headers={"Idempotency-Key": "one"})


@pytest.mark.databases("sqlite")
def test_a_stream_is_told_again_as_it_was(
    client: FlaskClient, session: tuple[str, str], endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="The keeper."), DONE))
    first = ask(client, session)
    assert b"The keeper." in first.get_data()
    second = ask(client, session)
    assert second.get_data() == first.get_data()
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert len(endpoint.received) == 1


@pytest.mark.databases("sqlite")
def test_a_stream_that_broke_off_is_begun_again(
    client: FlaskClient, session: tuple[str, str], endpoint: ModelEndpoint
) -> None:
    pieces = (event(content="The"),)
    endpoint.script += [stream(*pieces, cut=True), stream(event(content="The keeper."), DONE)]
    with ask(client, session) as broken:
        assert b"ERROR" in broken.get_data()
    assert b"The keeper." in ask(client, session).get_data()


@pytest.mark.databases("sqlite")
def test_of_an_answer_that_is_too_long_it_is_known_that_there_was_one(
    client: FlaskClient, session: tuple[str, str], endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="x" * MOST_BYTES), DONE))
    assert len(ask(client, session, streamed=False).get_data()) > MOST_BYTES
    answer = ask(client, session, streamed=False)
    assert answer.status_code == 409
    assert "too long" in answer.json["message"]
    assert len(endpoint.received) == 1


@pytest.mark.databases("sqlite")
def test_an_upload_is_done_once(client: FlaskClient) -> None:
    path = f"{DATASETS}/{data_of(make(client, 'zero'))['id']}/documents"

    def upload() -> TestResponse:
        form = {"file": (BytesIO(b"A lamp."), "a.txt")}
        return client.post(path, data=form, headers={"Idempotency-Key": "one"})

    assert upload().data == upload().data
    assert data_of(client.get(path))["total"] == 1
