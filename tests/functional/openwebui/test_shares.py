"""Chats that are shared, copied, exported and imported."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.openwebui.test_chats import ANSWER, BRANCHED, QUESTION, history, kept, titles

CHATS = "/api/v1/chats"
EVERYBODY = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]


def shared(web: FlaskClient, chat: str) -> str:
    """Share a chat and return under which id."""
    answer = web.post(f"{CHATS}/{chat}/share", json={"share_mode": None})
    assert answer.status_code == 200, answer.text
    return str(answer.json["share_id"])


def opened(web: FlaskClient, chat: str, grants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say to whom a shared chat is granted."""
    body = {"access_grants": grants}
    answer = web.post(f"{CHATS}/shared/{chat}/access/update", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json
    return found


def test_a_shared_chat_is_read_as_it_was_by_whom_that_is_granted(
    web: FlaskClient, other: FlaskClient
) -> None:
    chat = kept(web)["id"]
    before = [one.get(f"{CHATS}/shared/{chat}/access") for one in (web, other)]
    assert [(answer.status_code, answer.json == []) for answer in before] == [
        (200, True),
        (404, False),
    ]
    share = shared(web, chat)
    assert web.get(f"{CHATS}/{chat}").json["share_id"] == share
    assert [(row["chat_id"], row["share_id"]) for row in web.get(f"{CHATS}/shared").json] == [
        (chat, share)
    ]
    assert other.get(f"{CHATS}/share/{share}").status_code == 404
    (grant,) = opened(web, chat, EVERYBODY)
    assert (grant["principal_id"], grant["resource_id"]) == ("*", share)
    assert web.get(f"{CHATS}/shared/{chat}/access").json == [grant]
    later = history(("q", None, QUESTION), ("secret", "q", ANSWER | {"content": "secret"}))
    web.post(f"{CHATS}/{chat}", json={"chat": {"title": "Later", "history": later}})
    read = other.get(f"{CHATS}/share/{share}").json
    assert (read["title"], read["id"], read["folder_id"]) == ("Lamps", share, None)
    assert read["chat"]["history"]["messages"].keys() == {"q", "a1", "a2"}
    assert shared(web, chat) == share
    read = other.get(f"{CHATS}/share/{share}").json["chat"]
    assert (read["title"], read["history"]["currentId"]) == ("Later", "secret")
    assert opened(web, chat, []) == []
    assert other.get(f"{CHATS}/share/{share}").status_code == 404
    assert other.post(f"{CHATS}/{share}/clone/shared", json={}).status_code == 404


def test_what_is_shared_is_granted_by_its_owner_and_ends_with_the_chat(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member
) -> None:
    first, second, third = (kept(web)["id"] for _ in range(3))
    shares = [shared(web, chat) for chat in (first, second, third)]
    for chat in (first, second, third):
        opened(web, chat, [EVERYBODY[0], EVERYBODY[0] | {"permission": "write"}])
    refused = [
        other.post(f"{CHATS}/{first}/share", json={}),
        other.delete(f"{CHATS}/{first}/share"),
        other.post(f"{CHATS}/shared/{first}/access/update", json={"access_grants": []}),
        other.post(f"{CHATS}/{shares[0]}", json={"chat": {"title": "mine"}}),
        other.get(f"{CHATS}/{shares[0]}"),
    ]
    assert {answer.status_code for answer in refused} == {404}
    copy = other.post(f"{CHATS}/{shares[0]}/clone/shared", json={"title": "Mine"}).json
    assert (copy["title"], copy["chat"]["originalChatId"]) == ("Mine", shares[0])
    assert titles(other) == ["Mine"]
    assert web.delete(f"{CHATS}/{first}/share").json is True
    assert web.delete(f"{CHATS}/{first}/share").json is False
    assert web.delete(f"{CHATS}/{second}").json is True
    assert [other.get(f"{CHATS}/share/{one}").status_code for one in shares] == [404, 404, 200]
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    assert other.get(f"{CHATS}/share/{shares[2]}").status_code == 404
    left = "SELECT (SELECT COUNT(*) FROM webui_share), (SELECT COUNT(*) FROM access_grant)"
    with services.reading():
        assert services.database.execute_sql(left).fetchone() == (0, 0)
        cursor = services.database.execute_sql("SELECT COUNT(*) FROM webui_message")
        assert cursor.fetchone() == (3,), "those of the copy"


def test_deleting_all_chats_ends_what_was_shared(web: FlaskClient, services: Services) -> None:
    chat = kept(web)["id"]
    share = shared(web, chat)
    opened(web, chat, EVERYBODY)
    assert web.delete(f"{CHATS}/").json is True
    assert web.get(f"{CHATS}/share/{share}").status_code == 404
    with services.reading():
        cursor = services.database.execute_sql("SELECT COUNT(*) FROM webui_message")
        assert cursor.fetchone() == (0,)


@pytest.mark.databases("sqlite")
def test_a_chat_is_shared_with_people_by_id_and_with_nobody_unknown(
    web: FlaskClient, other: FlaskClient
) -> None:
    chat = kept(web)["id"]
    share, them = shared(web, chat), other.get("/api/v1/auths/").json["id"]
    opened(web, chat, [{"principal_type": "user", "principal_id": them}])
    assert other.get(f"{CHATS}/share/{share}").status_code == 200
    unknown = {"access_grants": [{"principal_type": "group", "principal_id": "nobody"}]}
    answer = web.post(f"{CHATS}/shared/{chat}/access/update", json=unknown)
    assert answer.status_code == 404
    assert other.get(f"{CHATS}/share/{share}").status_code == 200
    odd = web.post(f"{CHATS}/{chat}/share", json={"share_mode": "take over"})
    assert odd.status_code == 422
    assert "share_mode" in odd.json["detail"]


def test_a_copy_stands_by_itself(web: FlaskClient) -> None:
    unfinished = history(
        ("q", None, QUESTION), ("a1", "q", ANSWER), ("q2", "a1", QUESTION), ("a2", "q2", ANSWER)
    )
    unfinished["messages"]["a2"]["done"] = False
    chat = kept(web, history=unfinished)["id"]
    web.post(f"{CHATS}/{chat}/tags", json={"name": "Old Lamps"})
    web.post(f"{CHATS}/{chat}/pin")
    copy = web.post(f"{CHATS}/{chat}/clone", json={}).json
    assert (copy["title"], copy["meta"], copy["pinned"]) == (
        "Clone of Lamps",
        {"tags": ["old_lamps"]},
        True,
    )
    assert copy["id"] != chat
    assert copy["chat"]["history"]["messages"]["a2"]["done"] is True
    assert web.delete(f"{CHATS}/{chat}/messages/q2").status_code == 200
    assert len(web.get(f"{CHATS}/{copy['id']}").json["chat"]["messages"]) == 4
    fork = web.post(f"{CHATS}/{copy['id']}/fork", json={"message_id": "a1"}).json["chat"]
    assert [message["id"] for message in fork["messages"]] == ["q", "a1"]
    assert fork["history"]["messages"].keys() == {"q", "a1"}
    assert web.post(f"{CHATS}/{chat}/fork", json={"message_id": "x"}).status_code == 404


def test_what_is_exported_can_be_imported(web: FlaskClient, other: FlaskClient) -> None:
    for title in ("Lamps", "Oil", "Wicks"):
        chat = kept(web, title)["id"]
    web.post(f"{CHATS}/{chat}/archive")
    web.post(f"{CHATS}/{chat}/tags", json={"name": "Wicks"})
    answer = web.get(f"{CHATS}/all")
    assert answer.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines() if line]
    (archived,) = (json.loads(one) for one in web.get(f"{CHATS}/all/archived").text.splitlines())
    assert sorted(line["title"] for line in lines) == ["Lamps", "Oil"]
    assert archived["title"] == "Wicks"
    for line in (*lines, archived):
        line["created_at"] -= 1000
    taken = other.post(f"{CHATS}/import", json={"chats": [*lines, archived]}).json
    assert [one["created_at"] for one in taken] == [one["created_at"] for one in (*lines, archived)]
    assert taken[0]["chat"]["history"] == lines[0]["chat"]["history"]
    assert (taken[2]["archived"], taken[2]["meta"]) == (True, {"tags": ["wicks"]})
    assert (sorted(titles(other)), titles(other, "archived")) == (["Lamps", "Oil"], ["Wicks"])


@pytest.mark.databases("sqlite")
def test_an_import_with_a_broken_chat_keeps_none(web: FlaskClient) -> None:
    good = {"chat": {"title": "Lamps", "history": BRANCHED}}
    broken = [
        {"chat": {"history": []}},
        {"chat": {}, "folder_id": "0" * 32},
        {"chat": {}, "meta": {"tags": [1]}},
        {"chat": {}, "created_at": -1},
    ]
    for one in broken:
        answer = web.post(f"{CHATS}/import", json={"chats": [good, one]})
        assert answer.status_code in {400, 404, 422}, answer.text
    assert titles(web) == []
