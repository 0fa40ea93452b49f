"""Making and listing datasets over the REST API."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.dataset import Dataset
from tests.functional.conftest import Member, client_with
from tests.functional.library import (
    API,
    data_of,
    make_dataset,
    refused,
    together,
)

DATASETS = f"{API}/datasets"
PNG = "data:image/png;base64,iVBORw0KGgo="


def names(client: FlaskClient, **query: object) -> list[str]:
    found = data_of(client.get(DATASETS, query_string=query))
    return [dataset["name"] for dataset in found]


@pytest.mark.databases("sqlite")
def test_a_new_dataset_has_the_defaults_of_the_contract(
    client: FlaskClient, member: Member
) -> None:
    dataset = make_dataset(client, "  Handbook ")
    assert dataset["name"] == "Handbook"
    assert dataset["tenant_id"] == dataset["created_by"] == member.account.id
    assert dataset["embedding_model"] == "wordllama@Builtin"
    assert (dataset["permission"], dataset["chunk_method"], dataset["status"]) == (
        "me",
        "naive",
        "1",
    )
    assert (dataset["similarity_threshold"], dataset["vector_similarity_weight"]) == (0.2, 0.3)
    counters = ("document_count", "chunk_count", "token_num", "pagerank")
    assert [dataset[name] for name in counters] == [0, 0, 0, 0]
    assert dataset["create_date"].endswith(" GMT")
    config = dataset["parser_config"]
    assert (config["chunk_token_num"], config["delimiter"]) == (512, "\n")
    assert config["raptor"]["max_cluster"] == 64
    assert data_of(client.get(f"{DATASETS}/{dataset['id']}")) == dataset


def test_everything_that_is_given_is_kept(client: FlaskClient) -> None:
    fields: dict[str, Any] = {
        "avatar": PNG,
        "description": "Keeper's rules 灯塔 🗼",
        "embedding_model": "wordllama@Builtin",
        "permission": "team",
        "chunk_method": "qa",
    }
    dataset = make_dataset(client, "灯塔", **fields)
    assert {name: dataset[name] for name in fields} == fields
    assert dataset["parser_config"] == {
        "raptor": {"use_raptor": False},
        "graphrag": {"use_graphrag": False},
    }


@pytest.mark.parametrize("config", [None, {}])
@pytest.mark.databases("sqlite")
def test_no_parser_config_means_the_defaults_of_the_method(
    client: FlaskClient, config: object
) -> None:
    plain = make_dataset(client)
    assert make_dataset(client, parser_config=config)["parser_config"] == plain["parser_config"]


@pytest.mark.databases("sqlite")
def test_a_partial_parser_config_is_merged_deeply(client: FlaskClient) -> None:
    given = {"chunk_token_num": 128, "raptor": {"max_cluster": 8}}
    config = make_dataset(client, parser_config=given)["parser_config"]
    assert (config["chunk_token_num"], config["delimiter"]) == (128, "\n")
    assert (config["raptor"]["max_cluster"], config["raptor"]["max_token"]) == (8, 256)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Field: <name> - Message: <Field required>"),
        ({"name": "  "}, "String should have at least 1 character"),
        ({"name": "x" * 129}, "String should have at most 128 characters"),
        ({"name": 5}, "Input should be a valid string"),
        ({"name": "a\0b"}, "NUL"),
        ({"name": "x", "unknown": 1}, "Extra inputs are not permitted"),
        ({"name": "x", "permission": "all"}, "Input should be 'me' or 'team'"),
        ({"name": "x", "permission": None}, "Input should be 'me' or 'team'"),
        ({"name": "x", "chunk_method": "magic"}, "Input should be 'naive'"),
        ({"name": "x", "avatar": "aGVsbG8="}, "Missing MIME prefix"),
        ({"name": "x", "avatar": "image/png;base64,aGk="}, "Invalid MIME prefix format"),
        ({"name": "x", "avatar": "data:text/html;base64,aGk="}, "Unsupported MIME type"),
        ({"name": "x", "avatar": "data:image/png;base64," + "a" * 65_535}, "at most 65535"),
        ({"name": "x", "description": "d" * 65_536}, "at most 65535"),
        ({"name": "x", "embedding_model": "wordllama"}, "must follow <model_name>@<provider>"),
        ({"name": "x", "embedding_model": "@Builtin"}, "must be non-empty"),
        ({"name": "x", "embedding_model": "m" * 255 + "@p"}, "at most 255"),
        (
            {"name": "x", "embedding_model": "nothing@Builtin"},
            "Unsupported model: <nothing@Builtin>",
        ),
        ({"name": "x", "parser_config": {"chunk_token_num": 0}}, "parser_config.chunk_token_num"),
        ({"name": "x", "parser_config": {"chunk_token_num": 2049}}, "less than or equal to 2048"),
        ({"name": "x", "parser_config": {"chunk_token_num": "12"}}, "valid integer"),
        ({"name": "x", "parser_config": {"delimiter": ""}}, "at least 1 character"),
        ({"name": "x", "parser_config": {"raptor": {"threshold": 2}}}, "raptor.threshold"),
        ({"name": "x", "parser_config": {"colour": "red"}}, "Extra inputs are not permitted"),
        ({"name": "x", "parser_config": {"layout_recognize": "x" * 65_536}}, "exceeds size limit"),
    ],
)
def test_bad_fields_are_named_and_nothing_is_made(
    client: FlaskClient, fields: dict[str, object], said: str
) -> None:
    assert said in refused(client.post(DATASETS, json=fields), 400, 101)
    assert names(client) == []


@pytest.mark.databases("sqlite")
def test_a_body_that_is_not_json_is_refused(client: FlaskClient) -> None:
    answer = client.post(DATASETS, data="{", content_type="application/json")
    assert "Malformed JSON" in refused(answer, 400, 101)
    assert "expected object" in refused(client.post(DATASETS, json=[1]), 400, 101)
    assert "Unsupported content type" in refused(client.post(DATASETS, data="x"), 400, 101)


def test_a_name_that_is_taken_gets_a_number_whatever_its_case(client: FlaskClient) -> None:
    given = ["Notes", "notes", "NOTES", "notes(1)", "straße", "STRASSE"]
    made = [make_dataset(client, name)["name"] for name in given]
    assert made == ["Notes", "notes(1)", "NOTES(2)", "notes(1)(1)", "straße", "STRASSE(1)"]


def test_a_long_name_makes_room_for_its_number(client: FlaskClient) -> None:
    name = "n" * 128
    assert make_dataset(client, name)["name"] == name
    assert make_dataset(client, name)["name"] == "n" * 125 + "(1)"


def test_two_tenants_may_use_the_same_name(client: FlaskClient, stranger: FlaskClient) -> None:
    assert make_dataset(client)["name"] == make_dataset(stranger)["name"] == "handbook"
    assert names(client) == ["handbook"]


def test_names_stay_unique_when_many_are_made_at_once(app: Flask, member: Member) -> None:
    made: list[str] = []

    def make() -> None:
        made.append(make_dataset(client_with(app, member.api_key), "race")["name"])

    together(*[make] * 6)
    assert sorted(made) == ["race", *(f"race({number})" for number in range(1, 6))]


def test_of_many_who_delete_the_same_datasets_at_once_one_does(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    ids = [make_dataset(client, f"d{number}")["id"] for number in range(4)]
    statuses: list[int] = []

    def delete() -> None:
        answer = client_with(app, member.api_key).delete("/api/v1/datasets", json={"ids": ids})
        statuses.append(answer.status_code)

    together(*[delete] * 6)
    assert sorted(statuses) == [200, *[403] * 5]


# Lists.


def test_lists_are_ordered_and_paged_stably_when_times_are_equal(
    client: FlaskClient, services: Services
) -> None:
    for number in range(7):
        make_dataset(client, f"d{number}")
    with connection(services.database):
        Dataset.update(create_time=now_ms()).execute()
    pages = [names(client, page=page, page_size=3) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert sorted(name for page in pages for name in page) == [f"d{number}" for number in range(7)]
    assert names(client, desc="false") == names(client)[::-1]


@pytest.mark.databases("sqlite")
def test_a_list_tells_how_many_there_are(client: FlaskClient) -> None:
    for number in range(3):
        make_dataset(client, f"d{number}")
    for page_size, page in ((1, 1), (2, 2), (30, 1), (30, 5)):
        query = {"page": page, "page_size": page_size}
        assert client.get(DATASETS, query_string=query).get_json()["total_datasets"] == 3


def test_lists_are_ordered_by_the_last_change_too(client: FlaskClient) -> None:
    first, second = make_dataset(client, "first"), make_dataset(client, "second")
    assert first["update_time"] <= second["update_time"]
    data_of(client.put(f"{DATASETS}/{first['id']}", json={"description": "new"}))
    assert names(client, orderby="update_time")[0] in {"first", "second"}
    times = [
        dataset["update_time"]
        for dataset in data_of(client.get(DATASETS, query_string={"orderby": "update_time"}))
    ]
    assert times == sorted(times, reverse=True)


def test_id_and_name_choose_exactly_and_keywords_a_part(client: FlaskClient) -> None:
    one, other = make_dataset(client, "one"), make_dataset(client, "other")
    assert names(client, id=one["id"]) == ["one"]
    assert names(client, id=str(uuid.UUID(one["id"])).upper()) == ["one"]
    assert names(client, name="other") == ["other"]
    assert names(client, id=other["id"], name="other") == ["other"]
    assert names(client, name="") == ["other", "one"]
    assert names(client, keywords="OTH") == ["other"]
    assert names(client, keywords="e") == ["other", "one"]
    assert names(client, keywords="%") == []


@pytest.mark.parametrize("query", ["on", "ONE", "on%", "on_"])
def test_a_name_that_no_dataset_has_is_refused(
    client: FlaskClient, member: Member, query: str
) -> None:
    make_dataset(client, "one")
    said = refused(client.get(DATASETS, query_string={"name": query}), 403, 108)
    assert said == f"User '{member.account.id}' lacks permission for dataset '{query}'"


def test_an_id_and_a_name_of_different_datasets_find_nothing(client: FlaskClient) -> None:
    one = make_dataset(client, "one")
    make_dataset(client, "other")
    query = {"id": one["id"], "name": "other"}
    assert data_of(client.get(DATASETS, query_string=query)) == []


@pytest.mark.parametrize("make_id", [uuid.uuid1, uuid.uuid4])
@pytest.mark.databases("sqlite")
def test_an_unknown_id_of_any_version_is_refused(
    client: FlaskClient, make_id: Callable[[], uuid.UUID]
) -> None:
    unknown = make_id().hex
    assert unknown in refused(client.get(DATASETS, query_string={"id": unknown}), 403, 108)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"id": "not-an-id"}, "Invalid UUID1 format"),
        ({"page": 0}, "greater than or equal to 1"),
        ({"page": "x"}, "valid integer"),
        ({"page_size": 10_001}, "less than or equal to 10000"),
        ({"ids": "not-an-id"}, "Invalid UUID1 format"),
        ({"page_size": 0}, "greater than or equal to 1"),
        ({"orderby": "name"}, "Input should be 'create_time' or 'update_time'"),
        ({"desc": "maybe"}, "valid boolean"),
        ({"owner": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_bad_queries_are_refused(client: FlaskClient, query: dict[str, object], said: str) -> None:
    assert said in refused(client.get(DATASETS, query_string=query), 400, 101)
