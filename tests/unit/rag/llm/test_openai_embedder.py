"""How vectors are asked for, and what of an endpoint's answers is accepted."""

from itertools import repeat

import numpy as np
import pytest

from rag.errors import ConfigurationError, ModelError, ModelUnavailableError
from rag.llm.base import ModelSpec
from rag.llm.endpoint import RetryPolicy
from rag.llm.openai import OpenAICompatibleEmbedder
from tests.model_endpoint import ModelEndpoint, Reply, vectors

KEY = "sk-very-secret"
QUICK = RetryPolicy(retries=2, pause=0.001)


@pytest.fixture
def embedder(endpoint: ModelEndpoint) -> OpenAICompatibleEmbedder:
    return OpenAICompatibleEmbedder(ModelSpec("org/model", endpoint.url + "/", KEY), QUICK)


def test_the_request_names_model_and_texts_and_carries_the_key(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    embedder.embed_documents(["one", "two"])
    (request,) = endpoint.received
    assert request.path == "/v1/embeddings"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.body == {"model": "org/model", "input": ["one", "two"]}


def test_without_a_key_none_is_sent(endpoint: ModelEndpoint) -> None:
    OpenAICompatibleEmbedder(ModelSpec("m", endpoint.url)).embed_query("x")
    assert "Authorization" not in endpoint.received[0].headers


def test_dimensions_are_asked_for_and_held_to(endpoint: ModelEndpoint) -> None:
    embedder = OpenAICompatibleEmbedder(ModelSpec("m", endpoint.url, dimensions=8))
    assert embedder.dimensions == 8
    assert endpoint.received == []
    assert embedder.embed_query("x").shape == (8,)
    assert endpoint.received[0].body["dimensions"] == 8
    endpoint.script.append(vectors([[1.0] * 16]))
    with pytest.raises(ModelError, match="gave vectors of 16 dimensions instead of 8"):
        embedder.embed_query("x")


def test_dimensions_are_asked_once(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    assert [embedder.dimensions, embedder.dimensions] == [16, 16]
    assert len(endpoint.received) == 1


def test_batches_are_cut_by_count_and_by_characters(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    texts = ["t"] * 40 + ["x" * 60_000] * 3 + ["y" * 200_000, "end"]
    assert embedder.embed_documents(texts).shape == (45, 16)
    sizes = [len(request.body["input"]) for request in endpoint.received]
    assert sizes == [32, 9, 1, 1, 1, 1]


def test_blank_texts_are_not_sent(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    matrix = embedder.embed_documents(["", "word", " "])
    assert [request.body["input"] for request in endpoint.received] == [["word"]]
    assert [bool(row.any()) for row in matrix] == [False, True, False]


def test_order_is_restored_by_index_and_rows_are_made_unit(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    endpoint.script.append(vectors([[3, 4], [0, 2], [0, 0]], order=[2, 0, 1]))
    matrix = embedder.embed_documents(["a", "b", "c"])
    np.testing.assert_allclose(matrix, [[0.6, 0.8], [0, 1], [0, 0]], atol=1e-6)


def test_tokens_are_those_that_all_answers_tell_of(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    assert embedder.dimensions == 16
    full, rest = vectors([[1.0] * 16] * 32, tokens=70), vectors([[1.0] * 16], tokens=3)
    endpoint.script += [full, rest, full, vectors([[1.0] * 16])]
    assert embedder.embed_counted(["t"] * 33).tokens == 73
    assert embedder.embed_counted(["t"] * 33).tokens is None


def test_an_answer_without_indices_is_taken_in_its_order(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    endpoint.script.append(Reply(pieces=[b'{"data":[{"embedding":[1,0]},{"embedding":[0,1]}]}']))
    np.testing.assert_allclose(embedder.embed_documents(["a", "b"]), [[1, 0], [0, 1]])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"<html>gateway</html>", "answered no JSON: <html>gateway</html>"),
        (b'{"error": {"message": "model not loaded"}}', "no usable vectors: model not loaded"),
        (b"[]", "no usable vectors"),
        (b'{"data": null}', "no usable vectors"),
        (b'{"data": []}', "no usable vectors"),
        (b'{"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]}', "no usable"),
        (b'{"data": [{"index": 0, "embedding": [1]}]}', "one vector per text"),
        (b'{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}', "usable"),
        (b'{"data": [{"index": null, "embedding": [1]}, {"embedding": [1]}]}', "usable"),
        (b'{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]}', "usab"),
        (b'{"data": [{"index": 0, "embedding": "x"}, {"index": 1, "embedding": "y"}]}', "usable"),
        (b'{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [null]}]}', "usab"),
        (b'{"data": [{"index": 0}, {"index": 1}]}', "no usable vectors"),
        (b'{"data": [1, 2]}', "no usable vectors"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_nonsense_is_an_error_that_names_model_and_endpoint(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder, answer: bytes, message: str
) -> None:
    endpoint.script.append(Reply(pieces=[answer]))
    with pytest.raises(ModelError, match=message) as caught:
        embedder.embed_documents(["a", "b"])
    assert str(caught.value).startswith(f"The model org/model at {endpoint.url} ")
    assert not isinstance(caught.value, ModelUnavailableError)


def test_an_answer_that_breaks_off_is_unavailability(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    endpoint.script.append(Reply(pieces=[b'{"data": ['], cut=True))
    with pytest.raises(ModelUnavailableError, match="broke off its answer"):
        embedder.embed_query("x")


@pytest.mark.parametrize("url", ["", "localhost:8000/v1", "ftp://x"])
def test_a_model_without_an_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="org/model needs a base_url"):
        OpenAICompatibleEmbedder(ModelSpec("org/model", url))


def test_vectors_that_arrive_in_drops_have_a_time_limit(endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(pieces=repeat(b" ")))
    embedder = OpenAICompatibleEmbedder(ModelSpec("m", endpoint.url, timeout=0.2), QUICK)
    with pytest.raises(ModelUnavailableError, match=r"took more than 0\.2 seconds to send"):
        embedder.embed_query("x")
    assert len(endpoint.received) == 1


def test_an_answer_without_end_is_not_held_in_memory(
    endpoint: ModelEndpoint, embedder: OpenAICompatibleEmbedder
) -> None:
    endpoint.script.append(Reply(pieces=repeat(b" " * (1 << 20))))
    with pytest.raises(ModelError, match="answered more than 64 MB"):
        embedder.embed_query("x")
