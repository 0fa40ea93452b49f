"""Vector stores as OpenAI's clients keep and search them."""

import pytest
from flask.testing import FlaskClient

from tests.functional.corpus import LAMP, TEXTS, Corpus
from tests.functional.ingesting import Site
from tests.functional.library import data_of
from tests.functional.openai.storing import (
    STORES,
    add_file,
    add_store,
    ids,
    ok,
    refused,
    walked,
)

OTHERWISE = {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 0}


def test_a_store_is_a_dataset(client: FlaskClient) -> None:
    body = {"name": "handbook", "description": "All of it.", "metadata": {"shelf": "north"}}
    made = ok(client.post(STORES, json={**body, "expires_after": None, "file_ids": None}))
    assert {name: made[name] for name in body} == body
    assert (made["object"], made["status"]) == ("vector_store", "completed")
    assert (made["usage_bytes"], made["expires_at"]) == (0, None)
    assert set(made["file_counts"].values()) == {0}
    [dataset] = data_of(client.get("/api/v1/datasets"))
    assert made["id"] == f"vs_{dataset['id']}"
    for given in (made["id"], dataset["id"]):
        assert ok(client.get(f"{STORES}/{given}")) == made
    changed = ok(client.post(f"{STORES}/{made['id']}", json={"metadata": {"shelf": "south"}}))
    assert (changed["name"], changed["metadata"]) == ("handbook", {"shelf": "south"})
    assert ok(client.post(f"{STORES}/{made['id']}", json={"name": "guide"}))["name"] == "guide"
    assert ok(client.get(f"{STORES}/{made['id']}"))["metadata"] == {"shelf": "south"}
    gone = ok(client.delete(f"{STORES}/{dataset['id']}", content_type="application/json"))
    assert gone == {"id": made["id"], "object": "vector_store.deleted", "deleted": True}
    refused(client.get(f"{STORES}/{made['id']}"), 404, "no vector store")


def test_stores_are_listed_in_parts(client: FlaskClient) -> None:
    made = [add_store(client, f"{number}").rpartition("/")[2] for number in range(5)]
    assert walked(client, STORES) == made[::-1]
    assert walked(client, STORES, order="asc") == made
    shown = ok(client.get(STORES))
    assert (shown["first_id"], shown["last_id"]) == (made[-1], made[0])
    assert shown["has_more"] is False
    before = {"before": made[0], "limit": 1}
    assert ids(client.get(STORES, query_string=before)) == [made[1]]


@pytest.mark.databases("sqlite")
def test_a_store_needs_no_name_of_its_own(client: FlaskClient) -> None:
    names = [ok(client.post(STORES, json={}))["name"] for _ in range(2)]
    assert names == ["vector store", "vector store(1)"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_after": {"anchor": "last_active_at", "days": 1}}, "expires_after"),
        ({"name": "x" * 129}, "name"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"metadata": {str(number): "" for number in range(17)}}, "metadata"),
        ({"metadata": {"k" * 65: ""}}, "metadata"),
        ({"metadata": {"a": "v" * 513}}, "metadata"),
        ({"metadata": {str(number): "v" * 512 for number in range(16)}}, "metadata"),
        ({"file_ids": ["0" * 32]}, "no file"),
        ({"chunking_strategy": {"type": "static"}}, "chunking_strategy"),
        ({"chunking_strategy": {"type": "other"}}, "chunking_strategy"),
        (
            {
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 101},
                }
            },
            "chunk_overlap_tokens",
        ),
        (
            {
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 4096, "chunk_overlap_tokens": 0},
                }
            },
            "max_chunk_size_tokens",
        ),
    ],
)
def test_what_a_store_cannot_be_is_refused_by_name(
    client: FlaskClient, body: dict[str, object], field: str
) -> None:
    refused(client.post(STORES, json=body), 404 if "file_ids" in body else 400, field)
    assert ids(client.get(STORES)) == []


