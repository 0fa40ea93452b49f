"""Questions that are kept with a dataset."""

import pytest
from flask.testing import FlaskClient

from tests.functional.library import API, add_chunk, data_of, make_dataset, refused, upload


def test_a_dataset_keeps_each_question_once_and_takes_them_with_it(
    client: FlaskClient, stranger: FlaskClient
) -> None:
    dataset = make_dataset(client)["id"]
    path = f"{API}/datasets/{dataset}/questions"
    [document] = upload(client, dataset, ("tides.txt", b""))
    place = f"{API}/datasets/{dataset}/documents/{document['id']}"
    chunk = add_chunk(client, place, "High tide is at noon.")["id"]
    assert data_of(client.get(path)) == []
    asked = {"question": " When is high tide? ", "chunk_ids": [chunk, chunk]}
    [kept] = data_of(client.put(path, json=asked))
    assert (kept["question"], kept["chunk_ids"]) == ("When is high tide?", [chunk])
    lost = {"question": "When is high tide?", "chunk_ids": [chunk, "0" * 16]}
    assert "0" * 16 in refused(client.put(path, json=lost), 404, 102)
    data_of(client.delete(f"{place}/chunks", json={"chunk_ids": [chunk]}))
    assert data_of(client.put(path, json=asked))[0]["chunk_ids"] == [chunk]  # it was there once
    [changed] = data_of(client.put(path, json={"question": "When is high tide?"}))
    assert (changed["id"], changed["chunk_ids"]) == (kept["id"], [])
    two = data_of(client.put(path, json={"question": "When is ebb?"}))
    assert {one["question"] for one in two} == {"When is high tide?", "When is ebb?"}
    assert "question" in refused(client.put(path, json={"question": " "}), 400, 101)
    for answer in (
        stranger.get(path),
        stranger.put(path, json=asked),
        stranger.delete(path, json={"ids": [kept["id"]]}),
    ):
        refused(answer, 404, 102)
    ids = [kept["id"], "0" * 32]
    assert data_of(client.delete(path, json={"ids": ids})) == {"deleted": 1}
    [left] = data_of(client.get(path))
    assert left["question"] == "When is ebb?"
    data_of(client.delete(f"{API}/datasets", json={"ids": [dataset]}))
    refused(client.get(path), 404, 102)


@pytest.mark.databases("sqlite")
def test_readers_see_them_and_too_many_are_refused(
    client: FlaskClient, stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.services.library.questions.MOST_QUESTIONS", 1)
    dataset = make_dataset(client)["id"]
    path = f"{API}/datasets/{dataset}/questions"
    data_of(client.put(path, json={"question": "When is ebb?"}))
    refusal = refused(client.put(path, json={"question": "When is flood?"}), 400, 102)
    assert "A dataset keeps 1 questions" in refusal
    grants = {"grants": [{"subject": "everybody", "level": "read"}]}
    data_of(client.put(f"{API}/datasets/{dataset}/grants", json=grants))
    assert data_of(stranger.get(path))[0]["question"] == "When is ebb?"
    refused(stranger.put(path, json={"question": "When is ebb?"}), 403, 108)
