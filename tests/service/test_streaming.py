"""Streams through real web workers, from a model that is told when to go on."""

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.model_endpoint import EVENTS, ModelEndpoint, Reply, event, serve, stream
from tests.running import KEY, wait_until
from tests.service.web import Conversation, WebServer, conversation_on, events, web_server_on

DONE = b"data: [DONE]\n\n"
END = {"code": 0, "data": True}
STREAMS = 50


@pytest.fixture(scope="module")
def model() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture
def endpoint(model: ModelEndpoint) -> ModelEndpoint:
    """Return the model, of which no test before this one has left anything."""
    model.forget()
    return model


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[WebServer]:
    # One connection a worker: a stream that held it would stop everything else.
    narrow = {"RAGLAN_DATABASE__POOL_SIZE": "1", "RAGLAN_DATABASE__POOL_TIMEOUT": "2"}
    with web_server_on(tmp_path_factory.mktemp("streams") / "data", model, **narrow) as running:
        yield running


@pytest.fixture
def talk(server: WebServer, request: pytest.FixtureRequest) -> Conversation:
    return conversation_on(server, request.node.name)


def waiting(first: bytes, go_on: threading.Event, *rest: bytes) -> Reply:
    """Return a reply that says `first`, waits, and says the rest."""

    def pieces() -> Iterator[bytes]:
        yield first
        assert go_on.wait(60)
        yield from rest

    return Reply(pieces=pieces(), content_type=EVENTS)


def test_the_first_word_arrives_before_the_model_has_said_the_second(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    go_on = threading.Event()
    endpoint.script.append(waiting(event(content="The"), go_on, event(content=" keeper."), DONE))
    arriving = events(talk.ask())
    assert next(arriving)["data"]["answer"] == "The"
    assert talk.messages() == ["Who keeps the light?"]
    go_on.set()
    *_, last, end = arriving
    assert last["data"]["answer"] == "The keeper."
    assert end == END
    assert talk.messages() == ["Who keeps the light?", "The keeper."]


def test_a_client_that_goes_away_ends_the_call_to_the_model(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="The"), hold=True))
    answer = talk.ask()
    next(events(answer))
    answer.close()
    assert endpoint.gone.wait(30), "the model is still being asked"
    kept = ["Who keeps the light?", "The"]
    wait_until(lambda: talk.messages() == kept, "what was said to be stored")


def test_a_client_that_goes_away_before_the_first_word_does_so_too(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(hold=True))
    with closing(http.client.HTTPConnection("127.0.0.1", talk.server.port)) as client:
        client.request(
            "POST",
            f"/api/v1/chats/{talk.chat}/completions",
            json.dumps({"question": "Who keeps the light?", "session_id": talk.session}),
            {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        )
        assert endpoint.holding.wait(30), "the model is not asked"
    assert endpoint.gone.wait(30), "the model is still being asked"
    wait_until(lambda: talk.messages() == ["Who keeps the light?"], "the question")


def test_a_model_that_fails_in_mid_answer(talk: Conversation, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="The"), cut=True))
    first, failure, end = events(talk.ask())
    assert first["data"]["answer"] == "The"
    assert failure["code"] == 500
    assert failure["data"]["answer"].startswith("**ERROR**: ")
    assert end == END
    assert talk.messages() == ["Who keeps the light?"]


def test_many_streams_at_once_finish_and_leave_the_database_to_others(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    go_on = threading.Event()
    endpoint.script += [
        waiting(event(content="The"), go_on, event(content=" keeper."), DONE)
        for _ in range(STREAMS)
    ]
    with ThreadPoolExecutor(STREAMS) as pool:
        arriving = [events(answer) for answer in pool.map(talk.ask, map(str, range(STREAMS)))]
        assert all(next(stream)["data"]["answer"] == "The" for stream in arriving)
        for _ in range(10):
            assert talk.server.call("GET", "/chats")["code"] == 0
        go_on.set()
        for *_, last, end in pool.map(list, arriving):
            assert (last["data"]["answer"], end) == ("The keeper.", END)
    messages = talk.messages()
    assert sorted(messages[::2], key=int) == [str(number) for number in range(STREAMS)]
    assert set(messages[1::2]) == {"The keeper."}


def test_each_answer_follows_its_question(talk: Conversation, endpoint: ModelEndpoint) -> None:
    slow = threading.Event()
    endpoint.script.append(waiting(event(content="one"), slow, DONE))
    endpoint.script.append(stream(event(content="two"), DONE))
    first = events(talk.ask("1?"))
    next(first)
    list(events(talk.ask("2?")))
    assert talk.messages() == ["1?", "2?", "two"]
    slow.set()
    list(first)
    assert talk.messages() == ["1?", "one", "2?", "two"]


def test_kill_of_the_web_workers_after_the_last_event_loses_no_message(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="The keeper."), DONE))
    assert list(events(talk.ask()))[-1] == END
    for worker in talk.server.web_workers():
        worker.kill()
    wait_until(talk.server.is_ready, "the server to be ready")
    assert talk.messages() == ["Who keeps the light?", "The keeper."]


def test_kill_of_the_web_workers_in_mid_answer_keeps_the_question(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="The"), hold=True))
    arriving = events(talk.ask())
    next(arriving)
    for worker in talk.server.web_workers():
        worker.kill()
    wait_until(talk.server.is_ready, "the server to be ready")
    assert talk.messages() == ["Who keeps the light?"]
    arriving.close()
    endpoint.script.append(stream(event(content="The keeper."), DONE))
    list(events(talk.ask("Again?")))
    assert talk.messages() == ["Who keeps the light?", "Again?", "The keeper."]
