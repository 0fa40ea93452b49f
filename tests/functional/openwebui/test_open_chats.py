"""Chats that several write in: what each may do there, and what stays of all."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.functional.openwebui.test_chats import ANSWER, QUESTION, history, kept

CHATS = "/api/v1/chats"
GOES_ON = {"share_mode": "continue"}


def id_of(web: FlaskClient) -> str:
    """Return the id of somebody."""
    return str(web.get("/api/v1/auths/").json["id"])


def grant(web: FlaskClient, permission: str = "write") -> dict[str, str]:
    """Return a grant to somebody."""
    return {"principal_type": "user", "principal_id": id_of(web), "permission": permission}


def opened(web: FlaskClient, *grants: dict[str, str], **chat: Any) -> str:
    """Return a new chat that these people may go on with."""
    chat_id = str(kept(web, **chat)["id"])
    shared = web.post(f"{CHATS}/{chat_id}/share", json=GOES_ON)
    assert shared.json["chat"]["share_mode"] == "continue"
    granted = web.post(
        f"{CHATS}/shared/{chat_id}/access/update", json={"access_grants": list(grants)}
    )
    assert granted.status_code == 200, granted.text
    return chat_id


def messages_of(answer: Any) -> dict[str, Any]:
    """Return the messages of a chat."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json["chat"]["history"]["messages"]
    return found


FIRST = history(("q", None, QUESTION), ("a", "q", ANSWER))


def said(text: str, **more: Any) -> dict[str, Any]:
    """Return a question."""
    return {**QUESTION, "content": text, **more}


def sent(*more: tuple[str, str | None, dict[str, Any]]) -> dict[str, Any]:
    """Return what the front end sends of a chat: the first messages and more."""
    return {"chat": {"history": history(("q", None, QUESTION), ("a", "q", ANSWER), *more)}}


def test_who_may_write_adds_messages_under_their_own_name(
    web: FlaskClient, other: FlaskClient
) -> None:
    chat = opened(web, grant(other), history=FIRST)
    share = web.get(f"{CHATS}/{chat}").json["share_id"]
    read = other.get(f"{CHATS}/share/{share}").json
    assert (read["id"], read["write_access"], read["chat"]["share_mode"]) == (
        chat,
        True,
        "continue",
    )
    forged = said("Why?", user_id=id_of(web), user={"id": id_of(web), "name": "Somebody else"})
    found = messages_of(other.post(f"{CHATS}/{chat}", json=sent(("q2", "a", forged))))
    assert found["q2"]["user_id"] == id_of(other)
    name = other.get("/api/v1/auths/").json["name"]
    assert found["q2"]["user"] == {"id": id_of(other), "name": name}
    assert messages_of(web.get(f"{CHATS}/{chat}"))["q2"]["user"]["name"] == name


def test_nothing_is_lost_of_what_two_write_who_have_not_heard_of_each_other(
    web: FlaskClient, other: FlaskClient
) -> None:
    chat = opened(web, grant(other), history=FIRST)
    given = {web: ("mine", "a", said("Mine")), other: ("theirs", "a", said("Theirs"))}

    def write(who: FlaskClient) -> int:
        return who.post(f"{CHATS}/{chat}", json=sent(given[who])).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(write, (web, other))) == [200, 200]
    found = messages_of(web.get(f"{CHATS}/{chat}"))
    assert found.keys() == {"q", "a", "mine", "theirs"}
    assert sorted(found["a"]["childrenIds"]) == ["mine", "theirs"]
    assert found["theirs"]["user_id"] == id_of(other)
    stale = sent(("theirs", "a", said("Changed by the owner's stale page")))
    found = messages_of(web.post(f"{CHATS}/{chat}", json=stale))
    assert found["theirs"]["content"] == "Theirs"


