"""Every chunk store finds what a plain evaluation of the formulas finds, over random corpora.

The reference here follows the documented formulas in double precision, shares no code with the
stores beyond the tokens, and is told of each change.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from rag.engines.base import ChunkStore, QueryTerm, SearchQuery, SearchResult
from rag.llm.hashing import HashingEmbedder
from rag.types import Chunk, DocumentFacts, Matrix, Vector
from tests.chunk_corpus import DATASET, make_chunks, make_document

pytestmark = pytest.mark.long

OTHER = "b" * 32
# A word with a digit is a token as it stands.
VOCABULARY = [f"w{number}" for number in range(1500)]
# Scores in single precision are off by less than this.
CLOSE = 2e-6

Scores = tuple[float, float, float]
"""Similarity, vector similarity, term similarity."""


def cosine(one: Vector, other: Vector) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return max(float(a @ b / lengths), 0.0) if lengths else 0.0


@dataclass
class Shelf:
    """What a store should hold: the visible chunks of each document, with their vectors."""

    documents: dict[str, DocumentFacts] = field(default_factory=dict)
    chunks: dict[str, dict[str, tuple[Chunk, Vector]]] = field(default_factory=dict)

    def searchable(self, datasets: Sequence[str]) -> list[tuple[Chunk, Vector, Counter[str]]]:
        return [
            (chunk, row, Counter([*self.documents[key].name.split(), *chunk.content.split()]))
            for key, chunks in self.chunks.items()
            for chunk, row in chunks.values()
            if self.documents[key].enabled
            and chunk.available
            and self.documents[key].dataset_id in datasets
        ]

    def scores(self, query: SearchQuery) -> dict[str, Scores]:
        """Return the scores of all chunks that a query may find, by their ids."""
        everything = self.searchable(query.dataset_ids)
        lengths: dict[str, list[int]] = {}
        for chunk, _, counts in everything:
            lengths.setdefault(chunk.dataset_id, []).append(counts.total())
        gains = {}
        for term in query.terms:
            holders = sum(term.token in counts for _, _, counts in everything)
            rarity = math.log1p((len(everything) - holders + 0.5) / (holders + 0.5))
            gains |= {term.token: term.weight * rarity} if holders else {}
        found = {}
        for chunk, row, counts in everything:
            if query.document_ids is not None and chunk.document_id not in query.document_ids:
                continue
            known = lengths[chunk.dataset_id]
            norm = 1.2 * (0.25 + 0.75 * counts.total() / max(sum(known) / len(known), 1))
            held = sum(gain * counts[t] / (counts[t] + norm) for t, gain in gains.items())
            share = held / sum(gains.values()) if gains else 0.0
            term = 2.2 * share / (1 + 1.2 * share)
            near = cosine(row, query.vector) if query.vector is not None else 0.0
            near = max((near - query.floor) / (1 - query.floor), 0.0)
            weight = query.vector_weight
            found[chunk.id] = (weight * near + (1 - weight) * term, near, term)
        return found


def survivors(scores: dict[str, Scores], query: SearchQuery, slack: float) -> set[str]:
    """Return what survives with scores that reach each bound by more than `slack`."""
    nearest = sorted((near for _, near, _ in scores.values()), reverse=True)
    last = [*nearest, -1.0][min(query.top_k, len(nearest) + 1) - 1]
    return {
        key
        for key, (similarity, near, term) in scores.items()
        if similarity >= query.threshold + slack
        and (term > 0 or (query.vector is not None and near >= last + slack))
    }


def check(store: ChunkStore, shelf: Shelf, query: SearchQuery) -> None:
    """Compare all that a store finds with the reference, leaving room for rounding alone."""
    expected = shelf.scores(query)
    found = store.search(query)
    everything = store.search(replace(query, offset=0, limit=10**6))
    keys = [hit.chunk.id for hit in everything.hits]
    assert len(keys) == len(set(keys)) == everything.total == found.total
    assert survivors(expected, query, CLOSE) <= set(keys) <= survivors(expected, query, -CLOSE)
    check_scores(everything, expected, query.boosts)
    assert found.hits == everything.hits[query.offset : query.offset + query.limit]
    counts = Counter(hit.chunk.document_id for hit in everything.hits)
    listed = [(one.document_id, one.count) for one in found.documents]
    assert listed == sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def check_scores(
    found: SearchResult, expected: dict[str, Scores], boosts: Mapping[str, float]
) -> None:
    """Check each score, and that hits come by falling similarity, ties by chunk id."""
    order = [(-hit.similarity, hit.chunk.id) for hit in found.hits]
    assert order == sorted(order)
    given = [
        (
            hit.similarity - boosts.get(hit.chunk.dataset_id, 0),
            hit.vector_similarity,
            hit.term_similarity,
        )
        for hit in found.hits
    ]
    wanted = [expected[hit.chunk.id] for hit in found.hits]
    np.testing.assert_allclose(np.array(given), np.array(wanted), rtol=0, atol=CLOSE)


class Corpus:
    """Makes random documents, changes and questions; words and vectors are of two kinds."""

    def __init__(self, seed: int, *, counted: bool) -> None:
        """Draw vectors from a normal distribution, or count words if `counted` says so."""
        self.dice = random.Random(seed)  # noqa: S311 - test data
        self.normal = np.random.default_rng(seed)
        self.embedder = HashingEmbedder(64) if counted else None

    def text(self, most: int = 12) -> str:
        """Return words of which the first in the vocabulary are the most frequent."""
        count = self.dice.randrange(most + 1)
        ranks = [int(len(VOCABULARY) ** self.dice.random()) - 1 for _ in range(count)]
        return " ".join(VOCABULARY[rank] for rank in ranks)

    def vectors(self, texts: Sequence[str]) -> Matrix:
        if self.embedder is not None:
            return self.embedder.embed_documents(texts)
        return self.normal.standard_normal((len(texts), 24), np.float32)

    def question(self, shelf: Shelf) -> SearchQuery:
        """Return a question that is somewhat like one of the chunks."""
        choose = self.dice.choice
        chunk, row = choose([pair for held in shelf.chunks.values() for pair in held.values()])
        words = dict.fromkeys([*chunk.content.split()[:4], *self.text(4).split(), "absent"])
        vector = row if self.embedder else row + self.normal.standard_normal(24).astype("f4")
        chosen = self.dice.sample(sorted(shelf.documents), len(shelf.documents) // 2)
        return SearchQuery(
            dataset_ids=choose([(DATASET,), (OTHER,), (DATASET, OTHER), (OTHER, DATASET)]),
            terms=tuple(QueryTerm(word, choose([1.0, 0.5, 0.4])) for word in words),
            vector=choose([vector, vector, None]),
            vector_weight=choose([0.0, 0.3, 0.5, 0.95, 1.0]),
            threshold=choose([0.0, 0.01, 0.2, 0.35, 0.6]),
            top_k=choose([3, 20, 1024]),
            offset=choose([0, 0, 5, 30]),
            limit=choose([1, 7, 30]),
            document_ids=choose([None, None, tuple(chosen)]),
            boosts=choose([{}, {OTHER: 0.07}, {DATASET: 1.0, OTHER: 0.3}]),
            floor=choose([0.0, 0.0, 0.3, 0.7]),
        )

    def change(self, store: ChunkStore, shelf: Shelf) -> None:
        """Change one thing as users do."""
        change = self.dice.choice(
            [self.parse, self.parse, self.rename, self.edit, self.remove, self.hide, self.drop]
        )
        change(store, shelf)

    def _some(self, shelf: Shelf) -> tuple[DocumentFacts, list[Chunk]]:
        """Return a document with some of its chunks."""
        document = self.dice.choice(list(shelf.documents.values()))
        chunks = [chunk for chunk, _ in shelf.chunks[document.id].values()]
        return document, self.dice.sample(chunks, len(chunks) // 3)

    def parse(self, store: ChunkStore, shelf: Shelf) -> None:
        """Write a document anew, or a new one."""
        document = make_document(self.text(3), self.dice.choice([DATASET, OTHER]))
        if shelf.documents and self.dice.random() < 0.5:
            document, _ = self._some(shelf)
        self.write(store, shelf, document, 40)

    def write(self, store: ChunkStore, shelf: Shelf, document: DocumentFacts, many: int) -> None:
        texts = [self.text() for _ in range(many)]
        chunks, rows = make_chunks(document, texts), self.vectors(texts)
        generation = int(chunks[0].id, 16)
        store.stage(document, generation, chunks[: many // 2], rows[: many // 2])
        store.stage(document, generation, chunks[many // 2 :], rows[many // 2 :])
        store.publish(document.dataset_id, document.id, generation)
        shelf.documents[document.id] = document
        shelf.chunks[document.id] = {c.id: (c, r) for c, r in zip(chunks, rows, strict=True)}

    def rename(self, store: ChunkStore, shelf: Shelf) -> None:
        document, _ = self._some(shelf)
        enabled = self.dice.random() < 0.8
        document = replace(document, name=self.text(3), enabled=enabled)
        store.put_document(document)
        shelf.documents[document.id] = document

    def edit(self, store: ChunkStore, shelf: Shelf) -> None:
        document, chunks = self._some(shelf)
        edited = [replace(chunk, content=self.text()) for chunk in chunks]
        rows = self.vectors([chunk.content for chunk in edited])
        store.put(document, edited, rows)
        shelf.chunks[document.id] |= {c.id: (c, r) for c, r in zip(edited, rows, strict=True)}

    def remove(self, store: ChunkStore, shelf: Shelf) -> None:
        document, chunks = self._some(shelf)
        store.remove(document.dataset_id, document.id, [chunk.id for chunk in chunks])
        for chunk in chunks:
            del shelf.chunks[document.id][chunk.id]

    def hide(self, store: ChunkStore, shelf: Shelf) -> None:
        document, chunks = self._some(shelf)
        available = self.dice.random() < 0.3
        keys = [chunk.id for chunk in chunks]
        store.set_available(document.dataset_id, document.id, keys, available=available)
        held = shelf.chunks[document.id]
        held |= {key: (replace(held[key][0], available=available), held[key][1]) for key in keys}

    def drop(self, store: ChunkStore, shelf: Shelf) -> None:
        if len(shelf.documents) > 3:
            document, _ = self._some(shelf)
            store.drop_document(document.dataset_id, document.id)
            del shelf.documents[document.id], shelf.chunks[document.id]


@pytest.mark.parametrize(
    "counted",
    [
        pytest.param(False, id="normal", marks=pytest.mark.not_on_opensearch),
        pytest.param(True, id="counted"),
    ],
)
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.not_on_opensearch) for seed in (1, 2, 3))]
)
def test_whatever_changes_the_results_are_those_of_the_formulas(
    chunk_store: ChunkStore, seed: int, *, counted: bool
) -> None:
    corpus, shelf = Corpus(seed, counted=counted), Shelf()
    for _ in range(4):
        corpus.parse(chunk_store, shelf)
    for _ in range(25):
        corpus.change(chunk_store, shelf)
        check(chunk_store, shelf, corpus.question(shelf))


def test_vectors_that_are_rounded_alike_are_ranked_exactly(chunk_store: ChunkStore) -> None:
    # Nearly equal components, most of them halfway between two steps of a scan with int8.
    shelf, document = Shelf(), make_document()
    rows = np.ones((200, 256), np.float32)
    rows[:, 0] = 2
    rows[np.arange(200), np.arange(1, 201)] += np.linspace(0, 0.02, 200)
    rows[::2] += np.random.default_rng(3).normal(0, 0.01, (100, 256))
    chunks = make_chunks(document, [""] * 200)
    chunk_store.put(document, chunks, rows)
    shelf.documents[document.id] = document
    shelf.chunks[document.id] = {c.id: (c, r) for c, r in zip(chunks, rows, strict=True)}
    question = rows[0] + np.random.default_rng(4).normal(0, 0.5, 256).astype("f4")
    every = sorted(s for s, _, _ in shelf.scores(query_by(question)).values())

    for last in (2, 50, 151):
        middle = (every[-last] + every[-last - 1]) / 2
        for limit in (1, 10, 200):
            check(chunk_store, shelf, query_by(question, threshold=middle, limit=limit))


def query_by(vector: Vector, threshold: float = 0.0, limit: int = 30) -> SearchQuery:
    """Return a question without words."""
    return SearchQuery(
        (DATASET,), vector=vector, vector_weight=1.0, threshold=threshold, limit=limit
    )


@pytest.mark.not_on_opensearch
def test_a_large_corpus_is_ranked_exactly(chunk_store: ChunkStore) -> None:
    # Enough for words that most chunks hold, and for more than one piece of an index.
    corpus, shelf = Corpus(11, counted=False), Shelf()
    for _ in range(4):
        corpus.write(chunk_store, shelf, make_document("w0"), 1200)
    corpus.hide(chunk_store, shelf)
    common = tuple(map(QueryTerm, VOCABULARY[:3]))
    for threshold, weight in ((0.0, 0.3), (0.2, 0.0), (0.2, 0.3), (0.5, 0.5), (0.5, 1.0)):
        question = corpus.question(shelf)
        question = replace(
            question,
            dataset_ids=(DATASET,),
            document_ids=None,
            terms=tuple({t.token: t for t in (*common, *question.terms)}.values()),
            threshold=threshold,
            vector_weight=weight,
            top_k=500,
        )
        check(chunk_store, shelf, question)
