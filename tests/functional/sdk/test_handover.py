"""Accounts that are deleted while they own something: who gets it, and what stays as it was."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows, run
from api.services.accounts.records import AccountRole
from tests.functional.conftest import Member, client_with, join
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.filing import FILES, add_files
from tests.functional.library import API, data_of, make_dataset, refused

LAMP = "When does the keeper light the lamp?"
HEIR = "stranger@example.org"


@pytest.fixture
def administrator(app: Flask, services: Services) -> FlaskClient:
    """Return a client of an administrator."""
    made = join(services, "admin@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return client_with(app, made.api_key)


def leave(administrator: FlaskClient, member: Member, give_to: str) -> TestResponse:
    """Delete the member's account."""
    place = f"{API}/users/{member.account.id}"
    return administrator.delete(place, query_string={"give_to": give_to})


def test_what_a_leaver_owns_is_another_s_and_works_on(
    administrator: FlaskClient,
    client: FlaskClient,
    stranger: FlaskClient,
    member: Member,
    corpus: Corpus,
    services: Services,
) -> None:
    make_dataset(stranger, "Handbook")
    chat = data_of(
        client.post(f"{API}/chats", json={"name": "guide", "dataset_ids": [corpus.dataset_id]})
    )["id"]
    session = data_of(client.post(f"{API}/chats/{chat}/sessions", json={"name": "said"}))["id"]
    data_of(client.post(f"{API}/chats/{chat}/shares", json={"name": "open"}))
    data_of(client.post("/v1/search/create", json={"name": "finder"}))
    file = add_files(client, ("notes.txt", b"It is there."))[0]
    other = data_of(stranger.post(f"{API}/chats", json={"name": "theirs"}))["id"]
    grant = {"grants": [{"subject": "everybody", "level": "read"}]}
    data_of(stranger.put(f"{API}/chats/{other}/grants", json=grant))
    data_of(client.post(f"{API}/chats/{other}/sessions", json={"name": "private"}))

    data_of(leave(administrator, member, HEIR.upper()))

    assert client.get(f"{API}/datasets").status_code == 401
    listed = data_of(stranger.get(f"{API}/datasets", query_string={"desc": False}))
    assert {one["name"] for one in listed} == {"Handbook", "handbook(1)"}
    ask = {"question": LAMP, "session_id": session, "stream": False}
    answer = data_of(stranger.post(f"{API}/chats/{chat}/completions", json=ask))
    assert answer["reference"]["chunks"][0]["content"] == TEXTS[0]
    assert len(data_of(stranger.get(f"{API}/chats/{chat}/shares"))) == 1
    assert data_of(stranger.get(f"{API}/chats/{other}/sessions")) == []
    apps = data_of(stranger.post("/v1/search/list", json={}))["search_apps"]
    assert [one["name"] for one in apps] == ["finder"]
    [folder] = [
        one for one in data_of(stranger.get(FILES))["files"] if one["name"] == member.account.email
    ]
    inside = data_of(stranger.get(FILES, query_string={"parent_id": folder["id"]}))["files"]
    assert [one["id"] for one in inside] == [file]
    assert stranger.get(f"{FILES}/{file}").data == b"It is there."
    with connection(services.database):
        for table in ("dataset", "document", "chat", "chat_session", "share", "file_entry"):
            statement = f"SELECT id FROM {table} WHERE tenant_id = ?"  # noqa: S608 - tables of ours
            assert rows(services.database, statement, member.account.id) == [], table


def test_who_cannot_take_it_is_told_and_nothing_changes(
    administrator: FlaskClient,
    client: FlaskClient,
    stranger: FlaskClient,
    member: Member,
    services: Services,
) -> None:
    dataset = make_dataset(client, "mine")["id"]
    assert "give_to" in refused(leave(administrator, member, ""), 409, 102)
    assert refused(leave(administrator, member, "nobody@example.org"), 404, 102)
    assert "another" in refused(leave(administrator, member, member.account.email), 400, 101)
    heir = services.people.people.named(HEIR)
    services.people.people.set_active(heir.id, active=False)
    assert "not active" in refused(leave(administrator, member, HEIR), 409, 102)
    services.people.people.set_active(heir.id, active=True)
    with connection(services.database):
        model = "own@OpenAI-API-Compatible"
        run(
            services.database, "UPDATE dataset SET embedding_model = ? WHERE id = ?", model, dataset
        )
    told = refused(leave(administrator, member, HEIR), 409, 102)
    assert "own@OpenAI-API-Compatible" in told
    assert "mine" in told
    assert data_of(client.get(f"{API}/datasets/{dataset}"))["name"] == "mine"
    assert data_of(stranger.get(f"{API}/datasets")) == []


def test_the_last_administrator_keeps_their_things(
    administrator: FlaskClient, stranger: FlaskClient
) -> None:
    dataset = make_dataset(administrator, "mine")["id"]
    gone = administrator.delete(f"{API}/users/me", query_string={"give_to": HEIR})
    assert "last administrator" in refused(gone, 409, 102)
    assert data_of(administrator.get(f"{API}/datasets/{dataset}"))["name"] == "mine"
    assert data_of(stranger.get(f"{API}/datasets")) == []
