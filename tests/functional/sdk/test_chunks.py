"""Chunks over the REST API: added, listed, changed and deleted by hand."""

from typing import Any

import pytest
import xxhash
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.dataset import Dataset
from api.db.models.document import StoredChunk
from tests.functional.library import (
    add_chunk,
    contents,
    counters,
    data_of,
    found,
    make_document,
    refused,
)


@pytest.fixture
def document(client: FlaskClient) -> str:
    """Make a document and return its path."""
    return make_document(client)


@pytest.mark.databases("sqlite")
def test_an_added_chunk_is_listed_and_found(
    client: FlaskClient, document: str, services: Services
) -> None:
    chunk = add_chunk(
        client,
        document,
        "The lighthouse 灯塔 🗼",
        important_keywords=["lamp", " ", "tower "],
        questions=["Where is the lamp?", ""],
    )
    document_id = document.split("/")[6]
    assert chunk["id"] == xxhash.xxh64_hexdigest(f"The lighthouse 灯塔 🗼{document_id}".encode())
    assert chunk["important_keywords"] == ["lamp", " ", "tower "]
    assert chunk["questions"] == ["Where is the lamp?"]
    assert (chunk["document_id"], chunk["available"]) == (document_id, True)
    assert isinstance(chunk["create_timestamp"], float)
    assert chunk["create_time"][4::3] == "-- ::"
    listed = data_of(client.get(f"{document}/chunks"))
    assert (listed["total"], listed["chunks"]) == (1, [chunk | {"positions": []}])
    assert (listed["doc"]["name"], listed["doc"]["chunk_count"]) == ("notes.txt", 1)
    assert found(services, document, "lighthous") == ["The lighthouse 灯塔 🗼"]
    assert counters(client, document)[0] == 1
    assert counters(client, document)[1] > 0
    with connection(services.database):
        assert StoredChunk.get().indexed
        assert Dataset.get().dimensions == 256


def test_chunks_are_listed_in_the_order_in_which_they_came(
    client: FlaskClient, document: str
) -> None:
    for number in range(5):
        add_chunk(client, document, f"chunk {number}")
    assert contents(client, document) == [f"chunk {number}" for number in range(5)]
    assert contents(client, document, page=2, page_size=2) == ["chunk 2", "chunk 3"]
    for query in ({"page": 2, "page_size": 2}, {"page_size": 0}, {"page": 7}):
        assert data_of(client.get(f"{document}/chunks", query_string=query))["total"] == 5


def test_repeated_content_makes_another_chunk(
    client: FlaskClient, document: str, services: Services
) -> None:
    ids = {add_chunk(client, document, "the same lamp")["id"] for _ in range(3)}
    assert len(ids) == 3
    assert counters(client, document)[0] == 3
    assert len(found(services, document, "lamp")) == 3


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({}, 102, "`content` is required"),
        ({"content": None}, 102, "`content` is required"),
        ({"content": " \n"}, 102, "`content` is required"),
        ({"content": 5}, 101, "valid string"),
        ({"content": "a\0"}, 101, "NUL"),
        ({"content": "x" * (1 << 16) + "x"}, 101, "at most 65536"),
        (
            {"content": "x", "questions": ["x" * (1 << 16)] * 3},
            101,
            "`questions` may have 65,536 characters in all",
        ),
        (
            {"content": "x", "important_keywords": ["x" * (1 << 18)]},
            101,
            "`important_keywords` may have",
        ),
        (
            {"content": "x", "important_keywords": "a"},
            102,
            "`important_keywords` is required to be a list",
        ),
        ({"content": "x", "questions": {}}, 102, "`questions` is required to be a list"),
        ({"content": "x", "questions": [1]}, 102, "`questions` must be a list of strings"),
    ],
)
@pytest.mark.databases("sqlite")
def test_bad_chunks_are_refused(
    client: FlaskClient, document: str, body: dict[str, object], code: int, said: str
) -> None:
    assert said in refused(client.post(f"{document}/chunks", json=body), 400, code)
    assert counters(client, document) == (0, 0)


def test_keywords_find_chunks_and_mark_what_matches(client: FlaskClient, document: str) -> None:
    for content in ("The red lamp", "A lamp and another lamp", "The sea"):
        add_chunk(client, document, content)
    marked = contents(client, document, keywords="Lamps")
    assert sorted(marked) == ["A <em>lamp</em> and another <em>lamp</em>", "The red <em>lamp</em>"]
    query = {"keywords": "lamp", "page": 2, "page_size": 1}
    answer = data_of(client.get(f"{document}/chunks", query_string=query))
    assert (answer["total"], len(answer["chunks"])) == (2, 1)
    assert len(contents(client, document, keywords="notes")) == 3
    assert contents(client, document, keywords="whale") == []
    assert len(contents(client, document, keywords=" ")) == 3


