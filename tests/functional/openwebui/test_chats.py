"""Chats as trees: kept, listed, changed, cut and deleted."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member

QUESTION = {"role": "user", "content": "When is the lamp lit?", "models": ["guide"], "x": "\0"}
ANSWER = {"role": "assistant", "content": "At dusk.", "done": True, "model": "guide"}


def history(*messages: tuple[str, str | None, dict[str, Any]]) -> dict[str, Any]:
    """Return messages by id, each below another one; the last is the current one."""
    made = {name: {"id": name, "parentId": parent, **body} for name, parent, body in messages}
    return {"currentId": messages[-1][0], "messages": made}


BRANCHED = history(("q", None, QUESTION), ("a1", "q", ANSWER), ("a2", "q", ANSWER))


def kept(web: FlaskClient, title: str = "Lamps", **chat: object) -> dict[str, Any]:
    """Keep a chat and return it."""
    given = {"title": title, "models": ["guide"], "history": BRANCHED, **chat}
    answer = web.post("/api/v1/chats/new", json={"chat": given})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def titles(web: FlaskClient, path: str = "?page=1") -> list[str]:
    """Return the titles of a list."""
    return [row["title"] for row in web.get(f"/api/v1/chats/{path}").json]


def test_a_chat_comes_back_as_a_tree(web: FlaskClient) -> None:
    made = kept(web, params={"temperature": 0.5})
    assert str(UUID(made["id"])) == made["id"]
    found = web.get(f"/api/v1/chats/{made['id']}").json
    assert found == made
    chat = found["chat"]
    assert (chat["title"], chat["params"]) == ("Lamps", {"temperature": 0.5})
    assert chat["history"]["messages"]["q"]["childrenIds"] == ["a1", "a2"]
    assert chat["history"]["messages"]["q"]["x"] == "\0"
    assert [message["id"] for message in chat["messages"]] == ["q", "a2"]
    assert found["current_message_id"] == "a2"


def test_given_keys_join_and_a_history_takes_the_place_of_the_one_before(web: FlaskClient) -> None:
    address = f"/api/v1/chats/{kept(web)['id']}"
    renamed = web.post(address, json={"chat": {"title": "Dusk", "tags": ["x"]}}).json
    assert renamed["title"] == renamed["chat"]["title"] == "Dusk"
    assert (renamed["chat"]["tags"], renamed["chat"]["models"]) == (["x"], ["guide"])
    assert renamed["chat"]["history"]["messages"].keys() == {"q", "a1", "a2"}
    shorter = history(("q", None, QUESTION), ("a1", "q", ANSWER | {"content": "At six."}))
    changed = web.post(address, json={"chat": {"history": shorter}}).json["chat"]
    assert [message["content"] for message in changed["messages"]] == [
        "When is the lamp lit?",
        "At six.",
    ]
    assert changed["history"]["messages"].keys() == {"q", "a1"}


def test_how_models_are_to_answer_is_kept_whole(web: FlaskClient, other: FlaskClient) -> None:
    address = f"/api/v1/chats/{kept(web, params={'temperature': 0.5})['id']}"
    wanted = {"system": "Be brief.", "custom_params": {}}
    assert other.patch(f"{address}/params", json=wanted).status_code == 404
    assert web.patch(f"{address}/params", json=wanted).json["chat"]["params"] == wanted
    chat = web.get(address).json["chat"]
    assert (chat["params"], chat["title"], len(chat["messages"])) == (wanted, "Lamps", 2)


def test_lists_page_and_leave_out_what_is_pinned_or_archived(
    web: FlaskClient, services: Services, member: Member
) -> None:
    ids = [kept(web, f"chat {number}")["id"] for number in range(61)]
    paged = [*titles(web), *titles(web, "?page=2")]
    assert len(titles(web)) == 60
    assert sorted(paged) == sorted(f"chat {number}" for number in range(61))
    assert titles(web, "?page=3") == []
    assert len(titles(web, "list")) == 61
    assert web.post(f"/api/v1/chats/{ids[0]}/pin").json["pinned"] is True
    assert web.post(f"/api/v1/chats/{ids[1]}/archive").json["archived"] is True
    assert (titles(web, "pinned"), titles(web, "archived")) == (["chat 0"], ["chat 1"])
    assert web.get("/api/v1/chats/archived/count").json == 1
    assert web.get(f"/api/v1/chats/{ids[0]}/pinned").json is True
    assert len(titles(web, "list")) == 59
    assert "chat 0" in titles(web, "?include_pinned=true")
    assert web.post("/api/v1/chats/unarchive/all").json is True
    assert web.get("/api/v1/chats/archived/count").json == 0
    assert web.post("/api/v1/chats/archive/all").json is True
    assert titles(web, "list") == []
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    for table in ("webui_chat", "webui_message", "webui_person"):
        with services.reading():
            cursor = services.database.execute_sql(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
            assert cursor.fetchone() == (0,)


def test_a_message_is_said_otherwise_and_cut_out(web: FlaskClient) -> None:
    chain = history(
        ("q", None, QUESTION),
        ("a", "q", ANSWER),
        ("q2", "a", QUESTION),
        ("a3", "q2", ANSWER),
        ("q4", "a3", QUESTION),
    )
    address = f"/api/v1/chats/{kept(web, history=chain)['id']}"
    said = web.post(f"{address}/messages/a", json={"content": "At six."}).json["chat"]
    assert said["history"]["messages"]["a"] | {"content": ""} == {
        **ANSWER,
        "id": "a",
        "parentId": "q",
        "childrenIds": ["q2"],
        "content": "",
    }
    left = web.delete(f"{address}/messages/q2").json["chat"]
    assert [message["id"] for message in left["messages"]] == ["q", "a", "q4"]
    assert left["history"]["currentId"] == "q4"
    assert web.delete(f"{address}/messages/q2").status_code == 404


def test_a_chat_is_its_owners_alone(web: FlaskClient, other: FlaskClient) -> None:
    address = f"/api/v1/chats/{kept(web)['id']}"
    asked = [
        other.get(address),
        other.post(address, json={"chat": {"title": "mine"}}),
        other.post(f"{address}/pin"),
        other.post(f"{address}/messages/q", json={"content": "mine"}),
        other.delete(f"{address}/messages/q"),
        other.get(f"{address}/tags"),
        other.delete(address),
    ]
    assert {answer.status_code for answer in asked} == {404}
    assert titles(other) == []
    assert web.get(address).json["title"] == "Lamps"
    assert other.delete("/api/v1/chats/").json is True
    assert web.delete(address).json is True
    assert web.get(address).status_code == 404


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("chat", "named"),
    [
        ({"title": 1}, "chat.title"),
        ({"history": []}, "chat.history"),
        ({"history": {"messages": []}}, "chat.history"),
        ({"history": {"messages": {"a b": {}}}}, "id"),
        ({"history": {"messages": {"a": 1}}}, "chat.history.messages"),
        ({"history": {"messages": {"a": {"parentId": 1}}}}, "parentId"),
        ({"history": {"messages": {}, "currentId": [1]}}, "currentId"),
    ],
)
def test_a_broken_tree_is_refused_by_its_field(
    web: FlaskClient, chat: dict[str, object], named: str
) -> None:
    answer = web.post("/api/v1/chats/new", json={"chat": chat})
    assert answer.status_code in {400, 422}
    assert named in answer.json["detail"]
    assert titles(web) == []
