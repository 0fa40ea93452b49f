"""More sign-ins at once than are checked at once, to a real server on loopback."""

import json
import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
import requests

from tests.running import PASSWORD, end
from tests.service.talking import Reply, connect, head, reply_of
from tests.service.web import WebServer

AT_ONCE = 8
MANY = 40
FAILURES = 3
ALL = 200
SHORT = 2
"""How many passwords a request may wait for, in the mean: checking two takes some 50 ms."""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    narrow = {
        "RAGLAN_SERVER__WORKERS": "1",
        "RAGLAN_AUTH__PASSWORDS_AT_ONCE": str(AT_ONCE),
        "RAGLAN_AUTH__FAILURES": str(FAILURES),
    }
    running = WebServer(tmp_path_factory.mktemp("many") / "data", extra=narrow)
    yield from running_server(running)


@pytest.fixture
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Run a server that checks the passwords of all who come."""
    extra = {"RAGLAN_SERVER__WORKERS": "1", "RAGLAN_AUTH__PASSWORDS_AT_ONCE": str(ALL)}
    yield from running_server(WebServer(tmp_path_factory.mktemp("all") / "data", extra=extra))


def running_server(running: WebServer) -> Iterator[WebServer]:
    try:
        running.start()
        yield running
    finally:
        end(running)


def sign_in(password: str) -> bytes:
    """Return a request as bytes."""
    body = json.dumps({"email": "admin@raglan.local", "password": password}).encode()
    return head("/v1/user/login", Content_Type="application/json", Content_Length=len(body)) + body


class Answers:
    """Which of some connections have been answered."""

    def __init__(self, connections: Sequence[socket.socket]) -> None:
        """Begin with none."""
        self.open = select.poll()
        for connection in connections:
            self.open.register(connection, select.POLLIN)
        self.count = 0

    def wait_for_more(self) -> None:
        """Wait for the next one, and count all that have arrived by then."""
        for descriptor, _ in self.open.poll():
            self.open.unregister(descriptor)
            self.count += 1


def at_once(server: WebServer, password: str) -> list[Reply]:
    """Send many sign-ins at once and return what comes of each; a client with a key goes on."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(server)) for _ in range(MANY)]
        for connection in connections:
            connection.sendall(sign_in(password))
        assert server.data_of("GET", "/datasets") is not None
        return [reply_of(connection) for connection in connections]


def test_sign_ins_beyond_the_queue_are_refused_at_once_and_keys_go_on(server: WebServer) -> None:
    replies = at_once(server, PASSWORD)
    refused = [reply for reply in replies if reply.status == 503]
    assert {reply.status for reply in replies} == {200, 503}
    assert len(replies) - len(refused) >= AT_ONCE
    assert {reply.envelope["code"] for reply in refused} == {105}
    assert all("passwords are being checked" in reply.envelope["message"] for reply in refused)
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refused)
    # Nobody's place is lost, and being refused is no failed attempt.
    credentials = {"email": "admin@raglan.local", "password": PASSWORD}
    for _ in range(AT_ONCE + 1):
        answer = requests.post(f"{server.url}/v1/user/login", json=credentials, timeout=60)
        assert answer.json()["code"] == 0


def test_guesses_sent_at_once_are_told_no_more_than_those_one_by_one(server: WebServer) -> None:
    told = 0
    while told < FAILURES:
        told += [reply.envelope["code"] for reply in at_once(server, "wrong")].count(109)
    assert told == FAILURES
    assert {reply.status for reply in at_once(server, PASSWORD)} == {429}


def test_other_requests_go_on_while_two_hundred_passwords_are_checked(wide: WebServer) -> None:
    lists = 0
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(wide)) for _ in range(ALL)]
        for connection in connections:
            connection.sendall(sign_in(PASSWORD))
        answers = Answers(connections)
        while answers.count < ALL:
            answers.wait_for_more()
            assert wide.data_of("GET", "/datasets") is not None
            lists += 1
        assert {reply_of(connection).status for connection in connections} == {200}
    # Counted in passwords, as both take longer on a busy machine.
    assert lists * SHORT >= ALL
