"""What every rerank model does: one that runs here, and whichever form its endpoint takes."""

from collections.abc import Iterator

import pytest

from rag.llm.base import Reranker
from rag.llm.extras import lacking
from rag.llm.registry import open_reranker
from tests.model_endpoint import serve

QUESTION = "who lights the lamp"


HERE = "ms-marco-MiniLM-L-12-v2"


@pytest.fixture(params=["documents", "texts", HERE])
def reranker(request: pytest.FixtureRequest) -> Iterator[Reranker]:
    if request.param == HERE:
        if lack := lacking(HERE):
            pytest.skip(lack)
        yield open_reranker("builtin", HERE)
        return
    with serve() as endpoint:
        endpoint.texts_only = request.param == "texts"
        yield open_reranker("openai", HERE, base_url=endpoint.url, api_key="key")


def test_each_text_gets_its_relevance_in_the_order_of_the_texts(reranker: Reranker) -> None:
    texts = ["nothing", "the keeper lights the lamp", "a lamp", "who is away"]
    told = reranker.rerank(QUESTION, texts)
    assert all(0 <= relevance <= 1 for relevance in told)
    assert max(told) == told[1]
    assert reranker.rerank(QUESTION, texts[::-1]) == told[::-1]


def test_many_texts_keep_their_order_whatever_the_batch(reranker: Reranker) -> None:
    few = reranker.rerank(QUESTION, ["who", "the lamp"])
    told = reranker.rerank(QUESTION, ["the lamp" if place % 7 else "who" for place in range(600)])
    assert told == [few[1] if place % 7 else few[0] for place in range(600)]


def test_blank_texts_get_nothing_and_spare_their_neighbours(reranker: Reranker) -> None:
    [lamp] = reranker.rerank(QUESTION, ["the lamp"])
    assert reranker.rerank(QUESTION, ["", "the lamp", " \n"]) == [0, lamp, 0]
    assert reranker.rerank(QUESTION, []) == []


@pytest.mark.parametrize("text", ["half \ud800 pair", "nul \0 byte", "🙂", "\ufeff bom"])
def test_odd_characters_are_text_too(reranker: Reranker, text: str) -> None:
    [told] = reranker.rerank(QUESTION, [text])
    assert 0 <= told < 0.1


def test_of_a_search_the_best_passages_are_within_reach(reranker: Reranker) -> None:
    assert reranker.reach([]) == 0
    assert reranker.reach(["the lamp"] * 64) == 64
    assert 10 < reranker.reach(["the lamp " * 500] * 64) <= 64


def test_the_name_is_the_models(reranker: Reranker) -> None:
    assert reranker.name == HERE
