"""Changing and deleting datasets over the REST API."""

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk, Task
from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    make_document,
    refused,
    upload,
)

DATASETS = f"{API}/datasets"
PNG = "data:image/png;base64,iVBORw0KGgo="


def names(client: FlaskClient, **query: object) -> list[str]:
    found = data_of(client.get(DATASETS, query_string=query))
    return [dataset["name"] for dataset in found]


def change(client: FlaskClient, dataset: dict[str, Any], **fields: object) -> dict[str, Any]:
    changed: dict[str, Any] = data_of(client.put(f"{DATASETS}/{dataset['id']}", json=fields))
    return changed


def test_a_change_touches_only_what_is_given(client: FlaskClient) -> None:
    dataset = make_dataset(client, description="old", parser_config={"chunk_token_num": 77})
    changed = change(client, dataset, name=" new ", avatar=PNG, permission="team")
    expected = dataset | {"name": "new", "avatar": PNG, "permission": "team"}
    times = ("update_time", "update_date")
    assert {k: v for k, v in changed.items() if k not in times} == {
        k: v for k, v in expected.items() if k not in times
    }
    emptied = change(client, dataset, avatar=None, description=None)
    assert (emptied["avatar"], emptied["description"]) == (None, None)


def test_a_dataset_may_change_the_case_of_its_own_name(client: FlaskClient) -> None:
    assert change(client, make_dataset(client, "notes"), name="Notes")["name"] == "Notes"


def test_a_name_of_another_dataset_is_a_conflict(client: FlaskClient) -> None:
    make_dataset(client, "taken")
    other = make_dataset(client, "other")
    answer = client.put(f"{DATASETS}/{other['id']}", json={"name": "TAKEN"})
    assert refused(answer, 409, 102) == "Dataset name 'TAKEN' already exists"
    assert "other" in names(client)


def test_parser_options_merge_reset_and_follow_the_method(client: FlaskClient) -> None:
    dataset = make_dataset(client, parser_config={"chunk_token_num": 99})
    merged = change(client, dataset, parser_config={"raptor": {"max_token": 7}})["parser_config"]
    assert (merged["chunk_token_num"], merged["raptor"]["max_token"]) == (99, 7)
    assert merged["raptor"]["threshold"] == 0.1
    for nothing in (None, {}):
        reset = change(client, dataset, parser_config=nothing)["parser_config"]
        assert (reset["chunk_token_num"], reset["raptor"]["max_token"]) == (512, 256)
    changed = change(client, dataset, chunk_method="qa", parser_config=None)
    assert changed["parser_config"]["raptor"] == {"use_raptor": False}
    assert "chunk_token_num" not in changed["parser_config"]
    assert change(client, dataset, chunk_method="table")["parser_config"] == {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "No properties were modified"),
        ({"name": None}, "valid string"),
        ({"pagerank": -1}, "greater than or equal to 0"),
        ({"pagerank": 101}, "less than or equal to 100"),
        ({"chunk_method": None}, "Input should be 'naive'"),
        ({"tenant_id": "x"}, "Extra inputs are not permitted"),
        ({"embedding_model": "nothing@Builtin"}, "Unsupported model"),
    ],
)
@pytest.mark.databases("sqlite")
def test_bad_changes_are_refused(client: FlaskClient, fields: dict[str, object], said: str) -> None:
    dataset = make_dataset(client)
    answer = client.put(f"{DATASETS}/{dataset['id']}", json=fields)
    assert said in refused(answer, 400, 101)
    assert data_of(client.get(f"{DATASETS}/{dataset['id']}")) == dataset


def test_pagerank_zero_and_the_default_model_change_nothing(client: FlaskClient) -> None:
    dataset = make_dataset(client)
    changed = change(client, dataset, pagerank=0, embedding_model=None)
    assert (changed["pagerank"], changed["embedding_model"]) == (0, "wordllama@Builtin")


