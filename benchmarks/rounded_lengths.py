"""What rounding the lengths of passages does to ranking: benchmarks/rounded_lengths.py DATA.

    .venv/bin/python benchmarks/rounded_lengths.py FOLDER

Lucene, and OpenSearch with it, keeps the length of a passage in a byte: lengths up to 40 as they
are, of longer ones the four leading bits of what is above 24, rounded down. DATA is a set or a
folder of sets, as `retrieval.py` has them. Every passage is one chunk, indexed and searched as the
server does it, by the bundled model. The same questions are asked twice of the same chunks: with
lengths as they are, and with such as Lucene would give back, in the same formula. The average is
that of the true lengths in both, as in Lucene.

"Rounded" says how many passages have another length then. "Other ten" is in how many questions
other passages are among the ten best, "other order" in how many they are others or stand in another
order, "other total" in how many another number of passages reaches the threshold.

"One pass" and "one shard" are what Lucene itself would rank by words with our tokens, weights, K1
and B: its formula in single precision, without a share. They look at all passages that hold a word,
and say in how many questions their ten best are others than by our formula over the same rounded
lengths, and in how many in another order. In one pass each set has a shard of its own; on one shard
all sets are together, so that rarity and average are those of all.
"""

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import numpy as np
from common import print_table
from numpy.typing import NDArray
from retrieval import DEPTH, batches, read_lines, read_relevant, score, sets_in
from tqdm import tqdm

from rag.engines import scoring
from rag.engines.indexing import count_terms
from rag.engines.registry import open_chunk_store
from rag.llm.base import Embedder
from rag.llm.registry import open_embedder
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.tokenizing.query import query_terms
from rag.tokenizing.tokens import index_tokens
from rag.types import Chunk, DocumentFacts, run_inline

FACTS = DocumentFacts("d" * 32, "e" * 32, "a.txt")
HEADS = ["set", "tokens", "rounded", "method", "questions", "R@5", "nDCG@10"]
HEADS += ["other ten", "other order", "other total", "one pass", "one shard"]
MEASURES = (1, 3)
"""Places of R@5 and nDCG@10 in what `score` returns."""

SPARE = 24
"""So many codes Lucene's byte has to spare, which the least lengths take for themselves."""

BITS = 4
KNOWN = {0: 0, 39: 39, 40: 40, 41: 40, 55: 54, 59: 56, 60: 60, 151: 144, 1000: 984, 5000: 4632}
"""Lengths, and what `SmallFloat.byte4ToInt(SmallFloat.intToByte4(length))` of Lucene 9.12 gives."""

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ranking = list[str]
Held = tuple[float, NDArray[np.intp], Floats]
"""What a word of a question weighs, which passages hold it, and how often."""


def rounded(length: int) -> int:
    """Return what Lucene gives back of a length that it has kept in a byte."""
    if length < SPARE:
        return length
    above = length - SPARE
    dropped = max(above.bit_length() - BITS, 0)
    return SPARE + (above >> dropped << dropped)


def all_rounded(lengths: Floats) -> Floats:
    """Return lengths as Lucene gives them back."""
    known, places = np.unique(lengths, return_inverse=True)
    found: Floats = np.array([rounded(int(one)) for one in known], np.float32)[places]
    return found


class RoundedNorms:
    """`scoring.length_norm` over rounded lengths, for the arrays that the engine has."""

    def __init__(self) -> None:
        """Keep the formula; nothing was asked yet."""
        self.formula = scoring.length_norm
        self.asked = 0

    def __call__(self, lengths: Floats, average: float) -> Floats:
        """Return what rounded lengths set against counts."""
        self.asked += len(lengths)
        return self.formula(all_rounded(lengths), average)


