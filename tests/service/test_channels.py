"""Channels of Open WebUI's front end, told through the sockets of two workers."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.service.test_webui import DONE, SOCKETS, Person, Socket, server_in
from tests.service.web import WebServer

CHANNELS = "/api/v1/channels"
ALL = [
    {"principal_type": "user", "principal_id": "*", "permission": permission}
    for permission in ("read", "write")
]
PLAIN = "a password of bob"


@pytest.fixture(scope="module")
def model() -> Iterator[ModelEndpoint]:
    """Run a model."""
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[WebServer]:
    """Run a server with two workers, a front end and channels."""
    folder = tmp_path_factory.mktemp("channels")
    with server_in(folder, model, RAGLAN_FRONTEND__CHANNELS="on") as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: WebServer) -> Person:
    """Return who administers the server."""
    return Person(server)


@pytest.fixture(scope="module")
def bob(server: WebServer, admin: Person) -> Person:
    """Return somebody else."""
    body = {"name": "Bob", "email": "bob@example.org", "password": PLAIN, "role": "user"}
    admin.ask("POST", "/api/v1/auths/add", json=body)
    found = Person(server)
    body = {"email": "bob@example.org", "password": PLAIN}
    signed_in = requests.post(f"{server.url}/api/v1/auths/signin", json=body, timeout=30)
    found.token = signed_in.json()["token"]
    return found


def heard(one: Socket, kind: str) -> Any:
    """Return the next event of a kind in a channel."""
    while True:
        name, data = json.loads(one.receive().removeprefix("42"))
        if name == "events:channel" and data["data"]["type"] == kind:
            return data


def told_until(one: Socket, name: str) -> str:
    """Return all that is told in channels up to the first word of one with this name."""
    found = []
    while True:
        kind, data = json.loads(one.receive().removeprefix("42"))
        assert kind == "events:channel"
        found.append(str(data["data"]))
        if data.get("channel", {}).get("name") == name:
            return "".join(found)


@contextmanager
def sockets_of(person: Person, count: int = SOCKETS) -> Iterator[list[Socket]]:
    """Hold sockets of somebody for a `with` block."""
    with ExitStack() as stack:
        made = [Socket(person.server, person.token) for _ in range(count)]
        for one in made:
            stack.callback(one.connection.close)
            stack.callback(one.stream.close)
        yield made


def test_every_socket_hears_what_is_said_and_nobody_who_may_not(admin: Person, bob: Person) -> None:
    with sockets_of(bob) as of_bob, sockets_of(admin, 1) as (of_admin,):
        made = admin.ask("POST", f"{CHANNELS}/create", json={"name": "a", "access_grants": ALL})
        place = f"{CHANNELS}/{made['id']}"
        for one in of_bob:
            assert heard(one, "channel:created")["channel_id"] == made["id"]
        body = {"content": "Good evening.", "temp_id": "t"}
        posted = admin.ask("POST", f"{place}/messages/post", json=body)
        for one in (*of_bob, of_admin):
            told = heard(one, "message")
            assert (told["message_id"], told["user"]["name"]) == (posted["id"], "admin")
            assert (told["data"]["data"]["content"], told["data"]["data"]["temp_id"]) == (
                *("Good evening.", "t"),
            )
        told = {"channel_id": made["id"], "message_id": None}
        typing = {"type": "typing", "data": {"typing": True}}
        of_admin.send("42" + json.dumps(["events:channel", {**told, "data": typing}]))
        for one in of_bob:
            assert heard(one, "typing")["user"]["name"] == "admin"
        read = json.dumps(["events:channel", {**told, "data": {"type": "last_read_at"}}])
        of_bob[0].send("420" + read)
        while of_bob[0].receive() != "430[true]":
            pass
        [of_this] = [one for one in bob.ask("GET", f"{CHANNELS}/") if one["id"] == made["id"]]
        assert of_this["unread_count"] == 0
        admin.ask("POST", f"{place}/access/update", json={"access_grants": []})
        for one in of_bob:
            heard(one, "channel:created")
        admin.ask("POST", f"{place}/messages/post", json={"content": "A secret."})
        body = {"name": "b", "access_grants": ALL}
        admin.ask("POST", f"{CHANNELS}/create", json=body)
        for one in of_bob:
            assert "A secret." not in told_until(one, "b")


def test_a_model_that_is_called_answers_in_the_channel(
    admin: Person, bob: Person, model: ModelEndpoint
) -> None:
    model.forget()
    model.script.append(stream(event(content="At "), event(content="dusk."), DONE))
    made = admin.ask("POST", f"{CHANNELS}/create", json={"name": "c", "access_grants": ALL})
    place = f"{CHANNELS}/{made['id']}/messages"
    admin.ask("POST", f"{place}/post", json={"content": "We speak of lamps."})
    with sockets_of(bob, 1) as (one,):
        text = "<@M:talker@Endpoint|talker> When are they lit?"
        asked = bob.ask("POST", f"{place}/post", json={"content": text})
        while heard(one, "message")["message_id"] != asked["id"]:
            pass  # what was said before may still be on its way
        answer = heard(one, "message")["message_id"]
        while (told := heard(one, "message:update"))["data"]["data"]["content"] != "At dusk.":
            assert told["message_id"] == answer
    kept = admin.ask("GET", f"{place}/{answer}")
    assert (kept["content"], kept["meta"]["model_id"]) == ("At dusk.", "talker@Endpoint")
    assert kept["reply_to_message"]["id"] == asked["id"]
    system, question = model.received[-1].body["messages"]
    assert "admin: We speak of lamps." in system["content"]
    assert question["content"] == "Bob: @talker When are they lit?"


def test_who_has_called_a_model_stops_its_answer(
    admin: Person, bob: Person, model: ModelEndpoint
) -> None:
    model.forget()
    model.script.append(stream(event(content="At"), hold=True))
    made = admin.ask("POST", f"{CHANNELS}/create", json={"name": "e", "access_grants": ALL})
    place = f"{CHANNELS}/{made['id']}/messages"
    tasks = f"/api/tasks/chat/channel:{made['id']}"
    bob.ask("POST", f"{place}/post", json={"content": "<@M:talker@Endpoint> When?"})
    assert model.holding.wait(30)
    [task] = bob.ask("GET", tasks)["task_ids"]
    assert bob.ask("GET", "/api/tasks") == {"tasks": [task]}
    assert admin.ask("GET", tasks) == {"task_ids": []}
    with sockets_of(admin, 1) as (one,):
        assert bob.ask("POST", f"{tasks}/stop")["status"] is True
        assert model.gone.wait(30), "the model is still being asked"
        while heard(one, "message:update")["data"]["data"]["content"] != "At":
            pass
    assert bob.ask("GET", tasks) == {"task_ids": []}
    answer, _ = admin.ask("GET", place)
    assert answer["content"] == "At"


def test_a_message_of_a_model_that_is_deleted_ends_the_call_to_it(
    admin: Person, model: ModelEndpoint
) -> None:
    model.forget()
    model.script.append(stream(event(content="At"), hold=True))
    made = admin.ask("POST", f"{CHANNELS}/create", json={"name": "d", "access_grants": ALL})
    place = f"{CHANNELS}/{made['id']}/messages"
    admin.ask("POST", f"{place}/post", json={"content": "<@M:talker@Endpoint> When?"})
    assert model.holding.wait(30)
    answer, _ = admin.ask("GET", place)
    admin.ask("DELETE", f"{place}/{answer['id']}/delete")
    assert model.gone.wait(30), "the model is still being asked"
    assert len(admin.ask("GET", place)) == 1
