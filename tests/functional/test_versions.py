"""What a client has already is not sent again."""

import pytest
from flask.testing import FlaskClient

from tests.functional.filing import FILES, add_files
from tests.functional.library import API, add_chunk, data_of, make_document

pytestmark = pytest.mark.databases("sqlite")

PATH = "/api/v1/datasets"


def test_a_list_is_sent_once(client: FlaskClient) -> None:
    client.post(PATH, json={"name": "atlas"})
    first = client.get(PATH)
    tag = first.headers["ETag"]
    again = client.get(PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert "X-Request-Id" in again.headers


def test_a_list_that_changed_is_sent_again(client: FlaskClient) -> None:
    tag = client.get(PATH).headers["ETag"]
    client.post(PATH, json={"name": "atlas"})
    answer = client.get(PATH, headers={"If-None-Match": f'"other", {tag}'})
    assert [dataset["name"] for dataset in data_of(answer)] == ["atlas"]
    assert answer.headers["ETag"] != tag


def test_one_thing_has_a_tag_and_an_error_has_none(client: FlaskClient) -> None:
    assert "ETag" not in client.get(f"{PATH}?page=x").headers
    assert "ETag" not in client.post(PATH, json={"name": "atlas"}).headers
    assert client.get(PATH, headers={"If-None-Match": "*"}).status_code == 304


def test_a_key_is_asked_for_before_a_tag(anonymous: FlaskClient, client: FlaskClient) -> None:
    tag = client.get(PATH).headers["ETag"]
    answer = anonymous.get(PATH, headers={"If-None-Match": tag})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Raglan"'


def test_every_list_and_every_single_thing_is_sent_once(client: FlaskClient) -> None:
    document = make_document(client)
    dataset = document.rpartition("/documents/")[0]
    add_chunk(client, document, "the lamp")
    chat = f"{API}/chats/{data_of(client.post(f'{API}/chats', json={'name': 'guide'}))['id']}"
    session = data_of(client.post(f"{chat}/sessions", json={"name": "first"}))["id"]
    add_files(client, ("notes.txt", b"some text"))
    lists = (f"{dataset}/documents", f"{document}/chunks", f"{API}/chats", f"{chat}/sessions")
    others = (FILES, f"{API}/file/list", f"{API}/system/tokens", f"{API}/tenants", "/v1/models")
    single = (dataset, chat, f"{chat}/sessions/{session}", "/v1/llm/list", "/v1/file/list")
    for path in (*lists, *others, *single):
        first = client.get(path)
        assert first.status_code == 200, path
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path


def test_every_download_is_sent_once_and_in_parts(client: FlaskClient) -> None:
    document = make_document(client)
    document_id = document.rpartition("/")[2]
    [file_id] = add_files(client, ("notes.txt", b"some text"))
    older = (f"{API}/document/download/{document_id}", f"{API}/document/get/{document_id}")
    newer = (f"{API}/documents/{document_id}", f"{API}/documents/{document_id}/preview")
    files = (f"{FILES}/{file_id}", f"{API}/file/get/{file_id}", f"/v1/file/get/{file_id}")
    shown = (f"/v1/document/get/{document_id}", f"/v1/document/download/{document_id}")
    for path in (document, *older, *newer, *files, *shown):
        first = client.get(path)
        assert first.data == b"some text", path
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
        part = client.get(path, headers={"Range": "bytes=5-"})
        assert (part.status_code, part.data) == (206, b"text"), path
        assert part.headers["Content-Range"] == "bytes 5-8/9"
