"""Searching a vector store: filters by attributes, ranking, limits."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from tests.functional.conftest import Member
from tests.functional.corpus import LAMP, TEXTS, Corpus, add_document
from tests.functional.openai.storing import (
    STORES,
    ok,
    refused,
)
from tests.functional.reranking import MODEL as RANKER
from tests.functional.reranking import let_rank
from tests.model_endpoint import ModelEndpoint


@pytest.fixture
def shelves(services: Services, member: Member, corpus: Corpus) -> Corpus:
    """Add documents with metadata to the one on the northern shelf."""
    tenant_id = member.account.id
    with connection(services.database):
        for name, shelf, year in (("south.md", "south", 2001), ("west.md", "west", 2020)):
            text = (f"The keeper of the {shelf} lights the lamp at dusk.",)
            metadata: dict[str, Any] = {"shelf": shelf, "year": year}
            add_document(services, tenant_id, corpus.dataset_id, name, text, metadata)
    return corpus


def eq(key: str, value: object, kind: str = "eq") -> dict[str, object]:
    return {"type": kind, "key": key, "value": value}


def both(kind: str, *filters: object) -> dict[str, object]:
    return {"type": kind, "filters": list(filters)}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (None, "keeper south west"),
        ({}, "keeper south west"),
        (eq("shelf", "south"), "south"),
        (eq("shelf", "south", "ne"), "keeper west"),
        (eq("year", 2001, "gt"), "west"),
        (eq("year", 2001, "gte"), "south west"),
        (eq("year", 2001, "lt"), "keeper"),
        (eq("year", 2001, "lte"), "keeper south"),
        (eq("shelf", ["south", "west"], "in"), "south west"),
        (eq("shelf", ["south", "west"], "nin"), "keeper"),
        (both("and", eq("year", 2000, "gt"), eq("shelf", "south", "ne")), "west"),
        (both("or", eq("shelf", "north"), eq("shelf", "west")), "keeper west"),
        (
            both(
                "or",
                both("and", eq("shelf", "south"), eq("year", 2001)),
                both("and", eq("shelf", "west"), eq("year", 2001)),
                eq("year", 1999),
            ),
            "keeper south",
        ),
    ],
)
def test_filters_by_attributes(
    client: FlaskClient, shelves: Corpus, filters: object, names: str
) -> None:
    body = {"query": LAMP, "filters": filters, "ranking_options": {"score_threshold": 0}}
    found = ok(client.post(f"{STORES}/{shelves.dataset_id}/search", json=body))["data"]
    assert {item["filename"] for item in found} == {f"{name}.md" for name in names.split()}


@pytest.mark.databases("sqlite")
def test_results_are_ranked_and_limited(client: FlaskClient, shelves: Corpus) -> None:
    address = f"{STORES}/{shelves.dataset_id}/search"
    every = ok(client.post(address, json={"query": LAMP, "rewrite_query": False}))
    assert every["object"] == "vector_store.search_results.page"
    assert every["search_query"] == [LAMP]
    assert (every["has_more"], every["next_page"]) == (False, None)
    scores = [item["score"] for item in every["data"]]
    assert scores == sorted(scores, reverse=True)
    one = ok(client.post(address, json={"query": LAMP, "max_num_results": 1}))["data"]
    assert one == every["data"][:1]
    ranking = {"ranker": "none", "score_threshold": scores[1]}
    best = ok(client.post(address, json={"query": LAMP, "ranking_options": ranking}))["data"]
    assert best == every["data"][:2]
    by_words = {"hybrid_search": {"embedding_weight": 0, "text_weight": 2}}
    words = ok(client.post(address, json={"query": LAMP, "ranking_options": by_words}))["data"]
    assert [item["score"] for item in words] != scores
    queries = [LAMP, "What does E-1042 mean?"]
    many = ok(client.post(address, json={"query": queries}))
    assert many["search_query"] == queries
    texts = [item["content"][0]["text"] for item in many["data"]]
    assert len(set(texts)) == len(texts)
    assert {TEXTS[0], TEXTS[2]} <= set(texts)
    assert ok(client.post(address, json={"query": ""}))["data"] == []


@pytest.mark.databases("sqlite")
def test_a_rerank_model_ranks_where_it_is_named(
    client: FlaskClient, services: Services, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    let_rank(services, endpoint)
    address = f"{STORES}/{corpus.dataset_id}/search"
    tide = "the tide table hangs by the door; or the lamp"
    for ranker, times in (("none", 0), ("auto", 0), (RANKER, 1)):
        by_meaning = {"embedding_weight": 1, "text_weight": 0}
        ranking = {"ranker": ranker, "score_threshold": 0, "hybrid_search": by_meaning}
        found = ok(client.post(address, json={"query": tide, "ranking_options": ranking}))["data"]
        assert len(endpoint.received) == times
    assert found[0]["content"][0]["text"] == TEXTS[1]
    words = [set(item["content"][0]["text"].lower().split()) & set(tide.split()) for item in found]
    share = [len(common) / len(set(tide.split())) for common in words]
    assert [item["score"] for item in found] == pytest.approx(share)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"query": None}, "query"),
        ({"query": []}, "query"),
        ({"rewrite_query": True}, "rewrite_query"),
        ({"max_num_results": 51}, "max_num_results"),
        ({"ranking_options": {"ranker": "default-2024-08-21"}}, "ranker"),
        ({"ranking_options": {"score_threshold": 2}}, "score_threshold"),
        (
            {"ranking_options": {"hybrid_search": {"embedding_weight": 0, "text_weight": 0}}},
            "hybrid_search",
        ),
        ({"filters": []}, "filters"),
        ({"filters": eq("shelf", "x", "like")}, "filters.type"),
        ({"filters": eq("", "x")}, "filters.key"),
        ({"filters": eq("shelf", None)}, "filters.value"),
        ({"filters": eq("shelf", [{}], "in")}, "filters.value"),
        ({"filters": both("and")}, "filters.filters"),
        ({"filters": both("and", eq("a", 1), both("or", 7))}, "filters.filters[1].filters[0]"),
        ({"filters": both("or", *[eq("a", 1)] * 101)}, "filters"),
    ],
)
def test_a_search_that_cannot_be_is_refused_by_name(
    client: FlaskClient, corpus: Corpus, more: dict[str, object], field: str
) -> None:
    address = f"{STORES}/{corpus.dataset_id}/search"
    refused(client.post(address, json={"query": LAMP, **more}), 400, field)
