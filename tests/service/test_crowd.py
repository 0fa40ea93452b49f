"""More connections than there are places, to a real server on loopback."""

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests

from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.running import KEY, end, wait_until
from tests.service.talking import Reply, connect, ended, head, reply_of
from tests.service.web import WebServer, conversation_on, web_server_on

pytestmark = pytest.mark.xdist_group("crowd")  # one server for all

PLACES = 100
CLIENTS = 260
LOGIN = head("/v1/user/login", Content_Type="application/json", Content_Length=300)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    patient = {
        "RAGLAN_SERVER__WORKER_CONNECTIONS": str(PLACES),
        "RAGLAN_CLIENTS__ANONYMOUS_BODY_SILENCE": "60",
        "RAGLAN_CLIENTS__ANONYMOUS_BODY_GRACE": "60",
    }
    running = WebServer(tmp_path_factory.mktemp("crowd") / "data", extra=patient)
    try:
        running.start()
        yield running
    finally:
        end(running)


@contextmanager
def silent(server: WebServer, sent: bytes) -> Iterator[list[socket.socket]]:
    """Hold more connections than there are places, on which no more than this is sent."""
    with ExitStack() as stack:
        held = []
        for _ in range(CLIENTS):
            held.append(stack.enter_context(connect(server)))
            held[-1].sendall(sent)
        yield held


def all_served(server: WebServer) -> None:
    for _ in range(8):  # on new connections, to either worker
        assert requests.get(f"{server.url}/health", timeout=60).status_code == 200
        assert server.data_of("GET", "/datasets") is not None


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /v1/user/login HTTP/1.1\r\nHost", id="half a header"),
    ],
)
def test_silent_connections_of_one_client_silence_nobody(server: WebServer, sent: bytes) -> None:
    with silent(server, sent) as held:
        all_served(server)
        assert ended(held[0])


@pytest.mark.parametrize(
    "sent", [pytest.param(LOGIN, id="nothing"), pytest.param(LOGIN + b'{"email"', id="a part")]
)
def test_nor_do_silent_bodies_and_those_that_make_place_are_told(
    server: WebServer, sent: bytes
) -> None:
    with silent(server, sent) as held:
        all_served(server)
        told = select.select(held, [], [])[0]
        reply = next(reply for reply in map(reply_or_end, told) if reply)
        assert (reply.status, reply.envelope["code"]) == (503, 105)
        assert int(reply.headers["retry-after"]) > 0
        assert reply.headers["connection"] == "close"
        # What they hold is bounded: no more than half of the places of each of two workers wait.
        wait_until(
            lambda: len(select.select(held, [], [], 0)[0]) >= CLIENTS - PLACES, "the others' end"
        )


def test_the_log_does_not_repeat_it_for_each(server: WebServer) -> None:
    with silent(server, LOGIN):
        all_served(server)
    assert 1 <= server.log.count("127.0.0.1 has ") <= 8  # two workers, once a minute each


def test_a_client_beside_them_signs_in(server: WebServer) -> None:
    with silent(server, LOGIN):
        for source in ("127.0.0.1", "127.0.0.2"):
            with connect(server, source) as connection:
                body = json.dumps({"email": "nobody@example.com", "password": "wrong"}).encode()
                connection.sendall(
                    head(
                        "/v1/user/login", Content_Type="application/json", Content_Length=len(body)
                    )
                    + body
                )
                assert reply_of(connection).envelope["code"] == 109


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as model:
        yield model


def test_an_address_has_a_limit_of_connections_and_others_go_on(
    endpoint: ModelEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    narrow = {"RAGLAN_SERVER__WORKERS": "1", "RAGLAN_CLIENTS__CONNECTIONS": "2"}
    data = tmp_path_factory.mktemp("narrow") / "data"
    with web_server_on(data, endpoint, **narrow) as server, ExitStack() as stack:
        talk = conversation_on(server)
        endpoint.script += [stream(event(content="The"), hold=True) for _ in range(2)]
        body = json.dumps({"question": "Who?", "session_id": talk.session}).encode()
        for _ in range(2):
            stream_of = stack.enter_context(connect(server, "127.0.0.2"))
            stream_of.sendall(
                head(
                    f"/api/v1/chats/{talk.chat}/completions",
                    Authorization=f"Bearer {KEY}",
                    Content_Type="application/json",
                    Content_Length=len(body),
                )
                + body
            )
            assert stream_of.recv(1)
        with connect(server, "127.0.0.2") as third:
            reply = reply_of(third)
            assert (reply.status, reply.envelope["code"]) == (503, 105)
            assert "as many connections open as it may" in reply.envelope["message"]
            assert ended(third)
        with connect(server, "127.0.0.3") as other:
            other.sendall(head("/health", "GET"))
            assert reply_of(other).status == 200
        assert server.data_of("GET", "/datasets") is not None  # from loopback, where proxies are
        assert "127.0.0.2 has 3 connections, the limit" in server.log


def reply_or_end(connection: socket.socket) -> Reply | None:
    """Return what a connection says before its end, if anything."""
    return reply_of(connection) if connection.recv(1, socket.MSG_PEEK) else None
