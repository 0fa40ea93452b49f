"""Searches and assistants with a rerank model."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from tests.functional.conftest import Member
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import API, data_of, refused
from tests.functional.reranking import MODEL, let_rank
from tests.model_endpoint import ModelEndpoint, Reply

TIDE = "the tide table hangs by the door; or the lamp"


@pytest.fixture
def ranker(services: Services, endpoint: ModelEndpoint) -> ModelEndpoint:
    let_rank(services, endpoint)
    return endpoint


def search(client: FlaskClient, corpus: Corpus, **more: object) -> TestResponse:
    body = {"dataset_ids": [corpus.dataset_id], "question": TIDE}
    return client.post(f"{API}/retrieval", json=body | more)


def make_chat(client: FlaskClient, corpus: Corpus, **more: object) -> TestResponse:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id], **more}
    return client.post(f"{API}/chats", json=body)


def test_a_search_is_ranked_by_the_model_that_it_names(
    client: FlaskClient, corpus: Corpus, ranker: ModelEndpoint
) -> None:
    wanted = {"vector_similarity_weight": 1, "similarity_threshold": 0, "rerank_id": MODEL}
    found = data_of(search(client, corpus, **wanted))
    [asked] = ranker.received
    assert (asked.body["query"], sorted(asked.body["documents"])) == (TIDE, sorted(TEXTS))
    assert found["chunks"][0]["content"] == TEXTS[1]
    assert found["total"] == 3
    for chunk in found["chunks"]:
        words = set(chunk["content"].lower().split()) & set(TIDE.split())
        assert chunk["similarity"] == pytest.approx(len(words) / len(set(TIDE.split())))
        assert chunk["vector_similarity"] == chunk["similarity"]


@pytest.mark.databases("sqlite")
def test_the_console_s_test_of_a_search_is_ranked_as_well(
    console: FlaskClient, corpus: Corpus, ranker: ModelEndpoint
) -> None:
    body = {"kb_id": corpus.dataset_id, "question": TIDE, "vector_similarity_weight": 1}
    found = data_of(console.post("/v1/chunk/retrieval_test", json={**body, "rerank_id": MODEL}))
    assert found["chunks"][0]["content_with_weight"] == TEXTS[1]
    assert len(ranker.received) == 1
    assert data_of(console.post("/v1/chunk/retrieval_test", json={**body, "rerank_id": None}))
    assert len(ranker.received) == 1


def test_a_search_that_names_no_model_asks_none(
    client: FlaskClient, corpus: Corpus, ranker: ModelEndpoint
) -> None:
    assert data_of(search(client, corpus, rerank_id=""))["total"] > 0
    assert data_of(search(client, corpus, rerank_id=None))["total"] > 0
    assert ranker.received == []


@pytest.mark.usefixtures("ranker")
@pytest.mark.databases("sqlite")
def test_a_model_that_cannot_be_used_is_named(client: FlaskClient, corpus: Corpus) -> None:
    for name in ("unknown", "wordllama@Builtin", "rerank-v3.5@Cohere"):
        told = refused(search(client, corpus, rerank_id=name), 400, 102)
        assert told == f"`rerank_id` {name} doesn't exist"


@pytest.mark.databases("sqlite")
def test_a_model_that_fails_is_told(
    client: FlaskClient, corpus: Corpus, ranker: ModelEndpoint
) -> None:
    ranker.script.append(Reply(400, [b'{"message": "too long"}']))
    assert "too long" in refused(search(client, corpus, rerank_id=MODEL), 503, 105)


def test_an_assistant_keeps_its_model_and_searches_with_it(
    client: FlaskClient, corpus: Corpus, ranker: ModelEndpoint
) -> None:
    made = data_of(make_chat(client, corpus, rerank_id=MODEL))
    assert (made["rerank_id"], made["prompt"]["rerank_model"]) == (MODEL, MODEL)
    path = f"{API}/chats/{made['id']}"
    assert data_of(client.get(path))["rerank_id"] == MODEL
    session = data_of(client.post(f"{path}/sessions", json={"name": "s"}))["id"]
    asked = {"question": TIDE, "session_id": session, "stream": False}
    data_of(client.post(f"{path}/completions", json=asked))
    assert [asked.path for asked in ranker.received] == ["/v1/rerank", "/v1/chat/completions"]
    assert client.put(path, json={"prompt": {"rerank_model": ""}}).json["code"] == 0
    assert data_of(client.get(path))["rerank_id"] == ""
    assert client.put(path, json={"prompt": {"rerank_model": MODEL}}).json["code"] == 0
    assert client.put(path, json={"top_n": 3}).json["code"] == 0
    assert data_of(client.get(path))["rerank_id"] == MODEL


@pytest.mark.usefixtures("ranker")
@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "more", [{"rerank_id": "r"}, {"prompt": {"rerank_model": "r"}}, {"prompt": {"rerank_id": "r"}}]
)
def test_an_assistant_is_not_given_a_model_that_is_none(
    client: FlaskClient, corpus: Corpus, more: dict[str, object]
) -> None:
    told = refused(make_chat(client, corpus, **more), 400, 102)
    assert told == "`rerank_model` r doesn't exist"


def test_a_tenant_adds_a_model_and_makes_it_the_default(
    client: FlaskClient,
    console: FlaskClient,
    services: Services,
    member: Member,
    corpus: Corpus,
    endpoint: ModelEndpoint,
) -> None:
    with connection(services.database):
        User.update(is_superuser=True).where(User.email == member.account.email).execute()
    name = "bge@OpenAI-API-Compatible"
    model = {"llm_factory": "OpenAI-API-Compatible", "llm_name": "bge", "model_type": "rerank"}
    added = {**model, "api_base": f"{endpoint.url}/rerank", "api_key": "sk-own"}
    assert data_of(console.post("/v1/llm/add_llm", json=added)) is True
    listed = data_of(console.get("/v1/llm/list?model_type=rerank"))
    [shown] = listed["OpenAI-API-Compatible"]
    assert (shown["llm_name"], shown["tags"]) == ("bge", "TEXT RE-RANK")
    assert data_of(search(client, corpus, rerank_id=name))["total"] > 0
    assert endpoint.received[-1].headers["Authorization"] == "Bearer sk-own"
    assert data_of(console.get("/v1/user/tenant_info"))["rerank_id"] == ""
    assert data_of(console.post("/v1/user/set_tenant_info", json={"rerank_id": name})) is True
    assert data_of(console.get("/v1/user/tenant_info"))["rerank_id"] == name
    ranked = client.post("/v1/rerank", json={"query": "lamp", "documents": ["a", "lamp"]})
    assert ranked.json["model"] == name
    assert [row["index"] for row in ranked.json["results"]] == [1, 0]
