"""Chats that several write in, told through the sockets of two workers."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.components import redis_server
from tests.model_endpoint import EVENTS, ModelEndpoint, Reply, event, serve, stream
from tests.running import wait_until
from tests.service.test_chat_rooms import ann, bob, connect, say, until
from tests.service.test_webui import DONE, SOCKETS, Person, Socket, server_in
from tests.service.web import WebServer

__all__ = ["ann", "bob", "connect"]

CHATS = "/api/v1/chats"
FIRST = {"id": "q", "parentId": None, "role": "user", "content": "Who keeps the light?"}
CHAT = {"title": "Lamps", "history": {"currentId": "q", "messages": {"q": FIRST}}}


@pytest.fixture(scope="module")
def model() -> Iterator[ModelEndpoint]:
    """Run a model."""
    with serve() as running:
        yield running


@pytest.fixture(scope="module", params=["neighbours", "redis"])
def server(
    request: pytest.FixtureRequest, model: ModelEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    """Run a server with two workers and a front end, with Redis and without it."""
    with ExitStack() as stack:
        extra = {}
        if request.param == "redis":
            redis = stack.enter_context(redis_server())
            extra["RAGLAN_REDIS__URL"] = f"redis://127.0.0.1:{redis.port}/0"
        yield stack.enter_context(server_in(tmp_path_factory.mktemp("open"), model, **extra))


def id_of(person: Person) -> str:
    """Return the id of somebody."""
    return str(person.ask("GET", "/api/v1/auths/")["id"])


def opened(ann: Person, *people: Person, permission: str = "write") -> str:
    """Return a new chat of somebody that these people may go on with."""
    chat = str(ann.ask("POST", f"{CHATS}/new", json={"chat": CHAT})["id"])
    ann.ask("POST", f"{CHATS}/{chat}/share", json={"share_mode": "continue"})
    grants = [
        {"principal_type": "user", "principal_id": id_of(one), "permission": permission}
        for one in people
    ]
    ann.ask("POST", f"{CHATS}/shared/{chat}/access/update", json={"access_grants": grants})
    return chat


def ask(person: Person, chat: str, text: str, parent: str = "q") -> tuple[str, str]:
    """Ask in a chat; return the ids of the question and the answer."""
    question, answer = str(uuid.uuid4()), str(uuid.uuid4())
    message = {"id": question, "parentId": parent, "role": "user", "content": text}
    body = {"model": "talker@Endpoint", "session_id": "x", "id": answer, "parent_id": question}
    body |= {"chat_id": chat}
    person.ask("POST", "/api/chat/completions", json={**body, "user_message": message})
    return question, answer


def heard_until_rest(one: Socket, chat: str) -> list[dict[str, Any]]:
    """Return what a socket hears of a chat up to the end of an answer."""
    found: list[dict[str, Any]] = []
    while True:
        told = one.told("events")
        if told["chat_id"] == chat and told["data"]["type"] not in {"chat:presence", "chat:access"}:
            found.append(told)
            data = told["data"]["data"]
            if told["data"]["type"] == "chat:active" and data["active"] is False:
                return found


def test_all_in_a_chat_hear_of_an_answer_as_it_grows_but_not_who_asked_for_it_twice(
    ann: Person, bob: Person, model: ModelEndpoint, connect: Callable[[Person], Socket]
) -> None:
    model.forget()
    chat, of_bob = opened(ann, bob), id_of(bob)
    readers, writers = ([connect(one) for _ in range(SOCKETS)] for one in (ann, bob))
    for one in (*readers, *writers):
        assert say(one, chat, "join") is True
    goes_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield event(content="The ")
        goes_on.wait(30)
        yield event(content="keeper.")
        yield DONE

    model.script.append(Reply(pieces=pieces(), content_type=EVENTS))
    question, answer = ask(bob, chat, "Who else?")
    first = readers[0]
    while True:
        told = first.told("events")
        if told["data"]["type"] == "chat:completion" and told["message_id"] == answer:
            assert told["data"]["data"]["content"] == "The "
            break
    goes_on.set()
    for one in readers[1:]:
        heard = heard_until_rest(one, chat)
        assert {(told["shared"], told["user_id"]) for told in heard} == {(True, of_bob)}
        (hangs,) = [t["data"]["data"] for t in heard if t["data"]["type"] == "chat:messages"]
        assert hangs["currentId"] == answer
        assert hangs["messages"][question]["user"] == {"id": of_bob, "name": "Bob"}
        texts = [
            t["data"]["data"]["content"]
            for t in heard
            if t["data"]["type"] == "chat:completion" and "content" in t["data"]["data"]
        ]
        assert texts[0] == "The "
        assert texts[-1] == "The keeper."
        assert not any("choices" in t["data"]["data"] for t in heard if t["message_id"] == answer)
    for one in writers:
        heard = heard_until_rest(one, chat)
        assert not any(told.get("shared") for told in heard)
        deltas = [
            t["data"]["data"]["choices"][0]["delta"]["content"]
            for t in heard
            if t["data"]["type"] == "chat:completion" and "choices" in t["data"]["data"]
        ]
        assert "".join(deltas) == "The keeper."
    kept = ann.message(chat, answer)
    assert (kept["content"], kept["user_id"], kept["done"]) == ("The keeper.", of_bob, True)


def test_two_who_ask_at_once_lose_nothing(ann: Person, bob: Person, model: ModelEndpoint) -> None:
    model.forget()
    chat = opened(ann, bob)
    made: dict[str, tuple[str, str]] = {}

    def go(name: str, person: Person, number: int) -> None:
        made[f"{name}{number}"] = ask(person, chat, f"{name} {number}?")

    threads = [
        threading.Thread(target=go, args=(name, person, number))
        for number in range(4)
        for name, person in (("ann", ann), ("bob", bob))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    wait_until(lambda: not ann.running(chat), "the answers")
    kept = bob.ask("GET", f"{CHATS}/{chat}")["chat"]["history"]["messages"]
    assert len(made) == 8
    for name, (question, answer) in made.items():
        assert kept[question]["content"] == f"{name[:3]} {name[3:]}?"
        assert kept[question]["user_id"] == id_of(ann if name.startswith("ann") else bob)
        assert kept[answer]["parentId"] == question
        assert (kept[answer]["done"], bool(kept[answer]["content"])) == (True, True)
    assert len(kept) == 1 + 2 * len(made)


def test_who_may_write_no_more_is_stopped_and_who_may_read_no_more_hears_nothing(
    ann: Person, bob: Person, model: ModelEndpoint, connect: Callable[[Person], Socket]
) -> None:
    model.forget()
    chat = opened(ann, bob)
    guests = [connect(bob) for _ in range(SOCKETS)]
    for one in guests:
        assert say(one, chat, "join") is True
    model.script.append(stream(event(content="The"), hold=True))
    _, answer = ask(bob, chat, "Who else?")
    assert model.holding.wait(30)
    ann.ask("POST", f"{CHATS}/shared/{chat}/access/update", json={"access_grants": []})
    assert model.gone.wait(30), "the model is still being asked"
    wait_until(lambda: ann.message(chat, answer)["done"], "the end of the answer")
    assert ann.message(chat, answer)["content"] == "The"
    for one in guests:
        while (told := one.told("events"))["data"]["type"] != "chat:access":
            pass
        assert (told["chat_id"], told["shared"]) == (chat, True)
        assert say(one, chat, "typing", typing=True) is False
        assert say(one, chat, "join") is False
    model.script.append(stream(event(content="Its wife."), DONE))
    _, answer = ask(ann, chat, "And?")
    wait_until(lambda: ann.message(chat, answer)["done"], "the answer")
    for one in guests:
        assert one.call("user-join", {"auth": {"token": bob.token}})["name"] == "Bob"


def test_who_is_in_a_chat_of_a_shared_folder_is_out_of_it_with_the_chat(
    ann: Person, bob: Person, connect: Callable[[Person], Socket]
) -> None:
    folder = ann.ask("POST", "/api/v1/folders/", json={"name": f"f{id(connect)}"})["id"]
    body = {"chat": CHAT, "folder_id": folder}
    chats = [str(ann.ask("POST", f"{CHATS}/new", json=body)["id"]) for _ in range(2)]
    grants = [{"principal_type": "user", "principal_id": id_of(bob), "permission": "write"}]
    path = f"/api/v1/folders/{folder}/access/update"
    ann.ask("POST", path, json={"access_grants": grants})
    guests = [connect(bob) for _ in range(SOCKETS)]
    for one in guests:
        assert all(say(one, chat, "join") for chat in chats)
    watchers = [connect(ann) for _ in chats]
    for one, chat in zip(watchers, chats, strict=True):
        one.send("42" + json.dumps(["events:chat", {"chat_id": chat, "data": {"type": "join"}}]))
        until(one, chat, "Bob", "admin")
    ann.ask("POST", f"{CHATS}/{chats[0]}/folder", json={"folder_id": None})
    until(watchers[0], chats[0], "admin")
    assert not any(say(one, chats[0], "typing", typing=True) for one in guests)
    assert all(say(one, chats[1], "typing", typing=True) for one in guests)
    ann.ask("POST", path, json={"access_grants": []})
    until(watchers[1], chats[1], "admin")
    assert not any(say(one, chats[1], "typing", typing=True) for one in guests)
