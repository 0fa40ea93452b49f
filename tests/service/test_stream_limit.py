"""The limit of streams through a real web worker: who is refused, and that no place is lost."""

import json
import re
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.model_endpoint import EVENTS, ModelEndpoint, Reply, event, serve, stream
from tests.running import KEY, Server, wait_until
from tests.service.web import Conversation, WebServer, conversation_on, events, web_server_on

pytestmark = pytest.mark.xdist_group("stream-limit")  # one server for all

LIMIT = 3
DONE = b"data: [DONE]\n\n"
MESSAGES = {"model": "m", "messages": [{"role": "user", "content": "Who?"}], "stream": True}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, endpoint: ModelEndpoint
) -> Iterator[WebServer]:
    # One worker, so that all streams share one limit.
    narrow = {"RAGLAN_SERVER__WORKERS": "1", "RAGLAN_SERVER__MAX_STREAMS": str(LIMIT)}
    data = tmp_path_factory.mktemp("limit") / "data"
    with web_server_on(data, endpoint, **narrow) as running:
        yield running


@pytest.fixture
def talk(server: WebServer, request: pytest.FixtureRequest) -> Conversation:
    return conversation_on(server, request.node.name)


@pytest.fixture
def full(talk: Conversation, endpoint: ModelEndpoint) -> Iterator[list[socket.socket]]:
    """Open as many streams as there may be, on another assistant than the test's."""
    holder = conversation_on(talk.server, f"{talk.chat} holder")
    endpoint.script += [stream(event(content="The"), hold=True) for _ in range(LIMIT)]
    held = [sent(holder) for _ in range(LIMIT)]
    for connection in held:
        read_a_word(connection)
    yield held
    for connection in held:
        connection.close()
    wait_until(lambda: open_streams(talk.server) == 0, "the places to be free")


def metric(server: Server, pattern: str) -> int:
    """Return the sum of a metric's values, 0 if there are none."""
    text = requests.get(f"{server.url}/metrics", timeout=10).text
    return sum(int(float(value)) for value in re.findall(rf"^{pattern} (\S+)$", text, re.MULTILINE))


def open_streams(server: Server) -> int:
    return metric(server, "raglan_http_streams_open")


def answered(server: Server) -> int:
    """Return how many questions have been answered, to their end or not."""
    return metric(server, r"raglan_http_requests_total{.*completions.*}")


def ask(talk: Conversation, path: str, body: dict[str, Any]) -> requests.Response:
    return requests.post(
        f"{talk.server.url}/api/v1/{path.format(chat=talk.chat)}",
        json={key: value or talk.session for key, value in body.items()},
        headers={"Authorization": f"Bearer {KEY}"},
        stream=True,
        timeout=60,
    )


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chats/{chat}/completions", {"question": "Who?", "session_id": ""}),
        ("chats/{chat}/completions", {"question": "Who?"}),
        ("chats_openai/{chat}/chat/completions", MESSAGES),
        ("openai/{chat}/chat/completions", MESSAGES),
    ],
    ids=["in a session", "without a session", "openai, classic", "openai"],
)
def test_a_stream_past_the_limit_is_refused_and_leaves_no_trace(
    talk: Conversation,
    endpoint: ModelEndpoint,
    path: str,
    body: dict[str, Any],
) -> None:
    asked = len(endpoint.received)
    refused = ask(talk, path, body)
    assert refused.status_code == 503
    assert refused.headers["Content-Type"] == "application/json"
    assert int(refused.headers["Retry-After"]) > 0
    said = refused.json()
    keys = {"code", "message"} if "openai" not in path else {"code", "message", "error"}
    assert (said["code"], set(said) - {"data"}) == (105, keys)
    assert "streams" in said["message"]
    assert len(endpoint.received) == asked
    assert talk.messages() == []
    assert len(talk.server.data_of("GET", f"/chats/{talk.chat}/sessions")) == 1
    assert open_streams(talk.server) == LIMIT


