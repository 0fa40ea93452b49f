"""What the console's pages of datasets answer, field by field.

The tables are what RAGFlow's web pages read: a field that is missing or of another type blanks one,
or keeps a form from being saved.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.ingesting import Site
from tests.functional.library import data_of, make_dataset, upload

pytestmark = pytest.mark.databases("sqlite")

Fields = Mapping[str, type]

CARD: Fields = {
    **dict.fromkeys(("id", "tenant_id", "name", "language", "permission"), str),
    **dict.fromkeys(("embd_id", "parser_id", "nickname", "tenant_avatar"), str),
    **dict.fromkeys(("doc_num", "chunk_num", "token_num", "update_time"), int),
    **dict.fromkeys(("avatar", "description"), type(None)),
}
KB: Fields = {
    **dict.fromkeys(("id", "tenant_id", "created_by", "name", "language", "permission"), str),
    **dict.fromkeys(("embd_id", "parser_id", "status", "pipeline_id"), str),
    **dict.fromkeys(("create_date", "update_date"), str),
    **dict.fromkeys(("doc_num", "chunk_num", "token_num", "pagerank"), int),
    **dict.fromkeys(("create_time", "update_time"), int),
    **dict.fromkeys(("similarity_threshold", "vector_similarity_weight"), float),
    **dict.fromkeys(("avatar", "description"), type(None)),
    **dict.fromkeys(("graphrag_task_id", "graphrag_task_finish_at"), type(None)),
    **dict.fromkeys(("raptor_task_id", "raptor_task_finish_at"), type(None)),
    "parser_config": dict,
}
DETAIL: Fields = {**KB, "size": int}
LOG: Fields = {
    **dict.fromkeys(("id", "document_id", "document_name", "document_suffix"), str),
    **dict.fromkeys(("document_type", "kb_id", "source_from", "pipeline_id"), str),
    **dict.fromkeys(("pipeline_title", "parser_id", "task_type", "operation_status"), str),
    **dict.fromkeys(("progress_msg", "process_begin_at", "create_date", "update_date"), str),
    **dict.fromkeys(("progress", "process_duration"), float),
    **dict.fromkeys(("create_time", "update_time"), int),
    "status": str,
    "avatar": type(None),
    "dsl": dict,
}
COUNTS: Fields = dict.fromkeys(("processing", "finished", "failed", "cancelled", "downloaded"), int)
CARD_KEEPS = {"id", "update_time", "nickname", "tenant_id"}
"""What the page does not send back of a card."""


def types_of(value: Mapping[str, Any]) -> dict[str, type]:
    """Return the types of an object's fields."""
    return {name: type(held) for name, held in value.items()}


def test_a_dataset_has_what_its_pages_read(console: FlaskClient) -> None:
    made = data_of(console.post("/v1/kb/create", json={"name": "tides"}))
    assert types_of(made) == {"kb_id": str}
    listed = data_of(console.post("/v1/kb/list", json={}))
    assert types_of(listed) == {"kbs": list, "total": int}
    assert [types_of(card) for card in listed["kbs"]] == [CARD]
    shown = data_of(console.get("/v1/kb/detail", query_string=made))
    assert types_of(shown) == DETAIL
    options = shown["parser_config"]
    kinds = {"layout_recognize": str, "chunk_token_num": int, "html4excel": bool}
    assert {name: type(options[name]) for name in kinds} == kinds
    body = {**made, "name": "tides", "description": None, "parser_id": "naive"}
    assert types_of(data_of(console.post("/v1/kb/update", json=body))) == KB


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_a_card_goes_back_as_it_came_when_a_dataset_is_renamed(console: FlaskClient) -> None:
    made = make_dataset(console, description="x", language="German")["id"]
    [card] = data_of(console.post("/v1/kb/list", json={}))["kbs"]
    body = {name: value for name, value in card.items() if name not in CARD_KEEPS}
    renamed = data_of(console.post("/v1/kb/update", json={**body, "kb_id": made, "name": "tides"}))
    assert renamed["name"] == "tides"
    [again] = data_of(console.post("/v1/kb/list", json={}))["kbs"]
    assert {**card, "name": "tides", "update_time": again["update_time"]} == again


@pytest.mark.parametrize(
    ("sent", "shown"), [(None, None), ("", None), ("  ", None), ("x", "x "), ("a map", "a map")]
)
def test_a_description_is_none_or_can_be_saved_again(
    console: FlaskClient, sent: str | None, shown: str | None
) -> None:
    made = data_of(console.post("/v1/kb/create", json={"name": "a", "description": sent}))
    assert data_of(console.get("/v1/kb/detail", query_string=made))["description"] == shown
    body = {**made, "name": "a", "description": shown, "parser_id": "naive"}
    assert data_of(console.post("/v1/kb/update", json=body))["description"] == shown


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_logs_have_what_their_page_reads(site: Site, console: FlaskClient) -> None:
    dataset = make_dataset(console)["id"]
    document = upload(console, dataset, ("notes.txt", b"The tide comes."))[0]["id"]
    upload(console, dataset, ("other.txt", b"Nobody has parsed it."))
    site.parse(f"/api/v1/datasets/{dataset}/documents/{document}")
    site.work()
    asked = {"kb_id": dataset, "page": 1, "page_size": 10, "keywords": ""}
    page = data_of(console.post("/v1/kb/list_pipeline_logs", query_string=asked, json={}))
    assert (types_of(page), page["total"]) == ({"logs": list, "total": int}, 1)
    [log] = page["logs"]
    assert types_of(log) == LOG
    assert (log["document_id"], log["operation_status"]) == (document, "3")
    none = data_of(console.post("/v1/kb/list_pipeline_dataset_logs", query_string=asked, json={}))
    assert none == {"logs": [], "total": 0}
    counts = data_of(console.get("/v1/kb/basic_info", query_string={"kb_id": dataset}))
    assert types_of(counts) == COUNTS
    assert counts == dict.fromkeys(COUNTS, 0) | {"finished": 1}
    for states, total in ((["3"], 1), (["1", "4"], 0), (["0"], 0)):
        body = {"operation_status": states}
        answer = console.post("/v1/kb/list_pipeline_logs", query_string=asked, json=body)
        assert data_of(answer)["total"] == total


def test_there_are_no_graphs_and_no_tags(console: FlaskClient) -> None:
    dataset = make_dataset(console)["id"]
    place, asked = f"/v1/kb/{dataset}", {"kb_id": dataset}
    empty = {"graph": {}, "mind_map": {}}
    assert data_of(console.get(f"{place}/knowledge_graph")) == empty
    assert data_of(console.delete(f"{place}/knowledge_graph")) is True
    assert data_of(console.get(f"{place}/tags")) == []
    assert data_of(console.get("/v1/kb/tags", query_string={"kb_ids": dataset})) == []
    for run in ("graphrag", "raptor", "mindmap"):
        assert data_of(console.get(f"/v1/kb/trace_{run}", query_string=asked)) == {}
    kind = {"pipeline_task_type": "GraphRAG"}
    assert data_of(console.delete("/v1/kb/unbind_task", query_string=asked | kind)) is True
