"""How relevance is asked for, and what of an endpoint's answers is accepted."""

import json
import math

import pytest

from rag.errors import ConfigurationError, ModelError, ModelUnavailableError
from rag.llm.base import ModelSpec
from rag.llm.endpoint import RetryPolicy
from rag.llm.registry import open_reranker
from rag.llm.reranking import EndpointReranker
from tests.model_endpoint import ModelEndpoint, Reply

KEY = "sk-very-secret"
QUICK = RetryPolicy(retries=2, pause=0.001)


@pytest.fixture
def reranker(endpoint: ModelEndpoint) -> EndpointReranker:
    return EndpointReranker(ModelSpec("org/model", endpoint.url + "/", KEY), QUICK)


def scored(*scores: object) -> Reply:
    """Return a reply that gives texts these scores, in their order."""
    rows = [{"index": place, "relevance_score": score} for place, score in enumerate(scores)]
    return Reply(pieces=[json.dumps({"results": rows}).encode()])


def test_the_request_names_the_model_and_asks_for_all(
    endpoint: ModelEndpoint, reranker: EndpointReranker
) -> None:
    reranker.rerank("one", ["one", "two"])
    (request,) = endpoint.received
    assert request.path == "/v1/rerank"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "org/model",
        "query": "one",
        "documents": ["one", "two"],
        "top_n": 2,
        "return_documents": False,
    }


def test_tei_is_asked_in_its_own_form_once_it_is_known(
    endpoint: ModelEndpoint, reranker: EndpointReranker
) -> None:
    endpoint.texts_only = True
    assert reranker.rerank("one", ["x"] * 33) == [0] * 33
    reranker.rerank("one", ["one"])
    sizes = [len(asked.body.get("texts", [])) for asked in endpoint.received]
    assert sizes == [0, 32, 1, 1]
    assert endpoint.received[-1].body == {"query": "one", "texts": ["one"], "truncate": True}


def test_who_refuses_further_fields_is_asked_without_them(
    endpoint: ModelEndpoint, reranker: EndpointReranker
) -> None:
    refusal = {"detail": "Argument 'top_n' is not supported by our API"}
    rows = [{"index": 1, "relevance_score": 0.75}, {"index": 0, "relevance_score": 0.25}]
    found = Reply(pieces=[json.dumps({"object": "list", "data": rows}).encode()])
    endpoint.script.extend([Reply(400, [json.dumps(refusal).encode()]), found, found])
    assert reranker.rerank("one", ["one", "two"]) == [0.25, 0.75]
    assert reranker.rerank("one", ["one", "two"]) == [0.25, 0.75]
    fields = {"model", "query", "documents"}
    extra = {"top_n", "return_documents"}
    assert [set(asked.body) for asked in endpoint.received] == [fields | extra, fields, fields]


def test_an_address_that_ends_with_the_noun_is_that_of_the_call(endpoint: ModelEndpoint) -> None:
    EndpointReranker(ModelSpec("m", endpoint.url + "/rerank/")).rerank("one", ["one"])
    assert endpoint.received[0].path == "/v1/rerank"


def test_logits_become_probabilities(endpoint: ModelEndpoint, reranker: EndpointReranker) -> None:
    endpoint.script.append(scored(0, 800, -800, math.log(3)))
    assert reranker.rerank("q", ["a", "b", "c", "d"]) == pytest.approx([0.5, 1, 0, 0.75])
    endpoint.script.append(scored(0, 1, 0.25))
    assert reranker.rerank("q", ["a", "b", "c"]) == [0, 1, 0.25]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "no usable relevances"),
        (b'{"results": [{"index": 0, "relevance_score": 1}]}', "one relevance per text"),
        (b'{"results": [{"index": 0, "score": 1}, {"index": 0, "score": 1}]}', "one relevance"),
        (b'[{"index": 0, "score": 1}, {"index": 2, "score": 1}]', "one relevance per text"),
        (b'[{"index": 0, "score": null}, {"index": 1, "score": 1}]', "one relevance per text"),
        (b'[{"index": 0, "score": "nan"}, {"index": 1, "score": 1}]', "one relevance per text"),
        (b'[{"index": 0}, {"index": 1, "score": 1}]', "one relevance per text"),
        (b"[1, 2]", "one relevance per text"),
        (b'{"error": {"message": "no such model"}}', "no such model"),
        (b"7", "one relevance per text"),
    ],
)
def test_an_answer_that_is_none_is_an_error(
    endpoint: ModelEndpoint, reranker: EndpointReranker, content: bytes, said: str
) -> None:
    endpoint.script.append(Reply(pieces=[content]))
    with pytest.raises(ModelError, match=said):
        reranker.rerank("q", ["a", "b"])


def test_a_refusal_is_told_without_the_key(
    endpoint: ModelEndpoint, reranker: EndpointReranker
) -> None:
    endpoint.script.append(Reply(400, [f'{{"message": "bad {KEY}"}}'.encode()]))
    with pytest.raises(ModelError, match=r"HTTP 400: .*bad \*\*\*") as caught:
        reranker.rerank("q", ["a"])
    assert KEY not in str(caught.value)
    assert len(endpoint.received) == 1


def test_what_is_busy_is_asked_again(endpoint: ModelEndpoint, reranker: EndpointReranker) -> None:
    endpoint.script.append(Reply(429))
    assert reranker.rerank("a", ["a"]) == [1]
    endpoint.script.extend([Reply(503)] * 3)
    with pytest.raises(ModelUnavailableError, match="HTTP 503"):
        reranker.rerank("a", ["a"])


def test_a_model_is_opened_by_kind_and_name() -> None:
    assert open_reranker("openai", "a/b:c", base_url="https://x/v1").name == "a/b:c"
    with pytest.raises(ConfigurationError, match="No builtin rerank model is called 'm'"):
        open_reranker("builtin", "m")
    with pytest.raises(ConfigurationError, match="needs a base_url"):
        open_reranker("openai", "m")
