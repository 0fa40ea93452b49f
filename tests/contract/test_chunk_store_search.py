"""What every chunk store finds, with which scores, and in which order."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rag.engines.base import ChunkStore, DocumentCount, QueryTerm, SearchQuery
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import (
    DATASET,
    OTHER,
    ask,
    contents,
    ids,
    make_chunks,
    make_document,
    terms,
    vector,
    write,
    write_vectors,
)


@pytest.mark.not_on_opensearch
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.75, 1.0])
def test_the_similarity_is_the_weighted_sum(chunk_store: ChunkStore, weight: float) -> None:
    write(chunk_store, make_document(), "high tide", "low tide in the harbour", "storm")

    found = ask(chunk_store, "high tide in March", vector_weight=weight, threshold=0.0)

    assert found.total == 3
    for hit in found.hits:
        assert 0 <= hit.vector_similarity <= 1
        assert 0 <= hit.term_similarity <= 1
        expected = weight * hit.vector_similarity + (1 - weight) * hit.term_similarity
        assert hit.similarity == pytest.approx(expected, abs=1e-6)
    assert [hit.similarity for hit in found.hits] == sorted(
        (hit.similarity for hit in found.hits), reverse=True
    )


@pytest.mark.not_on_opensearch
def test_the_vector_similarity_is_the_cosine_and_never_negative(chunk_store: ChunkStore) -> None:
    rows = np.array([[3, 4], [-3, -4], [4, -3], [5, 0], [0, 0]], np.float32)
    written = write_vectors(chunk_store, make_document(), rows)

    found = ask(chunk_store, "", vector=vector(6, 8), vector_weight=1.0, threshold=0.0)

    scores = {hit.chunk.id: hit.vector_similarity for hit in found.hits}
    assert [scores[chunk.id] for chunk in written] == pytest.approx([1, 0, 0, 0.6, 0], abs=1e-6)


def test_the_vector_similarity_begins_at_the_floor_of_a_model(chunk_store: ChunkStore) -> None:
    rows = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1], [0, 0]], np.float32)
    written = write_vectors(chunk_store, make_document(), rows)

    def found(**options: float) -> dict[str, float]:
        query = SearchQuery((DATASET,), vector=vector(1, 0), floor=0.6, vector_weight=0.5)
        hits = chunk_store.search(replace(query, **options)).hits
        assert all(hit.similarity == pytest.approx(hit.vector_similarity / 2) for hit in hits)
        return {hit.chunk.id: hit.vector_similarity for hit in hits}

    scores = found(threshold=0.0)
    assert [scores[chunk.id] for chunk in written] == pytest.approx([1, 0.5, 0, 0, 0], abs=1e-6)
    assert list(found(threshold=0.2)) == [written[0].id, written[1].id]
    assert list(found(threshold=0.3)) == [written[0].id]


def test_vectors_without_a_length_are_like_nothing(chunk_store: ChunkStore) -> None:
    rows = np.array([[np.nan, 1], [np.inf, 1], [1e30, 1e30], [1, 1]], np.float32)
    written = write_vectors(chunk_store, make_document(), rows)

    found = ask(chunk_store, "", vector=vector(1, 1), vector_weight=1.0)

    assert ids(found) == [written[3].id]
    zero = ask(chunk_store, "", vector=vector(0, 0), vector_weight=1.0, threshold=0.0)
    assert {hit.similarity for hit in zero.hits} == {0.0}


@pytest.mark.not_on_opensearch
def test_rare_and_repeated_words_count_more_and_long_chunks_less(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(
        chunk_store,
        document,
        "tide storm",
        "tide wave",
        "tide tide wave",
        "tide wave wave and much besides that is of no interest to anybody",
    )

    def scores(question: str) -> dict[str, float]:
        found = ask(chunk_store, question, vectors=False, threshold=0.0)
        return {hit.chunk.content.partition(" and")[0]: hit.term_similarity for hit in found.hits}

    both = scores("tide storm")
    assert max(both, key=both.__getitem__) == "tide storm"
    assert both["tide wave"] < both["tide tide wave"] < both["tide storm"]
    assert scores("tide")["tide wave wave"] < scores("tide")["tide wave"]


@pytest.mark.not_on_opensearch
def test_a_word_s_weight_in_the_question_counts(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "tide", "storm")

    def best(tide: float, storm: float) -> list[str]:
        weighted = (QueryTerm("tide", tide), QueryTerm("storm", storm))
        query = SearchQuery((DATASET,), weighted, vector_weight=0.0, threshold=0.0)
        return contents(chunk_store.search(query))

    assert best(1.0, 0.4) == ["tide", "storm"]
    assert best(0.4, 1.0) == ["storm", "tide"]
    assert best(1.0, 0.0) == ["tide"]


@pytest.mark.not_on_opensearch
def test_the_score_of_a_word_does_not_depend_on_words_that_nobody_has(
    chunk_store: ChunkStore,
) -> None:
    write(chunk_store, make_document(), "tide", "wave")
    plain = ask(chunk_store, "tide", vectors=False).hits[0]
    padded = ask(chunk_store, "tide zyxomma quuxly", vectors=False).hits[0]
    assert padded.term_similarity == pytest.approx(plain.term_similarity)


@pytest.mark.not_on_opensearch
def test_a_chunk_is_found_by_its_vector_alone(chunk_store: ChunkStore) -> None:
    document = make_document()
    chunks = make_chunks(document, ["tide", "storm"])
    chunk_store.put(document, chunks, np.eye(2, dtype=np.float32))

    found = ask(chunk_store, "unrelated", vector=vector(0, 1), vector_weight=0.5)

    assert contents(found) == ["storm"]
    assert found.hits[0].term_similarity == 0
    assert found.hits[0].similarity == pytest.approx(0.5)


@pytest.mark.not_on_opensearch
def test_a_chunk_is_found_by_its_words_alone(chunk_store: ChunkStore) -> None:
    document = make_document()
    chunks = make_chunks(document, ["tide", "storm"])
    chunk_store.put(document, chunks, np.eye(2, dtype=np.float32))

    found = ask(chunk_store, "tide", vector=vector(0, -1), vector_weight=0.5)

    assert contents(found) == ["tide"]
    assert found.hits[0].vector_similarity == 0


def test_without_words_or_vector_nothing_is_found(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "tide")
    assert ask(chunk_store, "", vectors=False, threshold=0.0).total == 0
    assert chunk_store.search(SearchQuery((), terms("tide"), threshold=0.0)).total == 0


def test_keywords_questions_and_names_are_searched_too(chunk_store: ChunkStore) -> None:
    document = make_document("E-1042 manual.pdf")
    asked = make_chunks(document, ["one"], questions=("When is the flood?",))
    keyed = make_chunks(document, ["flood two"], important_keywords=("flood",))
    chunk_store.put(document, [*asked, *keyed], np.eye(2, dtype=np.float32))

    found = ask(chunk_store, "floods", vectors=False, threshold=0.0)

    # A keyword counts as three occurrences.
    assert contents(found) == ["flood two", "one"]
    assert ask(chunk_store, "e-1042", vectors=False, threshold=0.0).total == 2


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("潮汐表", "今天的潮汐表在港口公布。"),
        ("what is 3.11?", "Python 3.11 was released."),
        ("ГАВАНИ", "Корабли стоят в гавани."),
        ("\uff25\uff2d\uff21\uff29\uff2c me@example.org", "Write to me@example.org by email."),
        ("\U0001f30a", "A wave \U0001f30a on the shore."),
        ("nul\0byte", "A nul\0byte in the middle."),
        ("灯塔", "灯塔の光"),
    ],
)
def test_questions_in_many_scripts(chunk_store: ChunkStore, question: str, expected: str) -> None:
    texts = [
        "今天的潮汐表在港口公布。",
        "Python 3.11 was released.",
        "Корабли стоят в гавани.",
        "Write to me@example.org by email.",
        "A wave \U0001f30a on the shore.",
        "A nul\0byte in the middle.",
        "灯塔の光",
        "",
        " \n\t ",
    ]
    write(chunk_store, make_document(), *texts)
    found = ask(chunk_store, question, vectors=False)
    assert contents(found)[:1] == [expected]


def test_chunks_without_any_token_do_no_harm(chunk_store: ChunkStore) -> None:
    written = write_vectors(chunk_store, make_document("!?"), np.eye(2, dtype=np.float32))
    write_vectors(chunk_store, make_document("tide", OTHER), np.eye(2, dtype=np.float32))

    assert ask(chunk_store, "tide", vectors=False).total == 0
    both = ask(chunk_store, "tide", DATASET, OTHER, vector=vector(1, 0))
    assert both.total == 3
    assert written[0].id in ids(both)


def test_only_what_reaches_the_threshold_survives(chunk_store: ChunkStore) -> None:
    rows = np.array([[1, 0], [3, 4], [0, 1]], np.float32)
    write_vectors(chunk_store, make_document(), rows)

    def total(threshold: float) -> int:
        options = {"vector_weight": 1.0, "threshold": threshold}
        return ask(chunk_store, "", vector=vector(1, 0), **options).total

    assert [total(t) for t in (-1, 0, 0.001, 0.599, 0.601, 0.999, 1.001)] == [3, 3, 2, 2, 1, 1, 0]


def test_only_the_nearest_are_candidates_by_vector_alone(chunk_store: ChunkStore) -> None:
    document = make_document()
    chunks = make_chunks(document, ["first", "second", "third", "tide"])
    angles = np.array([0.1, 0.2, 0.3, 0.4])
    rows = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    chunk_store.put(document, chunks, rows)

    found = ask(chunk_store, "tide", vector=vector(1, 0), vector_weight=0.9, top_k=2)

    assert set(contents(found)) == {"first", "second", "tide"}
    assert found.total == 3


def test_the_documents_of_all_survivors_are_counted(chunk_store: ChunkStore) -> None:
    one, two, three = (make_document(name) for name in ("one", "two", "three"))
    write(chunk_store, one, "tide a")
    write(chunk_store, two, "tide b", "tide c", "storm")
    write(chunk_store, three, "tide d")

    found = ask(chunk_store, "tide", limit=1)

    assert found.total == 4
    assert len(found.hits) == 1
    assert found.documents == (
        DocumentCount(two.id, "two", 2),
        DocumentCount(one.id, "one", 1),
        DocumentCount(three.id, "three", 1),
    )


@pytest.mark.not_on_opensearch
@pytest.mark.parametrize(("different", "copies"), [(1, 104), (30, 3), (9, 11)])
def test_pages_never_repeat_nor_lose_a_hit(
    chunk_store: ChunkStore, different: int, copies: int
) -> None:
    random = np.random.default_rng(5)
    question = random.standard_normal(100).astype(np.float32)
    rows = question + random.standard_normal((different, 100)).astype(np.float32)
    written: list[tuple[float, str]] = []
    for _ in range(copies):
        document = make_document()
        chunks = make_chunks(document, ["tide and storm"] * different)
        chunk_store.put(document, chunks, rows)
        cosines = rows @ question / np.linalg.norm(rows, axis=1)
        written += [(-cosine, c.id) for cosine, c in zip(cosines.tolist(), chunks, strict=True)]
    # Copies are equal, so their ids alone decide.
    expected = [key for _, key in sorted(written)]

    for size in (1, 3, 7, 50, 104):
        pages = [
            ask(chunk_store, "tide", vector=question, offset=offset, limit=size)
            for offset in range(0, len(expected), size)
        ]
        assert {page.total for page in pages} == {len(expected)}
        assert [key for page in pages for key in ids(page)] == expected


def test_a_store_may_count_up_to_a_number_and_says_so() -> None:
    store = open_chunk_store("memory://?exact_up_to=3", tokenize)
    assert store.exact_up_to == 3
    write(store, make_document(), *["tide"] * 3)
    assert ask(store, "tide").total_is_exact
    write(store, make_document(), "tide")
    found = ask(store, "tide")
    assert (found.total, found.total_is_exact, len(found.hits)) == (3, False, 4)


def test_pages_beyond_the_end_and_of_no_size_are_empty(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document("one"), "tide a", "tide b")
    for options in ({"offset": 2}, {"offset": 10**15}, {"limit": 0}, {"offset": 2, "limit": 0}):
        found = ask(chunk_store, "tide", **options)
        assert (found.total, found.hits, len(found.documents)) == (2, (), 1)
    assert len(ask(chunk_store, "tide", offset=1, limit=10**15).hits) == 1


def test_match_ranks_all_chunks_of_a_document_that_hold_a_word(chunk_store: ChunkStore) -> None:
    document = make_document("harbour")
    first, second, third, fourth = write(
        chunk_store, document, "tide", "tide wave", "tide tide tide", "storm"
    )
    write(chunk_store, make_document(), "tide elsewhere")

    def match(*tokens: str, offset: int = 0, limit: int = 10) -> tuple[int, list[str]]:
        return chunk_store.match(DATASET, document.id, tokens, offset, limit)

    assert match("tide", "wave") == (3, [second.id, third.id, first.id])
    assert match("tide", "wave", offset=1, limit=1) == (3, [third.id])
    assert match("tide", "wave", offset=3) == (3, [])
    assert match("harbour") == (4, [first.id, second.id, third.id, fourth.id])
    assert match("storm", "storm") == (1, [fourth.id])
    assert match("absent") == match() == (0, [])


def test_occurrences_count_up_to_a_limit(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "tide " * 300, "tide " * 255 + "wave " * 45)
    found = ask(chunk_store, "tide", vectors=False)
    scores = [hit.term_similarity for hit in found.hits]
    assert all(math.isfinite(score) and 0 < score <= 1 for score in scores)
    # The length of a chunk is the sum of its counts, cut as they are.
    assert scores[0] > scores[1]


def test_a_boost_ranks_what_survives_without_it(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "high tide in the harbour", "low water")
    write(chunk_store, make_document(dataset=OTHER), "tide", "storm")
    plain = ask(chunk_store, "high tide", DATASET, OTHER, threshold=0.1)
    assert contents(plain) == ["high tide in the harbour", "tide"]

    boosted = ask(chunk_store, "high tide", DATASET, OTHER, threshold=0.1, boosts={OTHER: 1.0})

    assert contents(boosted) == ["tide", "high tide in the harbour"]
    assert (boosted.total, boosted.documents) == (plain.total, plain.documents)
    assert boosted.hits[0].similarity == pytest.approx(plain.hits[1].similarity + 1, abs=1e-6)
    assert boosted.hits[1] == plain.hits[0]


@pytest.mark.not_on_opensearch
def test_of_repeats_that_of_the_boosted_dataset_is_the_hit(chunk_store: ChunkStore) -> None:
    for dataset in (DATASET, OTHER):
        write(chunk_store, make_document(dataset=dataset), "high tide", "storm")
    for first, second in ((DATASET, OTHER), (OTHER, DATASET)):
        boosts = {first: 0.5}
        found = ask(chunk_store, "high tide", DATASET, OTHER, distinct=True, boosts=boosts, limit=1)
        [hit] = found.hits
        assert (hit.chunk.dataset_id, hit.duplicates[0].dataset_id) == (first, second)


def test_the_terms_that_occur_weigh_one_together(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "high tide", "low tide in the harbour", "tide and storm")
    wanted = [QueryTerm("tide"), QueryTerm("storm"), QueryTerm("march"), QueryTerm("low", 0.0)]

    shares = chunk_store.term_shares([DATASET], wanted)

    assert shares.keys() == {"tide", "storm"}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["storm"] > shares["tide"]  # rare words weigh more
    rare, common = (math.log1p((3 - held + 0.5) / (held + 0.5)) for held in (1, 3))
    assert shares["storm"] / shares["tide"] == pytest.approx(rare / common, rel=1e-5)
    assert chunk_store.term_shares([OTHER], wanted) == {}
    assert chunk_store.term_shares([DATASET], []) == {}
