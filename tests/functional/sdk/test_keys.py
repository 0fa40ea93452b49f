"""API keys with a scope and an end, over the REST API."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.account import ApiKey
from api.http.door import guard_of
from api.http.scopes import ASKS, CHECKS_DATASETS, GIVES_MORE, PAGES_OF, TELLS_KEYS
from api.permissions import DOORS
from api.services.accounts.scopes import Noun
from tests.functional.conftest import client_with
from tests.functional.corpus import Corpus
from tests.functional.library import API, code_of, data_of, make_dataset, refused, upload

TOKENS = f"{API}/system/tokens"
DAY = 86_400_000


def key(client: FlaskClient, **wanted: object) -> dict[str, Any]:
    """Make a key."""
    made: dict[str, Any] = data_of(client.post(TOKENS, json=wanted))
    return made


def with_key(app: Flask, client: FlaskClient, **wanted: object) -> FlaskClient:
    """Return a client with a new key."""
    return client_with(app, key(client, **wanted)["token"])


def told_scope(answer: TestResponse) -> str:
    """Return what is said where a scope leaves out what is asked for."""
    return refused(answer, 403, 103)


def test_a_key_shows_its_scope_and_its_end(client: FlaskClient, corpus: Corpus) -> None:
    end = now_ms() + DAY
    wanted = {"scope": "read", "dataset_ids": [corpus.dataset_id], "expires_time": end}
    made = key(client, name="reader", **wanted)
    assert {name: made[name] for name in wanted} == wanted
    listed = {row["id"]: row for row in data_of(client.get(TOKENS))}[made["id"]]
    assert {name: listed[name] for name in wanted} == wanted
    plain = key(client, name="plain")
    assert (plain["scope"], plain["dataset_ids"], plain["expires_time"]) == ("write", [], None)


def test_a_key_to_read_changes_nothing(app: Flask, client: FlaskClient, corpus: Corpus) -> None:
    reader = with_key(app, client, scope="read")
    dataset = f"{API}/datasets/{corpus.dataset_id}"
    assert data_of(reader.get(f"{API}/datasets"))
    asked = {"question": "lamp", "dataset_ids": [corpus.dataset_id]}
    assert data_of(reader.post(f"{API}/retrieval", json=asked))["total"] >= 1
    for answer in (
        reader.post(f"{API}/datasets", json={"name": "other"}),
        reader.put(dataset, json={"name": "other"}),
        reader.delete(f"{API}/datasets", json={"ids": None}),
        reader.post(f"{dataset}/chunks", json={"document_ids": [corpus.document_id]}),
        reader.post(TOKENS, json={"name": "mine"}),
    ):
        assert "`read`" in told_scope(answer)
    console = reader.post("/v1/kb/create", json={"name": "other"})
    assert code_of(console) == 103
    assert [row["id"] for row in data_of(reader.get(f"{API}/datasets"))] == [corpus.dataset_id]


def test_a_key_to_read_asks_assistants_and_sees_no_keys(
    app: Flask, client: FlaskClient, corpus: Corpus
) -> None:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    chat = data_of(client.post(f"{API}/chats", json=body))["id"]
    reader = with_key(app, client, scope="read")
    asked = {"question": "Where is the lamp?", "stream": False}
    assert "answer" in data_of(reader.post(f"{API}/chats/{chat}/completions", json=asked))
    for page in (TOKENS, "/v1/system/token_list", "/v1/api/token_list"):
        answer = reader.get(page)
        assert answer.get_json()["code"] == 103
        assert "list of keys" in answer.get_json()["message"]


def test_a_key_for_a_dataset_reaches_nothing_else(
    app: Flask, client: FlaskClient, corpus: Corpus
) -> None:
    other = make_dataset(client, "other")["id"]
    narrow = with_key(app, client, dataset_ids=[corpus.dataset_id])
    mine = f"{API}/datasets/{corpus.dataset_id}"
    assert [row["id"] for row in data_of(narrow.get(f"{API}/datasets"))] == [corpus.dataset_id]
    assert upload(narrow, corpus.dataset_id, ("new.txt", b"text"))
    assert data_of(narrow.get(f"{mine}/documents"))["total"] == 2
    asked = {"question": "lamp", "dataset_ids": [corpus.dataset_id]}
    assert data_of(narrow.post(f"{API}/retrieval", json=asked))["total"] >= 1
    dify = {"knowledge_id": other, "query": "lamp", "retrieval_setting": {"top_k": 1}}
    assert narrow.post(f"{API}/dify/retrieval", json=dify).status_code == 403
    both = {"question": "lamp", "dataset_ids": [corpus.dataset_id, other]}
    for answer in (
        narrow.get(f"{API}/datasets/{other}/documents"),
        narrow.post(f"{API}/retrieval", json=both),
        narrow.post(f"{API}/datasets/{other}/search", json={"question": "lamp"}),
    ):
        assert f"leaves out the dataset {other}" in told_scope(answer)
    for answer in (
        narrow.get(f"{API}/chats"),
        narrow.get(f"{API}/files"),
        narrow.get(f"{API}/tasks"),
        narrow.get(f"{API}/documents/{corpus.document_id}"),
        narrow.post(f"{API}/datasets", json={"name": "third"}),
    ):
        assert "some datasets" in told_scope(answer)


def test_a_dataset_of_somebody_else_cannot_be_in_a_scope(
    stranger: FlaskClient, corpus: Corpus
) -> None:
    theirs = stranger.post(TOKENS, json={"dataset_ids": [corpus.dataset_id]})
    assert theirs.status_code == 404
    mine = key(stranger)["id"]
    changed = stranger.patch(f"{TOKENS}/{mine}", json={"dataset_ids": [corpus.dataset_id]})
    assert changed.status_code == 404


def test_a_key_ends(app: Flask, client: FlaskClient, services: Services) -> None:
    made = key(client, expires_time=now_ms() + DAY)
    holder, bot = client_with(app, made["token"]), client_with(app, made["beta"])
    assert holder.get(f"{API}/datasets").status_code == 200
    assert bot.get(f"{API}/searchbots/detail?search_id=x").status_code == 404
    with connection(services.database):
        ApiKey.update(expires_time=now_ms() - 1).where(ApiKey.id == made["id"]).execute()
    assert "has expired" in refused(holder.get(f"{API}/datasets"), 401, 109)
    assert bot.get(f"{API}/searchbots/detail?search_id=x").status_code == 401
    over = client.post(TOKENS, json={"expires_time": 1})
    assert "`expires_time`" in refused(over, 400, 101)


def test_the_bots_of_a_narrow_key_stay_within_its_scope(
    app: Flask, client: FlaskClient, corpus: Corpus
) -> None:
    reader = client_with(app, key(client, scope="read")["beta"])
    asked = {"question": "lamp", "kb_id": corpus.dataset_id}
    assert data_of(reader.post(f"{API}/searchbots/retrieval_test", json=asked))["total"] >= 1
    narrow = client_with(app, key(client, dataset_ids=[corpus.dataset_id])["beta"])
    refusal = narrow.post(f"{API}/searchbots/retrieval_test", json=asked)
    assert "some datasets" in told_scope(refusal)


@pytest.mark.databases("sqlite")
def test_a_key_for_a_door_opens_no_other(app: Flask, client: FlaskClient) -> None:
    made = key(client, doors=["openai", "mcp"], note="for an agent")
    assert (made["doors"], made["note"]) == (["mcp", "openai"], "for an agent")
    holder = client_with(app, made["token"])
    assert holder.get("/v1/models").status_code == 200
    assert "`mcp`, `openai`" in told_scope(holder.get(f"{API}/datasets"))
    assert code_of(holder.get("/v1/user/info")) == 103
    unknown = client.post(TOKENS, json={"doors": ["cellar"]})
    assert "doors" in refused(unknown, 400, 101)


@pytest.mark.databases("sqlite")
def test_a_key_for_a_noun_is_for_nothing_else(
    app: Flask, client: FlaskClient, corpus: Corpus
) -> None:
    holder = with_key(app, client, nouns=["documents"])
    documents = f"{API}/datasets/{corpus.dataset_id}/documents"
    assert data_of(holder.get(documents))["total"] == 1
    assert upload(holder, corpus.dataset_id, ("new.txt", b"text"))
    for page in (f"{API}/datasets", f"{API}/chats", f"{API}/users/me/sessions"):
        assert "`documents`" in told_scope(holder.get(page))
    assert client.post(TOKENS, json={"nouns": ["cellars"]}).status_code == 400


@pytest.mark.databases("sqlite")
def test_a_key_with_a_scope_makes_nothing_that_may_do_more(app: Flask, client: FlaskClient) -> None:
    made = key(client, doors=["rest"])
    holder = client_with(app, made["token"])
    for answer in (
        holder.post(TOKENS, json={"name": "wide"}),
        holder.patch(f"{TOKENS}/{made['id']}", json={"doors": []}),
        holder.post(f"{API}/users", json={"email": "a@example.org", "password": "p"}),
    ):
        assert "makes no keys" in told_scope(answer)


def test_a_key_is_changed(app: Flask, client: FlaskClient) -> None:
    made = key(client, name="old")
    address = f"{TOKENS}/{made['id']}"
    end = now_ms() + DAY
    changed = data_of(
        client.patch(address, json={"name": "new", "scope": "read", "expires_time": end})
    )
    assert (changed["name"], changed["scope"], changed["expires_time"]) == ("new", "read", end)
    holder = client_with(app, made["token"])
    assert "`read`" in told_scope(holder.post(f"{API}/datasets", json={"name": "x"}))
    wide = data_of(client.patch(address, json={"scope": "write", "expires_time": 0}))
    assert (wide["name"], wide["scope"], wide["expires_time"]) == ("new", "write", None)
    assert data_of(holder.post(f"{API}/datasets", json={"name": "x"}))
    noted = data_of(client.patch(address, json={"note": "why", "nouns": ["search"]}))
    assert (noted["note"], noted["nouns"], noted["scope"]) == ("why", ["search"], "write")
    missing = client.patch(f"{TOKENS}/{'0' * 32}", json={"name": "x"})
    assert missing.status_code == 404


@pytest.mark.databases("sqlite")
def test_the_tables_of_pages_name_pages_that_are_there(app: Flask) -> None:
    assert set(app.view_functions) >= ASKS | TELLS_KEYS | CHECKS_DATASETS | GIVES_MORE
    assert set(app.blueprints) >= set().union(*PAGES_OF.values())
    assert PAGES_OF.keys() == set(Noun)


@pytest.mark.databases("sqlite")
def test_the_doors_of_scopes_are_those_that_take_keys(app: Flask) -> None:
    guards = (guard_of(view) for view in app.view_functions.values())
    found = {door.name for door in guards if door is not None and door.for_programs}
    assert found - {"share"} == set(DOORS)
