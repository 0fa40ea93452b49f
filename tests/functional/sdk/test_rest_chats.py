"""Assistants and their sessions in the later contract."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.corpus import Corpus
from tests.functional.library import API, data_of, refused
from tests.functional.sdk.rest import keyed_client

ABSENT = "0" * 32
CHATS = f"{API}/chats"

FIELDS = {
    "name": "guide",
    "icon": "data:image/png;base64,AA",
    "description": "of the lighthouse",
    "llm_setting": {"temperature": 0.5, "max_tokens": 99},
    "prompt_config": {"system": "Read {knowledge}.", "prologue": "Good evening.", "quote": False},
    "similarity_threshold": 0.4,
    "vector_similarity_weight": 0.6,
    "top_n": 4,
    "top_k": 40,
}


@pytest.fixture
def rest(app: Flask, services: Services, member: Member) -> FlaskClient:
    return keyed_client(app, services, member, "rest")


def make(rest: FlaskClient, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = data_of(rest.post(CHATS, json={**FIELDS, **fields}))
    return made


@pytest.mark.databases("sqlite")
def test_an_assistant_has_the_later_names(
    rest: FlaskClient, client: FlaskClient, corpus: Corpus
) -> None:
    made = make(rest, dataset_ids=[corpus.dataset_id])
    for name in ("avatar", "llm", "prompt", "datasets"):
        assert name not in made
    for name in FIELDS.keys() - {"llm_setting", "prompt_config"}:
        assert made[name] == FIELDS[name], name
    assert made["llm_setting"]["temperature"] == 0.5
    assert made["prompt_config"]["prologue"] == "Good evening."
    assert made["prompt_config"]["parameters"] == [{"key": "knowledge", "optional": False}]
    assert (made["dataset_ids"], made["kb_names"]) == ([corpus.dataset_id], ["handbook"])
    assert data_of(rest.get(f"{CHATS}/{made['id']}")) == made
    assert data_of(rest.get(CHATS)) == {"chats": [made], "total": 1}
    classic = data_of(client.get(f"{CHATS}/{made['id']}"))
    assert classic["prompt"]["opener"] == "Good evening."
    assert classic["avatar"] == made["icon"]


def test_lists_tell_how_many_there_are_on_all_pages(rest: FlaskClient) -> None:
    for name in ("one", "two", "three"):
        make(rest, name=name)

    def listed(**query: object) -> tuple[list[str], int]:
        data = data_of(rest.get(CHATS, query_string=query))
        return [chat["name"] for chat in data["chats"]], data["total"]

    assert listed(page_size=2) == (["three", "two"], 3)
    assert listed(page_size=2, page=2) == (["one"], 3)
    assert listed(keywords="t", desc="false") == (["two", "three"], 2)
    assert listed(name="two") == (["two"], 1)
    assert listed(name="four") == ([], 0)
    assert listed(id=ABSENT) == ([], 0)


@pytest.mark.databases("sqlite")
def test_put_overwrites_and_patch_changes(rest: FlaskClient, corpus: Corpus) -> None:
    made = make(rest, dataset_ids=[corpus.dataset_id])
    path = f"{CHATS}/{made['id']}"
    changed = data_of(rest.patch(path, json={"top_n": 3}))
    assert changed == made | {"top_n": 3, **times_of(changed)}
    plain = data_of(rest.post(CHATS, json={"name": "plain"}))
    put = data_of(rest.put(path, json={"name": "other"}))
    same = ("id", "create_time", "create_date")
    assert put == plain | {"name": "other", **times_of(put)} | {key: made[key] for key in same}
    assert data_of(rest.get(path)) == put
    assert "`name` is required" in refused(rest.put(path, json={"top_n": 3}), 400, 102)
    assert data_of(rest.get(path)) == put


def times_of(chat: dict[str, Any]) -> dict[str, Any]:
    return {name: chat[name] for name in ("update_time", "update_date")}


@pytest.mark.databases("sqlite")
def test_put_changes_what_is_given_for_classic_clients(
    client: FlaskClient, rest: FlaskClient
) -> None:
    made = make(rest)
    assert data_of(client.put(f"{CHATS}/{made['id']}", json={"prompt": {"top_n": 3}})) is None
    now = data_of(rest.get(f"{CHATS}/{made['id']}"))
    assert (now["top_n"], now["description"]) == (3, "of the lighthouse")


@pytest.mark.databases("sqlite")
def test_an_overwritten_assistant_keeps_to_the_rules(
    rest: FlaskClient, stranger: FlaskClient, corpus: Corpus
) -> None:
    made, other = make(rest), make(rest, name="other")
    path = f"{CHATS}/{made['id']}"
    assert refused(rest.put(path, json={"name": "OTHER"}), 409, 102) == (
        "duplicated chat name in updating chat"
    )
    theirs = data_of(stranger.post(f"{API}/datasets", json={"name": "x"}))["id"]
    body = {"name": "guide", "dataset_ids": [theirs]}
    assert refused(rest.put(path, json=body), 404, 102) == f"you don't own the dataset {theirs}"
    assert data_of(rest.get(path)) == made
    assert data_of(rest.get(CHATS))["total"] == 2
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    assert data_of(rest.put(path, json=body))["kb_names"] == ["handbook"]
    assert refused(rest.post(CHATS, json={"name": other["name"]}), 409, 102) == (
        "duplicated chat name in creating chat"
    )


@pytest.mark.databases("sqlite")
def test_what_is_not_there_is_told_in_the_later_words(
    rest: FlaskClient, stranger: FlaskClient
) -> None:
    theirs = data_of(stranger.post(CHATS, json={"name": "x"}))["id"]
    mine = make(rest)["id"]
    for chat in (ABSENT, theirs):
        path = f"{CHATS}/{chat}"
        for answer in (
            rest.get(path),
            rest.put(path, json={"name": "y"}),
            rest.patch(path, json={"name": "y"}),
            rest.get(f"{path}/sessions"),
            rest.post(f"{path}/sessions", json={"name": "s"}),
            rest.delete(f"{path}/sessions", json={"ids": [ABSENT]}),
        ):
            assert refused(answer, 404, 109) == "no authorization"
        assert refused(rest.delete(path), 404, 102) == f"Chat({chat}) not found."
    assert data_of(stranger.get(f"{CHATS}/{theirs}"))["name"] == "x"
    sessions = f"{CHATS}/{mine}/sessions"
    assert refused(rest.get(f"{sessions}/{ABSENT}"), 404, 102) == "Session not found!"
    told = refused(rest.patch(f"{sessions}/{ABSENT}", json={"name": "y"}), 404, 102)
    assert told == "Session not found!"


@pytest.mark.databases("sqlite")
def test_deletions_name_what_is_missing_and_what_came_twice(rest: FlaskClient) -> None:
    first, second = make(rest)["id"], make(rest, name="second")["id"]
    body = {"ids": [first, first, ABSENT]}
    assert data_of(rest.delete(CHATS, json=body)) == {
        "success_count": 1,
        "errors": [f"Chat({ABSENT}) not found.", f"Duplicate chat ids: {first}"],
    }
    session = data_of(rest.post(f"{CHATS}/{second}/sessions", json={"name": "s"}))["id"]
    body = {"ids": [session, ABSENT]}
    assert data_of(rest.delete(f"{CHATS}/{second}/sessions", json=body)) == {
        "success_count": 1,
        "errors": [f"the chat doesn't own the session {ABSENT}"],
    }
    assert data_of(rest.delete(f"{CHATS}/{second}")) == {"success_count": 1}


@pytest.mark.databases("sqlite")
def test_sentences_about_fields_have_no_stop(rest: FlaskClient, client: FlaskClient) -> None:
    chat = f"{CHATS}/{make(rest)['id']}"
    session = f"{chat}/sessions/{data_of(rest.post(f'{chat}/sessions', json={}))['id']}"
    dataset = f"{API}/datasets/{data_of(rest.post(f'{API}/datasets', json={'name': 'x'}))['id']}"
    empty, required = "`name` can not be empty", "`name` is required"
    fixed = "`{}` can not be change", "`{}` cannot be changed"
    for method, path, body, classic, later in (
        ("POST", CHATS, {}, f"{required}.", required),
        ("POST", f"{chat}/sessions", {"name": " "}, f"{empty}.", empty),
        ("PUT", session, {"name": 1}, f"{empty}.", empty),
        *(
            ("PUT", session, {name: []}, *(form.format(name) for form in fixed))
            for name in ("message", "messages", "reference")
        ),
    ):
        asked = [one.open(path, method=method, json=body) for one in (client, rest)]
        assert [refused(answer, 400, 102) for answer in asked] == [classic, later]
    assert refused(rest.put(dataset, json={}), 400, 101) == "no properties were modified"
    assert refused(client.put(dataset, json={}), 400, 101) == "No properties were modified"


@pytest.mark.databases("sqlite")
def test_a_renamed_session_is_shown(rest: FlaskClient, client: FlaskClient) -> None:
    sessions = f"{CHATS}/{make(rest)['id']}/sessions"
    path = f"{sessions}/{data_of(rest.post(sessions, json={'name': 's'}))['id']}"
    assert data_of(rest.put(path, json={"name": "t"}))["name"] == "t"
    assert data_of(client.put(path, json={"name": "u"})) is None
    assert data_of(rest.patch(path, json={"name": "v"}))["name"] == "v"


@pytest.mark.databases("sqlite")
def test_a_model_may_be_named_with_its_instance(rest: FlaskClient) -> None:
    names = ("extractive@Builtin", "extractive@Local@Builtin")
    assert tuple(make(rest, name=name, llm_id=name)["llm_id"] for name in names) == names
    told = refused(rest.post(CHATS, json={"name": "z", "llm_id": "x@Moon@Builtin"}), 400, 102)
    assert told == "`llm_id` x@Moon@Builtin doesn't exist"
    told = refused(rest.post(CHATS, json={"name": "z", "rerank_id": "r"}), 400, 102)
    assert told == "`rerank_id` r doesn't exist"
