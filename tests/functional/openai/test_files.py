"""Files as OpenAI's clients keep them."""

import pytest
from flask.testing import FlaskClient

from tests.functional.corpus import Corpus
from tests.functional.filing import add_folder, names
from tests.functional.openai.storing import (
    FILES,
    add_file,
    add_store,
    ids,
    ok,
    refused,
    send,
    walked,
)

CONTENT = "Der Wärter zündet die Lampe an.".encode()


def test_a_file_is_kept_as_it_was_sent(client: FlaskClient) -> None:
    made = ok(send(client, "Wärter.txt", CONTENT, purpose="user_data"))
    assert made["id"].startswith("file-")
    assert made["object"] == "file"
    assert (made["filename"], made["bytes"]) == ("Wärter.txt", len(CONTENT))
    assert (made["purpose"], made["status"]) == ("user_data", "processed")
    for given in (made["id"], made["id"].removeprefix("file-")):
        assert ok(client.get(f"{FILES}/{given}")) == made
        assert client.get(f"{FILES}/{given}/content").data == CONTENT
    assert names(client) == ["Wärter.txt"]


def test_files_are_listed_by_purpose_and_in_parts(client: FlaskClient) -> None:
    mine = [add_file(client, f"{number}.txt") for number in range(5)]
    other = add_file(client, "note.txt", purpose="user_data")
    assert walked(client, FILES, order="asc") == [*mine, other]
    assert walked(client, FILES) == [other, *reversed(mine)]
    assert walked(client, FILES, purpose="assistants", order="asc") == mine
    assert ids(client.get(FILES, query_string={"purpose": "user_data"})) == [other]
    listed = ok(client.get(FILES))
    assert (listed["object"], listed["has_more"], len(listed["data"])) == ("list", False, 6)
    before = client.get(FILES, query_string={"order": "asc", "before": mine[3], "limit": 2})
    assert ids(before) == mine[1:3]
    assert ok(before)["has_more"] is True
    between = {"order": "asc", "after": mine[0], "before": mine[3]}
    assert ids(client.get(FILES, query_string=between)) == mine[1:3]
    refused(client.get(FILES, query_string={"after": "file-x"}), 400, "after")


@pytest.mark.databases("sqlite")
def test_a_file_is_deleted_with_what_stores_have_of_it(client: FlaskClient) -> None:
    file = add_file(client, "note.txt")
    store = add_store(client, file_ids=[file])
    gone = client.delete(f"{FILES}/{file}", content_type="application/json")
    assert ok(gone) == {"id": file, "object": "file", "deleted": True}
    assert ids(client.get(f"{store}/files")) == []
    inner = refused(client.get(f"{FILES}/{file}"), 404, file.removeprefix("file-"))
    assert inner["code"] == "not_found"
    refused(client.delete(f"{FILES}/{file}"), 404, "no file")


@pytest.mark.databases("sqlite")
def test_what_others_keep_is_not_there(client: FlaskClient, stranger: FlaskClient) -> None:
    file = add_file(client, "note.txt")
    for address in (f"{FILES}/{file}", f"{FILES}/{file}/content"):
        refused(stranger.get(address), 404, "no file")
    refused(stranger.delete(f"{FILES}/{file}"), 404, "no file")
    assert ids(stranger.get(FILES)) == []
    refused(stranger.get(FILES, query_string={"after": file}), 400, "after")
    assert ids(client.get(FILES)) == [file]


@pytest.mark.databases("sqlite")
def test_a_document_is_a_file_that_is_deleted_in_its_store(
    client: FlaskClient, corpus: Corpus
) -> None:
    shown = ok(client.get(f"{FILES}/{corpus.document_id}"))
    assert (shown["filename"], shown["purpose"]) == ("keeper.md", "assistants")
    refused(client.delete(f"{FILES}/{shown['id']}"), 403, "delete it there")


@pytest.mark.databases("sqlite")
def test_a_folder_is_no_file(client: FlaskClient) -> None:
    folder = add_folder(client, "shelf")
    refused(client.get(f"{FILES}/{folder}"), 404, "no file")
    refused(client.delete(f"{FILES}/{folder}"), 404, "no file")
    assert names(client) == ["shelf"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7 ...", "upload.pdf"),
        (b"PK\x03\x04 [Content_Types].xml word/document.xml", "upload.docx"),
        (b"PK\x03\x04 xl/workbook.xml", "upload.xlsx"),
        (b"<!DOCTYPE html><p>The lamp.", "upload.html"),
        (b"The lamp.", "upload.txt"),
        (b"\x7fELF", "upload"),
        (b"", "upload"),
    ],
)
def test_a_file_without_a_suffix_is_named_by_its_content(
    client: FlaskClient, content: bytes, name: str
) -> None:
    made = ok(send(client, "upload", content))
    assert made["filename"] == name
    assert made["bytes"] == len(content)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"purpose": "fine-tune"}, "purpose"),
        ({"expires_after[anchor]": "created_at"}, "expires_after"),
    ],
)
def test_what_is_not_done_with_files_is_refused_by_name(
    client: FlaskClient, fields: dict[str, str], field: str
) -> None:
    inner = refused(send(client, "note.txt", b"x", **fields), 400, f"{field}: ")
    assert inner["type"] == "invalid_request_error"
    assert names(client) == []


@pytest.mark.databases("sqlite")
def test_a_form_needs_one_file(client: FlaskClient) -> None:
    refused(client.post(FILES, data={"purpose": "assistants"}), 400, "file: ")
    refused(client.post(FILES, json={"purpose": "assistants"}), 400, "file: ")
    refused(send(client, "", b"x"), 400, "file")
