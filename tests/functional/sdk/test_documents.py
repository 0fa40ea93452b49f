"""Lists, changes and deletion of documents over the REST API."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from api.db.models.document import Document, StoredChunk, Task
from rag.engines.base import QueryTerm, SearchQuery
from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    make_document,
    refused,
    show_dataset,
    show_document,
    upload,
)


@pytest.fixture
def folder(client: FlaskClient) -> str:
    """Make a dataset with four documents and return the path of these."""
    dataset = make_dataset(client)
    files = [("Alpha.txt", b"1"), ("beta_50%.md", b"22"), ("gamma.TXT", b"333"), ("灯塔.txt", b"4")]
    upload(client, dataset["id"], *files)
    return f"{API}/datasets/{dataset['id']}/documents"


def listed(client: FlaskClient, folder: str, **query: object) -> list[str]:
    """Return the names of a page of documents."""
    found = data_of(client.get(folder, query_string=query))
    return [document["name"] for document in found["docs"]]


def by_name(client: FlaskClient, folder: str, name: str) -> dict[str, Any]:
    document: dict[str, Any] = data_of(client.get(folder, query_string={"name": name}))["docs"][0]
    return document


def test_pages_hold_every_document_once(client: FlaskClient, folder: str) -> None:
    pages = [listed(client, folder, page=page, page_size=3) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert len({name for page in pages for name in page}) == 4
    for query in ({"page_size": 1}, {"page": 9}, {"page_size": 0}, {}):
        assert data_of(client.get(folder, query_string=query))["total"] == 4
    assert listed(client, folder, desc="false") == listed(client, folder)[::-1]
    assert listed(client, folder, orderby="size", desc="False")[0] in {"Alpha.txt", "灯塔.txt"}
    assert listed(client, folder, orderby="size", desc="anything")[0] == "gamma.TXT"


@pytest.mark.parametrize(
    ("keywords", "found"),
    [
        ("ALPHA", ["Alpha.txt"]),
        (".txt", ["Alpha.txt", "gamma.TXT", "灯塔.txt"]),
        ("50%", ["beta_50%.md"]),
        ("a_5", ["beta_50%.md"]),
        ("a_", ["beta_50%.md"]),
        ("%", ["beta_50%.md"]),
        ("!", []),
        ("塔", ["灯塔.txt"]),
        ("  ", ["Alpha.txt", "beta_50%.md", "gamma.TXT", "灯塔.txt"]),
    ],
)
def test_keywords_are_parts_of_names(
    client: FlaskClient, folder: str, keywords: str, found: list[str]
) -> None:
    assert sorted(listed(client, folder, keywords=keywords)) == found


def test_suffixes_and_times_filter(client: FlaskClient, folder: str, services: Services) -> None:
    assert sorted(listed(client, folder, suffix=["txt", "md"])) == sorted(listed(client, folder))
    assert listed(client, folder, suffix=".MD") == ["beta_50%.md"]
    with connection(services.database):
        Document.update(create_time=1000).where(Document.name == "Alpha.txt").execute()
        Document.update(create_time=2000).where(Document.name == "gamma.TXT").execute()
    assert listed(client, folder, create_time_to=1500) == ["Alpha.txt"]
    assert listed(client, folder, create_time_from=1500, create_time_to=2000) == ["gamma.TXT"]
    assert len(listed(client, folder, create_time_from=0, create_time_to=0)) == 4


def test_runs_filter_by_number_and_word(
    client: FlaskClient, folder: str, services: Services
) -> None:
    with connection(services.database):
        Document.update(run="DONE").where(Document.name == "Alpha.txt").execute()
        Document.update(run="FAIL").where(Document.name == "gamma.TXT").execute()
    assert listed(client, folder, run="3") == listed(client, folder, run="done") == ["Alpha.txt"]
    assert sorted(listed(client, folder, run=["DONE", "4"])) == ["Alpha.txt", "gamma.TXT"]
    said = refused(client.get(folder, query_string={"run": ["DONE", "9"]}), 400, 102)
    assert said == "Invalid filter run status conditions: 9"


def test_metadata_conditions_filter_order_and_page(client: FlaskClient, folder: str) -> None:
    for name, year in (("Alpha.txt", 1999), ("gamma.TXT", 2005), ("灯塔.txt", 2020)):
        path = f"{folder}/{by_name(client, folder, name)['id']}"
        data_of(client.put(path, json={"meta_fields": {"year": year}}))
    after = {"name": "year", "comparison_operator": ">", "value": 2000}
    query = {"metadata_condition": json.dumps({"conditions": [after]}), "orderby": "size"}
    assert listed(client, folder, **query) == ["gamma.TXT", "灯塔.txt"]
    answer = data_of(client.get(folder, query_string=query | {"page": 2, "page_size": 1}))
    assert (answer["total"], [item["name"] for item in answer["docs"]]) == (2, ["灯塔.txt"])
    assert len(listed(client, folder, metadata_condition='{"conditions": []}')) == 4


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ({"orderby": "meta_fields"}, 101, "invalid orderby field: meta_fields"),
        ({"types": "pdf"}, 101, "Field: <types>"),
        ({"page": "x"}, 101, "valid integer"),
        ({"page_size": 10_001}, 101, "less than or equal to 10000"),
        ({"create_time_from": "yesterday"}, 101, "valid integer"),
        ({"keywords": "a\0"}, 101, "NUL"),
        ({"metadata_condition": "{"}, 102, "metadata_condition must be valid JSON"),
        ({"metadata_condition": "[]"}, 102, "must be an object"),
        (
            {"metadata_condition": '{"conditions": [{"name": "x", "comparison_operator": "~"}]}'},
            102,
            "comparison_operator",
        ),
    ],
)
def test_bad_queries_are_refused(
    client: FlaskClient, folder: str, query: dict[str, object], code: int, said: str
) -> None:
    assert said in refused(client.get(folder, query_string=query), 400, code)


def test_an_id_or_name_that_is_not_there_is_named(client: FlaskClient, folder: str) -> None:
    alpha = by_name(client, folder, "Alpha.txt")
    assert listed(client, folder, id=alpha["id"], name="Alpha.txt") == ["Alpha.txt"]
    assert listed(client, folder, id=alpha["id"], name="gamma.TXT") == []
    for query in ({"id": "0" * 32}, {"name": "alpha.txt"}, {"name": "a\0"}, {"id": "x\0"}):
        (value,) = query.values()
        said = refused(
            client.get(folder, query_string=query),
            *((400, 101) if query.get("name") == "a\0" else (404, 102)),
        )
        assert value in said or "NUL" in said
    other = folder.replace(folder.split("/")[4], "0" * 32)
    assert refused(client.get(other), 404, 102) == f"You don't own the dataset {'0' * 32}. "


# Changes.


def test_a_change_touches_only_what_is_given(client: FlaskClient) -> None:
    document = make_document(client)
    before = show_document(client, document)
    meta = {"author": "N. N.", "year": 1999, "tags": ["a", 2], "灯": 0.5}
    body = {"name": "other.txt", "meta_fields": meta, "enabled": 0}
    changed = data_of(client.put(document, json=body))
    times = ("update_time", "update_date")
    expected = before | {
        "name": "other.txt",
        "location": "other.txt",
        "meta_fields": meta,
        "status": "0",
    }
    assert {key: changed[key] for key in changed if key not in times} == {
        key: expected[key] for key in expected if key not in times
    }
    assert data_of(client.patch(document, json={"enabled": True}))["status"] == "1"
    assert data_of(client.put(document, json={}))["name"] == "other.txt"
    assert show_document(client, document)["meta_fields"] == meta


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({"name": "notes.md"}, 400, 101, "The extension of file can't be changed"),
        ({"name": ""}, 400, 101, "The extension of file can't be changed"),
        ({"name": "x" * 252 + ".txt"}, 400, 101, "File name must be 255 bytes or less."),
        ({"name": "a\0.txt"}, 400, 101, "NUL"),
        ({"name": 7}, 400, 101, "valid string"),
        ({"name": "taken.txt"}, 409, 102, "Duplicated document name in the same dataset."),
        ({"chunk_method": "magic"}, 400, 102, "`chunk_method` magic doesn't exist"),
        ({"chunk_count": 5}, 400, 102, "Can't change `chunk_count`."),
        ({"token_count": 5}, 400, 102, "Can't change `token_count`."),
        ({"progress": 0.5}, 400, 102, "Can't change `progress`."),
        ({"enabled": 2}, 400, 101, "`enabled` must be 0 or 1."),
        ({"enabled": "no"}, 400, 101, "`enabled` must be 0 or 1."),
        ({"meta_fields": "x"}, 400, 102, "meta_fields must be a dictionary"),
        ({"meta_fields": {"a": {"b": 1}}}, 400, 102, "meta_fields: `a` must be a text"),
        ({"meta_fields": {"a": [None]}}, 400, 102, "meta_fields: `a` must be a text"),
        ({"meta_fields": {"a": "x" * 65_536}}, 400, 102, "meta_fields must be at most 65,535"),
        ({"meta_fields": {"a": "\0"}}, 400, 102, "none of them NUL"),
        ({"parser_config": {"colour": 1}}, 400, 101, "Extra inputs are not permitted"),
        ({"parser_config": {"auto_keywords": 33}}, 400, 101, "less than or equal to 32"),
    ],
)
@pytest.mark.databases("sqlite")
def test_bad_changes_change_nothing(
    client: FlaskClient, body: dict[str, object], status: int, code: int, said: str
) -> None:
    document = make_document(client)
    upload(client, document.split("/")[4], ("taken.txt", b"x"))
    before = show_document(client, document)
    assert said in refused(client.put(document, json=body), status, code)
    assert show_document(client, document) == before


@pytest.mark.databases("sqlite")
def test_repeating_what_the_server_said_is_no_change(client: FlaskClient) -> None:
    document = make_document(client)
    shown = show_document(client, document)
    body = {name: shown[name] for name in ("name", "chunk_count", "token_count", "progress")}
    assert data_of(client.put(document, json=body | {"chunk_method": "naive"}))["name"]


@pytest.mark.databases("sqlite")
def test_documents_that_are_not_there_are_told_from_their_datasets(client: FlaskClient) -> None:
    document = make_document(client)
    folder, _, document_id = document.rpartition("/")
    said = refused(client.put(f"{folder}/{'0' * 32}", json={}), 404, 102)
    assert said == "The dataset doesn't own the document."
    elsewhere = f"{API}/datasets/{'0' * 32}/documents/{document_id}"
    assert refused(client.put(elsewhere, json={}), 404, 102) == "You don't own the dataset."


@pytest.mark.databases("sqlite")
def test_parser_options_merge_and_reset(client: FlaskClient) -> None:
    document = make_document(client)

    def config(**body: object) -> dict[str, Any]:
        changed: dict[str, Any] = data_of(client.put(document, json=body))["parser_config"]
        return changed

    assert config(parser_config={"chunk_token_num": 9})["chunk_token_num"] == 9
    assert config(parser_config={"delimiter": "!"})["chunk_token_num"] == 9
    assert config(parser_config={})["chunk_token_num"] == 512
    assert config(chunk_method="table") == {}
    assert config(chunk_method="naive")["chunk_token_num"] == 512


def test_a_method_that_is_not_built_is_refused_by_name(client: FlaskClient) -> None:
    document = make_document(client)
    told = refused(client.put(document, json={"chunk_method": "knowledge_graph"}), 501, 501)
    assert "The chunk method knowledge_graph (`chunk_method`)" in told


def found_by(services: Services, document: str, token: str) -> int:
    query = SearchQuery((document.split("/")[4],), (QueryTerm(token),), threshold=0.01)
    return services.chunk_store.search(query).total


def test_another_chunk_method_starts_the_document_over(
    client: FlaskClient, services: Services
) -> None:
    document = make_document(client)
    add_chunk(client, document, "lighthouse")
    assert found_by(services, document, "lighthous") == 1
    with connection(services.database):
        Document.update(run="DONE", progress=1.0, progress_msg="Task done").execute()
        StoredChunk.update(source="parsed").execute()
    changed = data_of(client.put(document, json={"chunk_method": "qa"}))
    state = ("chunk_method", "run", "progress", "progress_msg", "chunk_count", "token_count")
    assert [changed[name] for name in state] == ["qa", "UNSTART", 0.0, "", 0, 0]
    dataset = show_dataset(client, document)
    assert (dataset["chunk_count"], dataset["token_num"]) == (0, 0)
    assert found_by(services, document, "lighthous") == 0
    assert data_of(client.get(f"{document}/chunks"))["total"] == 0
    with connection(services.database):
        assert StoredChunk.select().count() == Cleanup.select().count() == 0
    with connection(services.database):
        Document.update(run="RUNNING").execute()
    answer = client.put(document, json={"chunk_method": "one"})
    assert "is being processed" in refused(answer, 409, 102)


def test_name_state_and_metadata_reach_the_search(client: FlaskClient, services: Services) -> None:
    document = make_document(client)
    add_chunk(client, document, "lighthouse")
    data_of(client.put(document, json={"name": "zanzibar.txt"}))
    assert found_by(services, document, "zanzibar") == 1
    data_of(client.put(document, json={"enabled": 0}))
    assert found_by(services, document, "lighthous") == 0
    data_of(client.put(document, json={"enabled": 1}))
    assert found_by(services, document, "lighthous") == 1


# Deletion.


@pytest.mark.databases("sqlite")
def test_deleted_documents_leave_nothing(client: FlaskClient, services: Services) -> None:
    document = make_document(client)
    dataset_id, document_id = document.split("/")[4], document.split("/")[6]
    kept = upload(client, dataset_id, ("kept.txt", b"kept"))[0]
    add_chunk(client, document, "lighthouse keeper")
    folder = document.rpartition("/")[0]
    data_of(client.delete(folder, json={"ids": [document_id]}))
    assert listed(client, folder) == ["kept.txt"]
    dataset = show_dataset(client, document)
    counters = [dataset[name] for name in ("document_count", "chunk_count", "token_num")]
    assert counters == [1, 0, 0]
    assert list(services.storage.keys(dataset_id)) == [f"{dataset_id}/{kept['id']}"]
    assert services.chunk_store.count(dataset_id) == 0
    with connection(services.database):
        assert StoredChunk.select().count() == Cleanup.select().count() == 0


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"ids": None}, 0),
        ({"delete_all": True}, 0),
        ({"ids": []}, 4),
        ({"ids": [], "x": 1}, 4),
        ({"ids": None, "delete_all": False}, 4),
    ],
)
@pytest.mark.databases("sqlite")
def test_null_means_all_and_an_empty_list_none(
    client: FlaskClient, folder: str, body: dict[str, object], left: int
) -> None:
    data_of(client.delete(folder, json=body))
    assert len(listed(client, folder)) == left


def test_good_ids_are_deleted_and_the_others_named(client: FlaskClient, folder: str) -> None:
    first, second = (by_name(client, folder, name)["id"] for name in ("Alpha.txt", "gamma.TXT"))
    said = refused(client.delete(folder, json={"ids": [first, "0" * 32, "a\0"]}), 404, 102)
    assert said == f"Documents not found: ['{'0' * 32}', 'a\\x00']"
    assert "Alpha.txt" not in listed(client, folder)
    told = data_of(client.delete(folder, json={"ids": [second, second]}))
    assert told == {"success_count": 1, "errors": [f"Duplicate document ids: {second}"]}
    for body in ({}, {"ids": "x"}, {"delete_all": 1}):
        assert refused(client.delete(folder, json=body), 400, 101)
    assert len(listed(client, folder)) == 2


@pytest.mark.databases("sqlite")
def test_a_document_with_a_run_on_its_way_is_cleaned_up_twice(
    client: FlaskClient, services: Services
) -> None:
    document = make_document(client)
    dataset_id, document_id = document.split("/")[4], document.split("/")[6]
    data_of(
        client.post(f"{API}/datasets/{dataset_id}/chunks", json={"document_ids": [document_id]})
    )
    with connection(services.database):
        Task.update(state="running").execute()
    data_of(client.delete(document.rpartition("/")[0], json={"ids": [document_id]}))
    with connection(services.database):
        assert Task.select().count() == 0
        assert Cleanup.select().count() == 1
        Cleanup.update(not_before=0).execute()
    assert services.library.cleanup.finish() == 1


@pytest.mark.databases("sqlite")
def test_a_store_that_fails_does_not_undo_a_deletion(
    client: FlaskClient, folder: str, services: Services
) -> None:
    files = services.settings.data_path / "files"
    files.rename(files.with_name("away"))
    files.write_text("in the way")
    data_of(client.delete(folder, json={"ids": None}))
    assert listed(client, folder) == []
    files.unlink()
    files.with_name("away").rename(files)
    with connection(services.database):
        assert Cleanup.select().count() == 4
        Cleanup.update(not_before=0).execute()
    assert services.library.cleanup.finish() == 4
    assert [path for path in files.rglob("*") if path.is_file()] == []
