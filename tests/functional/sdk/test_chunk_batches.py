"""Many chunks at once, which are already cut: all are found, or none is there."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from api.db.models.document import StoredChunk
from tests.functional.library import API, add_chunk, data_of, make_dataset, make_document

LINES = "application/x-ndjson"
DIMENSIONS = 256


def send(client: FlaskClient, path: str, lines: Iterable[object], **options: Any) -> Any:
    """Send lines as a batch."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    options = {"content_type": LINES, "data": "\n".join(texts), **options}
    return client.post(f"{path}/chunks/batch", **options)


def told(response: Any) -> str:
    """Return what an error says."""
    assert response.json["code"] != 0, response.json
    message: str = response.json["message"]
    return message


@pytest.fixture
def document(client: FlaskClient) -> str:
    """Return the path of an empty document of a new dataset."""
    return make_document(client)


def listed(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Return the chunks of a document."""
    chunks: list[dict[str, Any]] = data_of(client.get(f"{path}/chunks?page_size=1000"))["chunks"]
    return chunks


def found(client: FlaskClient, path: str, question: str, **options: object) -> list[str]:
    """Return what a question finds in the dataset of a document."""
    body = {"question": question, "dataset_ids": [path.split("/")[4]], **options}
    return [one["content"] for one in data_of(client.post(f"{API}/retrieval", json=body))["chunks"]]


def test_chunks_are_found_at_once_and_in_order(client: FlaskClient, document: str) -> None:
    add_chunk(client, document, "The bell rings.")
    before = data_of(client.get(f"{document}/chunks"))["doc"]["token_count"]
    lines = [
        {
            "content": "The lamp burns oil.",
            "id": "00000000000000aa",
            "important_keywords": ["pharos"],
        },
        "",
        {"content": "The keeper rows.", "questions": ["Who rows?"], "available": False},
        {"content": "The lamp burns oil.", "positions": [[1, 10, 20, 30, 40]]},
    ]

    added = data_of(send(client, document, lines))

    chunks = listed(client, document)
    assert [chunk["content"] for chunk in chunks[1:]] == [
        "The lamp burns oil.", "The keeper rows.", "The lamp burns oil."
    ]  # fmt: skip
    assert [chunk["id"] for chunk in chunks[1:]] == added["ids"]
    assert added["ids"][0] == "00000000000000aa"
    assert (added["added"], len(set(added["ids"]))) == (3, 3)
    assert [chunk["source"] for chunk in chunks] == ["added"] * 4
    assert [chunk["available"] for chunk in chunks] == [True, True, False, True]
    assert chunks[1]["important_keywords"] == ["pharos"]
    assert chunks[3]["positions"] == [[1, 10, 20, 30, 40]]
    assert found(client, document, "lamp oil") == ["The lamp burns oil."]
    assert found(client, document, "who rows") == []
    shown = data_of(client.get(f"{document}/chunks"))["doc"]
    assert (shown["chunk_count"], shown["token_count"]) == (4, before + added["tokens"])


@pytest.mark.databases("sqlite")
def test_vectors_are_taken_as_they_are_sent(
    client: FlaskClient, document: str, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = np.eye(2, DIMENSIONS, dtype=np.float32) * 7
    index = services.library.index

    def refuse(*_: object) -> None:
        raise AssertionError("a model was asked")

    monkeypatch.setattr(index, "embed", refuse)
    lines = [
        {"content": f"Word {n}", "vector": [float(value) for value in vector]}
        for n, vector in enumerate(vectors)
    ]
    added = data_of(send(client, document, lines))

    dataset, own = document.split("/")[4], document.split("/")[6]
    kept = services.chunk_store.vectors(dataset, own)
    for chunk_id, vector in zip(added["ids"], vectors, strict=True):
        assert kept[chunk_id] == pytest.approx(vector / 7)


@pytest.mark.databases("sqlite")
def test_each_wrong_line_is_named_and_nothing_is_written(
    client: FlaskClient, document: str, services: Services
) -> None:
    kept = add_chunk(client, document, "The bell rings.")["id"]
    lines = [
        {"content": "The lamp burns oil."},
        "{",
        {"content": " "},
        {"content": "a", "vector": [1.0, 2.0]},
        {"content": "b", "vector": [0] * DIMENSIONS},
        {"content": "c", "id": "x"},
        {"content": "d", "id": "00000000000000aa"},
        {"content": "e", "id": "00000000000000aa"},
        "[1]",
        {"content": "f", "vector": ["1"] * DIMENSIONS},
        {"content": "g" * 70_000},
    ]

    said = told(send(client, document, lines))

    wrong = said.splitlines()
    assert sorted({int(line.split()[1].rstrip(":")) for line in wrong}) == [
        2,
        3,
        4,
        5,
        6,
        8,
        9,
        10,
        11,
    ]
    assert "Line 2: it is no JSON object." in wrong
    assert "Line 4: `vector` has 2 components, and those of the dataset have 256." in wrong
    assert "Line 8: `id`: line 7 has 00000000000000aa, too." in wrong
    said = told(send(client, document, [{"content": "a"}, {"content": "b", "id": kept}]))
    assert said == f"Line 2: `id`: the document has {kept}."
    assert [chunk["content"] for chunk in listed(client, document)] == ["The bell rings."]
    assert found(client, document, "lamp oil", similarity_threshold=0) == ["The bell rings."]
    with connection(services.database):
        assert not Cleanup.select().where(Cleanup.kind == "staged").exists()


@pytest.mark.databases("sqlite")
def test_a_batch_has_limits(client: FlaskClient, document: str) -> None:
    said = told(send(client, document, ["{}"] * 30)).splitlines()
    assert (len(said), said[-1]) == (21, "and more")
    many = "\n".join(['{"content": "a"}'] * 10_001)
    assert told(send(client, document, [], data=many)) == (
        "Line 10001: at most 10,000 may be sent at once."
    )
    assert "has no lines" in told(send(client, document, [" ", ""]))
    assert "x-ndjson" in told(send(client, document, ["{}"], content_type="text/csv"))
    long = told(send(client, document, [{"content": "a" * (1 << 20)}]))
    assert long == "Line 1: it has more than 1,048,576 bytes."
    assert listed(client, document) == []


@pytest.mark.databases("sqlite")
def test_a_batch_that_fails_leaves_nothing(
    client: FlaskClient, document: str, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = services.library.chunk_batches

    def broken(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(batches, "committed", broken)
    assert send(client, document, [{"content": "The lamp burns oil."}]).status_code >= 500
    monkeypatch.undo()

    assert found(client, document, "lamp oil") == []
    data_of(send(client, document, [{"content": "The lamp burns oil."}]))
    assert found(client, document, "lamp oil") == ["The lamp burns oil."]


@pytest.mark.databases("sqlite")
def test_what_a_killed_process_has_staged_is_removed(
    client: FlaskClient, document: str, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = services.library.chunk_batches

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(batches, "committed", killed)
    monkeypatch.setattr(batches, "discard", killed)
    with pytest.raises(Killed):
        send(client, document, [{"content": "The lamp burns oil."}])
    monkeypatch.undo()
    with connection(services.database):
        Cleanup.update(not_before=0).where(Cleanup.kind == "staged").execute()

    assert services.library.cleanup.finish() == 1

    with connection(services.database):
        assert not Cleanup.select().exists()
    assert found(client, document, "lamp oil") == []


def test_committed_chunks_are_published_by_the_recovery_job(
    client: FlaskClient, document: str, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = services.library.chunk_batches
    monkeypatch.setattr(batches, "publish", lambda *_: None)
    data_of(send(client, document, [{"content": "The lamp burns oil."}]))
    monkeypatch.undo()
    assert found(client, document, "lamp oil") == []
    with connection(services.database):
        StoredChunk.update(update_time=1).execute()

    services.library.cleanup.finish()

    assert found(client, document, "lamp oil") == ["The lamp burns oil."]


@pytest.mark.databases("sqlite")
def test_a_batch_that_is_sent_again_is_added_once(client: FlaskClient, document: str) -> None:
    key = {"Idempotency-Key": "batch-1"}
    first = data_of(send(client, document, [{"content": "The lamp burns oil."}], headers=key))

    again = send(client, document, [{"content": "The lamp burns oil."}], headers=key)

    assert data_of(again) == first
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(listed(client, document)) == 1
    other = send(client, document, [{"content": "Another lamp."}], headers=key)
    assert "take a new one" in told(other)


@pytest.mark.databases("sqlite")
def test_thousands_of_chunks_come_in_one_publication(client: FlaskClient, document: str) -> None:
    vector = [round(float(value), 4) for value in np.linspace(-1, 1, DIMENSIONS)]
    tail = f', "vector": {json.dumps(vector)}}}'
    data = "".join(f'{{"content": "lamp {n} burns"{tail}\n' for n in range(2_000))

    added = data_of(send(client, document, [], data=data))

    assert added["added"] == 2_000
    assert data_of(client.get(f"{document}/chunks?page_size=1"))["total"] == 2_000
    assert found(client, document, "lamp 1777 burns", page_size=1) == ["lamp 1777 burns"]


@pytest.mark.databases("sqlite")
def test_batches_of_a_stranger_and_of_other_documents_are_refused(
    client: FlaskClient, stranger: FlaskClient, document: str
) -> None:
    assert "own the dataset" in told(send(stranger, document, [{"content": "a"}]))
    dataset = make_dataset(client)["id"]
    elsewhere = f"{API}/datasets/{dataset}/documents/{document.split('/')[6]}"
    assert "own the document" in told(send(client, elsewhere, [{"content": "a"}]))
