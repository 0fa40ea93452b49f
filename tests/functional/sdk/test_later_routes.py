"""Addresses that came with later versions, which both contracts serve."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import API, data_of, make_dataset, refused, upload
from tests.functional.sdk.rest import keyed_client

pytestmark = pytest.mark.databases("sqlite")

LAMP = "When does the keeper light the lamp?"


@pytest.fixture(params=["classic", "rest"])
def either(
    app: Flask, services: Services, member: Member, request: pytest.FixtureRequest
) -> FlaskClient:
    return keyed_client(app, services, member, request.param)


def test_a_search_of_datasets_tells_raw_names(either: FlaskClient, corpus: Corpus) -> None:
    body = {"question": LAMP, "dataset_ids": [corpus.dataset_id]}
    found = data_of(either.post(f"{API}/datasets/search", json=body))
    best = found["chunks"][0]
    assert (best["content_with_weight"], best["docnm_kwd"]) == (TEXTS[0], "keeper.md")
    assert (best["kb_id"], best["doc_id"]) == (corpus.dataset_id, corpus.document_id)
    assert 0 < best["similarity"] <= 1
    assert found["doc_aggs"][0]["doc_name"] == "keeper.md"
    assert (found["total"], found["labels"]) == (3, [])
    assert data_of(either.get(f"{API}/datasets/search", query_string=body)) == found
    one = f"{API}/datasets/{corpus.dataset_id}/search"
    assert data_of(either.post(one, json={"question": LAMP})) == found
    assert data_of(either.get(one, query_string={"question": LAMP})) == found


def test_a_search_takes_the_later_options(either: FlaskClient, corpus: Corpus) -> None:
    path = f"{API}/datasets/{corpus.dataset_id}/search"

    def found(**fields: Any) -> dict[str, Any]:
        data: dict[str, Any] = data_of(either.post(path, json={"question": LAMP, **fields}))
        return data

    every = [chunk["chunk_id"] for chunk in found()["chunks"]]
    assert [chunk["chunk_id"] for chunk in found(size=1, page=2)["chunks"]] == every[1:2]
    assert found(similarity_threshold=1)["chunks"] == []
    assert found(doc_ids=[corpus.document_id])["total"] == 3
    answer = either.post(path, json={"question": LAMP, "rerank_id": "r"})
    assert refused(answer, 400, 102) == "`rerank_id` r doesn't exist"
    off = {"rerank_id": "", "search_id": None, "use_kg": False, "cross_languages": []}
    assert found(**off, meta_data_filter={"method": "disabled"}, keyword="false")["total"] == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("use_kg", True),
        ("cross_languages", ["German"] * 11),
        ("meta_data_filter", {"method": "auto"}),
        ("size", 0),
        ("page", 0),
        ("top_k", 0),
        ("dataset_ids", []),
    ],
)
def test_what_a_search_does_not_do_is_refused_by_name(
    client: FlaskClient, corpus: Corpus, field: str, value: object
) -> None:
    body = {"question": LAMP, "dataset_ids": [corpus.dataset_id], field: value}
    assert f"Field: <{field}>" in refused(
        client.post(f"{API}/datasets/search", json=body), 400, 101
    )


def test_a_search_keeps_to_metadata_and_to_a_search_app(
    client: FlaskClient, console: FlaskClient, corpus: Corpus
) -> None:
    path = f"{API}/datasets/{corpus.dataset_id}/search"

    def total(**fields: Any) -> int:
        return int(data_of(client.post(path, json={"question": LAMP, **fields}))["total"])

    for shelf, count in (("north", 3), ("south", 0)):
        manual = [{"key": "shelf", "op": "=", "value": shelf}]
        assert total(meta_data_filter={"method": "manual", "manual": manual}) == count
    app = data_of(console.post("/v1/search/create", json={"name": "guide"}))["search_id"]
    body = {"search_id": app, "name": "guide", "search_config": {"similarity_threshold": 1}}
    data_of(console.post("/v1/search/update", json=body))
    assert (total(), total(search_id=app)) == (3, 0)
    assert total(search_id=app, similarity_threshold=0) == 3
    refused(client.post(path, json={"question": LAMP, "search_id": "x"}), 404, 102)


def test_a_search_names_what_is_missing(client: FlaskClient, corpus: Corpus) -> None:
    for sent in ({}, {"question": None}):
        told = refused(client.post(f"{API}/datasets/search", json=sent), 400, 101)
        assert told == "required argument are missing: question, dataset_ids"
    one = f"{API}/datasets/{corpus.dataset_id}/search"
    assert "missing: question" in refused(client.get(one), 400, 101)


def test_a_search_of_what_is_somebody_else_s(stranger: FlaskClient, corpus: Corpus) -> None:
    body = {"question": LAMP, "dataset_ids": [corpus.dataset_id]}
    for answer in (
        stranger.post(f"{API}/datasets/search", json=body),
        stranger.post(f"{API}/datasets/{corpus.dataset_id}/search", json=body),
    ):
        assert "don't own the dataset" in refused(answer, 404, 102)


def test_documents_of_several_datasets_are_parsed_and_stopped(either: FlaskClient) -> None:
    datasets = [make_dataset(either, name)["id"] for name in ("a", "b")]
    documents = [upload(either, dataset, ("a.txt", b"x"))[0]["id"] for dataset in datasets]

    def ingest(run: object, *ids: str, **fields: object) -> Any:
        return either.post(f"{API}/documents/ingest", json={"doc_ids": ids, "run": run, **fields})

    def runs() -> list[str]:
        listed = (data_of(either.get(f"{API}/datasets/{one}/documents")) for one in datasets)
        return [item["docs"][0]["run"] for item in listed]

    assert refused(ingest("1", documents[0], "0" * 32), 404, 102) == "document not found"
    assert runs() == ["UNSTART", "UNSTART"]
    assert data_of(ingest("1", *documents)) is True
    assert runs() == ["RUNNING", "RUNNING"]
    assert "currently being processed" in refused(ingest(1, *documents), 409, 102)
    assert data_of(ingest(2, *documents)) is True
    assert runs() == ["CANCEL", "CANCEL"]
    told = refused(ingest("2", *documents), 409, 102)
    assert told == "Cannot cancel a task that is not in RUNNING status"
    assert "<run>" in refused(ingest("3", *documents), 400, 101)
    assert "<doc_ids>" in refused(ingest("1"), 400, 101)
    assert "<apply_kb>" in refused(ingest("1", *documents, apply_kb=True), 400, 101)


def test_documents_of_a_dataset_are_hidden_and_shown_together(
    either: FlaskClient, stranger: FlaskClient
) -> None:
    dataset, other = (make_dataset(either, name)["id"] for name in ("a", "b"))
    files = [(f"{number}.txt", b"x") for number in range(2)]
    documents = [made["id"] for made in upload(either, dataset, *files)]
    [elsewhere] = [made["id"] for made in upload(either, other, ("a.txt", b"x"))]
    path = f"{API}/datasets/{dataset}/documents/batch-update-status"

    def put(status: object, *ids: str) -> Any:
        return either.post(path, json={"doc_ids": ids, "status": status})

    def shown() -> set[str]:
        listed = data_of(either.get(f"{API}/datasets/{dataset}/documents"))["docs"]
        return {item["status"] for item in listed}

    assert data_of(put("0", *documents)) == {item: {"status": "0"} for item in documents}
    assert shown() == {"0"}
    for ids in ((documents[0], elsewhere), (documents[0], "0" * 32)):
        assert refused(put("1", *ids), 404, 102) == "document not found"
    assert shown() == {"0"}
    assert data_of(put(1, *documents)) == {item: {"status": "1"} for item in documents}
    assert shown() == {"1"}
    assert "<status>" in refused(put("2", *documents), 400, 101)
    assert "<doc_ids>" in refused(put("1"), 400, 101)
    asked = {"doc_ids": documents, "status": "0"}
    assert stranger.post(path, json=asked).status_code == 404
    assert shown() == {"1"}


def test_chunks_can_be_dropped_with_a_new_run(client: FlaskClient) -> None:
    dataset = make_dataset(client)["id"]
    document = upload(client, dataset, ("a.txt", b"x"))[0]["id"]
    chunks = f"{API}/datasets/{dataset}/documents/{document}/chunks"
    for body, left in (({}, 1), ({"delete": True}, 0)):
        data_of(client.post(chunks, json={"content": "The lamp is lit."}))
        asked = {"doc_ids": [document], "run": "1", **body}
        data_of(client.post(f"{API}/documents/ingest", json=asked))
        data_of(client.post(f"{API}/documents/ingest", json={"doc_ids": [document], "run": "2"}))
        assert data_of(client.get(chunks))["total"] == left


def test_there_are_no_pictures_of_chunks(either: FlaskClient) -> None:
    told = refused(either.get(f"{API}/documents/images/moon"), 404, 102)
    assert told == "There is no image moon."


def test_memories_are_not_built(either: FlaskClient) -> None:
    for path in ("/memories", "/memories/a/config", "/messages", "/messages/search"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            told = refused(either.open(f"{API}{path}", method=method, json={}), 501, 501)
            assert told.startswith("Memories of agents")
