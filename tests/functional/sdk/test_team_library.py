"""What members of a team may do with its datasets, documents and chunks, and what they may not."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import QuotaSettings, Settings
from api.container import Services
from tests.functional.conftest import Member, client_with, join
from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    post_files,
    refused,
    upload,
)


@pytest.fixture
def shared(client: FlaskClient) -> dict[str, Any]:
    """Make a dataset that the team of `member` may use."""
    return make_dataset(client, "shared", permission="team")


@pytest.fixture
def private(client: FlaskClient) -> dict[str, Any]:
    """Make a dataset that is `member`'s alone."""
    return make_dataset(client, "private")


@pytest.fixture
def colleague(app: Flask, services: Services, member: Member) -> FlaskClient:
    """Return a client of a member of the team."""
    joined = join(services, "colleague@example.org")
    services.accounts.members.add(member.account.principal, joined.account.email)
    return client_with(app, joined.api_key)


def names(client: FlaskClient, **query: object) -> list[str]:
    """Return the names of the datasets that a client is shown."""
    found = data_of(client.get(f"{API}/datasets", query_string=query))
    return sorted(dataset["name"] for dataset in found)


def test_a_member_is_shown_what_the_team_shares_beside_their_own(
    colleague: FlaskClient,
    stranger: FlaskClient,
    shared: dict[str, Any],
    private: dict[str, Any],
) -> None:
    make_dataset(colleague, "mine", permission="team")

    assert names(colleague) == ["mine", "shared"]
    assert names(colleague, name="shared") == ["shared"]
    assert names(colleague, id=shared["id"]) == ["shared"]
    assert data_of(colleague.get(f"{API}/datasets/{shared['id']}"))["name"] == "shared"
    for hidden in (colleague, stranger):
        refused(hidden.get(f"{API}/datasets/{private['id']}"), 403, 108)
        refused(hidden.get(f"{API}/datasets", query_string={"name": "private"}), 403, 108)
    refused(stranger.get(f"{API}/datasets/{shared['id']}"), 403, 108)
    assert names(stranger) == []


@pytest.mark.databases("sqlite")
def test_the_owner_is_not_shown_what_is_a_member_s(
    client: FlaskClient, colleague: FlaskClient, shared: dict[str, Any]
) -> None:
    made = make_dataset(colleague, "mine", permission="team")
    assert names(client) == [shared["name"]]
    refused(client.get(f"{API}/datasets/{made['id']}"), 403, 108)


@pytest.mark.databases("sqlite")
def test_settings_and_the_end_of_a_dataset_are_the_owner_s(
    client: FlaskClient, colleague: FlaskClient, shared: dict[str, Any]
) -> None:
    for body in ({"name": "taken over"}, {"permission": "me"}, {"description": "x"}):
        refused(colleague.put(f"{API}/datasets/{shared['id']}", json=body), 403, 108)
    refused(colleague.delete(f"{API}/datasets", json={"ids": [shared["id"]]}), 403, 108)
    make_dataset(colleague, "mine")
    data_of(colleague.delete(f"{API}/datasets", json={"ids": None}))

    assert data_of(client.get(f"{API}/datasets/{shared['id']}")) == shared
    assert names(colleague) == ["shared"]


@pytest.mark.databases("sqlite")
def test_a_member_brings_documents_and_chunks_in_and_takes_them_out(
    client: FlaskClient, colleague: FlaskClient, shared: dict[str, Any], member: Member
) -> None:
    place = f"{API}/datasets/{shared['id']}/documents"
    document = upload(colleague, shared["id"], ("notes.txt", b"some text"))[0]
    path = f"{place}/{document['id']}"
    assert colleague.get(path).data == client.get(path).data == b"some text"
    renamed = {"name": "renamed.txt"}
    assert data_of(colleague.put(path, json=renamed))["name"] == "renamed.txt"
    chunk = add_chunk(colleague, path, "The lamp stands by the door.")
    changed = {"content": "The lamp stands by the window."}
    data_of(colleague.put(f"{path}/chunks/{chunk['id']}", json=changed))
    [listed] = data_of(client.get(f"{path}/chunks"))["chunks"]
    assert listed["content"] == changed["content"]
    assert data_of(client.get(f"{API}/datasets/{shared['id']}"))["chunk_count"] == 1
    data_of(colleague.delete(f"{path}/chunks", json={"chunk_ids": [chunk["id"]]}))

    parse = {"document_ids": [document["id"]]}
    data_of(colleague.post(f"{API}/datasets/{shared['id']}/chunks", json=parse))
    [shown] = data_of(client.get(place))["docs"]
    assert (shown["name"], shown["run"]) == ("renamed.txt", "RUNNING")
    assert shown["created_by"] != member.account.id
    data_of(colleague.delete(f"{API}/datasets/{shared['id']}/chunks", json=parse))
    data_of(colleague.delete(place, json={"ids": [document["id"]]}))
    assert data_of(client.get(place))["total"] == 0


@pytest.mark.databases("sqlite")
def test_room_is_that_of_the_dataset_s_tenant(
    services: Services, client: FlaskClient, colleague: FlaskClient, shared: dict[str, Any]
) -> None:
    services.live.take(Settings(quota=QuotaSettings(tenant_documents=1)))
    own = make_dataset(colleague, "mine")
    upload(colleague, own["id"], ("mine.txt", b"text"))
    upload(client, shared["id"], ("theirs.txt", b"text"))

    for asker in (client, colleague):
        refused(post_files(asker, shared["id"], ("more.txt", b"text")), 403, 102)


def test_who_is_no_member_any_more_is_out_at_once(
    services: Services, member: Member, colleague: FlaskClient, shared: dict[str, Any]
) -> None:
    place = f"{API}/datasets/{shared['id']}"
    assert colleague.get(place).status_code == 200
    services.accounts.members.remove(member.account.principal, "colleague@example.org")

    refused(colleague.get(place), 403, 108)
    refused(post_files(colleague, shared["id"], ("more.txt", b"text")), 404, 102)
    assert names(colleague) == []


def test_what_is_no_longer_shared_is_out_of_sight(
    client: FlaskClient, colleague: FlaskClient, shared: dict[str, Any]
) -> None:
    document = upload(colleague, shared["id"], ("notes.txt", b"some text"))[0]
    path = f"{API}/datasets/{shared['id']}/documents/{document['id']}"
    data_of(client.put(f"{API}/datasets/{shared['id']}", json={"permission": "me"}))

    refused(colleague.get(path), 404, 102)
    refused(colleague.get(f"{path}/chunks"), 404, 102)
    assert client.get(path).data == b"some text"


@pytest.mark.databases("sqlite")
def test_a_member_by_session_is_one_too(
    app: Flask, services: Services, member: Member, shared: dict[str, Any]
) -> None:
    joined = join(services, "colleague@example.org")
    services.accounts.members.add(member.account.principal, joined.account.email)
    answer = app.test_client().post(
        "/v1/user/login",
        json={"email": joined.account.email, "password": "correct horse battery staple"},
    )
    client = client_with(app, answer.headers["Authorization"])
    assert names(client) == [shared["name"]]
