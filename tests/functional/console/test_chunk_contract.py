"""What the console's pages of chunks answer, field by field.

The tables are what RAGFlow's web pages read: a field that is missing or of another type blanks one.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.ingesting import Site, done
from tests.functional.library import data_of
from tests.pdfs import pdf

pytestmark = pytest.mark.databases("sqlite")

Fields = Mapping[str, type]

LISTED: Fields = {
    **dict.fromkeys(("chunk_id", "content_with_weight", "doc_id", "docnm_kwd", "image_id"), str),
    **dict.fromkeys(("important_kwd", "question_kwd", "positions", "headings"), list),
    "available_int": int,
}
CHUNK: Fields = {
    **dict.fromkeys(("id", "chunk_id", "content_with_weight", "doc_id", "kb_id"), str),
    **dict.fromkeys(("docnm_kwd", "img_id", "create_time"), str),
    **dict.fromkeys(("important_kwd", "question_kwd", "tag_kwd", "position_int", "headings"), list),
    "tag_feas": dict,
    "available_int": int,
    "create_timestamp_flt": float,
}
FOUND: Fields = {
    **dict.fromkeys(("chunk_id", "content_with_weight", "doc_id", "kb_id", "docnm_kwd"), str),
    **dict.fromkeys(("image_id", "img_id", "doc_type_kwd"), str),
    **dict.fromkeys(("important_kwd", "question_kwd", "positions", "headings"), list),
    **dict.fromkeys(("similarity", "vector_similarity", "term_similarity"), float),
}
IN_DOC = ("name", "type", "size", "create_date", "parser_id", "chunk_num")


def types_of(value: Mapping[str, Any]) -> dict[str, type]:
    """Return the types of an object's fields."""
    return {name: type(held) for name, held in value.items()}


def test_chunks_have_what_their_pages_read(site: Site, console: FlaskClient) -> None:
    path = done(site, "tides.pdf", pdf("The tide table hangs by the door."))
    dataset, document = path.split("/")[4::2]
    body = {"doc_id": document, "page": 1, "size": 50, "keywords": ""}
    page = data_of(console.post("/v1/chunk/list", json=body))
    assert types_of(page) == {"total": int, "chunks": list, "doc": dict}
    [listed] = page["chunks"]
    assert types_of(listed) == LISTED
    assert all(len(position) == 5 for position in listed["positions"])
    assert page["doc"].keys() >= set(IN_DOC)
    assert (page["doc"]["type"], page["doc"]["chunk_num"]) == ("pdf", 1)
    asked = {"chunk_id": listed["chunk_id"]}
    shown = data_of(console.get("/v1/chunk/get", query_string=asked))
    assert types_of(shown) == CHUNK
    edited = {**shown, "content_with_weight": "The table hangs there.", "available_int": 1}
    assert data_of(console.post("/v1/chunk/set", json=edited)) is True
    again = data_of(console.get("/v1/chunk/get", query_string=asked))
    assert again == {**shown, "content_with_weight": "The table hangs there."}
    question = {"kb_id": dataset, "question": "Where is the table?", "page": 1, "size": 10}
    for more, fields in (({}, FOUND), ({"highlight": True}, {**FOUND, "highlight": str})):
        found = data_of(console.post("/v1/chunk/retrieval_test", json=question | more))
        assert types_of(found) == {"total": int, "chunks": list, "doc_aggs": list}
        assert [types_of(hit) for hit in found["chunks"]] == [fields]
        assert found["doc_aggs"] == [{"doc_name": "tides.pdf", "doc_id": document, "count": 1}]
    nothing = data_of(console.post("/v1/chunk/retrieval_test", json=question | {"question": " "}))
    assert nothing == {"total": 0, "chunks": [], "doc_aggs": []}
    graph = console.get("/v1/chunk/knowledge_graph", query_string={"doc_id": document})
    assert data_of(graph) == {"graph": {}, "mind_map": {}}
