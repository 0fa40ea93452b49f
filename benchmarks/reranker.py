"""What the cross-encoder that runs here does to quality, and what it takes.

    python benchmarks/reranker.py FOLDER

The sets are those of `retrieval.py`. Each passage becomes a document of one chunk, its title before
its text, and is indexed and searched as the server does it. The reference of the same run is the
same search without a rerank model. Beside quality stands the CPU time of a pair of texts.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from common import print_table
from retrieval import CUTS, DEPTH, read_lines, read_relevant, score, sets_in
from tqdm import tqdm

from rag.engines.registry import open_chunk_store
from rag.llm.registry import open_embedder, open_reranker
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.tokenizing.tokens import index_tokens
from rag.types import Chunk, DocumentFacts, run_inline

DATASET = "d" * 32
MODEL = "ms-marco-MiniLM-L-12-v2"
CANDIDATES = (64, 48, 32, 16)
WEIGHTS = (0.3, 0.5, 1.0)
BATCH = 128


class Remembering:
    """A rerank model that ranks a pair of texts once, whatever is searched how often.

    `seconds` of CPU went into its `known` pairs. It looks at as many as a search has for it.
    """

    name = MODEL
    cooperative = False

    def __init__(self) -> None:
        """Open the model."""
        self.inner = open_reranker("builtin", MODEL)
        self.known: dict[tuple[str, str], float] = {}
        self.seconds = 0.0

    def reach(self, passages: Sequence[str]) -> int:
        """Return the number of all passages."""
        return len(passages)

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the relevance of each text."""
        for text in texts:
            if (question, text) not in self.known:
                begun = time.process_time()
                [self.known[question, text]] = self.inner.rerank(question, [text])
                self.seconds += time.process_time() - begun
        return [self.known[question, text] for text in texts]


def measure(folder: Path, every: int) -> list[list[object]]:
    """Return the rows of one set: each `every`th question, without the model and with it."""
    passages = [one for one in read_lines(folder / "corpus.jsonl") if one["text"].strip()]
    relevant = read_relevant(folder / "qrels.tsv")
    queries = [query for query in read_lines(folder / "queries.jsonl") if query["id"] in relevant]
    queries = queries[::every]
    embedder, reranker = open_embedder("builtin", "wordllama"), Remembering()
    reranker.inner.rerank("load", ["load"])
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as work:
        store = open_chunk_store(
            f"sqlite://{work}/chunks.db", index_tokens, Path(work) / "segments"
        )
        for start in range(0, len(passages), BATCH):
            some = [f"{one['title']}\n{one['text']}" for one in passages[start : start + BATCH]]
            vectors = embedder.embed_documents(some)
            for place, text in enumerate(some, start):
                facts = DocumentFacts(f"{place:032x}", DATASET, f"{place}.txt")
                chunk = Chunk(f"{place:016x}", facts.id, DATASET, text)
                store.put(facts, [chunk], vectors[place - start : place - start + 1])
        retriever = Retriever(store, run_inline)
        usual = RetrievalOptions(limit=DEPTH)
        ways = [(None, usual)] + [
            (reranker, replace(usual, candidates=most, vector_weight=weight, threshold=0.0))
            for most, weight in itertools.product(CANDIDATES, WEIGHTS)
        ]
        for ranker, options in ways:
            scores = []
            for query in tqdm(queries, desc=f"{folder.name}: {len(rows)}", leave=False):
                found = retriever.retrieve(query["text"], (DATASET,), embedder, options, ranker)
                ranked = [passages[int(hit.chunk.id, 16)]["id"] for hit in found.hits]
                scores.append(score(ranked, relevant[query["id"]]))
            means = [f"{sum(column) / len(column):.1f}" for column in zip(*scores, strict=True)]
            how = [options.candidates, options.vector_weight] if ranker else ["no model", ""]
            rows.append([folder.name, len(queries), *how, *means, ""])
        store.close()
    spent = reranker.seconds / len(reranker.known) * 1e3
    return [[*row[:-1], f"{spent:.1f} ms" if row[2] != "no model" else ""] for row in rows]


def main() -> None:
    """Measure every set with questions in the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder of sets")
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--every", type=int, default=1, help="ask each so many-th question")
    arguments = parser.parse_args()
    wanted = sets_in(arguments.data, arguments.only)
    cuts = [f"R@{cut}" for cut in CUTS]
    heads = ["set", "questions", "candidates", "weight", *cuts, "nDCG@10", "CPU, a pair"]
    print_table([row for one in wanted for row in measure(one, arguments.every)], heads)


if __name__ == "__main__":
    main()