@dataclass
class Statistics:
    """What a shard knows: how many passages it has, their tokens, and who holds each."""

    passages: int = 0
    tokens: int = 0
    frequencies: Counter[str] = field(default_factory=Counter)

    def add(self, counted: Sequence[Counter[str]]) -> None:
        """Take in passages."""
        self.passages += len(counted)
        for counts in counted:
            self.tokens += counts.total()
            self.frequencies.update(counts.keys())

    @property
    def average(self) -> float:
        """Return how long a passage is."""
        return self.tokens / self.passages


class Words:
    """The words of a set, with its own statistics and those of a shard that holds others, too."""

    def __init__(self, counted: Sequence[Counter[str]], shard: Statistics) -> None:
        """Take in the counts of each passage, here and into the shard."""
        self.own = Statistics()
        self.shard = shard
        for statistics in (self.own, shard):
            statistics.add(counted)
        self.lengths: Floats = np.array([counts.total() for counts in counted], np.float32)
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, counts in enumerate(counted):
            for token, count in counts.items():
                found[token].append((row, count))
        self.holders = {
            token: (np.array([r for r, _ in pairs]), np.array([c for _, c in pairs], np.float32))
            for token, pairs in found.items()
        }

    def _held(self, question: str, statistics: Statistics) -> list[Held]:
        return [
            (weight * scoring.inverse_document_frequency(statistics.passages, frequency), *holders)
            for token, weight in query_terms(question)
            if weight > 0 and (holders := self.holders.get(token))
            for frequency in (statistics.frequencies[token],)
        ]

    def ours(self, question: str) -> list[int]:
        """Return the ten best by our formula over rounded lengths, in double precision."""
        lengths = all_rounded(self.lengths).astype(np.float64)
        norms = scoring.K1 * (1 - scoring.B + scoring.B * lengths / self.own.average)
        shares = np.zeros(len(lengths))
        for gain, rows, counts in self._held(question, self.own):
            shares[rows] += gain * (counts / (counts + norms[rows]))
        return ten_best(shares)

    def one_pass(self, question: str) -> list[int]:
        """Return the ten best as Lucene ranks them where nothing else is on a shard."""
        return ten_best(self._lucene(question, self.own))

    def one_shard(self, question: str) -> list[int]:
        """Return the ten best as Lucene ranks them on the shard with the others."""
        return ten_best(self._lucene(question, self.shard))

    def _lucene(self, question: str, statistics: Statistics) -> Floats:
        """Return scores as BM25Similarity of Lucene 9: single, but for the sum over words."""
        one, k1, b = np.float32(1), np.float32(scoring.K1), np.float32(scoring.B)
        average = np.float32(statistics.average)
        inverse = one / (k1 * ((one - b) + b * all_rounded(self.lengths) / average))
        scores = np.zeros(len(self.lengths))
        for gain, rows, counts in self._held(question, statistics):
            weight = np.float32(gain)
            scores[rows] += weight - weight / (one + counts * inverse[rows])
        return scores.astype(np.float32)


def ten_best(scores: Doubles | Floats) -> list[int]:
    """Return the rows of the ten best scores; of the same ones the first comes first."""
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return [int(row) for row in order if scores[row] > 0]


def differences(one: Sequence[Sequence[object]], other: Sequence[Sequence[object]]) -> list[int]:
    """Return in how many questions two rankings have other passages, and another order."""
    pairs = list(zip(one, other, strict=True))
    return [sum(set(a) != set(b) for a, b in pairs), sum(a != b for a, b in pairs)]


