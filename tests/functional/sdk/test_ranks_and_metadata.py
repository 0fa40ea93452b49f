"""The ranks of datasets, and the metadata of their documents."""

import pytest
from flask.testing import FlaskClient

from tests.functional.library import API, add_chunk, data_of, make_dataset, refused, upload

pytestmark = pytest.mark.databases("sqlite")

QUESTION = "When is the lamp lit?"


def shelf(client: FlaskClient, name: str, *texts: str) -> str:
    """Make a dataset with chunks and return its id."""
    dataset = str(make_dataset(client, name)["id"])
    document = upload(client, dataset, (f"{name}.txt", b""))[0]["id"]
    for text in texts:
        add_chunk(client, f"{API}/datasets/{dataset}/documents/{document}", text)
    return dataset


# The rank of a dataset.


def test_a_rank_is_kept_and_shown_and_puts_a_dataset_before_others(client: FlaskClient) -> None:
    near = shelf(client, "near", "The lamp is lit at dusk.", "Storms come in March.")
    far = shelf(client, "far", "Somebody keeps the lamp clean.", "Whales swim by.")
    body = {"dataset_ids": [near, far], "question": QUESTION}
    before = data_of(client.post(f"{API}/retrieval", json=body))
    assert [chunk["dataset_id"] for chunk in before["chunks"]] == [near, far]
    changed = data_of(client.put(f"{API}/datasets/{far}", json={"pagerank": 80}))
    assert changed["pagerank"] == data_of(client.get(f"{API}/datasets/{far}"))["pagerank"] == 80
    after = data_of(client.post(f"{API}/retrieval", json=body))
    assert [chunk["dataset_id"] for chunk in after["chunks"]] == [far, near]
    assert after["total"] == before["total"]
    rise = after["chunks"][0]["similarity"] - before["chunks"][1]["similarity"]
    assert rise == pytest.approx(0.8, abs=1e-5)
    assert after["chunks"][1] == before["chunks"][0]
    data_of(client.put(f"{API}/datasets/{far}", json={"pagerank": 0}))
    assert data_of(client.post(f"{API}/retrieval", json=body)) == before


# The metadata of a dataset.


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_the_metadata_of_documents_are_counted(client: FlaskClient, stranger: FlaskClient) -> None:
    dataset = make_dataset(client)["id"]
    folder = f"{API}/datasets/{dataset}/documents"
    fields: list[dict[str, object]] = [
        {"tags": ["a", "b"], "year": 1999},
        {"tags": ["b"], "year": 1999},
        {"tags": "b"},
        {},
    ]
    files = [(f"{number}.txt", b"") for number in range(len(fields))]
    for made, metadata in zip(upload(client, dataset, *files), fields, strict=True):
        data_of(client.put(f"{folder}/{made['id']}", json={"meta_fields": metadata}))
    path = f"{API}/datasets/{dataset}/metadata/summary"
    assert data_of(client.get(path)) == {
        "summary": {
            "tags": {"type": "string", "values": [["b", 3], ["a", 1]]},
            "year": {"type": "number", "values": [[1999, 2]]},
        }
    }
    refused(stranger.get(path), 404, 102)


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_metadata_that_a_model_would_find_are_kept_while_they_are_off(client: FlaskClient) -> None:
    off = {"enabled": False, "fields": [{"name": "author", "any": 1}]}
    dataset = make_dataset(client, auto_metadata_config=off)
    path = f"{API}/datasets/{dataset['id']}"
    assert dataset["auto_metadata_config"] == data_of(client.get(f"{path}/metadata/config")) == off
    other = {"enabled": False, "fields": []}
    assert data_of(client.put(f"{path}/metadata/config", json=other)) == other
    assert data_of(client.get(path))["auto_metadata_config"] == other
    cleared = data_of(client.put(path, json={"auto_metadata_config": None}))
    assert cleared["auto_metadata_config"] == {"enabled": False}


@pytest.mark.parametrize(
    "config",
    [
        *({"enabled": True}, {"fields": [{}]}, {"enabled": False, "note": "x" * 4096}),
        {"enabled": True, "fields": [{"name": "author", "type": "picture"}]},
        {"enabled": True, "fields": [{"name": "author"}], "else": 1},
    ],
)
def test_metadata_that_a_model_is_to_find_are_refused(
    client: FlaskClient, config: dict[str, object]
) -> None:
    dataset = make_dataset(client)
    path = f"{API}/datasets/{dataset['id']}"
    for answer in (
        client.post(f"{API}/datasets", json={"name": "x", "auto_metadata_config": config}),
        client.put(path, json={"auto_metadata_config": config}),
        client.put(f"{path}/metadata/config", json=config),
    ):
        assert "Field: <auto_metadata_config>" in refused(answer, 400, 101)
    assert data_of(client.get(path)) == dataset
