"""Documents made of files, and files deleted with all that belongs to them."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from tests.functional.conftest import Member
from tests.functional.filing import FILES, add_files, add_folder, link, listing, names
from tests.functional.library import API, data_of, make_dataset, refused, together


def stored_files(services: Services) -> list[Path]:
    """Return every file below the data folder's object store."""
    return [path for path in (services.settings.data_path / "files").rglob("*") if path.is_file()]


def documents(client: FlaskClient, dataset_id: str) -> list[dict[str, Any]]:
    """Return the documents of a dataset."""
    found: list[dict[str, Any]] = data_of(client.get(f"{API}/datasets/{dataset_id}/documents"))[
        "docs"
    ]
    return found


@pytest.fixture
def datasets(client: FlaskClient) -> tuple[str, str]:
    """Make two datasets."""
    return make_dataset(client, "one")["id"], make_dataset(client, "two")["id"]


def test_a_file_becomes_a_document_of_each_dataset(
    client: FlaskClient, datasets: tuple[str, str]
) -> None:
    one, two = datasets
    file = add_files(client, ("lamp.txt", b"The lamp is lit."))[0]
    made = link(client, [file], [one, two, one])
    assert {item["kb_id"] for item in made} == {one, two}
    assert {item["file_id"] for item in made} == {file}
    for item in made:
        path = f"{API}/datasets/{item['kb_id']}/documents/{item['document_id']}"
        assert client.get(path).data == b"The lamp is lit."
    info = listing(client, keywords="lamp")["files"][0]["kbs_info"]
    assert {(entry["kb_id"], entry["kb_name"]) for entry in info} == {(one, "one"), (two, "two")}


def test_the_set_is_the_full_one_and_what_is_there_stays(
    client: FlaskClient, datasets: tuple[str, str]
) -> None:
    one, two = datasets
    file, other = add_files(client, ("a.txt", b"1"), ("b.txt", b""))
    before = link(client, [file], [one])[0]["document_id"]
    made = link(client, [file, other], [one, two])
    assert before in {item["document_id"] for item in made}
    assert len(made) == 4
    assert len(link(client, [file], [two])) == 1
    assert [document["name"] for document in documents(client, one)] == ["b.txt"]
    assert link(client, [file], []) == []
    data_of(client.post("/v1/file2document/rm", json={"file_ids": [other]}))
    assert documents(client, one) == documents(client, two) == []
    assert names(client, keywords=".txt") == ["a.txt", "b.txt"]


@pytest.mark.databases("sqlite")
def test_a_folder_stands_for_all_files_in_it(
    client: FlaskClient, datasets: tuple[str, str]
) -> None:
    top = add_folder(client, "top")
    add_files(client, ("sub/a.txt", b"1"), ("b.txt", b"2"), ("sub/b.txt", b"3"), parent_id=top)
    body = {"file_ids": [top], "kb_ids": [datasets[0]]}
    made = data_of(client.post("/v1/file2document/convert", json=body))
    assert len(made) == 3
    shown = sorted(document["name"] for document in documents(client, datasets[0]))
    assert shown == ["a.txt", "b(1).txt", "b.txt"]


@pytest.mark.databases("sqlite")
def test_documents_in_other_datasets_are_kept_where_that_is_said(
    client: FlaskClient, datasets: tuple[str, str]
) -> None:
    one, two = datasets
    top = add_folder(client, "top")
    [file] = add_files(client, ("a.txt", b"1"), parent_id=top)
    [first] = link(client, [file], [one])
    body = {"file_ids": [top], "kb_ids": [two], "keep": True}
    made = data_of(client.post(f"{FILES}/link-to-datasets", json=body))
    assert [each["kb_id"] for each in made] == [one, two]
    assert made[0]["document_id"] == first["document_id"]
    assert [len(documents(client, each)) for each in datasets] == [1, 1]


@pytest.mark.databases("sqlite")
def test_what_cannot_be_linked_links_nothing(
    client: FlaskClient, stranger: FlaskClient, datasets: tuple[str, str]
) -> None:
    one, _ = datasets
    file, picture = add_files(client, ("a.txt", b"1"), ("b.strange", b"2"))
    theirs = make_dataset(stranger)["id"]
    for file_ids, kb_ids, status, code in (
        ([file, picture], [one], 415, 500),
        ([file, "0" * 32], [one], 404, 404),
        ([file], [one, theirs], 404, 404),
        ([file], [one, "x"], 404, 404),
        ("x", [one], 400, 400),
        ([file], None, 400, 400),
    ):
        body = {"file_ids": file_ids, "kb_ids": kb_ids}
        answer = client.post(f"{FILES}/link-to-datasets", json=body)
        refused(answer, status, code)
    assert documents(client, one) == []


