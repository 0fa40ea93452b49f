"""Passages that a rerank model ranks anew: a store in memory, and a model behind an endpoint."""

from collections.abc import Iterator

import pytest

from rag.engines.base import DocumentCount, SearchResult
from rag.engines.memory import MemoryChunkStore
from rag.llm.registry import open_reranker
from rag.retrieval.retriever import RetrievalOptions, Retriever, Searched
from rag.tokenizing.tokens import tokenize
from rag.types import run_inline
from tests.chunk_corpus import DATASET, EMBEDDER, contents, make_document, write
from tests.model_endpoint import ModelEndpoint, serve

QUESTION = "lamp of the harbour master"
KEEPER = make_document("keeper.md")
HARBOUR = make_document("harbour.md")
FAR = "The master of the harbour has a boat."
NEAR = "lamp of the harbour master"
LAMP = "A lamp, a lamp, a lamp."
BOTH = "A boat with its lamp went by, and all who stood at the pier saw it."
"""Nearer to a question by words than by its vector, which counts what is repeated."""


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


class Desk:
    """Asks with a rerank model; `noted` is what was told of the searches."""

    def __init__(self, store: MemoryChunkStore, url: str) -> None:
        """Initialize with the store and the address of the model."""
        self.noted: list[Searched] = []
        self.retriever = Retriever(store, run_inline, self.noted.append)
        self.reranker = open_reranker("openai", "m", base_url=url)

    def ask(self, question: str = QUESTION, **options: object) -> SearchResult:
        chosen = RetrievalOptions(**options)  # type: ignore[arg-type]
        return self.retriever.retrieve(question, (DATASET,), EMBEDDER, chosen, self.reranker)


@pytest.fixture
def desk(endpoint: ModelEndpoint) -> Desk:
    store = MemoryChunkStore(tokenize)
    write(store, KEEPER, LAMP, NEAR)
    write(store, HARBOUR, FAR, NEAR)
    return Desk(store, endpoint.url)


def test_relevance_takes_the_place_of_the_vector(desk: Desk) -> None:
    found = desk.ask(vector_weight=1.0, threshold=0.0)
    assert contents(found) == [NEAR, FAR, LAMP]
    assert [hit.similarity for hit in found.hits] == [1.0, 0.8, 0.0]
    assert [hit.vector_similarity for hit in found.hits] == [1.0, 0.8, 0.0]
    mixed = desk.ask(vector_weight=0.5, threshold=0.0)
    for hit in mixed.hits:
        assert hit.similarity == pytest.approx((hit.vector_similarity + hit.term_similarity) / 2)


def test_the_threshold_is_that_of_the_new_similarity(desk: Desk) -> None:
    found = desk.ask(vector_weight=1.0, threshold=0.5)
    assert contents(found) == [NEAR, FAR]
    assert found.total == 2
    assert [(count.document_name, count.count) for count in found.documents] == [
        ("harbour.md", 2),
        ("keeper.md", 1),
    ]
    assert isinstance(found.documents[0], DocumentCount)


def test_pages_are_of_one_ranking(desk: Desk, endpoint: ModelEndpoint) -> None:
    whole = desk.ask(threshold=0.0)
    pages = [desk.ask(threshold=0.0, offset=offset, limit=1) for offset in range(4)]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits)
    assert {page.total for page in pages} == {3}
    assert {len(asked.body["documents"]) for asked in endpoint.received} == {3}


def test_only_the_best_candidates_are_looked_at(desk: Desk, endpoint: ModelEndpoint) -> None:
    assert desk.ask(threshold=0.0, candidates=2, limit=1).total == 2
    assert len(endpoint.received[-1].body["documents"]) == 2
    assert desk.ask(threshold=0.0, candidates=2, limit=3).total == 3


@pytest.mark.parametrize(("weight", "best"), [(0.0, BOTH), (1.0, LAMP)])
def test_candidates_are_found_at_a_weight_of_their_own(
    endpoint: ModelEndpoint, weight: float, best: str
) -> None:
    store = MemoryChunkStore(tokenize)
    write(store, KEEPER, LAMP, BOTH)
    desk = Desk(store, endpoint.url)
    asked = {"vector_weight": 0.5, "threshold": 0.0, "candidates": 1, "limit": 1}
    assert contents(desk.ask("lamp lamp lamp boat", candidate_weight=weight, **asked)) == [best]


def test_where_nothing_is_found_nothing_is_asked(desk: Desk, endpoint: ModelEndpoint) -> None:
    assert desk.ask(" ") == SearchResult(0, (), ())
    assert endpoint.received == []


def test_what_it_takes_is_noted(desk: Desk) -> None:
    desk.ask(threshold=0.0)
    [noted] = desk.noted
    assert list(noted.seconds) == ["tokenizing", "embedding", "searching", "reranking"]
    assert noted.seconds["reranking"] > 0
    assert noted.total == 3
