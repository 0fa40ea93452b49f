"""From a question to the passages that answer it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.engines.base import (
    ChunkStore,
    MetadataCondition,
    QueryTerm,
    SearchQuery,
    SearchResult,
)
from rag.llm.base import Embedder
from rag.tokenizing.highlighting import highlight
from rag.tokenizing.query import query_terms
from rag.types import Offload


@dataclass(frozen=True, slots=True)
class RetrievalOptions:
    """How to search; the fields are those of `SearchQuery`, a weight beyond [0, 1] is clamped."""

    vector_weight: float = 0.3
    threshold: float = 0.2
    top_k: int = 1024
    offset: int = 0
    limit: int = 30
    document_ids: tuple[str, ...] | None = None
    condition: MetadataCondition | None = None


class Retriever:
    """Searches a chunk store; both the model and the store are called through `offload`."""

    def __init__(self, store: ChunkStore, offload: Offload) -> None:
        """Take the store to search and how to call it."""
        self._store = store
        self._offload = offload

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
        return self._offload(self._search, question, tuple(dataset_ids), embedder, options)

    def _search(
        self,
        question: str,
        dataset_ids: tuple[str, ...],
        embedder: Embedder | None,
        options: RetrievalOptions,
    ) -> SearchResult:
        query = SearchQuery(
            dataset_ids=dataset_ids,
            terms=tuple(QueryTerm(token, weight) for token, weight in query_terms(question)),
            vector=None if embedder is None else embedder.embed_query(question),
            vector_weight=min(max(options.vector_weight, 0.0), 1.0),
            threshold=options.threshold,
            top_k=options.top_k,
            offset=options.offset,
            limit=options.limit,
            document_ids=options.document_ids,
            condition=options.condition,
        )
        return self._store.search(query)

    def match(
        self, words: str, dataset_id: str, document_id: str, offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many chunks of a document hold one of the words, and a page of their ids."""
        tokens = [token for token, _ in query_terms(words)]
        if not tokens:
            return 0, []
        return self._offload(self._store.match, dataset_id, document_id, tokens, offset, limit)


def highlight_question(text: str, question: str) -> str:
    """Return the text with `<em>` around the words of a question, in whatever form they stand."""
    return highlight(text, {token for token, weight in query_terms(question) if weight >= 1})
