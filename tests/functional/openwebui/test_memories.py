"""Memories: kept for one person, compared with questions, told to models."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.openwebui.library import ok
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

MEMORIES = "/api/v1/memories"
LAMP = "I light the lamp of the lighthouse each evening."
BREAD = "My favourite bread is rye with caraway."


def kept(web: FlaskClient, *contents: str) -> list[str]:
    """Keep memories and return their ids."""
    return [ok(web.post(f"{MEMORIES}/add", json={"content": one}))["id"] for one in contents]


def test_memories_are_kept_changed_and_forgotten(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member
) -> None:
    made = ok(web.post(f"{MEMORIES}/add", json={"content": LAMP, "type": "user", "path": "a/b"}))
    assert (made["content"], made["type"], made["path"]) == (LAMP, "user", "a/b")
    bread, third = kept(web, BREAD, "100 % sure")
    assert [one["id"] for one in ok(web.get(f"{MEMORIES}/"))] == [made["id"], bread, third]
    found = ok(web.post(f"{MEMORIES}/search", json={"query": "RYE"}))
    assert [one["id"] for one in found] == [bread]
    assert [one["id"] for one in ok(web.post(f"{MEMORIES}/search", json={"query": "%"}))] == [third]
    assert ok(other.get(f"{MEMORIES}/")) == []
    theirs = f"{MEMORIES}/{bread}"
    assert other.post(f"{theirs}/update", json={"content": "x"}).status_code == 404
    assert other.delete(theirs).status_code == 404
    changed = ok(web.post(f"{theirs}/update", json={"content": "Wheat, now."}))
    assert (changed["content"], changed["id"]) == ("Wheat, now.", bread)
    assert ok(web.delete(theirs)) is True
    assert web.delete(theirs).status_code == 404
    ok(web.post(f"{MEMORIES}/reset"))
    assert len(ok(web.get(f"{MEMORIES}/"))) == 2
    assert ok(web.delete(f"{MEMORIES}/delete/user")) is True
    assert ok(web.get(f"{MEMORIES}/")) == []
    kept(web, LAMP)
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    with services.reading():
        left = services.database.execute_sql("SELECT COUNT(*) FROM webui_memory").fetchone()
    assert left == (0,)


@pytest.mark.databases("sqlite")
def test_those_that_mean_most_what_is_asked_come_first(web: FlaskClient) -> None:
    assert ok(web.post(f"{MEMORIES}/query", json={"content": "x"}))["ids"] == [[]]
    lamp, bread = kept(web, LAMP, BREAD)
    hits = ok(web.post(f"{MEMORIES}/query", json={"content": "Which bread do I like?", "k": 2}))
    assert (hits["ids"], hits["documents"]) == ([[bread, lamp]], [[BREAD, LAMP]])
    best, second = hits["distances"][0]
    assert 1 >= best > second >= 0
    hits = ok(web.post(f"{MEMORIES}/query", json={"content": "lighthouse lamp"}))
    assert hits["ids"] == [[lamp]]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"), [({"content": ""}, "content"), ({"content": "x", "type": 7}, "type")]
)
def test_what_cannot_be_remembered_is_refused_by_name(
    web: FlaskClient, body: dict[str, object], field: str
) -> None:
    answer = web.post(f"{MEMORIES}/add", json=body)
    assert (answer.status_code, field in answer.json["detail"]) == (422, True)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("model", ["talker@Endpoint", "the guide"])
def test_a_model_is_told_what_is_remembered_where_that_is_asked_for(
    web: FlaskClient, client: FlaskClient, endpoint: ModelEndpoint, model: str
) -> None:
    body = {"name": "the guide", "llm": {"model_name": "talker@Endpoint"}}
    assert client.post("/api/v1/chats", json=body).json["code"] == 0
    kept(web, BREAD)

    def told(**features: bool) -> str:
        endpoint.script += [said("Rye.")]
        question: dict[str, Any] = {"role": "user", "content": "Which bread do I like?"}
        sent = {"model": model, "messages": [question], "features": features, "stream": True}
        answer = web.post("/api/chat/completions", json=sent)
        assert "Rye." in answer.get_data(as_text=True)
        return str(endpoint.received[-1])

    assert BREAD in told(memory=True)
    assert BREAD not in told(memory=False)
    assert BREAD not in told()
