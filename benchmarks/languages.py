"""Retrieval quality by set without a server, beside that of another checkout in the same run.

A set is as `retrieval.py` has it. Every passage is one chunk, indexed and searched as the server
does it, by one of the built-in models. With `--before CHECKOUT` the same questions are asked of the
code of that checkout.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import print_table
from retrieval import DEPTH, batches, read_lines, read_relevant, score

from rag.engines.registry import open_chunk_store
from rag.llm.base import Embedder
from rag.llm.registry import open_embedder
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.tokenizing.tokens import index_tokens
from rag.types import Chunk, DocumentFacts, run_inline

ROWS = "--rows"
FACTS = DocumentFacts("d" * 32, "e" * 32, "a.txt")


def default_weight(embedder: Embedder) -> float:
    """Return the weight of vectors where nobody says otherwise; older checkouts know no cards."""
    usual = RetrievalOptions().vector_weight
    return embedder.card.weight(usual) if hasattr(embedder, "card") else usual


def measure(folder: Path, model: str) -> list[list[object]]:
    """Return the rows of one set: scores at the default settings and of words alone, and CPU."""
    passages = read_lines(folder / "corpus.jsonl")
    corpus = [passage for passage in passages if f"{passage['title']}{passage['text']}".strip()]
    relevant = read_relevant(folder / "qrels.tsv")
    queries = [query for query in read_lines(folder / "queries.jsonl") if query["id"] in relevant]
    embedder = open_embedder("builtin", model)
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as place:
        store = open_chunk_store(f"sqlite:///{place}/chunks.db", index_tokens)
        begun = time.process_time()
        names: list[str] = []
        for batch in batches(corpus):
            texts = [f"{passage['title']}\n{passage['text']}".strip() for passage in batch]
            chunks = [
                Chunk(f"{len(names) + at:016x}", FACTS.id, FACTS.dataset_id, text, len(names) + at)
                for at, text in enumerate(texts)
            ]
            store.put(FACTS, chunks, embedder.embed_documents(texts))
            names += [passage["id"] for passage in batch]
        indexing = (time.process_time() - begun) / len(corpus) * 1e3
        retriever = Retriever(store, run_inline)
        weights = {"default": default_weight(embedder), "words alone": 0.0}
        for label, weight in weights.items():
            options = RetrievalOptions(limit=DEPTH, vector_weight=weight)
            begun = time.process_time()
            scores = []
            for query in queries:
                found = retriever.retrieve(query["text"], [FACTS.dataset_id], embedder, options)
                ranked = [names[int(hit.chunk.id, 16)] for hit in found.hits]
                scores.append(score(ranked, relevant[query["id"]]))
            asking = (time.process_time() - begun) / len(queries) * 1e3
            means = [f"{sum(column) / len(column):.1f}" for column in zip(*scores, strict=True)]
            rows.append([folder.name, model, label, *means, f"{indexing:.2f}", f"{asking:.2f}"])
        store.close()
    return rows


def measure_in(checkout: Path, folder: Path, model: str) -> list[list[object]]:
    """Return the rows of one set by the code of a checkout."""
    found = subprocess.run(
        [sys.executable, __file__, str(folder), "--model", model, ROWS],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        check=True,
    )
    rows: list[list[object]] = json.loads(found.stdout)
    return rows


def main() -> None:
    """Measure every set that is named, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--before", type=Path, help="another checkout to measure in the same run")
    parser.add_argument("--model", default="wordllama", help="a built-in embedding model")
    parser.add_argument(ROWS, action="store_true", help="print rows as JSON")
    arguments = parser.parse_args()
    if arguments.rows:
        rows = [row for folder in arguments.sets for row in measure(folder, arguments.model)]
        print(json.dumps(rows))
        return
    checkouts = {"": Path(__file__).parents[1]}
    if arguments.before:
        checkouts = {"before": arguments.before.resolve(), "after": checkouts[""]}
    print_table(
        [
            [*row, name]
            for folder in arguments.sets
            for name, checkout in checkouts.items()
            for row in measure_in(checkout, folder, arguments.model)
        ],
        [
            "set",
            "model",
            "method",
            "R@2",
            "R@5",
            "R@10",
            "nDCG@10",
            "index ms",
            "question ms",
            "code",
        ],
    )


if __name__ == "__main__":
    main()
