"""Who is in a chat of Open WebUI's front end, told through the sockets of two workers."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from tests.components import redis_server
from tests.model_endpoint import serve
from tests.service.test_webui import SOCKETS, Person, Socket, server_in
from tests.service.web import WebServer

PLAIN = "a password of bob"
CHATS = "/api/v1/chats"
CHAT = {"title": "Lamps", "history": {"currentId": None, "messages": {}}}


@pytest.fixture(scope="module", params=["neighbours", "redis"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    """Run a server with two workers and a front end, with Redis and without it."""
    with ExitStack() as stack:
        extra = {}
        if request.param == "redis":
            redis = stack.enter_context(redis_server())
            extra["RAGLAN_REDIS__URL"] = f"redis://127.0.0.1:{redis.port}/0"
        folder = tmp_path_factory.mktemp("rooms")
        yield stack.enter_context(server_in(folder, stack.enter_context(serve()), **extra))


@pytest.fixture(scope="module")
def ann(server: WebServer) -> Person:
    """Return who has chats, and administers the server."""
    return Person(server)


@pytest.fixture(scope="module")
def bob(server: WebServer, ann: Person) -> Person:
    """Return somebody else."""
    body = {"name": "Bob", "email": "bob@example.org", "password": PLAIN, "role": "user"}
    ann.ask("POST", "/api/v1/auths/add", json=body)
    found = Person(server)
    body = {"email": "bob@example.org", "password": PLAIN}
    signed_in = requests.post(f"{server.url}/api/v1/auths/signin", json=body, timeout=30)
    found.token = signed_in.json()["token"]
    return found


@pytest.fixture
def connect() -> Iterator[Callable[[Person], Socket]]:
    """Return what opens sockets, which are closed after the test."""
    with ExitStack() as stack:

        def opened(person: Person) -> Socket:
            return stack.enter_context(open_socket(person))

        yield opened


@contextmanager
def open_socket(person: Person) -> Iterator[Socket]:
    """Hold a socket of somebody for a `with` block."""
    one = Socket(person.server, person.token)
    try:
        yield one
    finally:
        one.stream.close()
        one.connection.close()


def say(one: Socket, chat_id: str, kind: str, **more: object) -> Any:
    """Say something of a chat, and return what is answered."""
    return one.call("events:chat", {"chat_id": chat_id, "data": {"type": kind, **more}})


def until(one: Socket, chat_id: str, *names: str) -> None:
    """Wait until these people are in a chat, and nobody else."""
    while True:
        told = one.told("events")
        if told["data"]["type"] == "chat:presence":
            assert (told["chat_id"], told["shared"]) == (chat_id, True)
            if [user["name"] for user in told["data"]["data"]["users"]] == list(names):
                return


def share_of(ann: Person, *grants: dict[str, str]) -> tuple[str, str]:
    """Return a new chat of somebody, and the id under which it is shared."""
    chat = ann.ask("POST", f"{CHATS}/new", json={"chat": CHAT})["id"]
    shared = ann.ask("POST", f"{CHATS}/{chat}/share", json={})["share_id"]
    body = {"access_grants": list(grants)}
    ann.ask("POST", f"{CHATS}/shared/{chat}/access/update", json=body)
    return chat, shared


EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}


def test_all_in_a_chat_are_told_who_comes_writes_and_goes(
    ann: Person, bob: Person, connect: Callable[[Person], Socket]
) -> None:
    _, shared = share_of(ann, EVERYBODY)
    of_ann = [connect(ann) for _ in range(SOCKETS)]
    for one in of_ann:
        one.send("42" + json.dumps(["events:chat", {"chat_id": shared, "data": {"type": "join"}}]))
        until(one, shared, "admin")
    with open_socket(bob) as guest:
        packet = ["events:chat", {"chat_id": shared, "data": {"type": "join"}}]
        guest.send("42" + json.dumps(packet))
        until(guest, shared, "Bob", "admin")
        for one in of_ann:
            until(one, shared, "Bob", "admin")
        assert say(guest, shared, "typing", typing=True) is True
        for one in of_ann:
            while (told := one.told("events"))["data"]["type"] != "typing":
                pass
            assert told["data"]["data"]["typing"] is True
            assert told["data"]["data"]["user"] == {"id": told["user_id"], "name": "Bob"}
    for one in of_ann:
        until(one, shared, "admin")
    second = connect(bob)
    assert say(second, shared, "join") is True
    for one in of_ann:
        until(one, shared, "Bob", "admin")
    assert say(second, shared, "leave") is True
    for one in of_ann:
        until(one, shared, "admin")
    assert say(second, shared, "leave") is False
    assert say(second, shared, "typing", typing=True) is False


def test_who_may_read_a_chat_no_more_is_in_it_no_more(
    ann: Person, bob: Person, connect: Callable[[Person], Socket]
) -> None:
    chat, shared = share_of(ann, EVERYBODY)
    first, guest = connect(ann), connect(bob)
    assert say(guest, shared, "join") is True
    packet = ["events:chat", {"chat_id": shared, "data": {"type": "join"}}]
    first.send("42" + json.dumps(packet))
    until(first, shared, "Bob", "admin")
    ann.ask("POST", f"{CHATS}/shared/{chat}/access/update", json={"access_grants": []})
    until(first, shared, "admin")
    assert say(guest, shared, "typing", typing=True) is False
    assert say(guest, shared, "join") is False


def test_what_is_no_chat_or_somebody_elses_is_not_entered(
    ann: Person, bob: Person, connect: Callable[[Person], Socket]
) -> None:
    chat, shared = share_of(ann)
    guest, nobody = connect(bob), connect(ann)
    for chat_id in (chat, shared, "", "no chat"):
        for kind in ("join", "leave", "typing", "last_read_at"):
            assert say(guest, chat_id, kind) is False
    assert say(nobody, chat, "dance") is False
    for broken in ("no object", [1], {"chat_id": chat}, {"chat_id": [1], "data": 1}):
        assert nobody.call("events:chat", broken) is False


def test_a_chat_that_was_read_is_told_to_all_sockets_of_who_has_read_it(
    ann: Person, connect: Callable[[Person], Socket]
) -> None:
    folder = ann.ask("POST", "/api/v1/folders/", json={"name": f"f{id(connect)}"})["id"]
    body = {"chat": CHAT, "folder_id": folder}
    chat = ann.ask("POST", f"{CHATS}/new", json=body)["id"]
    unread = ann.ask("POST", f"{CHATS}/{chat}/unread")
    assert unread["folder_unread_counts"][folder] == 1
    made = [connect(ann) for _ in range(SOCKETS)]
    assert say(made[0], chat, "last_read_at") is True
    for one in made[1:]:
        while (told := one.told("events"))["chat_id"] != chat:
            pass
        assert told["data"]["type"] == "chat:list"
        assert told["data"]["data"]["last_read_at"] > 0
        assert told["data"]["data"]["folder_unread_counts"].get(folder, 0) == 0