def test_chunks_can_be_listed_by_availability(client: FlaskClient, document: str) -> None:
    hidden = add_chunk(client, document, "hidden lamp")["id"]
    add_chunk(client, document, "visible lamp")
    body = {"chunk_ids": [hidden], "available_int": 0}
    assert data_of(client.patch(f"{document}/chunks", json=body)) is True
    assert contents(client, document, available="false") == ["hidden lamp"]
    assert contents(client, document, available="true") == ["visible lamp"]
    marked = contents(client, document, available="false", keywords="lamp")
    assert marked == ["hidden <em>lamp</em>"]


@pytest.mark.databases("sqlite")
def test_one_chunk_can_be_asked_for(client: FlaskClient, document: str) -> None:
    chunk = add_chunk(client, document, "one", important_keywords=["k"], questions=["q"])
    add_chunk(client, document, "other")
    assert contents(client, document, id=chunk["id"]) == ["one"]
    raw = data_of(client.get(f"{document}/chunks/{chunk['id']}"))
    assert raw["content_with_weight"] == "one"
    assert (raw["important_kwd"], raw["question_kwd"], raw["available_int"]) == (["k"], ["q"], 1)
    assert (raw["doc_id"], raw["docnm_kwd"]) == (document.split("/")[6], "notes.txt")
    for unknown in ("0" * 16, "nonsense"):
        assert refused(client.get(f"{document}/chunks/{unknown}"), 404, 102) == "Chunk not found!"
        query = {"id": unknown}
        assert refused(client.get(f"{document}/chunks", query_string=query), 404, 102)


# Changes.


def test_a_change_reaches_list_search_and_counters(
    client: FlaskClient, document: str, services: Services
) -> None:
    chunk = add_chunk(client, document, "the old lamp")
    path = f"{document}/chunks/{chunk['id']}"
    before = counters(client, document)[1]
    body: dict[str, Any] = {
        "content": "a much longer sentence about whales in the sea",
        "important_keywords": ["Moby"],
        "positions": [[1, 2, 3, 4, 5]],
    }
    assert data_of(client.put(path, json=body)) is None
    shown = data_of(client.get(f"{document}/chunks"))["chunks"][0]
    assert {key: shown[key] for key in body} == body
    assert shown["id"] == chunk["id"]
    assert found(services, document, "lamp") == []
    assert found(services, document, "mobi") == found(services, document, "whale") != []
    assert counters(client, document)[1] > before
    data_of(client.patch(path, json={"questions": ["Who swims?"], "available": False}))
    assert found(services, document, "whale") == []
    data_of(client.patch(path, json={"available": 1, "questions": None}))
    assert found(services, document, "swim") == [body["content"]]
    assert counters(client, document)[0] == 1


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"content": ""}, 102, "`content` is required"),
        ({"important_keywords": "a"}, 102, "`important_keywords` should be a list"),
        ({"questions": "a"}, 102, "`questions` should be a list"),
        ({"questions": [None]}, 102, "`questions` must be a list of strings"),
        ({"available": 2}, 101, "`available` must be true, false, 1 or 0."),
        ({"positions": [[1, 2]]}, 101, "at least 5 items"),
    ],
)
@pytest.mark.databases("sqlite")
def test_bad_changes_are_refused(
    client: FlaskClient, document: str, body: dict[str, object], code: int, said: str
) -> None:
    chunk = add_chunk(client, document, "the lamp")
    path = f"{document}/chunks/{chunk['id']}"
    assert said in refused(client.put(path, json=body), 400, code)
    assert contents(client, document) == ["the lamp"]


@pytest.mark.databases("sqlite")
def test_a_chunk_that_is_not_there_cannot_be_changed(client: FlaskClient, document: str) -> None:
    for unknown in ("0" * 16, "nonsense"):
        said = refused(client.put(f"{document}/chunks/{unknown}", json={"content": "x"}), 404, 102)
        assert said == f"Can't find this chunk {unknown}"