class Set:
    """Passages as chunks, questions, and what is relevant to them."""

    def __init__(self, folder: Path, shard: Statistics) -> None:
        """Read a folder, and count its words, which lie on the shard with those of others."""
        passages = read_lines(folder / "corpus.jsonl")
        texts = {one["id"]: f"{one['title']}\n{one['text']}".strip() for one in passages}
        texts = {name: text for name, text in texts.items() if text}
        relevant = read_relevant(folder / "qrels.tsv")
        queries = [one for one in read_lines(folder / "queries.jsonl") if one["id"] in relevant]
        self.name = folder.name
        self.names = list(texts)
        self.chunks = [
            Chunk(f"{at:016x}", FACTS.id, FACTS.dataset_id, text, at)
            for at, text in enumerate(texts.values())
        ]
        self.questions = [one["text"] for one in queries]
        self.relevant = [relevant[one["id"]] for one in queries]
        self.words = Words([count_terms(FACTS.name, c, index_tokens) for c in self.chunks], shard)

    def fill(self, path: str, embedder: Embedder) -> None:
        """Write the chunks into a store."""
        store = open_chunk_store(path, index_tokens)
        places = [{"at": at} for at in range(len(self.chunks))]
        for batch in tqdm(list(batches(places)), desc=f"{self.name}: index", leave=False):
            part = [self.chunks[place["at"]] for place in batch]
            store.put(FACTS, part, embedder.embed_documents([one.content for one in part]))
        store.close()

    def ask(
        self, path: str, embedder: Embedder, weight: float, norms: RoundedNorms | None
    ) -> tuple[list[Ranking], list[int]]:
        """Return the ten best of each question, and how many passages reach the threshold.

        A store that is opened anew knows no norms yet.
        """
        with patch.object(scoring, "length_norm", norms) if norms else nullcontext():
            store = open_chunk_store(path, index_tokens)
            retriever = Retriever(store, run_inline)
            options = RetrievalOptions(limit=DEPTH, vector_weight=weight)
            found = [
                retriever.retrieve(question, [FACTS.dataset_id], embedder, options)
                for question in tqdm(self.questions, desc=self.name, leave=False)
            ]
            store.close()
        rankings = [[self.names[int(hit.chunk.id, 16)] for hit in one.hits] for one in found]
        return rankings, [one.total for one in found]

    def means(self, rankings: Sequence[Ranking]) -> list[float]:
        """Return R@5 and nDCG@10 of rankings."""
        scores = np.array([score(*pair) for pair in zip(rankings, self.relevant, strict=True)])
        return [float(scores[:, measure].mean()) for measure in MEASURES]


def measure(data: Set, embedder: Embedder) -> list[list[object]]:
    """Return the rows of one set: by default and by words alone, with true and rounded lengths."""
    words = data.words
    ours, one_pass, one_shard = (
        [best(question) for question in data.questions]
        for best in (words.ours, words.one_pass, words.one_shard)
    )
    itself = [" / ".join(map(str, differences(ours, its))) for its in (one_pass, one_shard)]
    changed = 100 * np.mean(all_rounded(words.lengths) != words.lengths)
    weights = {"default": embedder.card.weight(RetrievalOptions().vector_weight), "words alone": 0}
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as place:
        path = f"sqlite:///{place}/chunks.db"
        data.fill(path, embedder)
        for label, weight in weights.items():
            norms = RoundedNorms()
            true, totals = data.ask(path, embedder, weight, None)
            other, other_totals = data.ask(path, embedder, weight, norms)
            assert norms.asked >= len(data.chunks), "the engine takes its norms from elsewhere"
            means = zip(data.means(true), data.means(other), strict=True)
            rows.append(
                [
                    *(data.name, f"{words.own.average:.0f}", f"{changed:.0f} %"),
                    *(label, len(data.questions)),
                    *(f"{before:.2f} → {after:.2f}" for before, after in means),
                    *differences(true, other),
                    sum(a != b for a, b in zip(totals, other_totals, strict=True)),
                    *(("", "") if weight else itself),
                ]
            )
    return rows


def main() -> None:
    """Measure every set in the folder, or the folder itself when it is a set, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a set, or a folder of sets")
    data = parser.parse_args().data
    assert all(rounded(length) == kept for length, kept in KNOWN.items())
    shard = Statistics()
    sets = [Set(folder, shard) for folder in sets_in(data)]
    embedder = open_embedder("builtin", "wordllama")
    print_table([row for one in sets for row in measure(one, embedder)], HEADS)


if __name__ == "__main__":
    main()
