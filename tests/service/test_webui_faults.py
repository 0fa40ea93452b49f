"""What goes wrong around answers in chats of Open WebUI's front end, on whole servers.

Whatever it is, nothing that was acknowledged is lost, and every answer ends with a word.
"""

import json
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.components import redis_server
from tests.model_endpoint import EVENTS, ModelEndpoint, Reply, event, serve, stream
from tests.running import wait_until
from tests.service.test_webui import DONE, Person, Socket, ends_in, server_in, sockets
from tests.service.web import WebServer
from tests.tool_server import serve_tools

CHATS = 50
CROWD = 200
TABS = 4
DIED = "ask again"
WHOLE = "The keeper."
HALF = '{"choices":[{"index":0,"delta":{"content":"%s"}}]}'
LETTER = "ü".encode()


@pytest.fixture(scope="module")
def model() -> Iterator[ModelEndpoint]:
    """Run a model."""
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[WebServer]:
    """Run a server with two workers that soon gives up a model that is silent."""
    extra = {
        "RAGLAN_MODELS__THINKING_TIMEOUT": "1",
        "RAGLAN_FETCHING__INTERNAL": "true",
        "RAGLAN_TOOLS__ROUNDS": "3",
        "RAGLAN_FRONTEND__PING_INTERVAL": "3",
        "RAGLAN_FRONTEND__PING_TIMEOUT": "5",
    }
    with server_in(tmp_path_factory.mktemp("webui"), model, **extra) as running:
        yield running


@pytest.fixture
def person(server: WebServer, model: ModelEndpoint) -> Person:
    """Return somebody, and a model of which no test before has left anything."""
    model.forget()
    return Person(server)


def in_two(release: threading.Event) -> Reply:
    """Return a reply of which the second half waits."""

    def pieces() -> Iterator[bytes]:
        yield event(content="The ")
        release.wait(60)
        yield event(content="keeper.")
        yield DONE

    return Reply(pieces=pieces(), content_type=EVENTS)


def test_workers_and_redis_die_while_many_chats_stream(
    tmp_path: Path, model: ModelEndpoint
) -> None:
    model.forget()
    release = threading.Event()
    model.script += [in_two(release) for _ in range(CHATS)]
    with ExitStack() as first:
        redis = first.enter_context(redis_server())
        url = f"redis://127.0.0.1:{redis.port}/0"
        with server_in(tmp_path, model, RAGLAN_REDIS__URL=url) as server:
            person = Person(server)
            with ThreadPoolExecutor(8) as pool:
                asked = list(pool.map(lambda n: person.question(f"Who {n}?"), range(CHATS)))
            for place in asked:
                wait_until(
                    lambda p=place: person.message(*p)["content"] == "The ", "half an answer"
                )
            dying, staying = server.web_workers()
            dying.send_signal(signal.SIGKILL)
            first.close()
            wait_until(lambda: len(server.web_workers()) == len([dying, staying]), "another worker")
            release.set()
            for chat_id, answer in asked:
                wait_until(lambda c=chat_id, a=answer: person.message(c, a)["done"], "an end", 60)
            ends = [person.message(*one) for one in asked]
            broken = [one for one in ends if "error" in one]
            assert all(one["content"] == WHOLE for one in ends if "error" not in one)
            assert all(one["content"] == "The " for one in broken)
            assert all(DIED in one["error"]["content"] for one in broken)
            for number, (chat_id, answer) in enumerate(asked):
                question = person.message(chat_id, answer)["parentId"]
                assert person.message(chat_id, question)["content"] == f"Who {number}?"
                assert person.running(chat_id) == []
            model.script.append(stream(event(content=WHOLE), DONE))
            with redis_server(port=redis.port), sockets(person, 1) as (one,):
                chat_id, _ = person.question("And now?")
                assert ends_in(one.events(chat_id)) == [WHOLE]


