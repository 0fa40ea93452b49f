"""Changing the metadata of many documents at once."""

import pytest
from flask.testing import FlaskClient

from tests.functional.library import API, add_chunk, data_of, make_dataset, refused, upload

FIELDS: list[dict[str, object]] = [
    {"tags": ["draft", "b"], "year": 1999},
    {"tags": "draft", "year": 2024},
    {"owner": "x"},
]


def shelf(client: FlaskClient) -> tuple[str, list[str]]:
    """Make a dataset with documents that have metadata; return its address and their ids."""
    address = f"{API}/datasets/{make_dataset(client)['id']}"
    files = [(f"{number}.txt", b"") for number in range(len(FIELDS))]
    ids = [str(made["id"]) for made in upload(client, address.rpartition("/")[2], *files)]
    for document, fields in zip(ids, FIELDS, strict=True):
        data_of(client.put(f"{address}/documents/{document}", json={"meta_fields": fields}))
    return address, ids


def fields_of(client: FlaskClient, address: str) -> list[object]:
    """Return the metadata of all documents, in the order of their names."""
    listed = data_of(client.get(f"{address}/documents?orderby=name&desc=false"))["docs"]
    return [document["meta_fields"] for document in listed]


def test_fields_of_all_documents_are_set_and_removed(client: FlaskClient) -> None:
    address, _ = shelf(client)
    edit = {
        "updates": [
            {"key": "state", "value": "new"},
            {"key": "tags", "match": "draft", "value": "final"},
            {"key": "year", "match": "1999", "value": 2000},
        ],
        "deletes": [{"key": "owner"}, {"key": "tags", "value": "b"}, {"key": "absent"}],
    }
    path = f"{address}/metadata/update"
    assert data_of(client.post(path, json=edit)) == {"updated": 3, "matched_docs": 3}
    assert fields_of(client, address) == [
        {"tags": ["final"], "year": 2000, "state": "new"},
        {"tags": "final", "year": 2024, "state": "new"},
        {"state": "new"},
    ]
    assert data_of(client.post(path, json=edit)) == {"updated": 0, "matched_docs": 3}


def test_documents_are_chosen_by_ids_and_by_what_they_have(client: FlaskClient) -> None:
    address, ids = shelf(client)
    path = f"{address}/documents/metadatas"
    old = {"conditions": [{"name": "year", "comparison_operator": "<", "value": 2010}]}
    updates = [{"key": "seen", "value": 1}]
    for selector, chosen in (
        ({"document_ids": []}, 0),
        ({"document_ids": ids[1:], "metadata_condition": old}, 0),
        ({"document_ids": ids[1:2]}, 1),
        ({"metadata_condition": old}, 1),
    ):
        told = data_of(client.patch(path, json={"selector": selector, "updates": updates}))
        assert told == {"updated": chosen, "matched_docs": chosen}
    assert ["seen" in fields for fields in fields_of(client, address)] == [True, True, False]


def test_searches_know_the_new_metadata(client: FlaskClient) -> None:
    address, ids = shelf(client)
    dataset = address.rpartition("/")[2]
    for document in ids:
        add_chunk(client, f"{address}/documents/{document}", f"The lamp of {document}.")
    edit = {"selector": {"document_ids": ids[2:]}, "updates": [{"key": "year", "value": 1850}]}
    data_of(client.post(f"{address}/metadata/update", json=edit))
    condition = {"conditions": [{"name": "year", "comparison_operator": "is", "value": 1850}]}
    body = {"dataset_ids": [dataset], "question": "lamp", "metadata_condition": condition}
    found = data_of(client.post(f"{API}/retrieval", json=body))["chunks"]
    assert [chunk["document_id"] for chunk in found] == ids[2:]
    flat = data_of(client.get(f"{API}/datasets/metadata/flattened?dataset_ids={dataset}"))
    assert flat["year"] == {"1999": ids[:1], "2024": ids[1:2], "1850": ids[2:]}


@pytest.mark.databases("sqlite")
def test_what_cannot_be_done_is_named_and_changes_nothing(
    client: FlaskClient, stranger: FlaskClient
) -> None:
    address, ids = shelf(client)
    path, update = f"{address}/metadata/update", {"key": "a", "value": "b"}
    for body, status, code, words in (
        ({}, 400, 101, "updates"),
        ({"updates": [], "deletes": None}, 400, 101, "updates"),
        ({"updates": [{"key": "", "value": 1}]}, 400, 101, "updates.0.key"),
        ({"updates": [{"key": "a"}]}, 400, 101, "updates.0.value"),
        ({"updates": [{"key": "a", "value": {"b": 1}}]}, 400, 101, "updates.0.value"),
        ({"deletes": [{"key": "a"}] * 101}, 400, 101, "deletes"),
        ({"updates": [{"key": "a", "value": "x" * 65_530}]}, 400, 102, "65,535"),
        (
            {"selector": {"document_ids": [ids[0], "0" * 32]}, "updates": [update]},
            404,
            102,
            "0" * 32,
        ),
    ):
        answer = client.post(path, json=body)
        refused(answer, status, code)
        assert words in answer.get_json()["message"]
    refused(stranger.post(path, json={"updates": [update]}), 404, 102)
    assert fields_of(client, address) == FIELDS
    refused(client.get(f"{API}/datasets/metadata/flattened"), 400, 101)
    refused(
        stranger.get(f"{API}/datasets/metadata/flattened?dataset_ids={address[-32:]}"), 404, 102
    )


@pytest.mark.databases("sqlite")
def test_another_embedding_model_can_be_asked_for_before(client: FlaskClient) -> None:
    address, ids = shelf(client)
    path = f"{address}/embedding/check"
    other = {"embd_id": "BAAI/bge-small-en-v1.5@Builtin"}
    assert data_of(client.post(path, json=other)) is True
    refused(client.post(path, json={"embedding_model": "unknown@Builtin"}), 400, 101)
    refused(client.post(path, json={}), 400, 101)
    add_chunk(client, f"{address}/documents/{ids[0]}", "The lamp.")
    answer = client.post(path, json=other)
    assert answer.get_json()["code"] == 102
    assert data_of(client.delete(f"{address}/knowledge_graph")) is True
