"""Shares of assistants: who makes them, what whoever has the link may do, and who may not."""

import re
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.functional.library import API, data_of, make_dataset, upload
from tests.functional.library import add_chunk as add

pytestmark = pytest.mark.databases("sqlite")

SITE = "https://www.example.org"
FACT = "The lamp of the harbour is green."


@pytest.fixture
def chat(client: FlaskClient) -> str:
    """Make an assistant with a dataset; return its id."""
    dataset = make_dataset(client, "harbour")["id"]
    document = upload(client, dataset, ("lamp.txt", b"Here."))[0]["id"]
    add(client, f"{API}/datasets/{dataset}/documents/{document}", FACT)
    body = {"name": "guide", "dataset_ids": [dataset], "prompt": {"opener": "Good day."}}
    return str(data_of(client.post(f"{API}/chats", json=body))["id"])


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Return a browser of somebody whom the server does not know."""
    made = app.test_client()
    made.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
    return made


def make(client: FlaskClient, chat: str, **values: object) -> dict[str, Any]:
    body = {"name": "website", **values}
    found: dict[str, Any] = data_of(client.post(f"{API}/chats/{chat}/shares", json=body))
    return found


def ask(visitor: FlaskClient, share: dict[str, Any], question: str, session: str = "") -> Any:
    body = {"question": question, "session_id": session}
    return visitor.post(f"{share['path']}/completions", json=body, headers={"Accept": "*/*"})


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_a_share_is_made_listed_changed_and_deleted(client: FlaskClient, chat: str) -> None:
    end = int(time.time() * 1000) + 60_000
    made = make(client, chat, origins=[f"{SITE.upper()}/", SITE, "http://*.example.org:8080"])
    assert made["origins"] == [SITE, "http://*.example.org:8080"]
    assert (made["is_on"], made["expires_time"], made["questions_per_hour"]) == (True, 0, 60)
    second = make(client, chat, name="other", expires_time=end, questions_per_hour=5)
    listed = data_of(client.get(f"{API}/chats/{chat}/shares"))
    assert {one["id"]: one for one in listed} == {one["id"]: one for one in (made, second)}
    path = f"{API}/chats/{chat}/shares/{made['id']}"
    changed = data_of(client.patch(path, json={"is_on": False, "origins": []}))
    assert (changed["is_on"], changed["origins"], changed["name"]) == (False, [], "website")
    assert changed["token"] == made["token"]
    assert data_of(client.delete(path)) is True
    assert [one["id"] for one in data_of(client.get(f"{API}/chats/{chat}/shares"))] == [
        second["id"]
    ]
    assert client.delete(path).status_code == 404
    data_of(client.delete(f"{API}/chats/{chat}"))
    assert client.get(second["path"]).status_code == 404


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"origins": ["www.example.org"]}, "origins"),
        ({"origins": ["https://example.org/path"]}, "origins"),
        ({"origins": ["https://a; script-src *"]}, "origins"),
        ({"origins": [SITE] * 51}, "origins"),
        ({"expires_time": 1}, "expires_time"),
        ({"questions_per_hour": 0}, "questions_per_hour"),
        ({"is_on": "yes"}, "is_on"),
    ],
)
def test_what_a_share_cannot_be_is_said(
    client: FlaskClient, chat: str, values: dict[str, object], field: str
) -> None:
    answer = client.post(f"{API}/chats/{chat}/shares", json={"name": "a", **values})
    assert answer.json["code"] == 101
    assert field in answer.json["message"]


def test_whoever_has_the_link_asks_and_goes_on(
    client: FlaskClient, visitor: FlaskClient, chat: str
) -> None:
    share = make(client, chat)
    page = visitor.get(share["path"])
    assert "Good day." in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    first = ask(visitor, share, "Which colour has the lamp?")
    assert "green" in first.text
    assert '"prompt":"' not in first.text.replace('"prompt":""', "")
    [session] = set(re.findall(r'"session_id":"(\w+)"', first.text))
    assert ask(visitor, share, "And the harbour?", session).text
    said = data_of(visitor.get(f"{share['path']}/sessions/{session}/messages"))
    assert [one["role"] for one in said] == ["assistant", *["user", "assistant"] * 2]
    kept = data_of(client.get(f"{API}/chats/{chat}/sessions/{session}"))
    assert kept["user_id"] == f"share-{share['id']}"


def test_the_log_does_not_tell_the_link(
    client: FlaskClient, visitor: FlaskClient, chat: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "raglan.access")
    share = make(client, chat)
    caplog.clear()
    for path in (share["path"], "/share/widget.js"):
        with visitor.get(path) as answer:  # the line is written at its end
            assert answer.status_code == 200
    shown, widget = (record.getMessage() for record in caplog.records)
    assert "GET /share/**** 200" in shown
    assert share["path"].rpartition("/")[2] not in caplog.text
    assert "GET /share/widget.js 200" in widget


def test_sites_that_are_named_may_show_it(
    client: FlaskClient, visitor: FlaskClient, chat: str
) -> None:
    share = make(client, chat, origins=[SITE, "http://localhost:3000"])
    policy = visitor.get(share["path"]).headers["Content-Security-Policy"]
    assert f"frame-ancestors {SITE} http://localhost:3000;" in policy
    widget = visitor.get("/share/widget.js")
    assert widget.content_type.startswith("text/javascript")
    assert len(widget.data) < 3000


def test_a_share_opens_its_own_assistant_alone(
    client: FlaskClient, visitor: FlaskClient, chat: str
) -> None:
    share, other = make(client, chat), make(client, chat)
    theirs = data_of(client.post(f"{API}/chats/{chat}/sessions", json={"name": "mine"}))["id"]
    hidden = make_dataset(client, "hidden")["id"]
    document = upload(client, hidden, ("a.pdf", b"%PDF-"))[0]["id"]
    [foreign] = set(re.findall(r'"session_id":"(\w+)"', ask(visitor, other, "Lamp?").text))
    for session in (theirs, foreign):
        assert '"code":102' in ask(visitor, share, "Who is there?", session).text
        said = visitor.get(f"{share['path']}/sessions/{session}/messages")
        assert said.status_code == 404
    pages = visitor.get(f"{share['path']}/datasets/{hidden}/documents/{document}/pages")
    assert pages.status_code == 404
    for path in (f"{API}/datasets", f"{API}/chats"):
        answer = visitor.get(path, headers={"Authorization": f"Bearer {share['token']}"})
        assert answer.status_code == 401


@pytest.mark.parametrize("change", [{"is_on": False}, {"expires_time": 1}])
def test_a_share_that_is_off_or_over_says_so(
    client: FlaskClient, visitor: FlaskClient, chat: str, change: dict[str, object]
) -> None:
    soon = int(time.time() * 1000) + 50
    share = make(client, chat, **({"expires_time": soon} if "expires_time" in change else {}))
    if "is_on" in change:
        data_of(client.patch(f"{API}/chats/{chat}/shares/{share['id']}", json=change))
    else:
        while time.time() * 1000 <= soon:
            time.sleep(0.01)
    page = visitor.get(share["path"])
    assert page.status_code == 403
    assert "Ask whoever gave you the link." in page.text
    assert ask(visitor, share, "Lamp?").json["code"] == 103


def test_more_questions_than_an_hour_has_are_refused(
    client: FlaskClient, visitor: FlaskClient, chat: str
) -> None:
    share = make(client, chat, questions_per_hour=2)
    for _ in range(2):
        assert "green" in ask(visitor, share, "Which colour has the lamp?").text
    assert "try again later" in ask(visitor, share, "And now?").text
    data_of(
        client.patch(f"{API}/chats/{chat}/shares/{share['id']}", json={"questions_per_hour": 9})
    )
    assert "green" in ask(visitor, share, "Which colour has the lamp?").text


@pytest.mark.parametrize("token", ["x" * 52, "0" * 52, "short", "ä" * 52])
def test_a_wrong_token_opens_nothing(visitor: FlaskClient, token: str) -> None:
    page = visitor.get(f"/share/{token}")
    assert page.status_code == 404
    assert "the link is incomplete" in page.text
    assert "<script" not in page.text