@pytest.mark.databases("sqlite")
def test_stores_of_others_are_not_there(client: FlaskClient, stranger: FlaskClient) -> None:
    store = add_store(client, file_ids=[add_file(client, "note.txt")])
    batch = ok(client.post(f"{store}/file_batches", json={"file_ids": [add_file(client, "b.txt")]}))
    place = f"{store}/file_batches/{batch['id']}"
    for address in (store, f"{store}/files", place, f"{place}/files"):
        refused(stranger.get(address), 404, "no vector store")
    for address in (store, f"{store}/search", f"{place}/cancel"):
        refused(stranger.post(address, json={"query": "x"}), 404, "no vector store")
    refused(stranger.delete(store), 404, "no vector store")
    own = add_store(stranger)
    [theirs] = ids(client.get(f"{store}/files", query_string={"limit": 1}))
    for body in ({"file_id": theirs}, {"file_id": store.rpartition("/")[2]}):
        refused(stranger.post(f"{own}/files", json=body), 404, "no file")
    assert ids(stranger.get(f"{own}/files")) == []


@pytest.mark.databases("sqlite")
def test_a_file_is_read_and_found(client: FlaskClient, site: Site) -> None:
    file = add_file(client, "keeper.txt", "\n".join(TEXTS).encode())
    static = {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 50}
    strategy = {"type": "static", "static": static}
    store = add_store(client, chunking_strategy=strategy)
    attributes = {"shelf": "north", "year": 1999, "draft": True}
    body = {"file_id": file, "attributes": attributes}
    answer = client.post(f"{store}/files", json=body)
    made = ok(answer)
    assert (made["id"], made["object"]) == (file, "vector_store.file")
    assert (made["status"], made["last_error"]) == ("in_progress", None)
    assert made["attributes"] == attributes
    assert made["chunking_strategy"] == strategy
    assert int(answer.headers["openai-poll-after-ms"]) <= 300
    assert ok(client.get(store))["status"] == "in_progress"
    assert ok(client.post(f"{store}/files", json=body))["id"] == file  # as a retry does
    assert site.work() == 1
    answer = client.get(f"{store}/files/{file}")
    shown = ok(answer)
    assert (shown["status"], shown["usage_bytes"]) == ("completed", made["usage_bytes"])
    assert "openai-poll-after-ms" not in answer.headers
    assert ids(client.get(f"{store}/files")) == [file]
    store_shown = ok(client.get(store))
    counts = {"in_progress": 0, "completed": 1, "failed": 0, "cancelled": 0, "total": 1}
    assert store_shown["file_counts"] == counts
    assert store_shown["usage_bytes"] == made["usage_bytes"]
    text = ok(client.get(f"{store}/files/{file}/content"))
    assert TEXTS[0] in "".join(part["text"] for part in text["data"])
    assert (text["filename"], text["has_more"]) == ("keeper.txt", False)
    [best, *_] = ok(client.post(f"{store}/search", json={"query": LAMP}))["data"]
    assert (best["file_id"], best["filename"]) == (file, "keeper.txt")
    assert best["attributes"] == attributes
    assert TEXTS[0] in best["content"][0]["text"]
    changed = ok(client.post(f"{store}/files/{file}", json={"attributes": {"shelf": "south"}}))
    assert changed["attributes"] == {"shelf": "south"}
    gone = ok(client.delete(f"{store}/files/{file}", content_type="application/json"))
    assert gone == {"id": file, "object": "vector_store.file.deleted", "deleted": True}
    refused(client.get(f"{store}/files/{file}"), 404, "no file")
    assert ok(client.get(f"/v1/files/{file}"))["filename"] == "keeper.txt"


@pytest.mark.databases("sqlite")
def test_a_file_is_read_again_where_it_is_to_be_cut_otherwise(
    client: FlaskClient, site: Site
) -> None:
    store, file = add_store(client), add_file(client, "keeper.txt", TEXTS[0].encode())
    place, same = f"{store}/files", {"file_id": file, "attributes": {"shelf": "north"}}
    other = {"file_id": file, "chunking_strategy": {"type": "static", "static": OTHERWISE}}
    ok(client.post(place, json=same))
    refused(client.post(place, json=other), 409, "being read")
    site.work()
    assert ok(client.post(place, json=same))["status"] == "completed"
    again = ok(client.post(place, json=other))
    assert (again["status"], again["chunking_strategy"]["static"]) == ("in_progress", OTHERWISE)
    assert again["attributes"] == {"shelf": "north"}
    assert site.work() == 1
    assert ok(client.post(place, json=other))["status"] == "completed"


