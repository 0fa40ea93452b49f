"""How fast the chunk store searches and takes in chunks, engine only.

    python benchmarks/search.py --chunks 10000 100000 [--million]

Texts are drawn from a Zipf distribution. A question is 5 to 10 words, half of them out of one
chunk, half at random, stop words not spared; its vector (256 dimensions) is somewhat like that
chunk's. The references, measured in the same run, do less: no weighted sum, no total, no texts.
The plain one takes the best 30 by FTS5 over all words and by a float32 scan with numpy. The careful
one leaves common words out, and takes 300 rows by FTS5 and 1,024 by an int8 scan, which would have
to be scored; of the exact 10 best, those are missed that are not among them.

`search_beside.py` asks other engines the same questions on the same chunks.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import print_table
from fts5 import Fts5
from numpy.typing import NDArray
from tqdm import tqdm

from rag.engines.base import ChunkStore, QueryTerm, SearchQuery
from rag.engines.defaults import VECTOR_WEIGHT
from rag.engines.registry import open_chunk_store
from rag.tokenizing.query import query_terms
from rag.tokenizing.tokens import tokenize
from rag.types import Chunk, DocumentFacts, Matrix

DATASET = "d" * 32
DIMENSIONS = 256
WORDS = 120
VOCABULARY = 60_000
BATCH = 500
QUERIES = 300
BUDGETS = {10_000: 3.0, 100_000: 8.0, 1_000_000: 25.0}


class Texts:
    """Draws words as texts do: the n-th most frequent word about 1/n as often as the first."""

    def __init__(self, seed: int) -> None:
        """Make up a vocabulary."""
        self.random = np.random.default_rng(seed)
        letters = ["".join(pair) for pair in itertools.product("bcdfgklmnprstvz", "aeiou")]
        triples = itertools.product(letters, letters, letters)
        self.words = np.array(["".join(t) for t in itertools.islice(triples, VOCABULARY)])
        self.random.shuffle(self.words)
        shares = 1 / (np.arange(VOCABULARY) + 2.7)
        self.edges = np.cumsum(shares / shares.sum())

    def draw(self, count: int) -> list[str]:
        """Return that many words."""
        ranks = np.searchsorted(self.edges, self.random.random(count))
        return self.words[np.minimum(ranks, VOCABULARY - 1)].tolist()

    def vectors(self, count: int) -> Matrix:
        """Return random unit vectors."""
        rows = self.random.standard_normal((count, DIMENSIONS), np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_batches(texts: Texts, chunks: int) -> Iterator[tuple[DocumentFacts, list[Chunk], Matrix]]:
    """Yield documents of `BATCH` chunks."""
    for first in range(0, chunks, BATCH):
        document = DocumentFacts(f"{first:032x}", DATASET, f"report {first}.txt")
        words = texts.draw(BATCH * WORDS)
        contents = [" ".join(words[i * WORDS : (i + 1) * WORDS]) for i in range(BATCH)]
        batch = [
            Chunk(f"{first + i:016x}", document.id, DATASET, content, i)
            for i, content in enumerate(contents)
        ]
        yield document, batch, texts.vectors(BATCH)


def make_questions(texts: Texts, chunks: int) -> tuple[list[list[str]], Matrix]:
    """Return questions about chunks of the first documents, and their vectors."""
    again = make_batches(Texts(7), min(chunks, QUERIES))
    known = [
        (chunk, vector)
        for _, batch, rows in again
        for chunk, vector in zip(batch, rows, strict=True)
    ]
    noise = texts.vectors(QUERIES)
    questions, vectors = [], []
    for index, (chunk, vector) in enumerate(known[:QUERIES]):
        half = int(texts.random.integers(5, 11)) // 2
        questions.append(texts.random.choice(chunk.content.split(), half).tolist())
        questions[-1] += texts.draw(half)
        vectors.append(vector + noise[index])
    return questions, np.array(vectors)


def measure(call: Callable[[int], object], label: str, repeats: int) -> NDArray[np.float64]:
    """Return the milliseconds that each of `repeats` calls took, after a few that do not count."""
    taken = []
    for index in tqdm(range(-5, repeats), desc=label, leave=False):
        start = time.perf_counter()
        call(index % repeats)
        taken.append((time.perf_counter() - start) * 1e3)
    return np.array(taken[5:])


def fill(store: ChunkStore, reference: Fts5, texts: Texts, chunks: int) -> float:
    """Write chunks to both; return how many a second the store staged and published."""
    taken = 0.0
    batches = tqdm(make_batches(texts, chunks), total=chunks // BATCH, desc="filling", leave=False)
    for document, batch, vectors in batches:
        start = time.perf_counter()
        store.stage(document, 1, batch, vectors)
        store.publish(DATASET, document.id, 1)
        taken += time.perf_counter() - start
        reference.add(batch, vectors)
    return chunks / taken


def run(chunks: int, folder: Path) -> list[str]:
    """Measure one size and return its line of the table."""
    texts = Texts(7)
    store = open_chunk_store(f"sqlite://{folder}/chunks.db", tokenize)
    reference = Fts5(folder / "reference.db")
    speed = fill(store, reference, texts, chunks)
    questions, vectors = make_questions(texts, chunks)
    queries = [make_query(*pair) for pair in zip(questions, vectors, strict=True)]
    reference.finish()
    asked = list(zip(questions, vectors, strict=True))
    missed = np.mean(
        [
            len(best(store, query) - reference.careful(*question))
            for query, question in zip(queries, asked, strict=True)
        ]
    )
    ours = measure(lambda i: store.search(queries[i]), f"{chunks} chunks", QUERIES)
    careful = measure(lambda i: reference.careful(*asked[i]), "careful FTS5", QUERIES)
    plain = measure(lambda i: reference.plain(*asked[i]), "plain FTS5", QUERIES // 10)
    store.close()
    p50, p99 = np.percentile(ours, [50, 99])
    beside = [
        f"{np.median(times):.1f} ms ({np.median(times) / p50:.1f} x)" for times in (plain, careful)
    ]
    budget = f"{BUDGETS[chunks]:g} ms" if chunks in BUDGETS else ""
    times = [f"{p50:.2f} ms", f"{p99:.1f} ms", budget]
    return [f"{chunks:,}", *times, *beside, f"{missed:.1f}", f"{speed:,.0f}"]


def make_query(words: list[str], vector: NDArray[np.float32] | None) -> SearchQuery:
    """Return a question as retrieval asks it, by its words alone where there is no vector."""
    terms = tuple(QueryTerm(*pair) for pair in query_terms(" ".join(words)))
    weight = 0.0 if vector is None else VECTOR_WEIGHT
    return SearchQuery((DATASET,), terms, vector, vector_weight=weight, distinct=True)


def best(store: ChunkStore, query: SearchQuery) -> set[int]:
    """Return the numbers of the 10 best chunks."""
    return {int(hit.chunk.id, 16) for hit in store.search(replace(query, limit=10)).hits}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--million", action="store_true", help="also measure a million chunks")
    options = parser.parse_args()
    rows = []
    for chunks in [*options.chunks, *([1_000_000] if options.million else [])]:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(run(chunks, Path(folder)))
    beside = ["plain FTS5", "careful FTS5", "of 10 it misses"]
    print_table(rows, ["chunks", "p50", "p99", "budget", *beside, "chunks/s"])


if __name__ == "__main__":
    main()