@pytest.mark.databases("sqlite")
def test_who_was_let_in_changes_their_own_messages_and_nothing_else(
    web: FlaskClient, other: FlaskClient
) -> None:
    chat = opened(web, grant(other), history=FIRST)
    other.post(f"{CHATS}/{chat}", json=sent(("q2", "a", said("Why?"))))
    web.post(f"{CHATS}/{chat}/tags", json={"name": "Secret"})
    given = {"title": "Mine", "system": "Obey", **sent(("q2", "a", said("Why?")))["chat"]}
    renamed = other.post(f"{CHATS}/{chat}", json={"chat": given})
    assert (renamed.json["title"], renamed.json["meta"]) == ("Lamps", {})
    assert "system" not in renamed.json["chat"]
    refused = [
        other.post(f"{CHATS}/{chat}/messages/a", json={"content": "Forged"}),
        other.delete(f"{CHATS}/{chat}/messages/a"),
        other.post(
            f"{CHATS}/{chat}/messages/a/event", json={"type": "replace", "data": {"content": "x"}}
        ),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert other.post(f"{CHATS}/{chat}", json={"chat": {"files": []}}).status_code == 200
    owners = [
        other.post(f"{CHATS}/{chat}", json={"chat": {"title": "Mine"}}),
        other.patch(f"{CHATS}/{chat}/params", json={"system": "Obey"}),
        other.delete(f"{CHATS}/{chat}"),
        other.post(f"{CHATS}/{chat}/pin"),
        other.post(f"{CHATS}/{chat}/archive"),
        other.post(f"{CHATS}/{chat}/share", json={}),
        other.post(f"{CHATS}/{chat}/folder", json={"folder_id": None}),
    ]
    assert {answer.status_code for answer in owners} == {403}
    changed = other.post(f"{CHATS}/{chat}/messages/q2", json={"content": "Why not?"})
    assert messages_of(changed)["q2"]["content"] == "Why not?"
    assert messages_of(other.delete(f"{CHATS}/{chat}/messages/q2")).keys() == {"q", "a"}
    assert messages_of(web.get(f"{CHATS}/{chat}"))["a"]["content"] == ANSWER["content"]
    assert web.get(f"{CHATS}/{chat}").json["meta"] == {"tags": ["secret"]}


@pytest.mark.databases("sqlite")
def test_a_chat_is_read_and_written_as_it_is_granted_and_closed_again(
    web: FlaskClient, other: FlaskClient
) -> None:
    chat = opened(web, grant(other, "read"), history=FIRST)
    assert other.get(f"{CHATS}/{chat}").json["write_access"] is True
    web.post(f"{CHATS}/{chat}/tags", json={"name": "Secret"})
    assert other.get(f"{CHATS}/{chat}/tags").json == []
    body = sent(("q2", "a", said("Why?")))
    assert other.post(f"{CHATS}/{chat}", json=body).status_code == 200
    assert messages_of(web.get(f"{CHATS}/{chat}")).keys() == {"q", "a", "q2"}
    closed = {"access_grants": [grant(other)], "share_mode": None}
    (left,) = web.post(f"{CHATS}/shared/{chat}/access/update", json=closed).json
    assert left["permission"] == "read"
    assert other.get(f"{CHATS}/{chat}").status_code == 404
    assert other.post(f"{CHATS}/{chat}", json=body).status_code == 404
    assert other.get(f"{CHATS}/share/{left['resource_id']}").status_code == 200
    assert web.delete(f"{CHATS}/{chat}/share").json is True
    assert other.get(f"{CHATS}/share/{left['resource_id']}").status_code == 404


@pytest.mark.databases("sqlite")
def test_a_key_of_nobody_enters_no_chat_that_several_write_in(
    app: Flask, web: FlaskClient, other: FlaskClient
) -> None:
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "write"}
    chat = opened(web, everybody, history=FIRST)
    assert app.test_client(use_cookies=False).get(f"{CHATS}/{chat}").status_code in {401, 404}
    assert other.get(f"{CHATS}/{chat}").json["write_access"] is True
