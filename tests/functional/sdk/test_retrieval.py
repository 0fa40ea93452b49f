"""Searching datasets over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.config.settings import RetrievalSettings, Settings
from api.container import Services
from api.db.connection import connection
from tests.functional.corpus import Corpus, add_document

ABSENT = "0" * 32
LAMP = "When does the keeper light the lamp?"


def retrieve(client: FlaskClient, corpus: Corpus, **fields: Any) -> dict[str, Any]:
    body = {"dataset_ids": [corpus.dataset_id], "question": LAMP, **fields}
    answer = client.post("/api/v1/retrieval", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


@pytest.mark.databases("sqlite")
def test_an_answer_has_the_contract_s_keys(client: FlaskClient, corpus: Corpus) -> None:
    found = retrieve(client, corpus)
    assert found["total"] == len(found["chunks"]) >= 1
    best = found["chunks"][0]
    assert best["content"].startswith("The lighthouse keeper lights the lamp")
    assert "content_ltks" not in best
    assert best["document_id"] == corpus.document_id
    assert best["document_keyword"] == "keeper.md"
    assert best["document_name"] == "keeper.md"
    assert best["dataset_id"] == corpus.dataset_id
    assert best["positions"] == [[1, 10, 20, 30, 40]]
    assert best["important_keywords"] == []
    assert best["image_id"] == best["doc_type_kwd"] == ""
    for score in ("similarity", "vector_similarity", "term_similarity"):
        assert 0 <= best[score] <= 1
    assert "highlight" not in best
    assert found["doc_aggs"] == [
        {"doc_name": "keeper.md", "doc_id": corpus.document_id, "count": found["total"]}
    ]


@pytest.mark.databases("sqlite")
def test_scores_are_the_weighted_sum(client: FlaskClient, corpus: Corpus) -> None:
    for weight in (0.0, 0.4, 1.0):
        for chunk in retrieve(client, corpus, vector_similarity_weight=weight)["chunks"]:
            expected = weight * chunk["vector_similarity"] + (1 - weight) * chunk["term_similarity"]
            assert chunk["similarity"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("weight", "like"), [(10, 1.0), (-3, 0.0), ("0.5", 0.5)])
def test_weights_are_clamped(
    client: FlaskClient, corpus: Corpus, weight: object, like: float
) -> None:
    given = retrieve(client, corpus, vector_similarity_weight=weight)
    assert given == retrieve(client, corpus, vector_similarity_weight=like)


@pytest.mark.parametrize("question", ["", "   \n"])
@pytest.mark.databases("sqlite")
def test_a_blank_question_finds_nothing(client: FlaskClient, corpus: Corpus, question: str) -> None:
    found = retrieve(client, corpus, question=question)
    assert found == {"total": 0, "chunks": [], "doc_aggs": {}}


@pytest.mark.databases("sqlite")
def test_a_threshold_that_nothing_reaches(client: FlaskClient, corpus: Corpus) -> None:
    found = retrieve(client, corpus, similarity_threshold=1.1)
    assert found == {"total": 0, "chunks": [], "doc_aggs": {}}


@pytest.mark.databases("sqlite")
def test_what_a_request_leaves_out_comes_from_the_settings(
    client: FlaskClient, corpus: Corpus, services: Services
) -> None:
    every = retrieve(client, corpus, similarity_threshold=0, vector_similarity_weight=1)
    settings = RetrievalSettings(similarity_threshold=0, vector_similarity_weight=1)
    services.live.take(Settings(retrieval=settings))
    assert retrieve(client, corpus) == every
    services.live.take(Settings(retrieval=RetrievalSettings(similarity_threshold=1)))
    assert retrieve(client, corpus)["total"] == 0
    assert retrieve(client, corpus, similarity_threshold=None)["total"] == 0
    assert retrieve(client, corpus, similarity_threshold=0.0)["total"] == 3


def test_pages_add_up(client: FlaskClient, corpus: Corpus) -> None:
    every = retrieve(client, corpus, similarity_threshold=0)
    pages = [
        retrieve(client, corpus, similarity_threshold=0, page=page, page_size=1)
        for page in (1, 2, 3, 4)
    ]
    paged = [chunk for page in pages for chunk in page["chunks"]]
    assert [chunk["id"] for chunk in paged] == [chunk["id"] for chunk in every["chunks"]]
    assert {page["total"] for page in pages} == {3}
    assert retrieve(client, corpus, page_size=0)["chunks"] == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("highlight", [True, "True", "true"])
def test_every_chunk_has_a_highlight_when_asked(
    client: FlaskClient, corpus: Corpus, highlight: object
) -> None:
    found = retrieve(client, corpus, highlight=highlight, similarity_threshold=0)
    assert len(found["chunks"]) == 3
    assert all("highlight" in chunk for chunk in found["chunks"])
    assert "<em>lamp</em>" in found["chunks"][0]["highlight"]


@pytest.mark.databases("sqlite")
def test_a_question_has_a_limit(client: FlaskClient, corpus: Corpus) -> None:
    body = {"dataset_ids": [corpus.dataset_id], "question": "lamp " * 3276}
    assert client.post("/api/v1/retrieval", json=body).json["data"]["total"] >= 1
    answer = client.post("/api/v1/retrieval", json={**body, "question": "lamp " * 3277})
    assert (answer.status_code, answer.json["code"]) == (400, 101)
    assert "Field: <question> - Message: <String should have at most 16384" in answer.text


@pytest.mark.databases("sqlite")
def test_every_chunk_has_its_tokens_when_asked(client: FlaskClient, corpus: Corpus) -> None:
    found = retrieve(client, corpus, content_ltks=True)
    assert "lamp" in found["chunks"][0]["content_ltks"].split()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("highlight", [False, "False", None])
def test_no_chunk_has_one_when_not(client: FlaskClient, corpus: Corpus, highlight: object) -> None:
    found = retrieve(client, corpus, highlight=highlight)
    assert not any("highlight" in chunk for chunk in found["chunks"])


def test_options_that_need_a_model_are_taken_where_they_are_off(
    client: FlaskClient, corpus: Corpus
) -> None:
    options = {"keyword": False, "use_kg": "False", "toc_enhance": 0, "cross_languages": []}
    options |= {"reference_metadata": {"include": False}, "extra_body": {}}
    assert retrieve(client, corpus, **options) == retrieve(client, corpus)


@pytest.mark.databases("sqlite")
def test_nulls_count_as_not_given(client: FlaskClient, corpus: Corpus) -> None:
    names = ("document_ids", "page", "page_size", "top_k", "rerank_id", "metadata_condition")
    nulls = dict.fromkeys((*names, "similarity_threshold", "cross_languages", "keyword"))
    assert retrieve(client, corpus, **nulls) == retrieve(client, corpus)


def condition(operator: str, value: object, name: str = "shelf") -> dict[str, Any]:
    return {"conditions": [{"name": name, "comparison_operator": operator, "value": value}]}


def many(count: int) -> dict[str, Any]:
    return {"conditions": condition("is", "north")["conditions"] * count}


@pytest.mark.parametrize(
    ("metadata_condition", "finds"),
    [
        (condition("is", "north"), True),
        (condition("=", "NORTH"), True),
        (condition("≠", "north"), False),
        (condition("contains", "or"), True),
        (condition(">=", 1999, "year"), True),
        (condition("<", 1999, "year"), False),
        (condition("in", ["north", "south"]), True),
        (condition("empty", None), False),
        ({"logic": "or", **condition("is", "south")}, False),
        ({"conditions": []}, True),
        ({}, True),
        (many(500), True),
    ],
)
@pytest.mark.databases("sqlite")
def test_metadata_conditions(
    client: FlaskClient, corpus: Corpus, metadata_condition: dict[str, Any], *, finds: bool
) -> None:
    found = retrieve(client, corpus, metadata_condition=metadata_condition)
    assert bool(found["chunks"]) == finds
    chosen = [corpus.document_id]
    ignored = retrieve(client, corpus, metadata_condition=metadata_condition, document_ids=chosen)
    assert ignored["chunks"]


@pytest.mark.databases("sqlite")
def test_documents_narrow_the_search(
    client: FlaskClient, services: Services, corpus: Corpus
) -> None:
    with connection(services.database):
        other = add_document(
            services, corpus.tenant_id, corpus.dataset_id, "b.md", ("A lamp of brass.",)
        )
    found = retrieve(client, corpus, document_ids=[other, other], similarity_threshold=0)
    assert {chunk["document_id"] for chunk in found["chunks"]} == {other}
    both = retrieve(client, corpus, similarity_threshold=0)
    assert {item["doc_id"] for item in both["doc_aggs"]} == {other, corpus.document_id}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"question": None}, 102, "`question` is required."),
        ({"dataset_ids": None}, 102, "`dataset_ids` is required."),
        ({"dataset_ids": []}, 102, "`dataset_ids` is required."),
        ({"dataset_ids": "x"}, 102, "`dataset_ids` should be a list"),
        ({"document_ids": "x"}, 102, "`documents` should be a list"),
        ({"top_k": 0}, 102, "`top_k` must be greater than 0"),
        ({"top_k": -1}, 102, "`top_k` must be greater than 0"),
        ({"highlight": "maybe"}, 102, "`highlight` should be a boolean"),
        ({"highlight": 3}, 102, "`highlight` should be a boolean"),
        ({"rerank_id": "unknown"}, 102, "`rerank_id` unknown doesn't exist"),
    ],
)
def test_what_cannot_be_searched_for(
    client: FlaskClient, corpus: Corpus, fields: dict[str, Any], code: int, message: str
) -> None:
    body = {"dataset_ids": [corpus.dataset_id], "question": LAMP, **fields}
    answer = client.post("/api/v1/retrieval", json=body)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["message"] == message


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"page_size": 10_001}, "page_size"),
        ({"page": -1}, "page"),
        ({"use_kg": "True"}, "use_kg"),
        ({"toc_enhance": 1}, "toc_enhance"),
        (
            {"extra_body": {"reference_metadata": {"include": True}}},
            "extra_body.reference_metadata",
        ),
        ({"cross_languages": ["fr"] * 11}, "cross_languages"),
        ({"cross_languages": [" "]}, "cross_languages.0"),
        ({"context": 6}, "context"),
        ({"top_k": "many"}, "top_k"),
        ({"top_k": 10_001}, "top_k"),
        ({"similarity_threshold": "high"}, "similarity_threshold"),
        ({"question": ["a"]}, "question"),
        ({"dataset_ids": [1]}, "dataset_ids.0"),
        ({"dataset_ids": ["x"] * 10_001}, "dataset_ids"),
        ({"metadata_condition": condition("~", 1)}, "metadata_condition"),
        ({"metadata_condition": condition(1, 1)}, "metadata_condition"),
        ({"metadata_condition": many(501)}, "metadata_condition"),
    ],
)
def test_a_wrong_field_is_named(
    client: FlaskClient, corpus: Corpus, fields: dict[str, Any], field: str
) -> None:
    body = {"dataset_ids": [corpus.dataset_id], "question": LAMP, **fields}
    answer = client.post("/api/v1/retrieval", json=body)
    assert (answer.status_code, answer.json["code"]) == (400, 101)
    assert f"Field: <{field}" in answer.json["message"]


@pytest.mark.databases("sqlite")
def test_what_is_not_mine_does_not_exist(
    client: FlaskClient, stranger: FlaskClient, services: Services, corpus: Corpus
) -> None:
    body = {"dataset_ids": [corpus.dataset_id], "question": LAMP}
    answer = stranger.post("/api/v1/retrieval", json=body)
    assert (answer.status_code, answer.json["code"]) == (404, 102)
    assert answer.json["message"] == f"You don't own the dataset {corpus.dataset_id}."
    other = corpus.another(services, "other")
    answer = client.post("/api/v1/retrieval", json={**body, "document_ids": [ABSENT]})
    assert (answer.status_code, answer.json["code"]) == (404, 102)
    assert answer.json["message"] == f"The datasets don't own the document {ABSENT}"
    chosen = {"dataset_ids": [other], "document_ids": [corpus.document_id]}
    assert client.post("/api/v1/retrieval", json={**body, **chosen}).status_code == 404


@pytest.mark.databases("sqlite")
def test_datasets_must_share_an_embedding_model(
    client: FlaskClient, services: Services, corpus: Corpus
) -> None:
    other = corpus.another(services, "other", embedding_model="hashing@Builtin")
    both = [corpus.dataset_id, other]
    answer = client.post("/api/v1/retrieval", json={"dataset_ids": both, "question": LAMP})
    assert (answer.status_code, answer.json["code"]) == (400, 102)
    assert answer.json["message"] == "Datasets use different embedding models."


@pytest.mark.databases("sqlite")
def test_a_search_says_why_chunks_were_found(client: FlaskClient, corpus: Corpus) -> None:
    every = retrieve(client, corpus, similarity_threshold=0)["chunks"]
    threshold = (every[0]["similarity"] + every[1]["similarity"]) / 2
    found = retrieve(client, corpus, similarity_threshold=threshold, explain=True)
    told = found["explanation"]
    assert told["vector_weight"] + told["term_weight"] == 1
    assert told["threshold"] == threshold
    assert sum(told["terms"].values()) == pytest.approx(1)
    assert {"keeper", "lamp"} <= told["terms"].keys()
    [best] = found["chunks"]
    words = {one["term"]: one for one in best["matched_terms"]}
    assert words["lamp"]["count"] >= 1
    assert words["lamp"]["weight"] == told["terms"]["lamp"]
    weights = [one["weight"] for one in best["matched_terms"]]
    assert weights == sorted(weights, reverse=True)
    assert [chunk["id"] for chunk in told["below"]] == [chunk["id"] for chunk in every[1:4]]
    assert all(chunk["similarity"] < threshold for chunk in told["below"])
    assert all("matched_terms" in chunk for chunk in told["below"])


@pytest.mark.databases("sqlite")
def test_ranks_of_datasets_do_not_mix_what_is_below_the_threshold(
    client: FlaskClient, corpus: Corpus
) -> None:
    every = retrieve(client, corpus, similarity_threshold=0)["chunks"]
    client.put(f"/api/v1/datasets/{corpus.dataset_id}", json={"pagerank": 50})
    threshold = (every[0]["similarity"] + every[1]["similarity"]) / 2
    found = retrieve(client, corpus, similarity_threshold=threshold, explain=True)
    assert found["chunks"][0]["similarity"] == pytest.approx(every[0]["similarity"] + 0.5)
    below = found["explanation"]["below"]
    assert [chunk["similarity"] for chunk in below] == pytest.approx(
        [chunk["similarity"] for chunk in every[1:4]]
    )


@pytest.mark.databases("sqlite")
def test_without_a_threshold_nothing_is_below_it(client: FlaskClient, corpus: Corpus) -> None:
    found = retrieve(client, corpus, similarity_threshold=0, explain=True)
    assert found["explanation"]["below"] == []
    blank = retrieve(client, corpus, question=" ", explain=True)
    assert (blank["chunks"], blank["explanation"]["terms"]) == ([], {})
