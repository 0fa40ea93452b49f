"""What the console's pages of documents answer, field by field.

The tables are what RAGFlow's web pages read: a field that is missing or of another type blanks one.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.console.uploading import post_documents
from tests.functional.ingesting import Site
from tests.functional.library import data_of, make_dataset

pytestmark = pytest.mark.databases("sqlite")

Fields = Mapping[str, type]

DOCUMENT: Fields = {
    **dict.fromkeys(("id", "kb_id", "created_by", "name", "location", "suffix", "type"), str),
    **dict.fromkeys(("source_type", "thumbnail", "parser_id", "pipeline_id"), str),
    **dict.fromkeys(("pipeline_name", "run", "status", "progress_msg"), str),
    **dict.fromkeys(("create_date", "update_date"), str),
    **dict.fromkeys(("size", "chunk_num", "token_num", "create_time", "update_time"), int),
    **dict.fromkeys(("progress", "process_duration"), float),
    **dict.fromkeys(("parser_config", "meta_fields"), dict),
    "process_begin_at": type(None),
}
LISTED: Fields = {**DOCUMENT, "nickname": str}
PARSED: Fields = {**LISTED, "process_begin_at": str}


def types_of(value: Mapping[str, Any]) -> dict[str, type]:
    """Return the types of an object's fields."""
    return {name: type(held) for name, held in value.items()}


def test_a_document_has_what_its_pages_read(site: Site, console: FlaskClient) -> None:
    dataset = make_dataset(console)["id"]
    uploaded = data_of(post_documents(console, dataset, ("a.txt", b"The tide."), ("b.txt", b"x")))
    assert [types_of(document) for document in uploaded] == [DOCUMENT, DOCUMENT]
    empty = data_of(console.post("/v1/document/create", json={"name": "c", "kb_id": dataset}))
    assert types_of(empty) == DOCUMENT
    assert (empty["type"], empty["size"], empty["name"]) == ("virtual", 0, "c")
    first = uploaded[0]["id"]
    body = {"doc_ids": [first], "run": 1, "delete": False}
    assert data_of(console.post("/v1/document/run", json=body)) is True
    site.work()
    asked = {"kb_id": dataset, "page": 1, "page_size": 50, "keywords": ""}
    page = data_of(console.post("/v1/document/list", query_string=asked, json={}))
    assert (types_of(page), page["total"]) == ({"docs": list, "total": int}, 3)
    docs = {document["id"]: document for document in page["docs"]}
    assert types_of(docs[first]) == PARSED
    assert types_of(docs[empty["id"]]) == LISTED
    assert {document["source_type"] for document in page["docs"]} <= {"local", ""}
    assert {document["nickname"] for document in page["docs"]} == {"member"}
    parsed = docs[first]
    assert (parsed["run"], parsed["status"], parsed["progress"]) == ("3", "1", 1.0)
    assert "Task done" in parsed["progress_msg"].splitlines()[-1]
    infos = data_of(console.post("/v1/document/infos", json={"doc_ids": [first]}))
    assert [types_of(info) for info in infos] == [{**DOCUMENT, "process_begin_at": str}]


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_the_filter_tells_how_many_there_are(console: FlaskClient) -> None:
    dataset = make_dataset(console)["id"]
    post_documents(console, dataset, ("a.txt", b"x"), ("b.txt", b"x"), ("c.md", b"x"))
    counts = data_of(console.post("/v1/document/filter", json={"kb_id": dataset, "keywords": ""}))
    assert counts == {
        "filter": {"suffix": {"md": 1, "txt": 2}, "run_status": {"0": 3}},
        "total": 3,
    }
    body = {"kb_id": dataset, "keywords": "B", "suffix": ["txt"]}
    assert data_of(console.post("/v1/document/filter", json=body))["total"] == 1
