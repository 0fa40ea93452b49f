"""Files and folders that others may change: what is in them, and neither their names nor owners."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from api.container import Services
from tests.functional.conftest import Member, client_with, join
from tests.functional.filing import (
    FILES,
    add_files,
    add_folder,
    link,
    listing,
    names,
    post_received,
)
from tests.functional.library import API, data_of, make_dataset

OTHER = "other@example.org"


@pytest.fixture
def them(services: Services) -> Member:
    """Return somebody to whom nothing is granted yet."""
    return join(services, OTHER)


@pytest.fixture
def theirs(app: Flask, them: Member) -> FlaskClient:
    return client_with(app, them.api_key)


def grant(client: FlaskClient, file_id: str, level: str = "write") -> None:
    """Grant a file or folder to the other one alone."""
    given = [{"subject": "user", "name": OTHER, "level": level}]
    [made] = data_of(client.put(f"{FILES}/{file_id}/grants", json={"grants": given}))
    assert made["level"] == level


def replace(
    client: FlaskClient, file_id: str, content: bytes, name: str = "new.txt"
) -> TestResponse:
    """Send a file in place of the content of another one."""
    sent = {"file": FileStorage(io.BytesIO(content), name)}
    return client.put(f"{FILES}/{file_id}", data=sent, content_type="multipart/form-data")


def move(client: FlaskClient, file_id: str, **where: str) -> TestResponse:
    return client.post(f"{FILES}/move", json={"src_file_ids": [file_id], **where})


def listed_documents(client: FlaskClient, dataset_id: str) -> list[dict[str, str]]:
    found = data_of(client.get(f"{API}/datasets/{dataset_id}/documents"))
    docs: list[dict[str, str]] = found["docs"]
    return docs


def test_the_content_of_a_file_is_replaced_and_the_rest_of_it_stays(
    client: FlaskClient, theirs: FlaskClient
) -> None:
    folder = add_folder(client, "folder")
    [file_id] = add_files(client, ("a.txt", b"first"), parent_id=folder)
    assert replace(theirs, file_id, b"never").status_code == 404
    grant(client, file_id, "read")
    assert replace(theirs, file_id, b"never").status_code == 403
    grant(client, file_id)
    for content, by in ((b"the second one", theirs), (b"", theirs), (b"third", client)):
        answer = data_of(replace(by, file_id, content))
        assert (answer["id"], answer["name"], answer["size"]) == (file_id, "a.txt", len(content))
        assert client.get(f"{FILES}/{file_id}").data == content
    assert listing(client, folder)["files"][0]["size"] == len(b"third")
    for refused in (
        replace(theirs, file_id, b"%PDF", "a.pdf"),
        replace(theirs, folder, b"no file"),
        theirs.put(f"{FILES}/{file_id}"),
        move(theirs, file_id, new_name="b.txt"),
        theirs.delete(FILES, json={"ids": [file_id]}),
        theirs.put(f"{FILES}/{file_id}/grants", json={"grants": []}),
    ):
        assert 400 <= refused.status_code < 500
    assert client.get(f"{FILES}/{file_id}").data == b"third"
    assert [one["level"] for one in data_of(theirs.get(f"{FILES}/granted"))] == ["write"]


@pytest.mark.databases("sqlite")
def test_what_was_replaced_is_gone_from_the_store(client: FlaskClient, services: Services) -> None:
    def stored_files() -> int:
        return len(list(services.library.uploads.storage.keys("files")))

    [file_id] = add_files(client, ("a.txt", b"first"))
    before = stored_files()
    data_of(replace(client, file_id, b"second"))
    assert stored_files() == before
    data_of(replace(client, file_id, b""))
    assert stored_files() == before - 1


def test_a_folder_is_filled_and_ordered_by_others_and_stays_its_owners(
    client: FlaskClient, theirs: FlaskClient, member: Member, them: Member
) -> None:
    top = add_folder(client, "top")
    shared = add_folder(client, "shared", top)
    [beside] = add_files(client, ("beside.txt", b"beside"), parent_id=top)
    grant(client, shared)
    inner = add_folder(theirs, "inner", shared)
    uploaded = data_of(
        post_received(theirs, ("a.txt", b"a"), parent_id=shared, paths=("deep/er/a.txt",))
    )
    assert (uploaded[0]["tenant_id"], uploaded[0]["created_by"]) == (
        member.account.id,
        them.account.id,
    )
    assert names(client, shared) == names(theirs, shared) == ["deep", "inner"]
    file_id = uploaded[0]["id"]
    data_of(move(theirs, file_id, dest_file_id=inner, new_name="b.txt"))
    assert names(client, inner) == ["b.txt"]
    data_of(theirs.post(f"{API}/file/rename", json={"file_id": file_id, "name": "c.txt"}))
    assert names(client, inner) == ["c.txt"]
    mine = add_folder(theirs, "mine")
    for status, refused in (
        (404, move(theirs, file_id, dest_file_id=top)),
        (409, move(theirs, file_id, dest_file_id=mine)),
        (409, move(theirs, inner, dest_file_id=inner)),
        (403, move(theirs, shared, new_name="ours")),
        (403, theirs.delete(FILES, json={"ids": [inner, shared]})),
        (404, theirs.delete(FILES, json={"ids": [inner, beside]})),
        (404, theirs.post(FILES, json={"name": "x", "parent_id": top, "type": "folder"})),
        (404, post_received(theirs, ("x.txt", b"x"), parent_id=top)),
    ):
        assert refused.status_code == status, refused.text
    assert (names(client, inner), names(client, top)) == (["c.txt"], ["beside.txt", "shared"])
    data_of(theirs.delete(FILES, json={"ids": [inner]}))
    assert names(client, shared) == ["deep"]
    grant(client, shared, "read")
    assert post_received(theirs, ("x.txt", b"x"), parent_id=shared).status_code == 403


@pytest.mark.databases("sqlite")
def test_documents_of_a_file_that_others_delete_stay(
    client: FlaskClient, theirs: FlaskClient
) -> None:
    shared = add_folder(client, "shared")
    [file_id] = add_files(client, ("a.txt", b"first"), parent_id=shared)
    closed, read = make_dataset(client)["id"], make_dataset(client, name="read")["id"]
    given = {"grants": [{"subject": "user", "name": OTHER, "level": "read"}]}
    data_of(client.put(f"{API}/datasets/{read}/grants", json=given))
    link(client, [file_id], [closed, read])
    grant(client, shared)
    refused = theirs.post(
        f"{FILES}/link-to-datasets",
        json={"file_ids": [file_id], "kb_ids": [make_dataset(theirs)["id"]]},
    )
    assert refused.status_code == 403
    data_of(theirs.delete(FILES, json={"ids": [file_id]}))
    assert names(client, shared) == []
    for dataset_id in (closed, read):
        assert [one["name"] for one in listed_documents(client, dataset_id)] == ["a.txt"]
