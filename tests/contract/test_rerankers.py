"""What every rerank model does, whichever form its endpoint takes."""

from collections.abc import Iterator

import pytest

from rag.llm.base import Reranker
from rag.llm.registry import open_reranker
from tests.model_endpoint import serve

QUESTION = "who lights the lamp"


@pytest.fixture(params=["documents", "texts"])
def reranker(request: pytest.FixtureRequest) -> Iterator[Reranker]:
    with serve() as endpoint:
        endpoint.texts_only = request.param == "texts"
        yield open_reranker("openai", "some/model", base_url=endpoint.url, api_key="key")


def test_each_text_gets_its_relevance_in_the_order_of_the_texts(reranker: Reranker) -> None:
    texts = ["nothing", "the keeper lights the lamp", "a lamp", "who lights the lamp"]
    assert reranker.rerank(QUESTION, texts) == [0, 0.75, 0.25, 1]


def test_many_texts_keep_their_order_whatever_the_batch(reranker: Reranker) -> None:
    texts = ["the lamp" if place % 7 else "who" for place in range(600)]
    told = reranker.rerank(QUESTION, texts)
    assert told == [0.5 if place % 7 else 0.25 for place in range(600)]


def test_blank_texts_get_nothing_and_spare_their_neighbours(reranker: Reranker) -> None:
    assert reranker.rerank(QUESTION, ["", "the lamp", " \n"]) == [0, 0.5, 0]
    assert reranker.rerank(QUESTION, []) == []


@pytest.mark.parametrize("text", ["half \ud800 pair", "nul \0 byte", "🙂", "\ufeff bom"])
def test_odd_characters_are_text_too(reranker: Reranker, text: str) -> None:
    assert reranker.rerank(QUESTION, [text]) == [0]


def test_the_name_is_the_models(reranker: Reranker) -> None:
    assert reranker.name == "some/model"
