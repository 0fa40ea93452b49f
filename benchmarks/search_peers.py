"""Searches what `search.py` made with one other engine: PYTHON search_peers.py ENGINE FOLDER.

Runs in an environment of that engine's, which has nothing of this project (tantivy usearch lancedb
zvec numpy pyarrow). FOLDER holds texts.txt (a chunk a line), vectors.npy, questions.txt and
questions.npy. Each engine finds the 30 best by words and by vector together, as well as it can;
none tells how many reach a threshold. Prints one line of JSON: CPU milliseconds of the questions,
CPU seconds of filling, bytes on disk, memory that the process holds without mapped files, and the
numbers of the 10 best of each question.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

BEST = 30
LIKELY = 300
WEIGHT = 0.3
BATCH = 1000

Search = Callable[[str, Any], list[int]]


def batches(folder: Path) -> Iterator[tuple[int, list[str], Any]]:
    """Yield the number of the first chunk, texts and vectors."""
    vectors = import_module("numpy").load(folder / "vectors.npy", mmap_mode="r")
    with (folder / "texts.txt").open(encoding="utf-8") as lines:
        for first in range(0, len(vectors), BATCH):
            texts = [next(lines).rstrip("\n") for _ in range(len(vectors[first : first + BATCH]))]
            yield first, texts, vectors[first : first + BATCH]


def weighted(words: dict[int, float], near: dict[int, float]) -> list[int]:
    """Return the best of two lists by the weighted sum of their scores, each scaled to 1."""
    most = max(words.values(), default=0.0) or 1.0
    both = {
        key: (1 - WEIGHT) * words.get(key, 0.0) / most + WEIGHT * max(near.get(key, 0.0), 0.0)
        for key in {*words, *near}
    }
    return sorted(both, key=lambda key: -both[key])[:BEST]


def tantivy_usearch(folder: Path) -> Search:
    """Index words with tantivy, and vectors with usearch (HNSW, int8)."""
    tantivy, usearch = import_module("tantivy"), import_module("usearch.index")
    numpy = import_module("numpy")
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True, fast=True)
    builder.add_text_field("text", stored=False, tokenizer_name="whitespace")
    place = folder / "tantivy"
    place.mkdir()
    index = tantivy.Index(builder.build(), path=str(place))
    writer = index.writer(256_000_000, 1)
    near = usearch.Index(ndim=256, metric="cos", dtype="i8")
    for first, texts, vectors in batches(folder):
        for number, text in enumerate(texts, first):
            writer.add_document(tantivy.Document(number=number, text=text))
        near.add(numpy.arange(first, first + len(texts)), numpy.ascontiguousarray(vectors))
    writer.commit()
    writer.wait_merging_threads()
    near.save(str(place / "usearch"))
    index.reload()
    searcher = index.searcher()

    def search(question: str, vector: Any) -> list[int]:
        query = index.parse_query(question, ["text"])
        hits = searcher.search(query, LIKELY, count=False).hits
        words = {searcher.doc(address)["number"][0]: score for score, address in hits}
        found = near.search(vector, LIKELY)
        pairs = zip(found.keys.tolist(), found.distances.tolist(), strict=True)
        return weighted(words, {key: 1 - distance for key, distance in pairs})

    return search


def lancedb(folder: Path, *, approximate: bool = False) -> Search:
    """Index with LanceDB: full text, and vectors exactly or by IVF_PQ."""
    arrow = import_module("pyarrow")
    table: Any = None
    database = import_module("lancedb").connect(str(folder / "lancedb"))
    for first, texts, vectors in batches(folder):
        rows = arrow.table(
            {
                "number": arrow.array(range(first, first + len(texts)), arrow.int64()),
                "text": texts,
                "vector": arrow.FixedSizeListArray.from_arrays(arrow.array(vectors.ravel()), 256),
            }
        )
        table = database.create_table("chunks", rows) if table is None else table
        if first:
            table.add(rows)
    table.create_fts_index("text", base_tokenizer="whitespace", stem=False, remove_stop_words=False)
    if approximate:
        table.create_index(metric="cosine", vector_column_name="vector")
    table.optimize()

    def search(question: str, vector: Any) -> list[int]:
        some = table.search(question, query_type="fts").limit(LIKELY).select(["number", "_score"])
        words = {row["number"]: row["_score"] for row in some.to_list()}
        near = table.search(vector, vector_column_name="vector").distance_type("cosine")
        found = near.limit(LIKELY).select(["number", "_distance"]).to_list()
        return weighted(words, {row["number"]: 1 - row["_distance"] for row in found})

    return search


def lancedb_pq(folder: Path) -> Search:
    """Index with LanceDB, vectors by IVF_PQ."""
    return lancedb(folder, approximate=True)


def zvec(folder: Path) -> Search:
    """Index with zvec: full text, and vectors in a flat index of int8."""
    package = import_module("zvec")
    kinds = package.DataType
    schema = package.CollectionSchema(
        "chunks",
        fields=[package.FieldSchema("text", kinds.STRING, index_param=package.FtsIndexParam())],
        vectors=[
            package.VectorSchema(
                "vector",
                kinds.VECTOR_FP32,
                256,
                index_param=package.FlatIndexParam(
                    metric_type=package.MetricType.COSINE, quantize_type=package.QuantizeType.INT8
                ),
            )
        ],
    )
    collection = package.create_and_open(str(folder / "zvec"), schema)
    for first, texts, vectors in batches(folder):
        collection.insert(
            [
                package.Doc(id=str(number), vectors={"vector": row}, fields={"text": text})
                for number, (text, row) in enumerate(
                    zip(texts, vectors.tolist(), strict=True), first
                )
            ]
        )
    collection.flush()
    collection.optimize()

    def search(question: str, vector: Any) -> list[int]:
        query = package.Query(field_name="text", fts=package.Fts(match_string=question))
        words = {int(doc.id): doc.score for doc in collection.query(query, topk=LIKELY)}
        query = package.Query(field_name="vector", vector=vector.tolist())
        near = {int(doc.id): 1 - doc.score for doc in collection.query(query, topk=LIKELY)}
        return weighted(words, near)

    return search


ENGINES = {made.__name__: made for made in (tantivy_usearch, lancedb, lancedb_pq, zvec)}


def held_memory() -> int:
    """Return how many bytes of this process are its own."""
    with Path("/proc/self/smaps_rollup").open(encoding="utf-8") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Anonymous:"))


def disk(folder: Path) -> int:
    """Return how many bytes files take."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in found)


def main() -> None:
    """Fill an engine, ask it all questions, and print what that took."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    before, begun = disk(folder), time.process_time()
    search = ENGINES[name](folder)
    filling = time.process_time() - begun
    vectors = import_module("numpy").load(folder / "questions.npy")
    questions = (folder / "questions.txt").read_text(encoding="utf-8").splitlines()
    asked = list(zip(questions, vectors, strict=True))
    for question, vector in asked[:5]:
        search(question, vector)
    taken, best = [], []
    for question, vector in asked:
        start = time.process_time()
        found = search(question, vector)
        taken.append((time.process_time() - start) * 1e3)
        best.append(found[:10])
    told = {"ms": taken, "filling": filling, "disk": disk(folder) - before, "best": best}
    print(json.dumps({**told, "memory": held_memory()}))


if __name__ == "__main__":
    main()
