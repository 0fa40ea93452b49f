"""Nobody gets at another tenant's assistants, nor at anything without a key."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.functional.corpus import Corpus

NOUNS = ("/chats", "/chats_openai", "/openai", "/retrieval")
ASKED: dict[str, Any] = {"question": "Who?", "model": "m"}
BODIES: dict[str, dict[str, Any]] = {
    "POST": ASKED | {"messages": [{"role": "user", "content": "Who?"}], "name": "taken over"},
    "PUT": {"name": "taken over"},
    "PATCH": {"name": "taken over"},
    "DELETE": {"ids": None},
}


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Return the methods and rules of all pages about assistants and searches."""
    return [
        (method, rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.removeprefix("/api/v1").startswith(NOUNS) and rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


@pytest.fixture
def owned(client: FlaskClient, corpus: Corpus) -> dict[str, str]:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    chat = client.post("/api/v1/chats", json=body).json["data"]["id"]
    session = client.post(f"/api/v1/chats/{chat}/sessions", json={}).json["data"]["id"]
    share = client.post(f"/api/v1/chats/{chat}/shares", json={"name": "site"}).json["data"]["id"]
    return {
        "chat_id": chat,
        "session_id": session,
        "message_id": "question",
        "share_id": share,
    }


def path_of(rule: Rule, ids: dict[str, str]) -> str:
    path = rule.rule
    for name, value in ids.items():
        path = path.replace(f"<{name}>", value)
    assert "<" not in path
    return path


@pytest.mark.databases("sqlite")
def test_there_are_routes_to_walk(app: Flask) -> None:
    assert len(routes(app)) >= 17


@pytest.mark.databases("sqlite")
def test_without_a_key_nothing_answers(
    app: Flask, anonymous: FlaskClient, owned: dict[str, str]
) -> None:
    for method, rule in routes(app):
        answer = anonymous.open(path_of(rule, owned), method=method, json=BODIES.get(method))
        assert (answer.status_code, answer.json["code"]) == (401, 109), rule
        wrong = {"Authorization": "Bearer ragflow-wrong"}
        answer = anonymous.open(path_of(rule, owned), method=method, headers=wrong, json={})
        assert (answer.status_code, answer.json["code"]) == (401, 109), rule


def test_a_stranger_finds_nothing_and_changes_nothing(
    app: Flask, client: FlaskClient, stranger: FlaskClient, owned: dict[str, str], corpus: Corpus
) -> None:
    one = f"/api/v1/chats/{owned['chat_id']}"
    session = f"{one}/sessions/{owned['session_id']}"
    before = client.get(one).json, client.get(session).json
    body = {"dataset_ids": [corpus.dataset_id], "session_id": owned["session_id"]}
    for method, rule in routes(app):
        if rule.rule == "/api/v1/chats":
            continue
        sent = {**BODIES.get(method, {}), **(body if method == "POST" else {})}
        if (method, rule.rule.endswith("/grants")) == ("PUT", True):
            sent = {"grants": []}
        if rule.rule.endswith("/try"):
            sent = {"question": "Where is the lamp?"}
        answer = stranger.open(path_of(rule, owned), method=method, json=sent)
        assert (answer.status_code, answer.json["code"]) == (404, 102), (method, rule)
    assert stranger.delete("/api/v1/chats", json={"ids": [owned["chat_id"]]}).status_code == 404
    assert stranger.delete("/api/v1/chats", json={"ids": None}).json["code"] == 0
    assert stranger.get("/api/v1/chats").json["data"] == []
    assert (client.get(one).json, client.get(session).json) == before


@pytest.mark.databases("sqlite")
def test_odd_ids_do_not_exist(client: FlaskClient) -> None:
    for odd in ("x", "%00", "..%2f..", "1" * 300, "龍", "' OR 1=1 --"):
        assert client.get(f"/api/v1/chats/{odd}").status_code in {400, 404}, odd
        answer = client.post(f"/api/v1/chats/{odd}/completions", json={"question": "q"})
        assert answer.status_code in {400, 404}, odd


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("data", "content_type"),
    [("{", "application/json"), ("[]", "application/json"), ("{}", "text/plain")],
)
def test_a_body_that_is_no_object(
    app: Flask, client: FlaskClient, owned: dict[str, str], data: str, content_type: str
) -> None:
    for method, rule in routes(app):
        if method == "GET" or (rule.rule.endswith(">") and method == "DELETE"):
            continue
        answer = client.open(
            path_of(rule, owned), method=method, data=data, content_type=content_type
        )
        assert (answer.status_code, answer.json["code"]) == (400, 101), (method, rule)