@pytest.mark.parametrize(
    ("replies", "content", "word"),
    [
        ([Reply(silent=True, hold=True)], "", ""),
        ([stream(event(content="The "), hold=True)], "The ", "stopped in the middle"),
        ([stream(event(content="The "), cut=True)], "The ", "broke off"),
        ([Reply(500, [b'{"error": "wick"}'])] * 9, "", "500"),
        ([Reply(500, [b"<html>"])] * 9, "", "500"),
        ([stream(b"data: " + b"x" * (5 << 20) + b"\n\n", DONE)], "", "1 MB"),
        ([stream(event(content="The "), event(content="x" * (5 << 20)), DONE)], "The ", "1 MB"),
        ([stream(*[b"data: " + b"x" * 9_999 + b"\n"] * 500, b"\n", DONE)], "", "4 MB"),
        ([stream((b"data: " + HALF.encode()).replace(b"%s", LETTER[:1]) + b"\n\n", DONE)], "", ""),
    ],
    ids=["hangs", "stops", "breaks-off", "500", "500-html", "5-MB", "5-MB-late", "lines", "half"],
)
def test_a_model_that_does_wrong_ends_its_answer_with_a_word(
    person: Person, model: ModelEndpoint, replies: list[Reply], content: str, word: str
) -> None:
    model.script += replies
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question()
        heard = [e["data"]["error"] for e in one.events(chat_id) if "error" in e["data"]]
        kept = person.message(chat_id, answer)
        assert (kept["done"], kept["content"], [kept["error"]]) == (True, content, heard[:1])
        assert word in kept["error"]["content"]
        model.script.clear()
        model.script.append(stream(event(content=WHOLE), DONE))
        chat_id, _ = person.question("Who?")
        assert ends_in(one.events(chat_id)) == [WHOLE]


@pytest.mark.parametrize(
    ("pieces", "content"),
    [
        ([b"data: " + (HALF % "L").encode()[:-5] + LETTER[:1], LETTER[1:] + b'"}}]}\n\n'], "Lü"),
        ([b"data: " + (HALF % half).encode() + b"\n\n" for half in ("\\ud83d", "\\ude00")], "😀"),
        ([b"data: " + (HALF % "L\\ud83d").encode() + b"\n\n"], "L"),
    ],
    ids=["cut", "cut-pair", "half-of-a-pair"],
)
def test_half_a_character_does_no_harm(
    person: Person, model: ModelEndpoint, pieces: list[bytes], content: str
) -> None:
    model.script.append(stream(*pieces, DONE))
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question()
        assert ends_in(one.events(chat_id)) == [content]
    assert person.message(chat_id, answer)["content"] == content


def test_a_crowd_of_sockets_that_reconnects_at_once_hears_of_the_next_answer(
    person: Person, model: ModelEndpoint
) -> None:
    server = person.server

    def connected() -> list[Socket]:
        with ThreadPoolExecutor(CROWD) as pool:
            return list(pool.map(lambda _: Socket(server, person.token), range(CROWD)))

    for _ in range(2):
        made = connected()
        model.script.append(stream(event(content=WHOLE), DONE))
        chat_id, _answer = person.question()
        for one in made:
            assert ends_in(one.events(chat_id)) == [WHOLE]
        for one in made:
            one.stream.close()
            one.connection.close()


def test_a_chat_that_is_written_from_several_tabs_has_it_all(
    person: Person, model: ModelEndpoint
) -> None:
    release = threading.Event()
    model.script += [in_two(release) for _ in range(TABS)]
    chat_id, first = person.question()
    stale = person.ask("GET", f"/api/v1/chats/{chat_id}")["chat"]

    def ask(number: int) -> str:
        tab = Person(person.server)
        _, answer = tab.question(f"Who {number}?", chat_id=chat_id, parent_id=first)
        tab.ask("POST", f"/api/v1/chats/{chat_id}", json={"chat": {"history": stale["history"]}})
        return answer

    with ThreadPoolExecutor(TABS) as pool:
        answers = list(pool.map(ask, range(1, TABS)))
    release.set()
    for answer in (first, *answers):
        wait_until(lambda a=answer: person.message(chat_id, a)["done"], "the end of an answer")
    messages = person.ask("GET", f"/api/v1/chats/{chat_id}")["chat"]["history"]["messages"]
    for number, answer in enumerate(answers, 1):
        assert (messages[answer]["content"], messages[answer].get("error")) == (WHOLE, None)
        assert messages[messages[answer]["parentId"]]["content"] == f"Who {number}?"
    assert messages[first]["content"] == WHOLE


