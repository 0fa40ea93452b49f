"""From a question to the passages that answer it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rag.engines.base import (
    ChunkStore,
    MetadataCondition,
    QueryTerm,
    SearchQuery,
    SearchResult,
)
from rag.engines.defaults import THRESHOLD, TOP_K, VECTOR_WEIGHT
from rag.llm.base import Embedder
from rag.tokenizing.highlighting import highlight
from rag.tokenizing.query import query_terms
from rag.types import Offload, Vector

Asked = tuple[Vector | None, float]
"""The vector of a question, None without a model, and the seconds that it took."""

STAGES = ("tokenizing", "embedding", "searching")


@dataclass(frozen=True, slots=True)
class RetrievalOptions:
    """How to search; the fields are those of `SearchQuery`, a weight beyond [0, 1] is clamped."""

    vector_weight: float = VECTOR_WEIGHT
    threshold: float = THRESHOLD
    top_k: int = TOP_K
    offset: int = 0
    limit: int = 30
    document_ids: tuple[str, ...] | None = None
    condition: MetadataCondition | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search took: seconds by stage, and how many chunks reached the threshold."""

    seconds: Mapping[str, float]
    total: int


def unmeasured(_searched: Searched) -> None:
    """Record nothing of a search."""


class Retriever:
    """Searches a chunk store through `offload`, and so asks models that are no cooperative ones.

    `note` is told what each search took, where the search was asked for.
    """

    def __init__(
        self, store: ChunkStore, offload: Offload, note: Callable[[Searched], None] = unmeasured
    ) -> None:
        """Initialize with the chunk store to search and how to call it."""
        self._store = store
        self._offload = offload
        self._note = note

    def retrieve(
        self,
        question: str,
        dataset_ids: Sequence[str],
        embedder: Embedder | None,
        options: RetrievalOptions,
    ) -> SearchResult:
        """Return what answers a question, best first; a blank one finds nothing.

        Without an embedder words alone decide.
        """
        if not question.strip():
            return SearchResult(0, (), ())
        ask: Callable[[], Asked] = partial(_ask, embedder, question)
        if embedder is not None and embedder.cooperative:
            ask = partial(_known, ask())
        found, seconds = self._offload(self._search, question, tuple(dataset_ids), ask, options)
        self._note(Searched(seconds, found.total))
        return found

    def _search(
        self,
        question: str,
        dataset_ids: tuple[str, ...],
        ask: Callable[[], Asked],
        options: RetrievalOptions,
    ) -> tuple[SearchResult, Mapping[str, float]]:
        begun = time.perf_counter()
        terms = tuple(QueryTerm(token, weight) for token, weight in query_terms(question))
        tokenizing = time.perf_counter() - begun
        vector, embedding = ask()
        begun = time.perf_counter()
        query = SearchQuery(
            dataset_ids=dataset_ids,
            terms=terms,
            vector=vector,
            vector_weight=min(max(options.vector_weight, 0.0), 1.0),
            threshold=options.threshold,
            top_k=options.top_k,
            offset=options.offset,
            limit=options.limit,
            document_ids=options.document_ids,
            condition=options.condition,
            distinct=True,
        )
        found = self._store.search(query)
        spent = (tokenizing, embedding, time.perf_counter() - begun)
        return found, dict(zip(STAGES, spent, strict=True))

    def match(
        self, words: str, dataset_id: str, document_id: str, offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many chunks of a document hold one of the words, and a page of their ids."""
        tokens = [token for token, _ in query_terms(words)]
        if not tokens:
            return 0, []
        return self._offload(self._store.match, dataset_id, document_id, tokens, offset, limit)


def _ask(embedder: Embedder | None, question: str) -> Asked:
    begun = time.perf_counter()
    vector = None if embedder is None else embedder.embed_query(question)
    return vector, time.perf_counter() - begun


def _known(asked: Asked) -> Asked:
    return asked


def highlight_question(text: str, question: str) -> str:
    """Return the text with `<em>` around the words of a question, in whatever form they stand."""
    return highlight(text, {token for token, weight in query_terms(question) if weight >= 1})
