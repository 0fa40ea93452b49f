"""Chat assistants over HTTP."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member, client_with
from tests.functional.corpus import Corpus
from tests.functional.library import together

ABSENT = "0" * 32


def created(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/chats", json={"name": "guide", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


def listed(client: FlaskClient, **query: Any) -> list[str]:
    answer = client.get("/api/v1/chats", query_string=query)
    assert answer.status_code == 200, answer.text
    return [chat["name"] for chat in answer.json["data"]]


def times(client: FlaskClient, **query: Any) -> list[int]:
    answer = client.get("/api/v1/chats", query_string=query)
    return [chat["update_time"] for chat in answer.json["data"]]


def test_an_assistant_carries_the_classic_and_the_later_names(
    client: FlaskClient, corpus: Corpus
) -> None:
    chat = created(client, dataset_ids=[corpus.dataset_id], avatar="data:,x", description="d")
    assert chat["llm"] == {
        "model_name": "",
        "temperature": 0.1,
        "top_p": 0.3,
        "presence_penalty": 0.4,
        "frequency_penalty": 0.7,
        "max_tokens": 512,
    }
    prompt = chat["prompt"]
    assert prompt["similarity_threshold"] == 0.2
    assert prompt["keywords_similarity_weight"] == 0.7
    assert (prompt["top_n"], prompt["top_k"]) == (6, 1024)
    assert prompt["variables"] == [{"key": "knowledge", "optional": False}]
    assert "{knowledge}" in prompt["prompt"]
    assert prompt["show_quote"] is True
    assert prompt["opener"]
    assert [dataset["id"] for dataset in chat["datasets"]] == [corpus.dataset_id]
    assert chat["dataset_ids"] == [corpus.dataset_id]
    assert chat["kb_names"] == ["handbook"]
    assert chat["icon"] == chat["avatar"] == "data:,x"
    assert chat["llm_setting"]["temperature"] == 0.1
    assert chat["prompt_config"]["system"] == prompt["prompt"]
    assert chat["prompt_config"]["prologue"] == prompt["opener"]
    assert chat["prompt_config"]["parameters"] == prompt["variables"]
    assert chat["vector_similarity_weight"] == 0.3
    assert chat["status"] == "1"
    assert chat["create_date"].endswith(" GMT")
    assert isinstance(chat["create_time"], int)


def test_the_later_names_are_understood(client: FlaskClient) -> None:
    chat = created(
        client,
        icon="data:,y",
        llm_setting={"temperature": 0.7},
        prompt_config={
            "system": "Say {knowledge} to {who}.",
            "prologue": "Hello",
            "parameters": [{"key": "who"}],
            "quote": False,
            "refine_multiturn": False,
        },
        vector_similarity_weight=0.9,
        similarity_threshold=0.1,
        top_n=3,
        rerank_id=None,
        meta_data_filter={},
    )
    assert chat["avatar"] == "data:,y"
    assert chat["llm"]["temperature"] == 0.7
    assert chat["prompt"]["prompt"] == "Say {knowledge} to {who}."
    assert chat["prompt"]["variables"] == [{"key": "who", "optional": False}]
    assert chat["prompt"]["show_quote"] is False
    assert chat["prompt"]["opener"] == "Hello"
    assert chat["prompt"]["keywords_similarity_weight"] == 0.1
    assert chat["prompt_config"]["refine_multiturn"] is False
    assert (chat["similarity_threshold"], chat["top_n"]) == (0.1, 3)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        ({"name": None}, 400, 102, "`name` is required."),
        ({"name": " "}, 400, 102, "`name` is required."),
        ({"name": 7}, 400, 102, "chat name must be a string"),
        ({"name": "a\0b"}, 400, 102, "chat name must not hold a NUL character"),
        ({"name": "é" * 128}, 400, 102, "chat name length is 256 which is larger than 255"),
        ({"tenant_id": "x"}, 400, 102, "`tenant_id` must not be provided."),
        ({"dataset_ids": "invalid"}, 400, 102, "`dataset_ids` should be a list."),
        ({"dataset_ids": [ABSENT]}, 404, 102, f"You don't own the dataset {ABSENT}"),
        ({"llm": {"model_name": "ghost"}}, 400, 102, "`model_name` ghost doesn't exist"),
        ({"llm_id": "ghost@None"}, 400, 102, "`model_name` ghost@None doesn't exist"),
        ({"prompt": {"rerank_model": "r"}}, 400, 102, "`rerank_model` r doesn't exist"),
        ({"rerank_id": "r"}, 400, 102, "`rerank_model` r doesn't exist"),
        ({"prompt": {"prompt": "Hi"}}, 400, 102, "Parameter 'knowledge' is not used"),
        (
            {"prompt": {"variables": [{"key": "a"}, {"key": "a"}]}},
            400,
            102,
            "`parameters` contains duplicate key: a",
        ),
    ],
)
def test_what_an_assistant_cannot_be(
    client: FlaskClient, body: dict[str, Any], status: int, code: int, message: str
) -> None:
    answer = client.post("/api/v1/chats", json={"name": "guide", **body})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["message"] == message
    assert listed(client) == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"unknown": 1}, "unknown"),
        ({"llm": {"temperature": "hot"}}, "llm.temperature"),
        ({"prompt": {"top_n": "many"}}, "prompt.top_n"),
        ({"prompt": "text"}, "prompt"),
        ({"avatar": "a\0"}, "avatar"),
    ],
)
def test_a_wrong_field_is_named(client: FlaskClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/chats", json={"name": "guide", **body})
    assert (answer.status_code, answer.json["code"]) == (400, 101)
    assert f"Field: <{field}>" in answer.json["message"]


@pytest.mark.databases("sqlite")
def test_a_text_that_is_too_long_is_counted_in_characters(client: FlaskClient) -> None:
    answer = client.post("/api/v1/chats", json={"name": "guide", "avatar": "a" * 65_536})
    assert "at most 65535 characters" in answer.json["message"]


def test_numbers_out_of_range_are_kept_as_they_are_given(client: FlaskClient) -> None:
    chat = created(
        client, llm={"temperature": 10, "top_p": -1}, prompt={"top_n": -1, "top_k": 0, "tts": False}
    )
    assert chat["llm"]["temperature"] == 10
    assert chat["prompt"]["top_n"] == -1
    assert "tts" not in chat["prompt"]


def test_a_name_is_taken_whatever_its_case(client: FlaskClient, stranger: FlaskClient) -> None:
    first = created(client, name="Straße")
    again = client.post("/api/v1/chats", json={"name": "STRASSE"})
    assert (again.status_code, again.json["code"]) == (409, 102)
    assert again.json["message"] == "Duplicated chat name in creating chat."
    created(stranger, name="Straße")
    other = created(client, name="other")
    taken = client.put(f"/api/v1/chats/{other['id']}", json={"name": "straße"})
    assert (taken.status_code, taken.json["code"]) == (409, 102)
    assert taken.json["message"] == "Duplicated chat name in updating chat."
    assert client.put(f"/api/v1/chats/{first['id']}", json={"name": "straße"}).json["code"] == 0


def test_a_name_is_taken_however_its_accents_are_written(client: FlaskClient) -> None:
    created(client, name="Caf\u00e9")
    again = client.post("/api/v1/chats", json={"name": "cafe\u0301"})
    assert (again.status_code, again.json["code"]) == (409, 102)
    assert listed(client, keywords="CAFE\u0301") == ["Caf\u00e9"]


def test_long_names_that_folding_lengthens_differ_by_their_ends(client: FlaskClient) -> None:
    names = ["\u0390" * 126 + end for end in "ab"]
    assert {created(client, name=name)["name"] for name in names} == set(names)


@pytest.mark.databases("sqlite")
def test_datasets_must_hold_chunks_of_one_embedding_model(
    client: FlaskClient, services: Services, corpus: Corpus
) -> None:
    empty = corpus.another(services, "empty", chunk_count=0)
    answer = client.post("/api/v1/chats", json={"name": "a", "dataset_ids": [empty]})
    assert answer.json["code"] == 102
    assert answer.json["message"] == f"The dataset {empty} doesn't own parsed file"
    other = corpus.another(services, "other", embedding_model="hashing@Builtin")
    both = [corpus.dataset_id, other]
    answer = client.post("/api/v1/chats", json={"name": "a", "dataset_ids": both})
    assert answer.json["code"] == 109
    assert answer.json["message"] == "Datasets use different embedding models."


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_leaves_alone_what_it_does_not_name(
    client: FlaskClient, corpus: Corpus, method: str
) -> None:
    chat = created(client, dataset_ids=[corpus.dataset_id], llm={"temperature": 0.5})
    change = {"name": "renamed", "prompt": {"top_n": 2, "opener": "Hello"}, "llm": {"top_p": 0.9}}
    answer = getattr(client, method)(f"/api/v1/chats/{chat['id']}", json=change)
    assert answer.json["code"] == 0
    assert ("data" in answer.json) == (method == "patch")
    after = client.get(f"/api/v1/chats/{chat['id']}").json["data"]
    assert after["name"] == "renamed"
    assert (after["llm"]["temperature"], after["llm"]["top_p"]) == (0.5, 0.9)
    assert (after["prompt"]["top_n"], after["prompt"]["opener"]) == (2, "Hello")
    assert after["prompt"]["prompt"] == chat["prompt"]["prompt"]
    assert after["dataset_ids"] == chat["dataset_ids"]
    assert after["update_time"] >= chat["update_time"]


def test_a_change_is_checked_like_a_new_assistant(client: FlaskClient) -> None:
    path = f"/api/v1/chats/{created(client)['id']}"
    assert client.put(path, json={"name": ""}).json["message"] == "`name` cannot be empty."
    assert client.put(path, json={"name": None}).json["message"] == "`name` cannot be empty."
    answer = client.put(path, json={"name": "new", "prompt": {"prompt": "Hi"}})
    assert answer.json["message"] == "Parameter 'knowledge' is not used"
    assert client.get(path).json["data"]["name"] == "guide"
    optional = {"prompt": "Hi", "variables": [{"key": "knowledge", "optional": True}]}
    assert client.put(path, json={"prompt": optional}).json["code"] == 0


def test_lists_are_ordered_paged_and_filtered(client: FlaskClient) -> None:
    made = [created(client, name=name) for name in ("alpha", "beta", "gamma")]
    assert set(listed(client)) == {"alpha", "beta", "gamma"}
    oldest_first = listed(client, desc="false")
    assert listed(client, desc="False", page_size=2) == oldest_first[:2]
    assert listed(client, desc="false", page_size=2, page=2) == oldest_first[2:]
    client.patch(f"/api/v1/chats/{made[0]['id']}", json={"description": "changed"})
    assert times(client, orderby="update_time") == sorted(times(client), reverse=True)
    assert times(client, orderby="update_time", desc=0) == sorted(times(client), reverse=True)
    assert listed(client, page_size=0) == []
    assert listed(client, page=9) == []
    assert listed(client, name="beta") == ["beta"]
    assert listed(client, id=made[2]["id"]) == ["gamma"]
    assert listed(client, keywords="ET") == ["beta"]


@pytest.mark.parametrize("query", [{"id": ABSENT}, {"name": "nobody"}, {"id": "x", "page": 3}])
def test_an_unknown_assistant_is_not_an_empty_list(
    client: FlaskClient, query: dict[str, str]
) -> None:
    answer = client.get("/api/v1/chats", query_string=query)
    assert (answer.status_code, answer.json["code"]) == (404, 102)
    assert answer.json["message"] == "The chat doesn't exist"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "query",
    [
        {"page": "x"},
        {"page": -1},
        {"page_size": 10_001},
        {"orderby": "id"},
        {"page": 10**30},
        {"keywords": "\0"},
        {"name": "a\0"},
    ],
)
def test_a_wrong_query_is_refused(client: FlaskClient, query: dict[str, Any]) -> None:
    answer = client.get("/api/v1/chats", query_string=query)
    assert (answer.status_code, answer.json["code"]) == (400, 101)
    assert f"Field: <{next(iter(query))}>" in answer.json["message"]


def test_deleting_tells_what_it_could_not_delete(client: FlaskClient) -> None:
    ids = [created(client, name=name)["id"] for name in ("a", "b", "c")]
    answer = client.delete("/api/v1/chats", json={"ids": [ids[0], ids[0], ABSENT, "x\0"]}).json
    assert answer["code"] == 0
    assert answer["data"] == {
        "success_count": 1,
        "errors": [
            f"Assistant({ABSENT}) not found.",
            "Assistant(x\0) not found.",
            f"Duplicate assistant ids: {ids[0]}",
        ],
    }
    answer = client.delete("/api/v1/chats", json={"ids": [ABSENT]})
    assert (answer.status_code, answer.json["code"]) == (404, 102)
    assert answer.json["message"] == f"Assistant({ABSENT}) not found."
    assert client.delete("/api/v1/chats", json={"ids": []}).json["code"] == 0
    assert client.delete("/api/v1/chats", json={}).json["code"] == 101
    assert sorted(listed(client)) == ["b", "c"]
    assert client.delete(f"/api/v1/chats/{ids[1]}").json["code"] == 0
    assert client.delete(f"/api/v1/chats/{ids[1]}").status_code == 404
    assert listed(client) == ["c"]


@pytest.mark.parametrize("body", [{"ids": None}, {"delete_all": True}])
def test_deleting_all_spares_the_stranger(
    client: FlaskClient, stranger: FlaskClient, body: dict[str, Any]
) -> None:
    mine, theirs = created(client), created(stranger)
    client.post(f"/api/v1/chats/{mine['id']}/sessions", json={"name": "s"})
    kept = client.delete("/api/v1/chats", json={"ids": None, "delete_all": False})
    assert (kept.json["code"], listed(client)) == (0, ["guide"])
    assert client.delete("/api/v1/chats", json=body).json["code"] == 0
    assert listed(client) == []
    assert listed(stranger) == [theirs["name"]]


def test_assistants_outlive_their_datasets(
    client: FlaskClient, services: Services, corpus: Corpus
) -> None:
    chat = created(client, dataset_ids=[corpus.dataset_id])
    corpus.drop(services)
    assert listed(client) == ["guide"]
    answer = client.get(f"/api/v1/chats/{chat['id']}").json["data"]
    assert answer["datasets"] == answer["dataset_ids"] == []


def test_of_many_who_delete_an_assistant_at_once_one_does(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    chat = created(client)["id"]
    for number in range(20):
        client.post(f"/api/v1/chats/{chat}/sessions", json={"name": f"visit {number}"})
    statuses: list[int] = []

    def delete() -> None:
        answer = client_with(app, member.api_key).delete("/api/v1/chats", json={"ids": [chat]})
        statuses.append(answer.status_code)

    together(*[delete] * 8)
    assert sorted(statuses) == [200, *[404] * 7]
