"""Retrieval quality through the REST API: R@2, R@5, R@10 and nDCG@10 for each set in a folder.

A set is a folder with corpus.jsonl {id, title, text}, queries.jsonl {id, text} and qrels.tsv
(a header, then query-id, corpus-id, score; a score over 0 is relevant). Every passage becomes
a document of one chunk, its title before its text; passages without any text are left out.

The reference of the same run is the same index asked for words alone (vector weight 0).
"""

import argparse
import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from common import Api, print_table, running_server
from tqdm import tqdm

BATCH = 100
DEPTH = 10
CUTS = (2, 5, 10)

Relevant = dict[str, set[str]]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def read_relevant(path: Path) -> Relevant:
    """Return the relevant passages of each query."""
    relevant: Relevant = defaultdict(set)
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        query, passage, score = line.split("\t")
        if float(score) > 0:
            relevant[query].add(passage)
    return relevant


def load_set(api: Api, name: str, corpus: list[dict[str, Any]]) -> str:
    """Upload and parse a corpus into a new dataset and return its id."""
    dataset = api.call("POST", "/datasets", json={"name": name, "chunk_method": "one"})["id"]
    path = f"/datasets/{dataset}"
    for batch in tqdm(list(batches(corpus)), desc=f"{name}: upload", leave=False):
        files = [
            ("file", (f"{passage['id']}.txt", f"{passage['title']}\n{passage['text']}".encode()))
            for passage in batch
        ]
        ids = [item["id"] for item in api.call("POST", f"{path}/documents", files=files)]
        api.call("POST", f"{path}/chunks", json={"document_ids": ids})
    with tqdm(total=len(corpus), desc=f"{name}: parse", leave=False) as bar:
        while bar.n < len(corpus):
            time.sleep(0.5)
            bar.n = count(api, path, "DONE") + count(api, path, "FAIL")
            bar.refresh()
    failed = count(api, path, "FAIL")
    assert failed == 0, f"{failed} passages of {name} could not be parsed"
    return str(dataset)


def batches(items: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the items in batches."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def count(api: Api, path: str, run: str) -> int:
    """Return how many documents are in this state."""
    query = {"run": run, "page_size": 1}
    return int(api.call("GET", f"{path}/documents", params=query)["total"])


def ranking(api: Api, dataset: str, question: str, **options: object) -> list[str]:
    """Return the ids of the best passages."""
    body = {"question": question, "dataset_ids": [dataset], "page_size": DEPTH, **options}
    found = api.call("POST", "/retrieval", json=body)["chunks"]
    return [chunk["document_keyword"].removesuffix(".txt") for chunk in found]


def score(ranked: list[str], relevant: set[str]) -> list[float]:
    """Return recall at each cut and nDCG@10 (binary gains) of one ranking, in percent."""
    recalls = [100 * len(relevant & set(ranked[:cut])) / len(relevant) for cut in CUTS]
    gain = sum(
        1 / math.log2(place + 2) for place, passage in enumerate(ranked) if passage in relevant
    )
    ideal = sum(1 / math.log2(place + 2) for place in range(min(DEPTH, len(relevant))))
    return [*recalls, 100 * gain / ideal]


def measure(api: Api, folder: Path) -> list[list[object]]:
    """Return the rows of one set: default settings, and words alone."""
    passages = read_lines(folder / "corpus.jsonl")
    corpus = [passage for passage in passages if f"{passage['title']}{passage['text']}".strip()]
    relevant = read_relevant(folder / "qrels.tsv")
    queries = [query for query in read_lines(folder / "queries.jsonl") if query["id"] in relevant]
    dataset = load_set(api, folder.name, corpus)
    rows: list[list[object]] = []
    for label, options in (("default", {}), ("words alone", {"vector_similarity_weight": 0})):
        scores = [
            score(ranking(api, dataset, query["text"], **options), relevant[query["id"]])
            for query in tqdm(queries, desc=f"{folder.name}: {label}", leave=False)
        ]
        means = [sum(column) / len(column) for column in zip(*scores, strict=True)]
        rows.append([folder.name, label, len(queries), *(f"{mean:.1f}" for mean in means)])
    api.call("DELETE", "/datasets", json={"ids": [dataset]})
    return rows


def sets_in(data: Path, only: Sequence[str] | None = None) -> list[Path]:
    """Return the sets with questions in a folder, or the folder itself when it is one."""
    places = sorted([*data.glob("queries.jsonl"), *data.glob("*/queries.jsonl")])
    sets = [place.parent for place in places if place.stat().st_size]
    wanted = [one for one in sets if one.name in (only or [one.name])]
    assert wanted, f"{data} holds no such set with queries.jsonl"
    return wanted


def main() -> None:
    """Measure every set in the folder, or the folder itself when it is a set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a set, or a folder of sets")
    parser.add_argument("--url", help="a running server (default: one is started)")
    parser.add_argument("--key", help="its API key")
    arguments = parser.parse_args()
    sets = sets_in(arguments.data)
    heads = ["set", "method", "queries", "R@2", "R@5", "R@10", "nDCG@10"]
    if arguments.url:
        api = Api(arguments.url, arguments.key)
        print_table([row for folder in sets for row in measure(api, folder)], heads)
        return
    with running_server() as server:
        api = Api(server.url, server.key)
        print_table([row for folder in sets for row in measure(api, folder)], heads)


if __name__ == "__main__":
    main()