def test_a_deleted_folder_takes_files_bytes_and_documents_along(
    client: FlaskClient, services: Services, datasets: tuple[str, str]
) -> None:
    top, kept = add_folder(client, "top"), add_folder(client, "kept")
    files = [(f"{way}{number}.txt", b"x") for way in ("", "a/", "a/b/c/") for number in range(3)]
    inner = add_files(client, *files, parent_id=top)
    other = add_files(client, ("other.txt", b"x"), parent_id=kept)
    link(client, [*inner, *other], [datasets[0]])
    answer = client.delete(FILES, json={"ids": [top, inner[0], top]})
    assert data_of(answer) == {"success_count": 2}
    assert [document["name"] for document in documents(client, datasets[0])] == ["other.txt"]
    assert len(stored_files(services)) == 2
    assert names(client) == [".knowledgebase", "kept"]
    refused(client.delete(FILES, json={"ids": [top]}), 404, 404)
    refused(client.get(f"{FILES}/{inner[0]}"), 404, 404)
    with connection(services.database):
        assert Cleanup.select().count() == 0


@pytest.mark.databases("sqlite")
def test_one_unknown_id_deletes_nothing(client: FlaskClient) -> None:
    file = add_files(client, ("a.txt", b"1"))[0]
    body = {"file_ids": [file, "0" * 32]}
    assert refused(client.post(f"{API}/file/rm", json=body), 404, 404) == "File not found!"
    assert names(client) == ["a.txt"]
    assert data_of(client.delete(FILES, json={"ids": []})) == {"success_count": 0}
    refused(client.delete(FILES, json={}), 400, 400)
    refused(client.delete(FILES, json={"ids": None}), 400, 400)


@pytest.mark.databases("sqlite")
def test_bytes_that_cannot_be_removed_now_go_later(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process died between the rows and the bytes."""
    file = add_files(client, ("a.txt", b"1"))[0]
    with monkeypatch.context() as patched:
        patched.setattr(services.files.deletion.cleanup, "carry_out", lambda _ids: None)
        data_of(client.delete(FILES, json={"ids": [file]}))
    assert names(client) == []
    assert len(stored_files(services)) == 1
    services.library.cleanup.finish()
    assert stored_files(services) == []


def test_who_deletes_and_who_links_at_once_leave_no_document_without_its_file(
    client: FlaskClient, datasets: tuple[str, str]
) -> None:
    for _ in range(3):
        file = add_files(client, ("a.txt", b"1"))[0]
        body = {"file_ids": [file], "kb_ids": [datasets[0]]}

        told: dict[str, int] = {}

        def make(body: dict[str, Any] = body, told: dict[str, int] = told) -> None:
            answer = client.post(f"{FILES}/link-to-datasets", json=body)
            told["made"] = answer.status_code

        def delete(file: str = file, told: dict[str, int] = told) -> None:
            told["deleted"] = client.delete(FILES, json={"ids": [file]}).status_code

        together(make, delete)
        assert told["deleted"] == 200
        assert told["made"] in {200, 404}
        assert documents(client, datasets[0]) == []


def test_files_go_into_datasets_that_others_share(
    client: FlaskClient, stranger: FlaskClient, services: Services, member: Member
) -> None:
    shared = make_dataset(stranger, "theirs", permission="team")["id"]
    users = services.accounts.accounts.list_users()
    owner = next(user for user in users if "stranger" in user.email)
    services.accounts.members.add(owner.principal, member.account.email)
    file = add_files(client, ("a.txt", b"1"))[0]
    assert link(client, [file], [shared])[0]["kb_id"] == shared
    data_of(stranger.put(f"{API}/datasets/{shared}", json={"permission": "me"}))
    assert listing(client)["files"][0]["kbs_info"] == []
    data_of(client.delete(FILES, json={"ids": [file]}))
    assert [document["name"] for document in documents(stranger, shared)] == ["a.txt"]
