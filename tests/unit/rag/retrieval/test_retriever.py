"""From a question to passages: a store in memory, vectors of hashed words, real tokens."""

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rag.engines.base import (
    Comparison,
    Condition,
    DocumentCount,
    MetadataCondition,
    SearchResult,
)
from rag.engines.memory import MemoryChunkStore
from rag.errors import DimensionMismatchError
from rag.llm.hashing import HashingEmbedder
from rag.retrieval.retriever import RetrievalOptions, Retriever, highlight_question
from rag.tokenizing.tokens import tokenize
from rag.types import T, run_inline
from tests.chunk_corpus import DATASET, EMBEDDER, contents, make_document, write

OTHER = "b" * 32
KEEPER = make_document("keeper.md", metadata={"shelf": "north", "year": 1999})
HARBOUR = make_document("harbour.md", metadata={"shelf": "south", "year": 2005})
ABROAD = make_document("abroad.md", OTHER)
LAMP = "The lighthouse keeper lights the lamp at six o'clock."


@pytest.fixture
def store() -> MemoryChunkStore:
    store = MemoryChunkStore(tokenize)
    write(store, KEEPER, LAMP, "He sleeps by day.", "Manual E-1042 for the lamp.")
    write(store, HARBOUR, "Ships wait in the harbour.", "The harbour master has a lamp.")
    write(store, ABROAD, "今天的潮汐表在港口公布。", "Le phare éclaire l'eau.")
    return store


@dataclasses.dataclass
class Desk:
    """Asks questions with chosen options."""

    retriever: Retriever

    def ask(self, question: str, *datasets: str, **options: object) -> SearchResult:
        chosen = RetrievalOptions(**options)  # type: ignore[arg-type]
        return self.retriever.retrieve(question, datasets or (DATASET,), EMBEDDER, chosen)


@pytest.fixture
def desk(store: MemoryChunkStore) -> Desk:
    return Desk(Retriever(store, run_inline))


def test_the_best_answer_comes_first(desk: Desk) -> None:
    found = desk.ask("When does the keeper light the lamp?")
    assert found.hits[0].chunk.content == LAMP
    assert found.hits[0].document_name == "keeper.md"
    assert found.total == len(found.hits)
    scores = [hit.similarity for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0.2


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("潮汐", "今天的潮汐表在港口公布。"),
        ("où est le PHARE ?", "Le phare éclaire l'eau."),
        ("eclaire", "Le phare éclaire l'eau."),
        ("manual 1042", "Manual E-1042 for the lamp."),
        ("E-1042", "Manual E-1042 for the lamp."),
        ("ships waiting", "Ships wait in the harbour."),
    ],
)
def test_questions_in_several_languages(desk: Desk, question: str, expected: str) -> None:
    assert contents(desk.ask(question, DATASET, OTHER))[0] == expected


@pytest.mark.parametrize("question", ["", " \n\t", "　"])
def test_a_blank_question_finds_nothing(desk: Desk, question: str) -> None:
    assert desk.ask(question, threshold=0.0) == SearchResult(0, (), ())


def test_a_question_without_a_word_is_asked_by_vector_alone(desk: Desk) -> None:
    found = desk.ask("?!", threshold=0.0)
    assert found.total == 5
    assert {hit.similarity for hit in found.hits} == {0.0}


def test_stop_words_are_not_looked_for_beside_others(desk: Desk) -> None:
    assert desk.ask("by the sextant in the", vector_weight=0.0, threshold=0.01).total == 0
    assert desk.ask("by the in the", vector_weight=0.0, threshold=0.01).total > 0


@pytest.mark.parametrize(("weight", "like"), [(7.0, 1.0), (-0.5, 0.0)])
def test_a_weight_beyond_its_range_is_clamped(desk: Desk, weight: float, like: float) -> None:
    given = desk.ask("keeper lamp", vector_weight=weight)
    assert given == desk.ask("keeper lamp", vector_weight=like)
    assert given.total > 0


def test_without_an_embedder_words_decide(store: MemoryChunkStore) -> None:
    retriever = Retriever(store, run_inline)
    options = RetrievalOptions(vector_weight=0.0)
    found = retriever.retrieve("harbour master", [DATASET], None, options)
    assert contents(found)[0] == "The harbour master has a lamp."
    assert {hit.vector_similarity for hit in found.hits} == {0.0}