def test_the_embedding_model_stays_while_there_are_chunks(
    client: FlaskClient, services: Services
) -> None:
    document = make_document(client)
    dataset_id = document.split("/")[4]
    with connection(services.database):
        Dataset.update(embedding_model="other@Builtin").execute()
    model = {"embedding_model": "wordllama@Builtin"}
    with connection(services.database):
        Document.update(run="RUNNING").execute()
    answer = client.put(f"{DATASETS}/{dataset_id}", json=model)
    assert "being parsed" in refused(answer, 409, 102)
    with connection(services.database):
        Document.update(run="DONE").execute()
    changed = data_of(client.put(f"{DATASETS}/{dataset_id}", json=model))
    assert changed["embedding_model"] == "wordllama@Builtin"
    add_chunk(client, document, "a chunk")
    assert data_of(client.put(f"{DATASETS}/{dataset_id}", json=model))
    with connection(services.database):
        Dataset.update(embedding_model="other@Builtin").execute()
    answer = client.put(f"{DATASETS}/{dataset_id}", json=model)
    assert "embedding_model must remain other@Builtin" in refused(answer, 400, 102)


# Deletion.


def test_deleting_a_dataset_removes_all_that_is_in_it(
    client: FlaskClient, services: Services
) -> None:
    document = make_document(client)
    dataset_id = document.split("/")[4]
    keep = make_dataset(client, "keep")
    upload(client, keep["id"], ("kept.txt", b"kept"))
    add_chunk(client, document, "a chunk")
    data_of(client.delete(DATASETS, json={"ids": [dataset_id]}))
    assert names(client) == ["keep"]
    assert list(services.storage.keys(dataset_id)) == []
    assert len(list(services.storage.keys(keep["id"]))) == 1
    assert services.chunk_store.count(dataset_id) == 0
    with connection(services.database):
        assert StoredChunk.select().count() == Cleanup.select().count() == 0
        assert [row.name for row in Document.select()] == ["kept.txt"]
    assert refused(client.get(document), 404, 102)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"ids": None}, []),
        ({"delete_all": True}, []),
        ({"ids": []}, ["b", "a"]),
        ({"delete_all": False}, ["b", "a"]),
        ({"ids": None, "delete_all": False}, ["b", "a"]),
    ],
)
def test_null_means_all_and_an_empty_list_none(
    client: FlaskClient, stranger: FlaskClient, body: dict[str, object], left: list[str]
) -> None:
    make_dataset(client, "a")
    make_dataset(client, "b")
    make_dataset(stranger, "theirs")
    data_of(client.delete(DATASETS, json=body))
    assert sorted(names(client), reverse=True) == left
    assert names(stranger) == ["theirs"]


def test_one_bad_id_among_good_ones_deletes_nothing(
    client: FlaskClient, stranger: FlaskClient
) -> None:
    mine, theirs = make_dataset(client)["id"], make_dataset(stranger)["id"]
    for ids, status, code, said in (
        ([mine, theirs], 403, 108, theirs),
        ([mine, uuid.uuid1().hex], 403, 108, "lacks permission"),
        ([mine, "no-id"], 400, 101, "Invalid UUID1 format"),
        ([mine, mine], 400, 101, f"Duplicate ids: '{mine}'"),
        ("text", 400, 101, "valid list"),
    ):
        assert said in refused(client.delete(DATASETS, json={"ids": ids}), status, code)
    for body, said in (({}, "`ids` is required"), ({"delete_all": "true"}, "<delete_all>")):
        assert said in refused(client.delete(DATASETS, json=body), 400, 101)
    assert names(client) == names(stranger) == ["handbook"]


def test_a_dataset_with_a_run_on_its_way_is_cleaned_up_twice(
    client: FlaskClient, services: Services
) -> None:
    document = make_document(client)
    dataset_id, document_id = document.split("/")[4], document.split("/")[6]
    data_of(client.post(f"{DATASETS}/{dataset_id}/chunks", json={"document_ids": [document_id]}))
    with connection(services.database):
        Task.update(state="running").execute()
    data_of(client.delete(DATASETS, json={"ids": [dataset_id]}))
    services.storage.put(f"{dataset_id}/{document_id}", [b"from a late worker"])
    assert services.library.cleanup.finish() == 0
    with connection(services.database):
        assert Task.select().count() == 0
        Cleanup.update(not_before=0).execute()
    assert services.library.cleanup.finish() == 1
    assert list(services.storage.keys(dataset_id)) == []
