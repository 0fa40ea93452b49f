"""What the console's pages of files and of bytes answer, field by field.

The tables are what RAGFlow's web pages read: a field that is missing or of another type blanks one.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.filing import add_files, add_folder
from tests.functional.library import data_of, make_dataset

pytestmark = pytest.mark.databases("sqlite")

FILE: Mapping[str, type] = {
    "id": str,
    "parent_id": str,
    "tenant_id": str,
    "created_by": str,
    "name": str,
    "location": str,
    "type": str,
    "size": int,
    "source_type": str,
    "create_time": int,
    "create_date": str,
    "update_time": int,
    "update_date": str,
}
LISTED = FILE | {"kbs_info": list}
FOLDER = LISTED | {"has_child_folder": bool}
KB = {"kb_id": str, "kb_name": str, "document_id": str}
LINK = {
    "id": str,
    "file_id": str,
    "document_id": str,
    "kb_id": str,
    "create_time": int,
    "create_date": str,
    "update_time": int,
    "update_date": str,
}


def types_of(value: Mapping[str, Any]) -> dict[str, type]:
    """Return the types of an object's fields."""
    return {name: type(held) for name, held in value.items()}


def test_a_list_has_what_the_page_reads(console: FlaskClient) -> None:
    dataset = make_dataset(console)["id"]
    folder = add_folder(console, "plans")
    file = add_files(console, ("a.txt", b"x"))[0]
    body = {"file_ids": [file], "kb_ids": [dataset]}
    linked = data_of(console.post("/v1/file2document/convert", json=body))
    assert [types_of(link) for link in linked] == [LINK]
    asked = {"parent_id": "", "keywords": "", "page": "1", "page_size": "50"}
    found = data_of(console.get("/v1/file/list", query_string=asked))
    assert types_of(found) == {"total": int, "files": list, "parent_folder": dict}
    assert types_of(found["parent_folder"]) == FILE
    shown = {item["id"]: item for item in found["files"]}
    assert types_of(shown[folder]) == FOLDER
    assert types_of(shown[file]) == LISTED
    assert [types_of(info) for info in shown[file]["kbs_info"]] == [KB]
    inside = next(item for item in found["files"] if item["name"] == ".knowledgebase")
    assert (types_of(inside), inside["source_type"]) == (FOLDER, "knowledgebase")


def test_folders_have_what_the_page_reads(console: FlaskClient) -> None:
    body = {"parent_id": "", "name": "plans", "type": "folder"}
    made = data_of(console.post("/v1/file/create", json=body))
    assert types_of(made) == FILE
    asked = {"file_id": made["id"]}
    for page in ("root_folder", "parent_folder"):
        answer = data_of(console.get(f"/v1/file/{page}", query_string=asked))
        assert answer.keys() == {page}
        assert types_of(answer[page]) == FILE
    above = data_of(console.get("/v1/file/all_parent_folder", query_string=asked))
    assert [types_of(folder) for folder in above["parent_folders"]] == [FILE, FILE]
    assert above["parent_folders"][-1]["name"] == "/"


def test_changes_are_made_as_the_page_sends_them(console: FlaskClient) -> None:
    folder = add_folder(console, "plans")
    file = add_files(console, ("a.txt", b"x"), address="/v1/file/upload", paths=("undefined",))[0]
    for page, body in (
        ("file/rename", {"file_id": file, "name": "b.txt"}),
        ("file/mv", {"src_file_ids": [file], "dest_file_id": folder}),
        ("file2document/rm", {"file_ids": [file]}),
        ("file/rm", {"file_ids": [file], "parent_id": folder}),
    ):
        assert data_of(console.post(f"/v1/{page}", json=body)) is True
    assert data_of(console.get("/v1/file/list", query_string={"parent_id": folder}))["total"] == 0


@pytest.mark.parametrize(
    ("page", "body", "code", "message"),
    [
        ("file/rename", {"file_id": "0" * 32, "name": "a"}, 404, "File not found!"),
        ("file/create", {"parent_id": "0" * 32, "name": "a"}, 404, "Folder not found!"),
        ("file/create", {"name": "plans"}, 409, "Duplicated folder name in the same folder."),
        ("file/mv", {"src_file_ids": [], "dest_file_id": ""}, 400, "src_file_ids"),
        ("file/rm", {}, 400, "file_ids"),
        ("file2document/convert", {"file_ids": []}, 400, "kb_ids"),
    ],
)
def test_refusals_have_a_code_and_no_data(
    console: FlaskClient, page: str, body: dict[str, Any], code: int, message: str
) -> None:
    add_folder(console, "plans")
    answer = console.post(f"/v1/{page}", json=body).get_json()
    assert answer.keys() == {"code", "message"}
    assert (answer["code"], message in answer["message"]) == (code, True)
