"""Answers in chats of Open WebUI's front end, told through the sockets of two workers."""

import json
import signal
import socket
import sqlite3
import struct
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.components import redis_server
from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.running import PASSWORD, wait_until
from tests.search_engine import serve_search
from tests.service.web import WebServer, web_server_on

DONE = b"data: [DONE]\n\n"
EMAIL = "admin@raglan.local"
SOCKETS = 8
"""So many that each of two workers has some, but for once in a hundred times."""

Event = dict[str, Any]


class Socket:
    """A browser's socket: what Engine.IO and Socket.IO send (RFC 6455), without their libraries."""

    def __init__(self, server: WebServer, token: str) -> None:
        """Connect, and say who one is."""
        self.connection = socket.create_connection(("127.0.0.1", server.port), timeout=40)
        self.stream = self.connection.makefile("rb")
        head = (
            "GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        self.connection.sendall(head.encode())
        assert b"101" in self.stream.readline()
        while self.stream.readline() != b"\r\n":
            pass
        assert self.receive().startswith("0")
        self.send("40" + json.dumps({"token": token}))
        assert self.receive().startswith("40")

    def send(self, text: str) -> None:
        """Send a packet, masked with zeros."""
        data = text.encode()
        length = (
            bytes([128 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        )
        self.connection.sendall(b"\x81" + length + bytes(4) + data)

    def receive(self) -> str:
        """Return the next packet that is no ping."""
        while True:
            kind, length = self.stream.read(2)
            assert kind == 0x81, "the socket was closed"
            if length == 126:
                (length,) = struct.unpack(">H", self.stream.read(2))
            text = self.stream.read(length).decode()
            if text != "2":
                return text
            self.send("3")

    def told(self, name: str) -> Any:
        """Return what the next event of a name tells."""
        while True:
            text = self.receive()
            if text.startswith("42") and json.loads(text[2:])[0] == name:
                return json.loads(text[2:])[1]

    def call(self, name: str, data: object) -> Any:
        """Send an event, and return what is answered."""
        self.send("421" + json.dumps([name, data]))
        while not (text := self.receive()).startswith("431"):
            pass
        return json.loads(text[3:])[0]

    def events(self, chat_id: str, last: str = "chat:active") -> list[Event]:
        """Return the events of a chat up to the one that says that the answer has ended."""
        found: list[Event] = []
        while True:
            name, data = json.loads(self.receive().removeprefix("42"))
            assert name == "events"
            if data["chat_id"] != chat_id:
                continue  # of an answer that nobody waited for
            found.append(data["data"])
            if data["data"]["type"] == last and data["data"]["data"].get("active") is False:
                return found


@pytest.fixture(scope="module")
def model() -> Iterator[ModelEndpoint]:
    """Run a model."""
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[WebServer]:
    """Run a server with two workers and a front end."""
    with server_in(tmp_path_factory.mktemp("webui"), model) as running:
        yield running


@contextmanager
def server_in(folder: Path, model: ModelEndpoint, **extra: str) -> Iterator[WebServer]:
    """Run a server with two workers and a front end for a `with` block."""
    (folder / "index.html").write_text("front end")
    settings = {"RAGLAN_FRONTEND__DIR": str(folder), "RAGLAN_SERVER__GRACEFUL_TIMEOUT": "300"}
    settings["RAGLAN_SERVER__WORKERS"] = "2"
    with web_server_on(folder / "data", model, **settings, **extra) as running:
        yield running


class Person:
    """Somebody who has signed in, and a chat of theirs."""

    def __init__(self, server: WebServer, email: str = EMAIL) -> None:
        """Sign in."""
        self.server = server
        body = {"email": email, "password": PASSWORD}
        signed_in = requests.post(f"{server.url}/api/v1/auths/signin", json=body, timeout=30)
        self.token = signed_in.json()["token"]

    def ask(self, method: str, path: str, **given: Any) -> Any:
        """Send a request, on a connection of its own so that any worker has it."""
        headers = {"Authorization": f"Bearer {self.token}", "Connection": "close"}
        url = f"{self.server.url}{path}"
        answer = requests.request(method, url, headers=headers, timeout=30, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def question(self, text: str = "Who?", **more: object) -> tuple[str, str]:
        """Ask in a new chat; return its id and that of the answer."""
        question, answer = str(uuid.uuid4()), str(uuid.uuid4())
        body = {
            "model": "talker@Endpoint",
            "session_id": "x",
            "id": answer,
            "parent_id": None,
            "user_message": {"id": question, "role": "user", "content": text},
            **more,
        }
        begun = self.ask("POST", "/api/chat/completions", json=body)
        assert begun["task_id"] == begun["task_ids"][0]
        return begun["chat_id"], answer

    def message(self, chat_id: str, message_id: str) -> Event:
        """Return a message as it is kept."""
        chat = self.ask("GET", f"/api/v1/chats/{chat_id}")["chat"]
        found: Event = chat["history"]["messages"][message_id]
        return found

    def running(self, chat_id: str) -> list[str]:
        """Return the tasks of a chat."""
        found: list[str] = self.ask("GET", f"/api/tasks/chat/{chat_id}")["task_ids"]
        return found


@pytest.fixture
def person(server: WebServer, model: ModelEndpoint) -> Person:
    """Return somebody, and a model of which no test before has left anything."""
    model.forget()
    return Person(server)


@contextmanager
def sockets(person: Person, count: int) -> Iterator[list[Socket]]:
    """Hold sockets for a `with` block."""
    with ExitStack() as stack:
        made = [Socket(person.server, person.token) for _ in range(count)]
        for one in made:
            stack.callback(one.connection.close)
            stack.callback(one.stream.close)
        yield made


def test_every_socket_of_a_person_hears_of_an_answer_whoever_makes_it(
    person: Person, model: ModelEndpoint
) -> None:
    model.script.append(stream(event(content="The "), event(content="keeper."), DONE))
    with sockets(person, SOCKETS) as made:
        chat_id, answer = person.question()
        for one in made:
            heard = one.events(chat_id)
            deltas = [e["data"]["choices"][0]["delta"] for e in heard if "choices" in e["data"]]
            assert "".join(delta["content"] for delta in deltas) == "The keeper."
            assert [e["data"]["content"] for e in heard if e["data"].get("done")] == ["The keeper."]
    kept = person.message(chat_id, answer)
    assert (kept["content"], kept["done"], kept["role"]) == ("The keeper.", True, "assistant")
    assert person.running(chat_id) == []
    sent = model.received[-1].body["messages"]
    assert sent == [{"role": "user", "content": "Who?"}]


def test_the_workers_reach_each_other_through_redis_and_make_up_for_its_absence(
    tmp_path: Path, model: ModelEndpoint
) -> None:
    model.forget()
    model.script.append(stream(event(content="The "), event(content="keeper."), DONE))
    with ExitStack() as first:
        redis = first.enter_context(redis_server())
        url = f"redis://127.0.0.1:{redis.port}/0"
        with server_in(tmp_path, model, RAGLAN_REDIS__URL=url) as server:
            person = Person(server)
            with sockets(person, SOCKETS) as made:
                chat_id, _ = person.question()
                for one in made:
                    assert ends_in(one.events(chat_id)) == ["The keeper."]
                first.close()
                model.script.append(stream(event(content="Its wife."), DONE))
                chat_id, answer = person.question("Who else?")
                wait_until(lambda: person.message(chat_id, answer)["done"], "the answer")
                with redis_server(port=redis.port):
                    for one in made:
                        while "Its wife." not in ends_in(one.events(chat_id)):
                            pass  # what has ended shortly before is told anew, too
            assert not list((server.data / "sockets").glob("*.sock"))


def ends_in(heard: list[Event]) -> list[str]:
    """Return what answers are told whole in some events."""
    ended = (e["data"] for e in heard if e["type"] == "chat:completion" and e["data"].get("done"))
    return [one["content"] for one in ended]


def test_an_answer_is_stopped_and_what_there_is_of_it_stays(
    person: Person, model: ModelEndpoint
) -> None:
    model.script.append(stream(event(content="The"), hold=True))
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question()
        wait_until(lambda: person.running(chat_id), "the task")
        assert model.holding.wait(30)
        assert person.ask("POST", f"/api/tasks/chat/{chat_id}/stop")["status"] is True
        kinds = [heard["type"] for heard in one.events(chat_id)]
        assert "chat:tasks:cancel" in kinds
    assert model.gone.wait(30), "the model is still being asked"
    kept = person.message(chat_id, answer)
    assert (kept["content"], kept["done"]) == ("The", True)
    assert person.running(chat_id) == []


def test_an_engine_that_hangs_keeps_nobody_else_waiting_and_its_search_is_stopped(
    tmp_path: Path, model: ModelEndpoint
) -> None:
    model.forget()
    with serve_search() as engine:
        lamp = engine.has("/lamp", b"<p>The lamp is lit at dusk.</p>", "Lamps")
        extra = {
            "RAGLAN_FETCHING__INTERNAL": "true",
            "RAGLAN_WEB_SEARCH__ENABLED": "on",
            "RAGLAN_WEB_SEARCH__ENGINE": "searxng",
            "RAGLAN_WEB_SEARCH__URL": engine.url,
            "RAGLAN_WEB_SEARCH__TIMEOUT": "60",
            "RAGLAN_WEB_SEARCH__PAGE_TIMEOUT": "60",
        }
        with server_in(tmp_path, model, **extra) as server, sockets(Person(server), 1) as (one,):
            person = Person(server)
            model.script.append(stream(event(content="At dusk [1]."), DONE))
            chat_id, answer = person.question("When?", features={"web_search": True})
            assert ends_in(one.events(chat_id)) == ["At dusk [1]."]
            [source] = person.message(chat_id, answer)["sources"]
            assert (source["source"]["url"], "dusk" in source["document"][0]) == (lamp, True)
            engine.hangs = True
            chat_id, answer = person.question("And now?", features={"web_search": True})
            wait_until(lambda: len(engine.asked) == 2, "the question to the engine")
            model.script.append(stream(event(content="Here."), DONE))
            other, _ = person.question("Who?")
            assert ends_in(one.events(other)) == ["Here."]
            assert person.ask("POST", f"/api/tasks/chat/{chat_id}/stop")["status"] is True
            wait_until(lambda: person.message(chat_id, answer)["done"], "the end of the answer")
            assert person.running(chat_id) == []
            engine.ended.set()


def test_a_model_that_fails_is_told_in_the_chat(person: Person, model: ModelEndpoint) -> None:
    model.script.append(stream(event(content="The"), cut=True))
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question()
        errors = [e["data"] for e in one.events(chat_id) if e["type"] == "chat:message:error"]
    kept = person.message(chat_id, answer)
    assert [kept["error"]] == [error["error"] for error in errors]
    assert kept["done"] is True


def test_the_death_of_a_worker_ends_its_answers_with_a_word(
    person: Person, model: ModelEndpoint
) -> None:
    model.script.append(stream(event(content="The"), hold=True))
    chat_id, answer = person.question()
    assert model.holding.wait(30)
    for worker in person.server.web_workers():
        worker.send_signal(signal.SIGKILL)
    wait_until(lambda: person.message(chat_id, answer)["done"], "the end of the answer", 60)
    assert "ask again" in person.message(chat_id, answer)["error"]["content"]


def test_who_has_signed_out_hears_nothing_more(person: Person) -> None:
    with sockets(person, 1) as (one,):
        person.ask("POST", "/api/v1/auths/signout")
        assert one.receive() == "41"


def test_open_sockets_do_not_hold_a_worker_that_is_to_end(person: Person) -> None:
    with sockets(person, SOCKETS):
        workers = person.server.web_workers()
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        wait_until(lambda: not any(map(psutil.Process.is_running, workers)), "their ends")
    wait_until(lambda: len(person.server.web_workers()) == len(workers), "others")


def test_what_a_model_writes_after_an_answer_is_told_before_the_chat_is_at_rest(
    person: Person, model: ModelEndpoint
) -> None:
    for text in ("At dusk.", '{"title": "Lamps"}', '{"follow_ups": ["And now?"]}', "no tags"):
        model.script.append(stream(event(content=text), DONE))
    asks = ("title_generation", "follow_up_generation", "tags_generation")
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question(background_tasks=dict.fromkeys(asks, True))
        heard = {e["type"]: e["data"] for e in one.events(chat_id)}
    assert heard["chat:title"] == "Lamps"
    assert heard["chat:message:follow_ups"] == {"follow_ups": ["And now?"]}
    assert "chat:tags" not in heard
    assert person.ask("GET", f"/api/v1/chats/{chat_id}")["title"] == "Lamps"
    assert person.message(chat_id, answer)["followUps"] == ["And now?"]


def test_an_answer_in_a_temporary_chat_is_told_and_goes_on_from_there(
    person: Person, model: ModelEndpoint
) -> None:
    model.script.append(stream(event(content="At "), event(content="dusk."), DONE))
    asked = {"chat_id": "local:x", "messages": [{"role": "user", "content": "When?"}]}
    with sockets(person, 1) as (one,):
        chat_id, _ = person.question(**asked)
        heard = [e["data"] for e in one.events(chat_id) if e["type"] == "chat:completion"]
    assert chat_id == "local:x"
    assert heard[-1] == {"done": True, "content": "At dusk."}
    model.script.append(stream(event(content="At "), DONE))
    model.script.append(stream(event(content="dusk."), DONE))
    with sockets(person, 1) as (one,):
        kept, answer = person.question()
        one.events(kept)
        person.question(chat_id=kept, id=answer, user_message=None)
        heard = [e["data"] for e in one.events(kept) if e["type"] == "chat:completion"]
    assert [e["choices"][0]["delta"] for e in heard[:-1]] == [{"content": "dusk."}]
    assert heard[-1]["content"] == person.message(kept, answer)["content"] == "At dusk."


def test_an_answer_is_kept_although_the_database_is_away_at_its_end(
    person: Person, model: ModelEndpoint
) -> None:
    release = threading.Event()
    model.script.append(stream(event(content="At dusk."), DONE, after=release))
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question()
        with closing(sqlite3.connect(person.server.data / "raglan.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            release.set()
            wait_until(lambda: "An answer is kept in" in person.server.log, "a warning")
            other.rollback()
        [end] = [e["data"] for e in one.events(chat_id) if e["data"].get("done")]
    assert (end["content"], "error" in end) == ("At dusk.", False)
    kept = person.message(chat_id, answer)
    assert (kept["content"], kept["done"], kept.get("error")) == ("At dusk.", True, None)
    assert person.running(chat_id) == []


def test_what_a_model_thinks_is_told_and_kept_beside_its_answer(
    person: Person, model: ModelEndpoint
) -> None:
    thinks = [event(reasoning_content="Lamps "), event(reasoning_content="burn.")]
    model.script.append(stream(*thinks, event(content="At "), event(content="dusk."), DONE))
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question()
        heard = one.events(chat_id)
    typed = [e["data"] for e in heard if e["type"] == "response:completion"]
    kinds = [e["type"].removeprefix("response.") for e in typed]
    assert kinds == [
        *("output_item.added", "reasoning_text.delta", "reasoning_text.delta"),
        *("output_item.done", "output_item.added", "output_text.delta", "output_text.delta"),
    ]
    assert [e["output_index"] for e in typed] == [0, 0, 0, 0, 1, 1, 1]
    deltas = [
        "".join(e["delta"] for e in typed if e["type"].endswith(f"{name}_text.delta"))
        for name in ("reasoning", "output")
    ]
    assert deltas == ["Lamps burn.", "At dusk."]
    [end] = [e["data"] for e in heard if e["data"].get("done")]
    kept = person.message(chat_id, answer)
    assert (kept["content"], kept["output"]) == (end["content"], end["output"])
    thought, said = kept["output"]
    assert (thought["type"], thought["status"], thought["duration"] >= 0) == (
        *("reasoning", "completed"),
        True,
    )
    assert [thought["content"], said["content"]] == [
        [{"type": "output_text", "text": text}] for text in deltas
    ]
    body = {"content": "At noon."}
    person.ask("POST", f"/api/v1/chats/{chat_id}/messages/{answer}", json=body)
    thought_still, said = person.message(chat_id, answer)["output"]
    assert (thought_still, said["content"][0]["text"]) == (thought, "At noon.")
    model.script.append(stream(event(content=" Or"), event(content=" dusk."), DONE))
    with sockets(person, 1) as (one,):
        person.question(chat_id=chat_id, id=answer, user_message=None)
        typed = [e["data"] for e in one.events(chat_id) if e["type"] == "response:completion"]
    assert [(e["output_index"], e["delta"]) for e in typed] == [(1, " Or"), (1, " dusk.")]
    first, said = person.message(chat_id, answer)["output"]
    assert (first, said["content"][0]["text"]) == (thought, "At noon. Or dusk.")


def test_several_write_in_a_note_and_who_may_only_read_does_not(
    server: WebServer, person: Person
) -> None:
    reader = {"email": "reader@example.org", "password": PASSWORD, "name": "Reader", "role": "user"}
    person.ask("POST", "/api/v1/auths/add", json=reader)
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    body = {"title": "Lamps", "access_grants": [everybody]}
    note = person.ask("POST", "/api/v1/notes/create", json=body)["id"]
    named = {"document_id": f"note:{note}"}
    [first, second] = [[1, 1, number, 0, 4, 1, 1, 116, 1, 65, 0] for number in (5, 6)]
    data = {"content": {"md": "AB", "html": "<p>AB</p>", "json": {}}}
    with sockets(person, SOCKETS) as made, sockets(Person(server, reader["email"]), 1) as (guest,):
        for one in [*made, guest]:
            assert one.call("join-note", {"note_id": note})
            one.send("42" + json.dumps(["ydoc:document:join", named | {"user_name": "A"}]))
            state = one.told("ydoc:document:state")
            assert (state["state"], state["content"]) == ([0, 0], {})
        begun = named | {"initialize": True}
        assert made[0].call("ydoc:document:update", begun | {"update": first}) == first
        assert made[1].call("ydoc:document:update", begun | {"update": second}) == first
        refused = guest.call("ydoc:document:update", named | {"update": second, "data": data})
        assert "not allowed" in refused["error"]
        assert guest.call("ydoc:document:update", "no object")["error"]
        broken = made[0].call("ydoc:document:update", named | {"update": [1, 2, 300]})
        assert "error" in broken
        made[1].send(
            "42" + json.dumps(["ydoc:document:update", named | {"update": second, "data": data}])
        )
        for one in [made[0], *made[2:], guest]:
            while one.told("ydoc:document:update")["update"] != second:
                pass
        wait_until(
            lambda: person.ask("GET", f"/api/v1/notes/{note}")["data"] == data,
            "the note to be kept",
        )
        person.ask("POST", f"/api/v1/notes/{note}/update", json={"title": "Light"})
        assert {one.told("events:note")["title"] for one in made} == {"Light"}
        assert made[0].call("ydoc:awareness:update", named | {"update": [1, 2]}) is True
        assert made[1].told("ydoc:awareness:update")["update"] == [1, 2]
        guest.connection.shutdown(socket.SHUT_RDWR)
        made[1].told("ydoc:user:left")
        made[2].send("42" + json.dumps(["ydoc:document:state", named]))
        assert len(made[2].told("ydoc:document:state")["state"]) > len(first)
