"""From a question to the passages that answer it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from rag.engines.base import (
    ChunkStore,
    Hit,
    MetadataCondition,
    QueryTerm,
    SearchQuery,
    SearchResult,
)
from rag.engines.defaults import RERANKED, THRESHOLD, TOP_K, VECTOR_WEIGHT
from rag.llm.base import PLAIN, Embedder, Reranker
from rag.llm.turns import ranked
from rag.passages import passage_text
from rag.retrieval.names import NAMED, name_bonuses, with_bonuses
from rag.retrieval.reranking import reranked
from rag.tokenizing.highlighting import highlight
from rag.tokenizing.languages import MARK
from rag.tokenizing.query import query_terms
from rag.tokenizing.tokens import FORM_WEIGHT
from rag.types import Offload, Vector

Place = Callable[[Sequence[Hit]], Sequence[Hit]]
"""Returns hits with the places of their documents' files, as far as they are known."""

Asked = tuple[Vector | None, float, float]
"""The vector of a question, None without a model, the model's floor, and the seconds it took."""

SEARCHING = "searching"
STAGES = ("tokenizing", "embedding", SEARCHING)
RERANKING = "reranking"


@dataclass(frozen=True, slots=True)
class RetrievalOptions:
    """How to search; the fields are those of `SearchQuery`, a weight beyond [0, 1] is clamped.

    A rerank model looks at so many `candidates`, or at fewer if its reach is shorter, but at least
    at as many as one page has. They are found with the `candidate_weight` of the vector, whatever
    weight the relevance has that takes its place. What the name of a document adds is weighted by
    `name_weights` of datasets.
    """

    vector_weight: float = VECTOR_WEIGHT
    threshold: float = THRESHOLD
    top_k: int = TOP_K
    offset: int = 0
    limit: int = 30
    document_ids: tuple[str, ...] | None = None
    condition: MetadataCondition | None = None
    candidates: int = RERANKED
    candidate_weight: float = VECTOR_WEIGHT
    boosts: Mapping[str, float] = field(default_factory=dict)
    name_weights: Mapping[str, float] = field(default_factory=dict)


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
        reranker: Reranker | None = None,
        place: Place = tuple,
    ) -> SearchResult:
        """Return what answers a question, best first; a blank one finds nothing.

        Without an embedder words alone decide. With a reranker the best candidates, whatever their
        similarity, are ranked anew by their relevance in place of the vector's similarity. `place`
        is called where names add to similarities, for the folders that files stood in.
        """
        if not question.strip():
            return SearchResult(0, (), ())
        asked = (question, tuple(dataset_ids), embedder, options)
        if reranker is not None:
            found, seconds = self._rerank(*asked, reranker, place)
        elif any(options.name_weights.values()):
            found, seconds = self._find_named(*asked, place)
        else:
            found, seconds = self._find(*asked)
        self._note(Searched(seconds, found.total))
        return found

    def _find(
        self,
        question: str,
        dataset_ids: tuple[str, ...],
        embedder: Embedder | None,
        options: RetrievalOptions,
    ) -> tuple[SearchResult, Mapping[str, float]]:
        ask: Callable[[], Asked] = partial(_ask, embedder, question)
        if embedder is not None and embedder.cooperative:
            ask = partial(_known, ask())
        return self._offload(self._search, question, dataset_ids, ask, options)

    def _find_named(
        self,
        question: str,
        dataset_ids: tuple[str, ...],
        embedder: Embedder | None,
        options: RetrievalOptions,
        place: Place,
    ) -> tuple[SearchResult, Mapping[str, float]]:
        """Search for the best, to whose similarities their names add, and return a page of them."""
        end = options.offset + options.limit
        first = replace(options, offset=0, limit=max(end, NAMED))
        found, seconds = self._find(question, dataset_ids, embedder, first)
        begun = time.perf_counter()
        best, rest = found.hits[:NAMED], found.hits[NAMED:]
        bonuses = self._name_bonuses(question, place(best), dataset_ids, options)
        hits = (*with_bonuses(best, bonuses), *rest)[options.offset : end]
        searching = seconds[SEARCHING] + time.perf_counter() - begun
        return replace(found, hits=hits), {**seconds, SEARCHING: searching}

    def _rerank(
        self,
        question: str,
        dataset_ids: tuple[str, ...],
        embedder: Embedder | None,
        options: RetrievalOptions,
        reranker: Reranker,
        place: Place,
    ) -> tuple[SearchResult, Mapping[str, float]]:
        """Search for candidates, rank them all, and return the page that is asked for.

        The candidates are the same for each page of one size, so that pages do not overlap.
        """
        most = max(options.candidates, options.limit)
        first = replace(options, threshold=0.0, offset=0, limit=most, name_weights={})
        first = replace(first, vector_weight=options.candidate_weight)
        found, seconds = self._find(question, dataset_ids, embedder, first)
        begun = time.perf_counter()
        texts = [passage_text(hit.chunk.headings, hit.chunk.content) for hit in found.hits]
        reach = max(reranker.reach(texts), options.limit)
        hits, texts = found.hits[:reach], texts[:reach]
        relevances = ranked(reranker, self._offload, question, texts)
        weight = clamped(options.vector_weight)
        boosts = [options.boosts.get(hit.chunk.dataset_id, 0.0) for hit in hits]
        if any(options.name_weights.values()):
            named = self._name_bonuses(question, place(hits), dataset_ids, options)
            boosts = [sum(pair) for pair in zip(boosts, named, strict=True)]
        every = reranked(hits, relevances, weight, options.threshold, boosts)
        page = every.hits[options.offset : options.offset + options.limit]
        spent = {**seconds, RERANKING: time.perf_counter() - begun}
        return replace(every, hits=page), spent

    def _search(
        self,
        question: str,
        dataset_ids: tuple[str, ...],
        ask: Callable[[], Asked],
        options: RetrievalOptions,
    ) -> tuple[SearchResult, Mapping[str, float]]:
        begun = time.perf_counter()
        terms = terms_of(question)
        tokenizing = time.perf_counter() - begun
        vector, floor, embedding = ask()
        begun = time.perf_counter()
        query = SearchQuery(
            dataset_ids=dataset_ids,
            terms=terms,
            vector=vector,
            floor=floor,
            vector_weight=clamped(options.vector_weight),
            threshold=options.threshold,
            top_k=options.top_k,
            offset=options.offset,
            limit=options.limit,
            document_ids=options.document_ids,
            condition=options.condition,
            distinct=True,
            boosts=options.boosts,
        )
        found = self._store.search(query)
        spent = (tokenizing, embedding, time.perf_counter() - begun)
        return found, dict(zip(STAGES, spent, strict=True))

    def _name_bonuses(
        self,
        question: str,
        hits: Sequence[Hit],
        dataset_ids: tuple[str, ...],
        options: RetrievalOptions,
    ) -> list[float]:
        def bonuses() -> list[float]:
            shares = partial(self._store.term_shares, dataset_ids)
            return name_bonuses(hits, terms_of(question), options.name_weights, shares)

        return self._offload(bonuses)

    def term_shares(self, question: str, dataset_ids: Sequence[str]) -> Mapping[str, float]:
        """Return what the terms of a question that occur in datasets weigh in a search."""
        return self._offload(self._store.term_shares, tuple(dataset_ids), terms_of(question))

    def match(
        self, words: str, dataset_id: str, document_id: str, offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many chunks of a document hold one of the words, and a page of their ids."""
        tokens = [token for token, _ in query_terms(words)]
        if not tokens:
            return 0, []
        return self._offload(self._store.match, dataset_id, document_id, tokens, offset, limit)


def terms_of(question: str) -> tuple[QueryTerm, ...]:
    """Return the tokens of a question."""
    return tuple(QueryTerm(token, weight) for token, weight in query_terms(question))


def clamped(weight: float) -> float:
    """Return a weight within [0, 1]."""
    return min(max(weight, 0.0), 1.0)


def _ask(embedder: Embedder | None, question: str) -> Asked:
    begun = time.perf_counter()
    if embedder is None:
        return None, PLAIN.floor, 0.0
    vector = embedder.embed_query(question)
    return vector, embedder.card.floor, time.perf_counter() - begun


def _known(asked: Asked) -> Asked:
    return asked


def highlight_question(text: str, question: str) -> str:
    """Return the text with `<em>` around the words of a question, in whatever form they stand."""
    terms = query_terms(question)
    telling = {token for token, weight in terms if weight >= FORM_WEIGHT or MARK in token}
    return highlight(text, telling)
