"""Files and folders that are granted to others: found, listed and downloaded."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from tests.functional.conftest import Member, client_with, join
from tests.functional.filing import FILES, add_files, add_folder, listing, names
from tests.functional.library import API, data_of, make_dataset, upload

OTHER = "other@example.org"


@pytest.fixture
def theirs(app: Flask, services: Services) -> FlaskClient:
    """Return a client of somebody to whom nothing is granted yet."""
    return client_with(app, join(services, OTHER).api_key)


def grant(client: FlaskClient, file_id: str, *emails: str) -> None:
    """Grant a file or folder to these alone."""
    given = [{"subject": "user", "name": email} for email in emails]
    found = data_of(client.put(f"{FILES}/{file_id}/grants", json={"grants": given}))
    assert [one["email"] for one in found] == list(emails)
    assert data_of(client.get(f"{FILES}/{file_id}/grants")) == found


def ancestors(client: FlaskClient, file_id: str) -> list[str]:
    found = data_of(client.get(f"{FILES}/{file_id}/ancestors"))["parent_folders"]
    return [folder["name"] for folder in found]


def granted(client: FlaskClient) -> list[str]:
    return [file["name"] for file in data_of(client.get(f"{FILES}/granted"))]


def test_a_file_is_read_by_those_to_whom_it_is_granted(
    client: FlaskClient, theirs: FlaskClient
) -> None:
    first, second = add_files(client, ("a.txt", b"first"), ("b.txt", b"second"))
    assert granted(theirs) == []
    grant(client, first, OTHER)
    assert granted(theirs) == ["a.txt"]
    assert theirs.get(f"{FILES}/{first}").data == b"first"
    assert theirs.get(f"{API}/file/get/{first}").data == b"first"
    assert theirs.get(f"{FILES}/{second}").status_code == 404
    assert ancestors(theirs, first) == ["a.txt"]
    assert (names(theirs), granted(client)) == ([], [])
    for changed in (
        theirs.post(f"{FILES}/move", json={"src_file_ids": [first], "new_name": "c.txt"}),
        theirs.delete(FILES, json={"ids": [first]}),
        theirs.put(f"{FILES}/{first}/grants", json={"grants": []}),
    ):
        assert changed.status_code == 403
    grant(client, first)
    assert granted(theirs) == []
    assert theirs.get(f"{FILES}/{first}").status_code == 404


def test_a_folder_is_granted_with_all_that_is_in_it_and_nothing_above(
    client: FlaskClient, theirs: FlaskClient
) -> None:
    top = add_folder(client, "top")
    shared = add_folder(client, "shared", top)
    inner = add_folder(client, "inner", shared)
    [deep] = add_files(client, ("deep.txt", b"deep"), parent_id=inner)
    [beside] = add_files(client, ("beside.txt", b"beside"), parent_id=top)
    grant(client, shared, OTHER)
    assert granted(theirs) == ["shared"]
    assert (names(theirs, shared), names(theirs, inner)) == (["inner"], ["deep.txt"])
    assert ancestors(theirs, deep) == ["deep.txt", "inner", "shared"]
    assert ancestors(client, deep) == ["deep.txt", "inner", "shared", "top", "/"]
    assert [listing(one, inner)["level"] for one in (client, theirs)] == [None, "read"]
    assert theirs.get(f"{FILES}/{deep}").data == b"deep"
    for closed in (beside, top):
        assert theirs.get(f"{FILES}/{closed}").status_code == 404
    assert theirs.get(FILES, query_string={"parent_id": top}).status_code == 404
    sent = {"name": "mine", "parent_id": shared, "type": "folder"}
    assert theirs.post(FILES, json=sent).status_code == 403
    data_of(client.post(f"{FILES}/move", json={"src_file_ids": [deep], "dest_file_id": top}))
    assert theirs.get(f"{FILES}/{deep}").status_code == 404  # it is no longer in there


@pytest.mark.databases("sqlite")
def test_what_may_be_granted_how_and_until_when(
    client: FlaskClient, theirs: FlaskClient, services: Services, member: Member
) -> None:
    [file_id] = add_files(client, ("a.txt", b"first"))
    dataset = make_dataset(client)["id"]
    [document] = upload(client, dataset, ("in a dataset.txt", b"text"))
    for closed in (member.account.id, dataset, document["id"]):
        answer = client.put(f"{FILES}/{closed}/grants", json={"grants": []})
        assert answer.status_code == 403, closed
    everybody = {"grants": [{"subject": "everybody"}]}
    data_of(client.put(f"{FILES}/{file_id}/grants", json=everybody))
    assert granted(theirs) == ["a.txt"]
    data_of(client.delete(FILES, json={"ids": [file_id]}))
    assert granted(theirs) == []
    with connection(services.database):
        assert rows(services.database, "SELECT id FROM access_grant") == []


@pytest.mark.databases("sqlite")
def test_who_manages_a_folder_says_who_reads_it_and_what_is_in_it(
    client: FlaskClient, theirs: FlaskClient
) -> None:
    top = add_folder(client, "top")
    shared = add_folder(client, "shared", top)
    [deep] = add_files(client, ("deep.txt", b"deep"), parent_id=shared)
    given = [{"subject": "user", "name": OTHER, "level": "manage"}]
    data_of(client.put(f"{FILES}/{shared}/grants", json={"grants": given}))
    everybody = {"grants": [*given, {"subject": "everybody"}]}
    for place in (shared, deep):
        found = data_of(theirs.put(f"{FILES}/{place}/grants", json=everybody))
        assert [one["level"] for one in found] == ["manage", "read"]
    assert listing(theirs, shared)["level"] == "manage"
    assert theirs.get(f"{FILES}/{top}/grants").status_code == 404
    assert theirs.delete(FILES, json={"ids": [shared]}).status_code == 403
