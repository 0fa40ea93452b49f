"""Sessions over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.services.chats.records import Passage
from tests.functional.conftest import Member

ABSENT = "0" * 32
PASSAGE = Passage(
    id="f" * 16,
    content="At dusk.",
    document_id=ABSENT,
    document_name="keeper.md",
    document_path="",
    duplicates=(),
    dataset_id=ABSENT,
    image_id="",
    positions=[[1, 10, 20, 30, 40]],
    similarity=0.5,
    vector_similarity=0.5,
    term_similarity=0.5,
    headings=["Lighthouse", "Lamp"],
)


@pytest.fixture
def chat(client: FlaskClient) -> str:
    body = {"name": "guide", "prompt": {"opener": "Good evening."}}
    return str(client.post("/api/v1/chats", json=body).json["data"]["id"])


@pytest.fixture
def path(chat: str) -> str:
    return f"/api/v1/chats/{chat}/sessions"


def created(client: FlaskClient, path: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(path, json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


def listed(client: FlaskClient, path: str, **query: Any) -> list[str]:
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.text
    return [session["name"] for session in answer.json["data"]]


def test_a_session_begins_with_the_opener(client: FlaskClient, path: str, chat: str) -> None:
    session = created(client, path, name="first", user_id="u1")
    assert session["messages"] == [{"role": "assistant", "content": "Good evening."}]
    assert (session["name"], session["chat_id"], session["user_id"]) == ("first", chat, "u1")
    assert session["create_date"].endswith(" GMT")
    assert "reference" not in session
    assert client.get(f"{path}/{session['id']}").json["data"] == session
    assert client.get(path).json["data"] == [session]


def test_a_name_has_a_default_and_is_cut(client: FlaskClient, path: str) -> None:
    assert created(client, path)["name"] == "New session"
    assert created(client, path, name="é" * 300)["name"] == "é" * 255
    assert created(client, path, name="a\0b")["name"] == "ab"


@pytest.mark.parametrize("name", ["", "  ", None, 5, []])
def test_a_name_cannot_be_empty(client: FlaskClient, path: str, name: object) -> None:
    session = created(client, path, name="kept")
    for answer in (
        client.post(path, json={"name": name}),
        client.put(f"{path}/{session['id']}", json={"name": name}),
    ):
        assert (answer.status_code, answer.json["code"]) == (400, 102)
        assert answer.json["message"] == "`name` can not be empty."
    assert listed(client, path) == ["kept"]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_renaming(client: FlaskClient, path: str, method: str) -> None:
    session = created(client, path, name="old")
    one = f"{path}/{session['id']}"
    answer = getattr(client, method)(one, json={"name": "new"})
    assert answer.json["code"] == 0
    assert ("data" in answer.json) == (method == "patch")
    assert listed(client, path) == ["new"]
    assert getattr(client, method)(one, json={}).json["code"] == 0
    assert listed(client, path) == ["new"]


@pytest.mark.parametrize("key", ["message", "messages", "reference"])
def test_what_was_said_cannot_be_changed(client: FlaskClient, path: str, key: str) -> None:
    one = f"{path}/{created(client, path)['id']}"
    answer = client.put(one, json={"name": "x", key: []})
    assert (answer.status_code, answer.json["code"]) == (400, 102)
    assert answer.json["message"] == f"`{key}` can not be change"


def test_lists_are_ordered_paged_and_filtered(client: FlaskClient, path: str) -> None:
    made = [created(client, path, name=name, user_id=name * 2) for name in ("a", "b", "c")]
    oldest_first = listed(client, path, desc="false")
    assert sorted(oldest_first) == ["a", "b", "c"]
    assert listed(client, path, desc="false", page_size=2, page=2) == oldest_first[2:]
    assert listed(client, path, name="b") == ["b"]
    assert listed(client, path, id=made[0]["id"]) == ["a"]
    assert listed(client, path, user_id="cc") == ["c"]
    assert listed(client, path, id=ABSENT) == []
    assert listed(client, path, page_size=0) == []
    for wrong in ({"page": "x"}, {"name": "\0"}, {"user_id": "\0"}):
        answer = client.get(path, query_string=wrong)
        assert (answer.status_code, answer.json["code"]) == (400, 101)
        assert f"Field: <{next(iter(wrong))}>" in answer.json["message"]


def test_deleting_tells_what_it_could_not_delete(client: FlaskClient, path: str) -> None:
    ids = [created(client, path, name=name)["id"] for name in ("a", "b")]
    answer = client.delete(path, json={"ids": [ids[0], ids[0], ABSENT, "x\0"]}).json
    assert answer["code"] == 0
    assert answer["data"] == {
        "success_count": 1,
        "errors": [
            f"The chat doesn't own the session {ABSENT}",
            "The chat doesn't own the session x\0",
            f"Duplicate session ids: {ids[0]}",
        ],
    }
    answer = client.delete(path, json={"ids": [ABSENT]})
    assert (answer.status_code, answer.json["code"]) == (404, 102)
    assert answer.json["message"] == f"The chat doesn't own the session {ABSENT}"
    assert client.delete(path, json={"ids": []}).json["code"] == 0
    assert client.delete(path, json={}).json["code"] == 101
    assert listed(client, path) == ["b"]
    assert client.delete(path, json={"ids": None}).json["code"] == 0
    assert listed(client, path) == []


def test_all_of_one_assistant_spares_another(client: FlaskClient, path: str) -> None:
    other = client.post("/api/v1/chats", json={"name": "other"}).json["data"]["id"]
    theirs = f"/api/v1/chats/{other}/sessions"
    created(client, path)
    kept = created(client, theirs, name="kept")
    assert client.delete(path, json={"ids": [kept["id"]]}).status_code == 404
    assert client.get(f"{path}/{kept['id']}").status_code == 404
    assert client.delete(path, json={"delete_all": True}).json["code"] == 0
    assert listed(client, theirs) == ["kept"]


def test_questions_keep_places_for_their_answers(
    client: FlaskClient, services: Services, path: str, chat: str, member: Member
) -> None:
    session = created(client, path)["id"]
    first = services.chats.sessions.begin(session, "first?")
    second = services.chats.sessions.begin(session, "second?")
    services.chats.sessions.finish(second, "second.", [PASSAGE])
    history = services.chats.sessions.history(member.account.principal, chat, session)
    assert [message.content for message in history] == ["second?", "second."]
    services.chats.sessions.finish(first, "first.")
    messages = client.get(f"{path}/{session}").json["data"]["messages"]
    assert [message["content"] for message in messages] == [
        "Good evening.",
        "first?",
        "first.",
        "second?",
        "second.",
    ]
    assert [message["role"] for message in messages[1:3]] == ["user", "assistant"]
    assert [passage["content"] for passage in messages[4]["reference"]] == ["At dusk."]
    assert messages[2]["reference"] == []
    assert "reference" not in messages[1]


def test_an_answer_to_a_deleted_session_is_let_go(
    client: FlaskClient, services: Services, path: str
) -> None:
    session = created(client, path)["id"]
    turn = services.chats.sessions.begin(session, "question?")
    client.delete(path, json={"ids": None})
    services.chats.sessions.finish(turn, "answer")
    assert listed(client, path) == []
