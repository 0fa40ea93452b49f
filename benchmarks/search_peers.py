"""Searches what `search.py` made with one other engine: PYTHON search_peers.py ENGINE FOLDER.

Runs in an environment of that engine's, which has nothing of this project (tantivy usearch lancedb
zvec numpy pyarrow). FOLDER holds texts.txt (a chunk a line), vectors.npy, questions.txt and
questions.npy. Each engine finds the 30 best by words and by vector together, as well as it can;
none tells how many reach a threshold. With `fill` behind the folder the engine is filled, which is
noted in filled.json, and left out where that is there; without it the engine is opened and asked,
so that what filling held is not counted. Prints one line of JSON then: CPU milliseconds of the
questions and of their words alone, CPU seconds of filling, bytes on disk, memory that the process
holds without mapped files, and the numbers of the 10 best of each question.
"""

import json
import shutil
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

Scores = dict[int, float]
Search = tuple[Callable[[str], Scores], Callable[[Any], Scores]]
"""Searches by words and by vector: the scores of the best, by number."""


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


def fill_tantivy_usearch(folder: Path) -> None:
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


def open_tantivy_usearch(folder: Path) -> Search:
    """Return the searches of tantivy and usearch, of which the latter is mapped."""
    index = import_module("tantivy").Index.open(str(folder / "tantivy"))
    found = import_module("usearch.index").Index.restore(str(folder / "tantivy/usearch"), view=True)
    searcher = index.searcher()

    def words(question: str) -> Scores:
        query = index.parse_query(question, ["text"])
        hits = searcher.search(query, LIKELY, count=False).hits
        return {searcher.doc(address)["number"][0]: score for score, address in hits}

    def near(vector: Any) -> Scores:
        nearest = found.search(vector, LIKELY)
        pairs = zip(nearest.keys.tolist(), nearest.distances.tolist(), strict=True)
        return {key: 1 - distance for key, distance in pairs}

    return words, near


def fill_lancedb(folder: Path, *, approximate: bool = False) -> None:
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


def open_lancedb(folder: Path) -> Search:
    """Return the searches of LanceDB."""
    table = import_module("lancedb").connect(str(folder / "lancedb")).open_table("chunks")

    def words(question: str) -> Scores:
        some = table.search(question, query_type="fts").limit(LIKELY).select(["number", "_score"])
        return {row["number"]: row["_score"] for row in some.to_list()}

    def near(vector: Any) -> Scores:
        nearest = table.search(vector, vector_column_name="vector").distance_type("cosine")
        found = nearest.limit(LIKELY).select(["number", "_distance"]).to_list()
        return {row["number"]: 1 - row["_distance"] for row in found}

    return words, near


def fill_lancedb_pq(folder: Path) -> None:
    """Index with LanceDB, vectors by IVF_PQ."""
    fill_lancedb(folder, approximate=True)


def fill_zvec(folder: Path) -> None:
    """Index with zvec: full text, and vectors in a flat index of int8."""
    package = import_module("zvec")
    kinds = package.DataType
    flat = package.FlatIndexParam(
        metric_type=package.MetricType.COSINE, quantize_type=package.QuantizeType.INT8
    )
    schema = package.CollectionSchema(
        "chunks",
        fields=[package.FieldSchema("text", kinds.STRING, index_param=package.FtsIndexParam())],
        vectors=[package.VectorSchema("vector", kinds.VECTOR_FP32, 256, index_param=flat)],
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


def open_zvec(folder: Path) -> Search:
    """Return the searches of zvec."""
    package = import_module("zvec")
    collection = package.open(str(folder / "zvec"))

    def words(question: str) -> Scores:
        query = package.Query(field_name="text", fts=package.Fts(match_string=question))
        return {int(doc.id): doc.score for doc in collection.query(query, topk=LIKELY)}

    def near(vector: Any) -> Scores:
        query = package.Query(field_name="vector", vector=vector.tolist())
        return {int(doc.id): 1 - doc.score for doc in collection.query(query, topk=LIKELY)}

    return words, near


ENGINES = {
    "tantivy_usearch": (fill_tantivy_usearch, open_tantivy_usearch),
    "lancedb": (fill_lancedb, open_lancedb),
    "lancedb_pq": (fill_lancedb_pq, open_lancedb),
    "zvec": (fill_zvec, open_zvec),
}


def held_memory() -> int:
    """Return how many bytes of this process are its own."""
    with Path("/proc/self/smaps_rollup").open(encoding="utf-8") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Anonymous:"))


def disk(folder: Path) -> int:
    """Return how many bytes files take."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in found)


def fill(name: str, folder: Path) -> None:
    """Fill an engine, unless it is filled; one that was begun is begun anew."""
    if (folder / "filled.json").exists():
        return
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
    before, begun = disk(folder), time.process_time()
    ENGINES[name][0](folder)
    told = {"filling": time.process_time() - begun, "disk": disk(folder) - before}
    (folder / "filled.json").write_text(json.dumps(told), encoding="utf-8")


def ask(name: str, folder: Path) -> dict[str, Any]:
    """Open an engine, ask it all questions, and return what that took."""
    words, near = ENGINES[name][1](folder)
    vectors = import_module("numpy").load(folder / "questions.npy")
    questions = (folder / "questions.txt").read_text(encoding="utf-8").splitlines()
    asked = list(zip(questions, vectors, strict=True))
    for question, vector in asked[:5]:
        weighted(words(question), near(vector))
    taken, best, alone = [], [], []
    for question, vector in asked:
        start = time.process_time()
        found = weighted(words(question), near(vector))
        taken.append((time.process_time() - start) * 1e3)
        best.append(found[:10])
    for question in questions:
        start = time.process_time()
        words(question)
        alone.append((time.process_time() - start) * 1e3)
    return {"ms": taken, "words": alone, "best": best, "memory": held_memory()}


def main() -> None:
    """Fill an engine, or ask it and print what that took."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    if sys.argv[3:] == ["fill"]:
        fill(name, folder)
        return
    filled = json.loads((folder / "filled.json").read_text(encoding="utf-8"))
    print(json.dumps(filled | ask(name, folder)))


if __name__ == "__main__":
    main()
