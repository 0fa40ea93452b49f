"""What every embedding model does."""

from collections.abc import Iterator

import numpy as np
import pytest

from rag.llm.base import Embedder
from rag.llm.extras import lacking
from rag.llm.registry import open_embedder
from tests.model_endpoint import serve

TEXTS = ["The cat sat on the mat.", "Der Vertrag endet im Mai.", "今天天气很好", "E-1042 " * 200]
BUILT_IN = ["wordllama", "hashing", "multilingual-e5-small", "all-MiniLM-L6-v2"]


@pytest.fixture(params=[*BUILT_IN, "openai"])
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    if request.param != "openai":
        if lack := lacking(request.param):
            pytest.skip(lack)
        yield open_embedder("builtin", request.param)
        return
    with serve() as endpoint:
        yield open_embedder("openai", "some/model", base_url=endpoint.url, api_key="key")


def test_each_text_gets_a_unit_vector(embedder: Embedder) -> None:
    matrix = embedder.embed_documents(TEXTS)
    assert matrix.shape == (len(TEXTS), embedder.dimensions)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)


def test_rows_stand_in_the_order_of_the_texts_whatever_the_batch(embedder: Embedder) -> None:
    texts = [f"text number {number}" for number in range(100)]
    matrix = embedder.embed_documents(texts)
    for place in (0, 31, 32, 63, 64, 99):
        alone = embedder.embed_documents([texts[place]])[0]
        np.testing.assert_allclose(matrix[place], alone, atol=1e-6)


def test_a_text_has_its_vector_whatever_stands_beside_it(embedder: Embedder) -> None:
    alone = embedder.embed_documents(TEXTS[:1])
    among = embedder.embed_documents([TEXTS[3], TEXTS[0], TEXTS[2]])
    np.testing.assert_array_equal(alone[0], among[1])


def test_what_a_question_is_like_is_above_the_floor_of_the_card(embedder: Embedder) -> None:
    cosine = embedder.embed_documents(TEXTS[:1]) @ embedder.embed_query("Where is the cat?")
    assert 0 <= embedder.card.floor < cosine[0]
    assert 0 < embedder.card.weight(0.3) <= 1


def test_a_question_is_nearest_to_the_text_with_its_words(embedder: Embedder) -> None:
    scores = embedder.embed_documents(TEXTS) @ embedder.embed_query("Where is the cat?")
    assert int(np.argmax(scores)) == 0


def test_texts_without_words_get_zeros_and_spare_their_neighbours(embedder: Embedder) -> None:
    matrix = embedder.embed_documents(["", "cat", "  \n"])
    assert np.isfinite(matrix).all()
    assert not matrix[0].any()
    np.testing.assert_array_equal(matrix[1], embedder.embed_documents(["cat"])[0])
    assert embedder.embed_query("").shape == (embedder.dimensions,)


def test_counting_changes_no_vector(embedder: Embedder) -> None:
    counted = embedder.embed_counted(TEXTS)
    np.testing.assert_array_equal(counted.vectors, embedder.embed_documents(TEXTS))
    assert counted.tokens is None or counted.tokens > sum(map(len, TEXTS)) / 10


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_documents([]).shape == (0, embedder.dimensions)


@pytest.mark.parametrize("text", ["half \ud800 pair", "nul \0 byte", "🙂", "\ufeff bom"])
def test_odd_characters_are_text_too(embedder: Embedder, text: str) -> None:
    assert np.isfinite(embedder.embed_query(text)).all()


def test_the_name_is_the_models(embedder: Embedder) -> None:
    assert embedder.name in {*BUILT_IN, "some/model"}