def test_a_question_and_its_answer_stay_apart(client: FlaskClient, document: str) -> None:
    data_of(client.put(document, json={"chunk_method": "qa"}))
    chunk = add_chunk(client, document, "Question: Who?\tAnswer: I.")
    path = f"{document}/chunks/{chunk['id']}"
    said = refused(client.put(path, json={"content": "no answer"}), 400, 102)
    assert said == "Q&A must be separated by TAB/ENTER key."
    data_of(client.put(path, json={"content": "Question: When?\tAnswer: Now."}))
    assert data_of(client.get(path))["question_kwd"] == ["When?"]


def test_availability_is_all_or_nothing(
    client: FlaskClient, document: str, services: Services
) -> None:
    ids = [add_chunk(client, document, f"lamp {number}")["id"] for number in range(3)]
    body = {"chunk_ids": ids[:2], "available": False}
    assert data_of(client.patch(f"{document}/chunks", json=body)) is True
    assert found(services, document, "lamp") == ["lamp 2"]
    for lacking in ("0" * 16, "nonsense"):
        wrong = {"chunk_ids": [ids[2], lacking], "available_int": 0}
        assert lacking in refused(client.patch(f"{document}/chunks", json=wrong), 404, 102)
    assert found(services, document, "lamp") == ["lamp 2"]
    data_of(client.patch(f"{document}/chunks", json={"chunk_ids": ids, "available_int": 1}))
    assert len(found(services, document, "lamp")) == 3
    with connection(services.database):
        assert all(row.indexed for row in StoredChunk.select())


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({}, 102, "`chunk_ids` is required."),
        ({"chunk_ids": []}, 102, "`chunk_ids` is required."),
        ({"chunk_ids": ["x"]}, 102, "`available_int` or `available` is required."),
        ({"chunk_ids": ["x"], "available": "no"}, 101, "`available` must be true"),
    ],
)
def test_bad_availability_is_refused(
    client: FlaskClient, document: str, body: dict[str, object], code: int, said: str
) -> None:
    assert said in refused(client.patch(f"{document}/chunks", json=body), 400, code)


# Deletion.


@pytest.mark.databases("sqlite")
def test_deleted_chunks_leave_nothing(
    client: FlaskClient, document: str, services: Services
) -> None:
    ids = [add_chunk(client, document, f"lamp {number}")["id"] for number in range(3)]
    answer = client.delete(f"{document}/chunks", json={"chunk_ids": ids[:2]})
    assert answer.get_json() == {"code": 0, "message": "deleted 2 chunks"}
    assert contents(client, document) == found(services, document, "lamp") == ["lamp 2"]
    assert counters(client, document)[0] == 1
    with connection(services.database):
        assert StoredChunk.select().count() == 1


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"chunk_ids": None}, 0),
        ({"delete_all": True}, 0),
        ({"chunk_ids": []}, 2),
        ({"chunk_ids": None, "delete_all": False}, 2),
    ],
)
@pytest.mark.databases("sqlite")
def test_null_means_all_and_an_empty_list_none(
    client: FlaskClient, document: str, services: Services, body: dict[str, object], left: int
) -> None:
    for number in range(2):
        add_chunk(client, document, f"lamp {number}")
    answer = client.delete(f"{document}/chunks", json=body)
    assert answer.get_json()["message"] == f"deleted {2 - left} chunks"
    assert len(contents(client, document)) == len(found(services, document, "lamp")) == left
    assert counters(client, document)[0] == left
    for wrong, said in (({}, "`chunk_ids` is required"), ({"delete_all": "yes"}, "<delete_all>")):
        assert said in refused(client.delete(f"{document}/chunks", json=wrong), 400, 101)


@pytest.mark.databases("sqlite")
def test_good_ids_are_deleted_and_the_others_counted(client: FlaskClient, document: str) -> None:
    first, second = (add_chunk(client, document, content)["id"] for content in "ab")
    body = {"chunk_ids": [first, "0" * 16, "nonsense"]}
    said = refused(client.delete(f"{document}/chunks", json=body), 404, 102)
    assert said == "rm_chunk deleted chunks 1, expect 3"
    told = data_of(client.delete(f"{document}/chunks", json={"chunk_ids": [second, second]}))
    assert told == {"success_count": 1, "errors": [f"Duplicate chunk ids: {second}"]}
    assert counters(client, document) == (0, 0)
    elsewhere = f"{document.rpartition('/')[0]}/{'0' * 32}/chunks"
    said = refused(client.delete(elsewhere, json={"chunk_ids": None}), 404, 102)
    assert said == f"Can't find the document with ID {'0' * 32}!"
