"""What the option `filename_bonus` does to quality, where files are named by what they are about.

    python benchmarks/name_bonus.py FOLDER [--folders]

The sets are those of `retrieval.py`. Each passage becomes a document of one chunk that is named by
the title of the passage and holds its text alone; or that stands in a folder of that name, and has
a number for its own. The reference of the same run is the same search
without the option. Beside quality stands the CPU time of a question.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from common import print_table
from retrieval import CUTS, DEPTH, read_lines, read_relevant, score, sets_in
from tqdm import tqdm

from rag.engines.base import Hit
from rag.engines.registry import open_chunk_store
from rag.llm.registry import open_embedder
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.tokenizing.tokens import index_tokens
from rag.types import Chunk, DocumentFacts, run_inline

DATASET = "d" * 32
BONUSES = (0.0, 0.1, 0.2, 0.3)
BATCH = 128


def measure(folder: Path, *, in_folders: bool) -> list[list[object]]:
    """Return the rows of one set, for words with vectors and for words alone."""
    passages = [one for one in read_lines(folder / "corpus.jsonl") if one["text"].strip()]
    relevant = read_relevant(folder / "qrels.tsv")
    queries = [query for query in read_lines(folder / "queries.jsonl") if query["id"] in relevant]
    embedder = open_embedder("builtin", "wordllama")
    rows: list[list[object]] = []
    paths: dict[str, str] = {}

    def place(hits: Sequence[Hit]) -> list[Hit]:
        return [replace(hit, document_path=paths.get(hit.chunk.document_id, "")) for hit in hits]

    with tempfile.TemporaryDirectory() as work:
        store = open_chunk_store(
            f"sqlite://{work}/chunks.db", index_tokens, Path(work) / "segments"
        )
        for start in tqdm(range(0, len(passages), BATCH), desc=folder.name, leave=False):
            some = passages[start : start + BATCH]
            vectors = embedder.embed_documents([one["text"] for one in some])
            for number, one in enumerate(some, start):
                facts = DocumentFacts(f"{number:032x}", DATASET, f"{one['title']}.txt")
                if in_folders:
                    path = f"{one['title'].replace('/', ' ')}/{number}.txt"
                    facts = replace(facts, name=f"{number}.txt", metadata={"path": path})
                    paths[facts.id] = path
                chunk = Chunk(f"{number:016x}", facts.id, DATASET, one["text"])
                store.put(facts, [chunk], vectors[number - start : number - start + 1])
        retriever = Retriever(store, run_inline)
        for label, weight in (("words and vectors", 0.3), ("words alone", 0.0)):
            for bonus in BONUSES:
                options = RetrievalOptions(limit=DEPTH, name_weights={DATASET: bonus})
                options = replace(options, vector_weight=weight)
                begun, scores = time.process_time(), []
                for query in queries:
                    found = retriever.retrieve(
                        query["text"], (DATASET,), embedder, options, place=place
                    )
                    ranked = [passages[int(hit.chunk.id, 16)]["id"] for hit in found.hits]
                    scores.append(score(ranked, relevant[query["id"]]))
                spent = (time.process_time() - begun) / len(queries) * 1e3
                means = [f"{sum(column) / len(column):.1f}" for column in zip(*scores, strict=True)]
                rows.append([folder.name, label, bonus, *means, f"{spent:.1f} ms"])
        store.close()
    return rows


def main() -> None:
    """Measure every set with questions in the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder of sets")
    parser.add_argument("--folders", action="store_true", help="titles name folders, not files")
    parser.add_argument("--only", nargs="*", help="names of sets")
    arguments = parser.parse_args()
    wanted = sets_in(arguments.data, arguments.only)
    heads = ["set", "method", "bonus", *(f"R@{cut}" for cut in CUTS), "nDCG@10", "CPU, a question"]
    print_table(
        [row for one in wanted for row in measure(one, in_folders=arguments.folders)], heads
    )


if __name__ == "__main__":
    main()
