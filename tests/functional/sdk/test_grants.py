"""Grants: who may read, change and manage datasets and assistants of others, and until when."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from api.services.accounts.records import AccountRole
from tests.functional.conftest import Member, client_with, join
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import API, data_of, make_dataset, refused, upload

LAMP = "When does the keeper light the lamp?"
STRANGER = "stranger@example.org"

Grant = Callable[..., None]

on_sqlite = pytest.mark.databases("sqlite")


@pytest.fixture
def administrator(app: Flask, services: Services) -> FlaskClient:
    """Return a client of an administrator."""
    made = join(services, "admin@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return client_with(app, made.api_key)


@pytest.fixture
def group(
    administrator: FlaskClient, services: Services, stranger: FlaskClient, member: Member
) -> str:
    """Make a group of the stranger and the member; return its id."""
    data_of(stranger.get(f"{API}/datasets"))  # who it is, is there
    other = services.accounts.accounts.user_id_of(STRANGER)
    body = {"name": "Keepers", "user_ids": [other, member.account.id]}
    return str(data_of(administrator.post(f"{API}/groups", json=body))["id"])


@pytest.fixture
def anybody(app: Flask, services: Services) -> FlaskClient:
    """Return a client of somebody to whom nothing is granted but what everybody has."""
    return client_with(app, join(services, "anybody@example.org").api_key)


def grants(*given: tuple[str, str, str]) -> Mapping[str, Any]:
    """Return a body that grants to subjects with names, at levels."""
    return {"grants": [{"subject": s, "name": n, "level": lev} for s, n, lev in given]}


def to_stranger(level: str) -> Mapping[str, Any]:
    """Return a body that grants something to the stranger alone."""
    return grants(("user", STRANGER, level))


EDIT = {"updates": [{"key": "shelf", "value": "north"}]}
TO_NOBODY: Mapping[str, Any] = {"grants": []}
TO_ALL: Mapping[str, Any] = {"grants": [{"subject": "everybody"}]}


def names(client: FlaskClient, path: str, **query: object) -> list[str]:
    """Return the names in a list."""
    found = data_of(client.get(f"{API}/{path}", query_string=query))
    return [one["name"] for one in found]


def search(client: FlaskClient, *dataset_ids: str) -> Any:
    """Ask datasets."""
    return client.post(f"{API}/retrieval", json={"dataset_ids": dataset_ids, "question": LAMP})


def test_what_is_granted_is_listed_and_searched_until_it_ends(
    client: FlaskClient, stranger: FlaskClient, anybody: FlaskClient, corpus: Corpus, group: str
) -> None:
    place = f"{API}/datasets/{corpus.dataset_id}"
    made = make_dataset(stranger, "mine")["id"]
    for to in (to_stranger("read"), grants(("group", "keepers", "read")), TO_ALL):
        data_of(client.put(f"{place}/grants", json=to))
        assert sorted(names(stranger, "datasets")) == ["handbook", "mine"]
        answer = stranger.get(f"{API}/datasets", query_string={"page_size": 1, "orderby": "name"})
        assert answer.status_code == 400
        page = stranger.get(f"{API}/datasets", query_string={"page_size": 1, "page": 2}).json
        assert (page["total_datasets"], len(page["data"])) == (2, 1)
        assert names(stranger, "datasets", name="handbook") == ["handbook"]
        assert names(stranger, "datasets", id=corpus.dataset_id) == ["handbook"]
        assert data_of(search(stranger, corpus.dataset_id))["chunks"][0]["content"] == TEXTS[0]
        assert data_of(stranger.get(f"{place}/documents"))["total"] == 1
        document = f"{place}/documents/{corpus.document_id}"
        assert data_of(stranger.get(f"{document}/chunks"))["doc"]["id"] == corpus.document_id
        everybody = to is TO_ALL
        assert ("handbook" in names(anybody, "datasets")) is everybody
        assert (search(anybody, corpus.dataset_id).status_code == 200) is everybody
        data_of(client.put(f"{place}/grants", json=TO_NOBODY))
        assert names(stranger, "datasets") == ["mine"]
        assert refused(search(stranger, corpus.dataset_id), 404, 102)
        assert refused(stranger.get(f"{place}/documents"), 404, 102)
    assert data_of(stranger.get(f"{API}/datasets/{made}"))["name"] == "mine"
    assert group


def test_each_level_opens_what_it_says_and_no_more(
    client: FlaskClient, stranger: FlaskClient
) -> None:
    dataset = make_dataset(client, "shared")["id"]
    place = f"{API}/datasets/{dataset}"
    document = upload(client, dataset, ("mine.txt", b"of the owner"))[0]["id"]
    chunks = f"{place}/documents/{document}"
    writes: list[Callable[[], Any]] = [
        lambda: stranger.post(f"{chunks}/chunks", json={"content": "The lamp"}),
        lambda: stranger.patch(chunks, json={"name": "other.txt"}),
        lambda: stranger.post(f"{place}/metadata/update", json=EDIT),
    ]
    manages: list[Callable[[], Any]] = [
        lambda: stranger.put(place, json={"description": "ours"}),
        lambda: stranger.get(f"{place}/grants"),
        lambda: stranger.put(f"{place}/grants", json=to_stranger("manage")),
    ]
    for level, may in (("read", 0), ("write", 1), ("manage", 2)):
        data_of(client.put(f"{place}/grants", json=to_stranger(level)))
        assert stranger.get(f"{chunks}/chunks").status_code == 200
        assert data_of(stranger.get(place))["level"] == level
        for rank, actions in ((1, writes), (2, manages)):
            for action in actions:
                answer = action()
                assert (answer.status_code == 200) is (rank <= may), (level, answer.text)
                if rank > may:
                    assert answer.status_code == 403, answer.text
        assert refused(stranger.delete(f"{API}/datasets", json={"ids": [dataset]}), 403, 108)
    assert data_of(client.get(place))["description"] == "ours"
    levels = [data_of(one.get(f"{API}/datasets"))[0]["level"] for one in (client, stranger)]
    assert levels == [None, "manage"]
    assert data_of(stranger.put(place, json={"description": "all"}))["level"] == "manage"


def test_who_is_granted_what_is_shown_and_wrong_names_change_nothing(
    client: FlaskClient, administrator: FlaskClient, stranger: FlaskClient, group: str
) -> None:
    dataset = make_dataset(client, "shared")["id"]
    place = f"{API}/datasets/{dataset}/grants"
    wanted = grants(("user", STRANGER.upper(), "write"), ("group", group, "read"))
    shown = data_of(client.put(place, json=wanted))
    assert [(one["subject"], one["name"], one["level"]) for one in shown] == [
        ("user", "stranger", "write"),
        ("group", "Keepers", "read"),
    ]
    assert data_of(client.get(place)) == shown
    data_of(administrator.post(f"{API}/groups", json={"name": "Others"}))
    for wrong, status, code in (
        (grants(("user", "nobody@example.org", "read")), 404, 102),
        (grants(("group", "Others", "read")), 404, 102),
        (grants(("group", "Keepers", "read"), ("group", group, "write")), 400, 101),
        (grants(("user", STRANGER, "own")), 400, 101),
        (grants(("everybody", "all", "read")), 400, 101),
        ({"grants": [{"subject": "user"}]}, 400, 101),
    ):
        assert refused(client.put(place, json=wrong), status, code)
    assert data_of(client.get(place)) == shown
    assert refused(stranger.put(place, json=TO_NOBODY), 403, 108)


def test_grants_end_with_the_thing_the_group_and_the_person(
    client: FlaskClient, administrator: FlaskClient, group: str, services: Services
) -> None:
    joined = join(services, "leaver@example.org").account.id
    dataset = make_dataset(client, "shared")["id"]
    place = f"{API}/datasets/{dataset}/grants"
    to_all = grants(("group", group, "read"), ("user", "leaver@example.org", "read"))
    data_of(client.put(place, json=to_all))
    data_of(administrator.delete(f"{API}/users/{joined}"))
    assert [one["subject"] for one in data_of(client.get(place))] == ["group"]
    data_of(administrator.delete(f"{API}/groups/{group}"))
    assert data_of(client.get(place)) == []
    data_of(client.put(place, json=TO_ALL))
    chat = data_of(client.post(f"{API}/chats", json={"name": "guide"}))["id"]
    data_of(client.put(f"{API}/chats/{chat}/grants", json=TO_ALL))
    data_of(client.delete(f"{API}/datasets", json={"ids": [dataset]}))
    data_of(client.delete(f"{API}/chats", json={"ids": [chat]}))
    with connection(services.database):
        assert rows(services.database, "SELECT id FROM access_grant") == []


def test_an_assistant_answers_those_to_whom_it_is_granted(
    client: FlaskClient, stranger: FlaskClient, corpus: Corpus
) -> None:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    chat = data_of(client.post(f"{API}/chats", json=body))["id"]
    place = f"{API}/chats/{chat}"
    data_of(client.post(f"{place}/sessions", json={"name": "the owner's"}))
    data_of(client.put(f"{place}/grants", json=to_stranger("read")))
    assert names(stranger, "chats") == ["guide"]
    assert data_of(stranger.get(place))["level"] == "read"
    assert data_of(client.get(place))["level"] is None
    assert data_of(stranger.get(place))["datasets"] == []
    assert data_of(stranger.get(f"{place}/sessions")) == []
    mine = data_of(stranger.post(f"{place}/sessions", json={"name": "mine"}))["id"]
    ask = {"question": LAMP, "session_id": mine, "stream": False}
    answer = data_of(stranger.post(f"{place}/completions", json=ask))
    assert answer["reference"]["chunks"][0]["content"] == TEXTS[0]
    theirs = data_of(client.get(f"{place}/sessions"))
    assert [one["name"] for one in theirs] == ["the owner's"]
    stolen = {**ask, "session_id": theirs[0]["id"]}
    assert refused(stranger.post(f"{place}/completions", json=stolen), 404, 102)
    assert refused(client.get(f"{place}/sessions/{mine}"), 404, 102)
    assert refused(search(stranger, corpus.dataset_id), 404, 102)
    assert refused(stranger.put(place, json={"name": "theirs"}), 403, 103)
    assert refused(stranger.post(f"{place}/shares", json={"name": "x"}), 403, 103)
    data_of(stranger.delete(f"{place}/sessions", json={"ids": None}))
    assert len(data_of(client.get(f"{place}/sessions"))) == 1
    data_of(client.put(f"{place}/grants", json=to_stranger("write")))
    data_of(stranger.put(place, json={"name": "ours", "dataset_ids": []}))
    assert data_of(client.get(place))["kb_names"] == ["handbook"]
    assert names(client, "chats") == ["ours"]
    data_of(client.put(f"{place}/grants", json=TO_NOBODY))
    assert refused(stranger.post(f"{place}/completions", json=ask), 404, 102)
    assert names(stranger, "chats") == []


@on_sqlite
def test_an_assistant_that_is_granted_answers_at_other_doors_too(
    client: FlaskClient, stranger: FlaskClient, anybody: FlaskClient, corpus: Corpus
) -> None:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    chat = data_of(client.post(f"{API}/chats", json=body))["id"]
    own = data_of(stranger.post(f"{API}/chats", json={"name": "guide"}))["id"]
    data_of(client.put(f"{API}/chats/{chat}/grants", json=to_stranger("read")))
    session = data_of(stranger.post(f"{API}/chats/{chat}/sessions", json={}))["id"]
    ask = {"question": LAMP, "session_id": session, "stream": True}
    with stranger.post(f"{API}/chats/{chat}/completions", json=ask) as answer:
        assert TEXTS[0] in answer.text
    said = {"model": chat, "messages": [{"role": "user", "content": LAMP}], "stream": True}
    with stranger.post("/v1/chat/completions", json=said) as answer:
        assert "dusk" in answer.text
    with anybody.post("/v1/chat/completions", json=said) as answer:
        assert answer.status_code == 404
    assert {one["id"] for one in data_of(stranger.get("/v1/dialog/list"))} == {chat, own}
    stores = stranger.get("/v1/vector_stores").json["data"]
    assert stores == []
    data_of(client.put(f"{API}/datasets/{corpus.dataset_id}/grants", json=to_stranger("read")))
    [store] = stranger.get("/v1/vector_stores").json["data"]
    assert store["name"] == "handbook"
    named = stranger.post("/v1/chat/completions", json=said | {"model": "guide", "stream": False})
    assert "dusk" not in named.text  # a name is that of one's own assistant first


@on_sqlite
def test_an_assistant_of_ones_own_may_read_what_is_granted(
    client: FlaskClient, stranger: FlaskClient, corpus: Corpus
) -> None:
    place = f"{API}/datasets/{corpus.dataset_id}/grants"
    data_of(client.put(place, json=to_stranger("read")))
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    chat = data_of(stranger.post(f"{API}/chats", json=body))["id"]
    ask = {"question": LAMP, "stream": False, "session_id": ""}
    session = data_of(stranger.post(f"{API}/chats/{chat}/sessions", json={}))["id"]
    ask["session_id"] = session
    completions = f"{API}/chats/{chat}/completions"
    answer = data_of(stranger.post(completions, json=ask))
    assert answer["reference"]["chunks"][0]["content"] == TEXTS[0]
    data_of(client.put(place, json=TO_NOBODY))
    assert data_of(stranger.post(completions, json=ask))["reference"]["chunks"] == []


@on_sqlite
def test_a_key_for_some_datasets_may_name_what_is_granted(
    app: Flask, client: FlaskClient, stranger: FlaskClient, corpus: Corpus
) -> None:
    data_of(client.put(f"{API}/datasets/{corpus.dataset_id}/grants", json=to_stranger("read")))
    other = make_dataset(stranger, "mine")["id"]
    made = stranger.post(f"{API}/system/tokens", json={"dataset_ids": [corpus.dataset_id]})
    narrow = client_with(app, data_of(made)["token"])
    assert names(narrow, "datasets") == ["handbook"]
    assert data_of(search(narrow, corpus.dataset_id))["chunks"]
    assert narrow.get(f"{API}/datasets/{other}").status_code == 403


@on_sqlite
def test_very_many_grants_are_listed_too(
    client: FlaskClient,
    stranger: FlaskClient,
    corpus: Corpus,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.services.accounts.grant_queries.MOST_NAMED", 0)
    data_of(client.put(f"{API}/datasets/{corpus.dataset_id}/grants", json=TO_ALL))
    assert names(stranger, "datasets") == ["handbook"]


def test_pages_of_ones_own_and_what_is_granted_follow_one_order(
    client: FlaskClient, stranger: FlaskClient
) -> None:
    for number in range(8):
        owner = stranger if number % 2 else client
        made = make_dataset(owner, f"part {number}")["id"]
        if owner is client and number != 6:
            data_of(client.put(f"{API}/datasets/{made}/grants", json=TO_ALL))
    wanted = [f"part {number}" for number in (0, 1, 2, 3, 4, 5, 7)]
    for desc in ("true", "false"):
        asked = {"orderby": "create_time", "desc": desc, "page_size": 3}
        pages = [names(stranger, "datasets", **asked, page=page) for page in (1, 2, 3)]
        read = [name for page in pages for name in page]
        assert read == (wanted[::-1] if desc == "true" else wanted), desc
        last = data_of(stranger.get(f"{API}/datasets", query_string=asked))[-1]["id"]
        assert names(stranger, "datasets", **asked, after=last) == read[3:6]
    total = stranger.get(f"{API}/datasets", query_string={"page_size": 2}).json["total_datasets"]
    assert total == len(wanted)