def knowledge(person: Person) -> str:
    """Make a knowledge base with a passage; return its id."""
    body = {"name": f"Lamps {uuid.uuid4()}", "description": ""}
    made: str = person.ask("POST", "/api/v1/knowledge/create", json=body)["id"]
    documents = f"/api/v1/datasets/{made.replace('-', '')}/documents"
    file = {"file": ("lamps.txt", b"The red lamp is lit by the keeper.")}
    (document,) = person.ask("POST", documents, files=file)["data"]
    chunk = {"content": "The red lamp is lit by the keeper."}
    person.ask("POST", f"{documents}/{document['id']}/chunks", json=chunk)
    return made


def test_a_knowledge_base_is_deleted_while_a_chat_uses_it(
    person: Person, model: ModelEndpoint
) -> None:
    base = knowledge(person)
    asked = {"files": [{"type": "collection", "id": base, "name": "Lamps"}]}
    release = threading.Event()
    model.script.append(in_two(release))
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question("Who lights the red lamp?", **asked)
        wait_until(lambda: person.message(chat_id, answer)["content"] == "The ", "half an answer")
        person.ask("DELETE", f"/api/v1/knowledge/{base}/delete")
        release.set()
        assert ends_in(one.events(chat_id)) == [WHOLE]
        kept = person.message(chat_id, answer)
        assert (kept["content"], kept.get("error")) == (WHOLE, None)
        assert "red lamp" in json.dumps(kept["sources"])
        model.script.append(stream(event(content=WHOLE), DONE))
        more = {**asked, "chat_id": chat_id, "parent_id": answer}
        _, second = person.question("And the green one?", **more)
        (end,) = ends_in(one.events(chat_id))
        assert end.endswith(WHOLE)
        kept = person.message(chat_id, second)
        assert (kept["content"], kept.get("error"), kept.get("sources", [])) == (end, None, [])


def test_a_chat_is_deleted_while_it_is_answered(person: Person, model: ModelEndpoint) -> None:
    release = threading.Event()
    model.script.append(in_two(release))
    with sockets(person, 1) as (one,):
        chat_id, answer = person.question()
        wait_until(lambda: person.message(chat_id, answer)["content"] == "The ", "half an answer")
        person.ask("DELETE", f"/api/v1/chats/{chat_id}")
        release.set()
        assert one.events(chat_id)
        assert person.ask("GET", "/api/tasks")["tasks"] == []
        model.script.append(stream(event(content=WHOLE), DONE))
        other, _ = person.question()
        assert ends_in(one.events(other)) == [WHOLE]


def test_a_client_that_sleeps_is_cut(server: WebServer) -> None:
    port = int(server.url.rpartition(":")[2])
    head = "GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: raglan\r\n"
    head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    with socket.create_connection(("127.0.0.1", port)) as asleep:
        asleep.sendall(f"{head}Sec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode())
        asleep.settimeout(60)
        heard = b""
        while piece := asleep.recv(4096):
            heard += piece
    assert heard.startswith(b"HTTP/1.1 101")


def test_a_tool_without_end_ends_with_a_word(person: Person, model: ModelEndpoint) -> None:
    head = {"name": "find_lamp", "arguments": '{"name": "red"}'}
    call = {"index": 0, "id": "call", "type": "function", "function": head}
    finish = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    last = b"data: " + json.dumps(finish).encode() + b"\n\n"
    with serve_tools() as lamps, sockets(person, 1) as (one,):
        info = {"id": "lamps", "name": "Lamps", "description": ""}
        body = {"TOOL_SERVER_CONNECTIONS": [{"url": lamps.url, "info": info, "config": {}}]}
        person.ask("POST", "/api/v1/configs/tool_servers", json=body)
        model.script += [stream(event(tool_calls=[call]), last, DONE) for _ in range(9)]
        chat_id, answer = person.question(tool_ids=["server:lamps"])
        errors = [e["data"] for e in one.events(chat_id) if e["type"] == "chat:message:error"]
        kept = person.message(chat_id, answer)
        assert [kept["error"]] == [error["error"] for error in errors]
        assert "called tools 4 times in a row" in kept["error"]["content"]
        assert lamps.asked().count("GET /lamps/red") == 3