def test_an_embedder_of_other_dimensions_is_refused(store: MemoryChunkStore) -> None:
    retriever = Retriever(store, run_inline)
    with pytest.raises(DimensionMismatchError):
        retriever.retrieve("lamp", [DATASET], HashingEmbedder(32), RetrievalOptions())


def test_pages_add_up(desk: Desk) -> None:
    every = desk.ask("lamp harbour", threshold=0.0)
    pages = [desk.ask("lamp harbour", threshold=0.0, offset=i, limit=2) for i in (0, 2, 4, 6)]
    assert [hit for page in pages for hit in page.hits] == list(every.hits)
    assert {page.total for page in pages} == {every.total}
    assert {page.documents for page in pages} == {every.documents}


def test_documents_are_counted_over_all_survivors(desk: Desk) -> None:
    found = desk.ask("lamp", limit=1)
    assert found.documents == (
        DocumentCount(KEEPER.id, "keeper.md", 2),
        DocumentCount(HARBOUR.id, "harbour.md", 1),
    )


def test_filters_by_document_and_by_metadata(desk: Desk) -> None:
    assert contents(desk.ask("lamp", document_ids=(HARBOUR.id,))) == [
        "The harbour master has a lamp."
    ]
    old = MetadataCondition((Condition("year", Comparison.LESS, 2000),))
    assert {hit.document_name for hit in desk.ask("lamp", condition=old).hits} == {"keeper.md"}
    assert desk.ask("lamp", condition=old, document_ids=(HARBOUR.id,)).total == 0
    assert desk.ask("lamp", document_ids=()).total == 0


def test_the_nearest_by_vector_are_limited(desk: Desk) -> None:
    options = {"threshold": 0.0, "vector_weight": 1.0}
    assert desk.ask("?! sextant", **options).total == 5
    assert desk.ask("?! sextant", top_k=2, **options).total == 2


def test_model_and_store_are_called_away_from_the_caller_s_loop(store: MemoryChunkStore) -> None:
    caller = threading.get_ident()
    asked: list[int] = []

    class Watched(HashingEmbedder):
        def embed_query(self, text: str) -> np.ndarray:
            asked.append(threading.get_ident())
            return super().embed_query(text)

    with ThreadPoolExecutor(1) as pool:

        def offload(function: Callable[..., T], /, *args: object) -> T:
            return pool.submit(function, *args).result()

        retriever = Retriever(store, offload)
        embedder = Watched(EMBEDDER.dimensions)
        found = retriever.retrieve("lamp", [DATASET], embedder, RetrievalOptions())
        assert found.total == 3
        assert retriever.match("lamp", DATASET, KEEPER.id, 0, 1)[0] == 2
    assert asked != [caller]
    assert len(asked) == 1


def test_chunks_of_a_document_are_matched_by_words(desk: Desk, store: MemoryChunkStore) -> None:
    match = desk.retriever.match
    total, page = match("the lamps of keepers", DATASET, KEEPER.id, 0, 10)
    assert total == len(page) == 3
    assert match("the lamps of keepers", DATASET, KEEPER.id, 1, 1) == (3, page[1:2])
    assert match("lamp", OTHER, KEEPER.id, 0, 10) == (0, [])
    assert match(" ?! ", DATASET, KEEPER.id, 0, 10) == (0, [])
    assert set(page) == set(store.vectors(DATASET, KEEPER.id))


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        (LAMP, "lighting of lamps", LAMP.replace("lights", "<em>lights</em>")),
        ("Manual E-1042.", "E-1042", "Manual <em>E-1042</em>."),
        ("Room 1042, floor E.", "E-1042", "Room 1042, floor E."),
        ("今天的潮汐表", "潮汐表", "今天的<em>潮汐表</em>"),
        ("in the end", "what is in the end?", "in the <em>end</em>"),
        ("nothing", "", "nothing"),
    ],
)
def test_the_words_of_a_question_are_highlighted(text: str, question: str, expected: str) -> None:
    assert highlight_question(text, question) == expected.replace("lamp", "<em>lamp</em>")
