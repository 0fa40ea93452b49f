"""Texts ranked by their relevance, in the forms of Cohere, Jina and TEI."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from tests.functional.reranking import MODEL, let_rank
from tests.model_endpoint import ModelEndpoint, Reply

pytestmark = pytest.mark.databases("sqlite")

PATHS = ("/v1/rerank", "/v2/rerank", "/rerank", "/v1/v2/rerank")
QUERY = "who lights the lamp"
TEXTS = ["nothing", "the keeper lights the lamp", "a lamp"]


@pytest.fixture
def ranker(services: Services, endpoint: ModelEndpoint) -> ModelEndpoint:
    let_rank(services, endpoint)
    return endpoint


def ask(client: FlaskClient, path: str = PATHS[0], **more: Any) -> TestResponse:
    return client.post(path, json={"query": QUERY, "documents": TEXTS} | more)


def order(answer: TestResponse) -> list[int]:
    assert answer.status_code == 200, answer.json
    return [row["index"] for row in answer.json["results"]]


@pytest.mark.usefixtures("ranker")
@pytest.mark.parametrize("path", PATHS)
def test_all_documents_come_best_first(client: FlaskClient, path: str) -> None:
    told = ask(client, path).json
    assert told["results"] == [
        {"index": 1, "relevance_score": 0.75},
        {"index": 2, "relevance_score": 0.25},
        {"index": 0, "relevance_score": 0.0},
    ]
    assert told["data"] == told["results"]
    assert told["model"] == MODEL
    assert told["usage"]["total_tokens"] > 0
    assert told["meta"]["billed_units"] == {"search_units": 1}
    assert told["id"]


def test_the_model_is_asked_with_its_key(client: FlaskClient, ranker: ModelEndpoint) -> None:
    ask(client, model=MODEL)
    [asked] = ranker.received
    assert asked.path == "/v1/rerank"
    assert asked.headers["Authorization"] == "Bearer key"
    assert (asked.body["model"], asked.body["documents"]) == ("ranker", TEXTS)


@pytest.mark.usefixtures("ranker")
def test_a_number_of_documents_is_kept(client: FlaskClient) -> None:
    assert order(ask(client, top_n=1)) == [1]
    assert order(ask(client, top_n=99)) == [1, 2, 0]
    assert order(ask(client, top_n=None, max_tokens_per_doc=None)) == [1, 2, 0]


@pytest.mark.usefixtures("ranker")
def test_documents_are_returned_where_their_form_is_clear(client: FlaskClient) -> None:
    rows = ask(client, "/v2/rerank", return_documents=True).json["results"]
    assert [row["document"]["text"] for row in rows] == [TEXTS[1], TEXTS[2], TEXTS[0]]
    rows = ask(client, "/rerank", return_documents=True).json["results"]
    assert [set(row) for row in rows] == [{"index", "relevance_score"}] * 3


@pytest.mark.usefixtures("ranker")
def test_documents_may_be_objects(client: FlaskClient) -> None:
    objects = [{"text": text, "title": "who"} for text in TEXTS]
    rows = ask(client, documents=objects, return_documents=True).json["results"]
    assert rows[0] == {"index": 1, "relevance_score": 0.75, "document": objects[1]}
    both = ask(client, documents=objects, rank_fields=["title", "text"]).json["results"]
    assert [row["relevance_score"] for row in both] == [1.0, 0.5, 0.25]
    titled = [{"title": text} for text in TEXTS]
    wanted = {"rank_fields": ["title"], "return_documents": True}
    rows = ask(client, documents=titled, **wanted).json["results"]
    assert rows[0]["document"] == {"title": TEXTS[1], "text": TEXTS[1]}


@pytest.mark.usefixtures("ranker")
def test_texts_are_scored_in_the_form_of_tei(client: FlaskClient) -> None:
    options = {"raw_scores": False, "truncate": False, "truncation_direction": "Right"}
    body = {"query": QUERY, "texts": TEXTS, **options}
    scores = client.post("/rerank", json=body)
    assert scores.json == [
        {"index": 1, "score": 0.75},
        {"index": 2, "score": 0.25},
        {"index": 0, "score": 0.0},
    ]
    body |= {"return_text": True, "top_n": 1}
    assert client.post("/rerank", json=body).json == [{"index": 1, "score": 0.75, "text": TEXTS[1]}]


@pytest.mark.usefixtures("ranker")
def test_clients_of_voyage_get_its_form(client: FlaskClient) -> None:
    told = ask(client, model=MODEL, truncation=True, top_k=2, return_documents=True).json
    assert told["object"] == "list"
    assert told["data"] == [
        {"index": 1, "relevance_score": 0.75, "document": TEXTS[1]},
        {"index": 2, "relevance_score": 0.25, "document": TEXTS[2]},
    ]
    assert (told["model"], set(told)) == (MODEL, {"object", "data", "model", "usage"})
    assert told["usage"]["total_tokens"] > 0
    every = ask(client, truncation=False, top_k=None).json["data"]
    assert [set(row) for row in every] == [{"index", "relevance_score"}] * 3


@pytest.mark.usefixtures("ranker")
@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"query": " "}, "query"),
        ({"query": None}, "query"),
        ({"documents": []}, "documents"),
        ({"documents": None}, "documents"),
        ({"documents": "text"}, "documents"),
        ({"documents": ["a", 7]}, "documents"),
        ({"documents": ["a", {"title": "b"}]}, "documents[1]"),
        ({"documents": [{"text": 7}]}, "documents[0]"),
        ({"documents": ["a"] * 2049}, "documents"),
        ({"texts": ["a"]}, "texts"),
        ({"top_n": 0}, "top_n"),
        ({"top_k": 0}, "top_k"),
        ({"top_n": 1, "top_k": 1}, "top_k"),
        ({"truncation": "much"}, "truncation"),
        ({"rank_fields": []}, "rank_fields"),
        ({"max_tokens_per_doc": 100}, "max_tokens_per_doc"),
        ({"max_chunks_per_doc": 10}, "max_chunks_per_doc"),
        ({"instruction": "be kind"}, "instruction"),
        ({"raw_scores": True}, "raw_scores"),
        ({"truncation_direction": "Left"}, "truncation_direction"),
    ],
)
def test_what_is_wrong_is_named(client: FlaskClient, more: dict[str, object], named: str) -> None:
    answer = ask(client, **more)
    assert (answer.status_code, answer.json["code"]) == (400, 101)
    assert named in answer.json["message"]
    assert answer.json["message"] == answer.json["detail"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("model", [None, "rerank-v3.5"])
def test_without_a_model_the_setting_is_named(
    client: FlaskClient, path: str, model: str | None
) -> None:
    answer = ask(client, path, model=model)
    assert (answer.status_code, answer.json["code"]) == (501, 501)
    assert "models.rerank_model and models.rerank_base_url" in answer.json["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert "Retry-After" not in answer.headers


@pytest.mark.usefixtures("ranker")
def test_an_unknown_model_is_not_the_one_that_is_configured(client: FlaskClient) -> None:
    answer = ask(client, model="rerank-v3.5")
    assert answer.status_code == 404
    assert "There is no rerank model rerank-v3.5" in answer.json["message"]
    answer = ask(client, model="rerank-v3.5@Cohere")
    assert answer.status_code == 404
    assert "no key" in answer.json["message"]


def test_a_model_that_is_away_is_told(client: FlaskClient, ranker: ModelEndpoint) -> None:
    ranker.script.append(Reply(401, [b'{"detail": "not paid for"}']))
    answer = ask(client)
    assert (answer.status_code, answer.json["code"]) == (503, 105)
    assert answer.headers["Retry-After"] == "5"
    assert "x-should-retry" not in answer.headers
    assert "not paid for" in answer.json["detail"]


@pytest.mark.usefixtures("ranker")
def test_a_key_is_needed(anonymous: FlaskClient) -> None:
    answer = ask(anonymous)
    assert (answer.status_code, answer.json["code"]) == (401, 109)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    wrong = {"Authorization": "Bearer ragflow-wrong"}
    answer = anonymous.post(PATHS[0], json={}, headers=wrong)
    assert (answer.status_code, answer.json["detail"]) == (401, "The API key is not valid.")
    assert anonymous.get(PATHS[0]).status_code == 405
    assert "POST" in anonymous.get(PATHS[0]).json["message"]


@pytest.mark.usefixtures("ranker")
def test_the_model_is_among_those_of_openais_door(client: FlaskClient) -> None:
    listed = [item["id"] for item in client.get("/v1/models").json["data"]]
    assert {"wordllama@Builtin", MODEL} <= set(listed)
    assert client.get(f"/v1/models/{MODEL}").json["id"] == MODEL
