"""Quality and speed of chunking on texts with marked answers: python benchmarks/chunking.py DATA.

DATA holds corpora/*.md and questions_df.csv (question, references as JSON with start_index and
end_index in characters, corpus_id). For each way to cut, the chunks are embedded with the bundled
model, the five nearest to each question are taken, and their words are compared with the words of
the marked answers: recall, precision and intersection over union, as in Smith and Troynikov,
"Evaluating Chunking Strategies for Retrieval" (2024).

The reference of the same run is the common baseline: windows of 400 tokens, cut anywhere.
"""

import argparse
import csv
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rag.chunking.base import ChunkOptions
from rag.chunking.naive import chunk_text
from rag.llm.base import Embedder
from rag.llm.registry import open_embedder
from rag.parsing.base import ParseOptions
from rag.parsing.text.markdown import parse_markdown
from rag.passages import passage_text
from rag.tokenizing.counting import count_tokens
from rag.types import ChunkDraft, Vector

NEAREST = 5
REFERENCE = "fixed windows, 400 tokens"
# How many words of the source a parser may leave out between two words of a chunk.
REACH = 60
WORD = re.compile(r"\w+")

Cutter = Callable[[Path], Iterator[ChunkDraft]]
Words = frozenset[int]


@dataclass(frozen=True)
class Question:
    """A question, its vector, and the words of the corpus that answer it."""

    corpus: str
    vector: Vector
    gold: Words


def cut_naive(path: Path, size: int) -> Iterator[ChunkDraft]:
    """Yield the chunks of the naive method, which are found by the headings above them, too."""
    pages = parse_markdown(path, path.name, ParseOptions())
    return chunk_text(pages, ChunkOptions(chunk_token_num=size), count_tokens)


def cut_windows(path: Path, size: int) -> Iterator[ChunkDraft]:
    """Yield windows of `size` tokens, cut between words."""
    window: list[str] = []
    tokens = 0
    for word in re.findall(r"\S+\s*", path.read_text(encoding="utf-8")):
        tokens += count_tokens(word)
        if tokens > size:
            yield ChunkDraft("".join(window))
            window, tokens = [], count_tokens(word)
        window.append(word)
    yield ChunkDraft("".join(window))


def word_spans(text: str) -> list[tuple[int, int, str]]:
    """Return the words of a corpus with their places."""
    return [(match.start(), match.end(), match.group()) for match in WORD.finditer(text)]


def locate(chunks: list[str], spans: list[tuple[int, int, str]]) -> list[Words]:
    """Return which words of the corpus each chunk holds; chunks come in its order."""
    words = [word for _, _, word in spans]
    position, located = 0, []
    for chunk in chunks:
        held = set()
        for word in WORD.findall(chunk):
            window = words[position : position + REACH]
            if word in window:
                position += window.index(word)
                held.add(position)
                position += 1
        located.append(frozenset(held))
    return located


def read_questions(data: Path, embedder: Embedder) -> list[Question]:
    """Return the questions with the words that answer them."""
    corpora = {path.stem: word_spans(path.read_text("utf-8")) for path in corpora_of(data)}
    questions = []
    with (data / "questions_df.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ranges = [(r["start_index"], r["end_index"]) for r in json.loads(row["references"])]
            gold = frozenset(
                number
                for number, (start, end, _) in enumerate(corpora[row["corpus_id"]])
                if any(start < last and end > first for first, last in ranges)
            )
            vector = embedder.embed_query(row["question"])
            questions.append(Question(row["corpus_id"], vector, gold))
    return questions


def corpora_of(data: Path) -> list[Path]:
    """Return the texts of a data folder."""
    return sorted((data / "corpora").glob("*.md"))


def measure(cut: Cutter, data: Path, questions: list[Question], embedder: Embedder) -> list[float]:
    """Return recall, precision and IoU in percent, the number of chunks and chunks a second."""
    scores, total, seconds = [], 0, 0.0
    for path in corpora_of(data):
        started = time.perf_counter()
        chunks = list(cut(path))
        seconds += time.perf_counter() - started
        total += len(chunks)
        contents = [chunk.content for chunk in chunks]
        located = locate(contents, word_spans(path.read_text("utf-8")))
        texts = [passage_text(chunk.headings, chunk.content) for chunk in chunks]
        vectors = embedder.embed_documents(texts)
        for question in questions:
            if question.corpus == path.stem:
                nearest = np.argsort(-(vectors @ question.vector))[:NEAREST]
                found = frozenset().union(*(located[index] for index in nearest))
                hit = len(found & question.gold)
                union = len(found | question.gold)
                scores.append((hit / len(question.gold), hit / len(found), hit / union))
    return [*(100 * np.mean(scores, axis=0)), total, total / seconds]


def main() -> None:
    """Print a line for each way to cut, and the ratio of its IoU to the reference's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with corpora/ and questions_df.csv")
    data = parser.parse_args().data
    embedder = open_embedder("builtin", "wordllama")
    questions = read_questions(data, embedder)
    ways: dict[str, Cutter] = {
        REFERENCE: partial(cut_windows, size=400),
        "fixed windows, 512 tokens": partial(cut_windows, size=512),
        "naive, 512 tokens (default)": partial(cut_naive, size=512),
        "naive, 400 tokens": partial(cut_naive, size=400),
        "naive, 200 tokens": partial(cut_naive, size=200),
    }
    results = {
        name: measure(cut, data, questions, embedder)
        for name, cut in tqdm(ways.items(), unit="way", file=sys.stderr)
    }
    print(f"{'way to cut':30} {'recall':>7} {'prec.':>7} {'IoU':>7} {'ratio':>6} chunks  chunks/s")
    for name, (recall, precision, iou, chunks, speed) in results.items():
        ratio = iou / results[REFERENCE][2]
        print(
            f"{name:30} {recall:7.1f} {precision:7.2f} {iou:7.2f} {ratio:6.2f} "
            f"{chunks:6.0f} {speed:9.0f}"
        )


if __name__ == "__main__":
    main()
