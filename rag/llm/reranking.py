"""Rerank models behind an endpoint: Cohere, Jina, vLLM, Voyage, TEI and others of these forms.

Most take `documents` and answer `{"results": [{"index", "relevance_score"}]}`; Voyage refuses what
it does not know, such as `top_n`, and answers them as `data`; TEI takes `texts` and answers
`[{"index", "score"}]`.
"""

import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson

from rag.errors import EndpointRefusalError
from rag.llm.base import ModelSpec
from rag.llm.batching import BATCH_TEXTS, batches
from rag.llm.endpoint import (
    DEFAULT_RETRY,
    Endpoint,
    RetryPolicy,
    error_message,
)
from rag.llm.relevance import logistic

_PATH = "/rerank"

_DOCUMENTS_AT_ONCE = 512
"""Of a call in the form of most; providers take 1,000 or more, and count calls."""

_CHARACTERS = 1_000_000

_BEYOND = ("top_n", "return_documents")
"""What says that all relevances are wanted, and no texts; both are so where nothing is said."""


class EndpointReranker:
    """Asks `POST {base_url}/rerank` for the relevance of texts, and checks what comes back.

    The address may end with `/rerank` already. An endpoint that misses `texts` is TEI, one that
    refuses `top_n` or `return_documents` is Voyage's or like it; either is asked in its form from
    then on.
    """

    cooperative = True

    def __init__(self, spec: ModelSpec, retry: RetryPolicy = DEFAULT_RETRY) -> None:
        """Initialize with the model's endpoint; nothing is requested before the first call."""
        self.name = spec.model
        self._endpoint = Endpoint(spec, retry)
        self._path = "" if spec.base_url.rstrip("/").endswith(_PATH) else _PATH
        self._takes_texts = False
        self._is_strict = False

    def reach(self, passages: Sequence[str]) -> int:
        """Return the number of all passages: their time is not taken here."""
        return len(passages)

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the relevance of each text in [0, 1], in their order; 0 for a blank one.

        What leaves [0, 1] are logits, of which the logistic function makes probabilities.
        """
        found: dict[int, float] = {}
        for batch in batches(texts, _DOCUMENTS_AT_ONCE, _CHARACTERS):
            found |= zip(batch, self._ask(question, [texts[index] for index in batch]), strict=True)
        if any(not 0 <= score <= 1 for score in found.values()):
            found = {index: logistic(score) for index, score in found.items()}
        return [found.get(index, 0.0) for index in range(len(texts))]

    def _ask(self, question: str, texts: list[str]) -> list[float]:
        while not self._takes_texts:
            try:
                return self._ask_for_documents(question, texts)
            except EndpointRefusalError as error:
                if not self._is_strict and _names(error, *_BEYOND):
                    self._is_strict = True
                elif _names(error, "texts"):
                    self._takes_texts = True
                else:
                    raise
        pieces = [texts[start : start + BATCH_TEXTS] for start in range(0, len(texts), BATCH_TEXTS)]
        return [score for piece in pieces for score in self._ask_for_texts(question, piece)]

    def _ask_for_documents(self, question: str, texts: list[str]) -> list[float]:
        asked = {"model": self.name, "query": question, "documents": texts}
        beyond = dict(zip(_BEYOND, (len(texts), False), strict=True))
        return self._scores(asked if self._is_strict else {**asked, **beyond}, len(texts))

    def _ask_for_texts(self, question: str, texts: list[str]) -> list[float]:
        return self._scores({"query": question, "texts": texts, "truncate": True}, len(texts))

    def _scores(self, body: dict[str, Any], count: int) -> list[float]:
        with self._endpoint.post(self._path, body) as response:
            content = self._endpoint.content(response)
        try:
            return _in_order(orjson.loads(content), count)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            said = error_message(content) or "one relevance per text was asked for"
            raise self._endpoint.error(
                f"answered no usable relevances: {self._endpoint.quote(said)}"
            ) from error


def build_reranker(spec: ModelSpec) -> EndpointReranker:
    """Return the rerank model that `rag.llm.registry` asks for."""
    return EndpointReranker(spec)


def _in_order(answer: Any, count: int) -> list[float]:
    """Return scores in the order of their index; ValueError if they are not `count` numbers."""
    rows = answer if isinstance(answer, list) else answer.get("results", answer.get("data"))
    scores = {row["index"]: float(row.get("relevance_score", row.get("score"))) for row in rows}
    if len(rows) != count or sorted(scores) != list(range(count)):
        raise ValueError("not one relevance per text")
    if not all(map(math.isfinite, scores.values())):
        raise ValueError("not all relevances are numbers")
    return [scores[index] for index in range(count)]


def _names(error: EndpointRefusalError, *fields: str) -> bool:
    """Return whether a request was refused for one of some fields."""
    refused = error.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    return refused and any(field in str(error) for field in fields)