@pytest.mark.usefixtures("full")
def test_plain_requests_and_whole_answers_go_on_past_the_limit(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    assert talk.server.data_of("GET", "/chats")
    endpoint.script.append(stream(event(content="The keeper."), DONE))
    body = {"question": "Who?", "session_id": talk.session, "stream": False}
    answer = talk.server.data_of("POST", f"/chats/{talk.chat}/completions", json=body)
    assert answer["answer"] == "The keeper."


def test_a_place_can_be_taken_as_soon_as_it_is_free(
    talk: Conversation, endpoint: ModelEndpoint, full: list[socket.socket]
) -> None:
    with talk.ask() as refused:
        assert refused.status_code == 503
    endpoint.gone.clear()
    full.pop().close()
    assert endpoint.gone.wait(10)
    for number in range(2 * LIMIT):
        endpoint.script.append(stream(event(content=f"{number}"), DONE))
        *_, last, _ = events(talk.ask())
        assert last["data"]["answer"] == f"{number}"
    assert open_streams(talk.server) == LIMIT - 1


def sent(talk: Conversation) -> socket.socket:
    """Return a connection on which a question was asked."""
    body = json.dumps({"question": "Who?", "session_id": talk.session}).encode()
    head = (
        f"POST /api/v1/chats/{talk.chat}/completions HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    connection = socket.create_connection(("127.0.0.1", talk.server.port), timeout=30)
    connection.sendall(head + body)
    return connection


def read_a_word(connection: socket.socket) -> None:
    read = b""
    while b"The" not in read:
        piece = connection.recv(65_536)
        assert piece, read
        read += piece


def left_at_once(talk: Conversation, endpoint: ModelEndpoint) -> None:
    del endpoint  # whether it is asked at all, nobody can tell
    before = answered(talk.server)
    sent(talk).close()
    wait_until(lambda: answered(talk.server) > before, "the question to be seen")


def left_while_the_model_is_silent(talk: Conversation, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(content_type=EVENTS, pieces=(), hold=True, silent=True))
    endpoint.holding.clear()
    with sent(talk):
        assert endpoint.holding.wait(10)


def left_after_the_first_word(talk: Conversation, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="The"), hold=True))
    with sent(talk) as connection:
        read_a_word(connection)


def reset_after_the_first_word(talk: Conversation, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="The"), hold=True))
    with sent(talk) as connection:
        read_a_word(connection)
        abort = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)


def refused_by_the_model(talk: Conversation, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(status=400))
    failure, _ = events(talk.ask())
    assert failure["code"] == 500


def cut_before_the_first_word(talk: Conversation, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(cut=True))
    failure, _ = events(talk.ask())
    assert failure["code"] == 500


def broken_off(talk: Conversation, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="The"), cut=True))
    *_, failure, _ = events(talk.ask())
    assert failure["code"] == 500


def wrong(talk: Conversation, endpoint: ModelEndpoint) -> None:
    del endpoint
    body = {"question": "Who?", "session_id": "0" * 32}
    with ask(talk, "chats/{chat}/completions", body) as answer:
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "phase",
    [
        left_at_once,
        left_while_the_model_is_silent,
        left_after_the_first_word,
        reset_after_the_first_word,
        refused_by_the_model,
        cut_before_the_first_word,
        broken_off,
        wrong,
    ],
)
def test_no_place_is_lost_however_a_stream_ends(
    talk: Conversation, endpoint: ModelEndpoint, phase: Any
) -> None:
    for _ in range(LIMIT + 1):
        phase(talk, endpoint)
        # The place comes back when the worker has seen the client go, a moment later.
        wait_until(lambda: open_streams(talk.server) == 0, "the place to be free")
    endpoint.script += [stream(event(content="The"), DONE) for _ in range(LIMIT)]
    answers = [talk.ask() for _ in range(LIMIT)]
    assert [list(events(answer))[-2]["data"]["answer"] for answer in answers] == ["The"] * LIMIT