def test_files_are_listed_in_parts_and_by_status(client: FlaskClient, site: Site) -> None:
    files = [add_file(client, f"{number}.txt") for number in range(3)]
    broken = add_file(client, "broken.pdf", b"%PDF-1.7 nothing")
    store = add_store(client, file_ids=files)
    ok(client.post(f"{store}/files", json={"file_id": broken}))
    place = f"{store}/files"
    assert walked(client, place, filter="in_progress", order="asc")[-1] == broken
    site.work()
    assert sorted(walked(client, place, filter="completed")) == sorted(files)
    assert walked(client, place, filter="failed") == [broken]
    shown = ok(client.get(f"{place}/{broken}"))
    assert shown["last_error"]["code"] == "server_error"
    assert shown["last_error"]["message"]
    assert walked(client, place, filter="cancelled") == []
    assert len(walked(client, place)) == 4
    refused(client.get(place, query_string={"filter": "x"}), 400, "filter")
    assert ok(client.get(store))["file_counts"]["failed"] == 1


def test_a_batch_tells_what_becomes_of_its_files(client: FlaskClient, site: Site) -> None:
    files = [add_file(client, f"{number}.txt") for number in range(3)]
    store = add_store(client)
    body = {"files": [{"file_id": file, "attributes": {"n": file}} for file in files]}
    answer = client.post(f"{store}/file_batches", json=body)
    made = ok(answer)
    assert made["id"].startswith("vsfb_")
    assert (made["object"], made["status"]) == ("vector_store.files_batch", "in_progress")
    assert made["file_counts"]["in_progress"] == made["file_counts"]["total"] == 3
    assert "openai-poll-after-ms" in answer.headers
    place = f"{store}/file_batches/{made['id']}"
    other = ok(client.post(f"{store}/file_batches", json={"file_ids": [add_file(client, "x.txt")]}))
    site.run(site.claim())
    stopped = ok(client.post(f"{place}/cancel", json={}))
    assert stopped["status"] == "cancelled"
    counts = stopped["file_counts"]
    assert (counts["completed"], counts["cancelled"]) == (1, 2)
    site.work()
    done = ok(client.get(f"{store}/file_batches/{other['id']}"))
    assert (done["status"], done["file_counts"]["completed"]) == ("completed", 1)
    assert sorted(walked(client, f"{place}/files")) == sorted(files)
    assert len(walked(client, f"{place}/files", filter="cancelled")) == 2
    shown = {item["id"]: item for item in ok(client.get(f"{place}/files"))["data"]}
    assert all(shown[file]["attributes"] == {"n": file} for file in files)
    ok(client.delete(f"{store}/files/{files[0]}"))
    assert ok(client.get(place))["file_counts"]["total"] == 3
    refused(client.get(f"{add_store(client, 'other')}/file_batches/{made['id']}"), 404, "no batch")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "file_ids"),
        ({"file_ids": ["a"], "files": [{"file_id": "a"}]}, "file_ids"),
        ({"files": [{"file_id": "a"}], "attributes": {"a": "b"}}, "attributes"),
        ({"file_ids": ["a"] * 501}, "file_ids"),
        ({"files": [{"file_id": "a", "attributes": {"a": ["b"]}}]}, "attributes"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_by_name(
    client: FlaskClient, body: dict[str, object], field: str
) -> None:
    refused(client.post(f"{add_store(client)}/file_batches", json=body), 400, field)


@pytest.mark.databases("sqlite")
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_made(client: FlaskClient) -> None:
    program, text = add_file(client, "lamp.exe"), add_file(client, "lamp.txt")
    refused(client.post(STORES, json={"file_ids": [text, program]}), 400, "lamp.exe")
    assert ids(client.get(STORES)) == []
    store = add_store(client)
    refused(client.post(f"{store}/file_batches", json={"file_ids": [text, program]}), 400, "lamp")
    assert ids(client.get(f"{store}/files")) == []


@pytest.mark.databases("sqlite")
def test_a_document_of_another_door_has_its_own_id(client: FlaskClient, corpus: Corpus) -> None:
    place = f"{STORES}/vs_{corpus.dataset_id}/files"
    assert ids(client.get(place)) == [f"file-{corpus.document_id}"]
    shown = ok(client.get(f"{place}/{corpus.document_id}"))
    assert shown["attributes"] == {"shelf": "north", "year": 1999}
    [found, *_] = ok(client.post(f"{STORES}/{corpus.dataset_id}/search", json={"query": LAMP}))[
        "data"
    ]
    assert found["file_id"] == shown["id"]
