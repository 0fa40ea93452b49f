"""A model that thinks for long: its stream has headers at once, and signs of life."""

import threading
from collections.abc import Iterator

import pytest
import requests

from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.running import KEY
from tests.service.web import Conversation, WebServer, conversation_on, web_server_on

SIGN = b": the answer is being made"
DONE = b"data: [DONE]\n\n"


class Thinking:
    """Pieces of a model's answer; all but the first come when somebody says so."""

    def __init__(self, *pieces: bytes) -> None:
        """Initialize with the pieces."""
        self.pieces = pieces
        self.go_on = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        first, *rest = self.pieces
        yield first
        assert self.go_on.wait(30)
        yield from rest


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, endpoint: ModelEndpoint
) -> Iterator[WebServer]:
    data = tmp_path_factory.mktemp("signs") / "data"
    with web_server_on(data, endpoint, RAGLAN_SERVER__STREAM_SIGN="0.2") as running:
        yield running


@pytest.fixture
def talk(server: WebServer, request: pytest.FixtureRequest) -> Conversation:
    return conversation_on(server, request.node.name)


def lines_of(answer: requests.Response) -> Iterator[bytes]:
    return (line for line in answer.iter_lines(chunk_size=1) if line)


def streamed(talk: Conversation, form: str) -> requests.Response:
    if form == "ragflow":
        return talk.ask()
    body = {
        "model": talk.chat,
        "messages": [{"role": "user", "content": "Who keeps the light?"}],
        "stream": True,
    }
    headers = {"Authorization": f"Bearer {KEY}"}
    address = f"{talk.server.url}/v1/chat/completions"
    return requests.post(address, json=body, headers=headers, stream=True, timeout=60)


@pytest.mark.parametrize("form", ["ragflow", "openai"])
def test_a_stream_says_that_it_goes_on(
    talk: Conversation, endpoint: ModelEndpoint, form: str
) -> None:
    thinking = Thinking(event(content="The"), event(content=" keeper."), DONE)
    endpoint.script.append(stream())
    endpoint.script[-1].pieces = thinking
    with streamed(talk, form) as answer:
        assert answer.status_code == 200
        lines = lines_of(answer)
        before = next(line for line in lines if b"The" in line)
        assert [next(lines) for _ in range(3)] == [SIGN] * 3
        thinking.go_on.set()
        rest = [line for line in lines if line != SIGN]
    assert before.startswith(b"data:")
    assert b"keeper." in b"".join(rest)
    assert all(line.startswith(b"data:") for line in rest)


def test_the_headers_come_before_the_model_has_said_anything(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    thinking = Thinking(b": hello\n\n", event(content="The keeper."), DONE)
    endpoint.script.append(stream())
    endpoint.script[-1].pieces = thinking
    with talk.ask() as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = lines_of(answer)
        assert next(lines) == SIGN
        thinking.go_on.set()
        assert any(b"The keeper." in line for line in lines)


def test_a_stream_that_never_stops_to_think_has_no_signs(
    talk: Conversation, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="The keeper."), DONE))
    with talk.ask() as answer:
        assert SIGN not in answer.content
