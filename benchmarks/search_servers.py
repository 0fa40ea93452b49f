"""Searches on servers beside the chunk store in SQLite, with the same chunks and questions.

    .venv/bin/python benchmarks/search_servers.py --chunks 10000 --folder /tmp/servers \
        --opensearch http://127.0.0.1:9200 --pgvector postgresql://user@host/scratch

OpenSearch is measured twice: as a chunk store, with our formulas, and by its own means. These, and
those of PostgreSQL with pgvector, are 300 rows by words (BM25; ts_rank) and 300 by vector (HNSW),
weighed here as in `search_peers.py`; they are approximate, and tell no total. "Of the best" says
how many of SQLite's ten best that reach the threshold are among the ten best of another. CPU is
that of the process that asks and of the server, in the mean, as clocks tell little on a busy
machine.

What is in the folder and on the servers is used again, and filling goes on where it was stopped.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import psutil
import psycopg
import requests
from common import print_table
from search import (
    DATASET,
    DIMENSIONS,
    Texts,
    make_batches,
    make_query,
    make_questions,
)
from search_peers import LIKELY, weighted
from tqdm import tqdm

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from rag.types import Chunk, DocumentFacts, Matrix, Vector

QUESTIONS = 100
PATIENCE = 300.0

Ask = Callable[[list[str], Vector], list[int]]
Batch = tuple[DocumentFacts, list[Chunk], Matrix]


class Engine(Protocol):
    """What is filled and asked."""

    name: str

    def count(self) -> int:
        """Return how many chunks it holds."""
        ...

    def add(self, batch: Batch) -> None:
        """Write some chunks."""
        ...

    def finish(self) -> None:
        """Make what searches need, when all is written."""
        ...

    def ask(self, words: list[str], vector: Vector) -> list[int]:
        """Return the numbers of the best chunks."""
        ...

    def spent(self) -> float:
        """Return the CPU seconds that its server has used."""
        ...


def opensearch_spent(url: str) -> float:
    """Return the CPU seconds of a server with one node."""
    found = requests.get(f"{url}/_nodes/stats/process", timeout=PATIENCE).json()["nodes"]
    return sum(node["process"]["cpu"]["total_in_millis"] for node in found.values()) / 1000


@dataclass
class Ours:
    """A chunk store of this project."""

    name: str
    store: ChunkStore
    server: Callable[[], float]

    def count(self) -> int:
        """Return how many chunks it holds."""
        return self.store.count(DATASET)

    def add(self, batch: Batch) -> None:
        """Write some chunks."""
        document, chunks, vectors = batch
        self.store.stage(document, 1, chunks, vectors)
        self.store.publish(DATASET, document.id, 1)

    def finish(self) -> None:
        """Do nothing: that was done with each batch."""

    def ask(self, words: list[str], vector: Vector) -> list[int]:
        """Return the numbers of the best chunks."""
        found = self.store.search(make_query(words, vector))
        return [int(hit.chunk.id, 16) for hit in found.hits]

    def spent(self) -> float:
        """Return the CPU seconds that its server has used."""
        return self.server()


class OpenSearchItself:
    """An index of OpenSearch with BM25 and HNSW."""

    name = "OpenSearch by its own means"

    def __init__(self, url: str, chunks: int) -> None:
        """Make the index, unless it is there."""
        self._url, self._index = url, f"{url}/own-{chunks}"
        self._session = requests.Session()
        method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
        vector = {"type": "knn_vector", "dimension": DIMENSIONS, "method": method}
        text = {"type": "text", "analyzer": "whitespace"}
        settings = {"knn": True, "number_of_shards": 1, "number_of_replicas": 0}
        body = {"settings": {"index": settings}}
        fields = {"text": text, "vector": vector}
        self._session.put(self._index, json={**body, "mappings": {"properties": fields}})

    def count(self) -> int:
        """Return how many chunks it holds."""
        self._session.post(f"{self._index}/_refresh", timeout=PATIENCE)
        return int(self._session.get(f"{self._index}/_count", timeout=PATIENCE).json()["count"])

    def add(self, batch: Batch) -> None:
        """Write some chunks."""
        lines = []
        for chunk, vector in zip(*batch[1:], strict=True):
            lines.append({"index": {"_id": str(int(chunk.id, 16))}})
            lines.append({"text": chunk.content, "vector": vector.tolist()})
        body = "".join(json.dumps(line) + "\n" for line in lines)
        kind = {"Content-Type": "application/json"}
        self._session.post(f"{self._index}/_bulk", data=body, headers=kind, timeout=PATIENCE)

    def finish(self) -> None:
        """Have what was written be seen."""
        self._session.post(f"{self._index}/_refresh", timeout=PATIENCE)

    def _scores(self, query: object) -> dict[int, float]:
        body = {"size": LIKELY, "query": query, "_source": False}
        found = self._session.post(f"{self._index}/_search", json=body, timeout=PATIENCE).json()
        return {int(hit["_id"]): hit["_score"] for hit in found["hits"]["hits"]}

    def ask(self, words: list[str], vector: Vector) -> list[int]:
        """Return the numbers of the best chunks."""
        text = " ".join(dict.fromkeys(words))
        near = self._scores({"knn": {"vector": {"vector": vector.tolist(), "k": LIKELY}}})
        # Its score is half of one more than the cosine.
        cosines = {key: 2 * score - 1 for key, score in near.items()}
        return weighted(self._scores({"match": {"text": text}}), cosines)

    def spent(self) -> float:
        """Return the CPU seconds that its server has used."""
        return opensearch_spent(self._url)


class PgvectorItself:
    """A table of PostgreSQL with a text index and HNSW."""

    name = "PostgreSQL, ts_rank and pgvector"

    def __init__(self, url: str, chunks: int) -> None:
        """Make the table, unless it is there."""
        self._table = f"own_{chunks}"
        self._connection = psycopg.connect(url, autocommit=True)
        self._run("CREATE EXTENSION IF NOT EXISTS vector")
        self._run(
            f"CREATE TABLE IF NOT EXISTS {self._table}"
            f" (number int PRIMARY KEY, words tsvector, vector vector({DIMENSIONS}))"
        )
        self._run(f"SET hnsw.ef_search = {LIKELY}")
        [(pid,)] = self._run("SELECT pg_backend_pid()").fetchall()
        self._process = psutil.Process(pid)

    def _run(self, statement: str, values: list[object] | None = None) -> psycopg.Cursor:
        return self._connection.execute(statement.encode(), values)

    def count(self) -> int:
        """Return how many chunks it holds."""
        return int(self._run(f"SELECT count(*) FROM {self._table}").fetchall()[0][0])  # noqa: S608 - a name of our own

    def add(self, batch: Batch) -> None:
        """Write some chunks."""
        rows = [
            (int(chunk.id, 16), chunk.content, str(vector.tolist()))
            for chunk, vector in zip(*batch[1:], strict=True)
        ]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self._table} VALUES (%s, to_tsvector('simple', %s), %s)".encode(),  # noqa: S608 - a name of our own
                rows,
            )

    def finish(self) -> None:
        """Make the indexes, in a quarter of the time that they take beside each insertion."""
        table = self._table
        self._run(f"CREATE INDEX IF NOT EXISTS {table}_w ON {table} USING gin (words)")
        self._run("SET maintenance_work_mem = '1GB'")
        self._run(
            f"CREATE INDEX IF NOT EXISTS {table}_v ON {table} USING hnsw (vector vector_cosine_ops)"
        )
        self._run(f"ANALYZE {table}")

    def ask(self, words: list[str], vector: Vector) -> list[int]:
        """Return the numbers of the best chunks."""
        query = " | ".join(dict.fromkeys(words))
        found = self._run(
            f"SELECT number, ts_rank(words, query) AS score FROM {self._table},"  # noqa: S608 - a name of our own
            f" to_tsquery('simple', %s) query WHERE words @@ query ORDER BY 2 DESC LIMIT {LIKELY}",
            [query],
        )
        by_words: dict[int, float] = dict(found.fetchall())
        found = self._run(
            f"SELECT number, 1 - (vector <=> %s::vector) FROM {self._table}"  # noqa: S608 - a name of our own
            f" ORDER BY vector <=> %s::vector LIMIT {LIKELY}",
            [text := str(vector.tolist()), text],
        )
        return weighted(by_words, dict(found.fetchall()))

    def spent(self) -> float:
        """Return the CPU seconds that its server has used for this connection."""
        times = self._process.cpu_times()
        return times.user + times.system


def engines(options: argparse.Namespace) -> Iterator[Engine]:
    """Yield SQLite, and what was asked for."""
    chunks, folder = options.chunks, options.folder
    store = open_chunk_store(f"sqlite://{folder}/{chunks}.db", tokenize)
    yield Ours("SQLite", store, lambda: 0.0)
    if url := options.opensearch:
        place = f"opensearch+http://{url.partition('://')[2]}/ours{chunks}?shards=1"
        store = open_chunk_store(place, tokenize)
        yield Ours("OpenSearch as a chunk store", store, lambda: opensearch_spent(url))
        yield OpenSearchItself(url, chunks)
    if options.pgvector:
        yield PgvectorItself(options.pgvector, chunks)


def fill(engine: Engine, chunks: int) -> None:
    """Write what is not there yet."""
    held = engine.count()
    total = len(range(0, chunks, 500))
    for batch in tqdm(make_batches(Texts(7), chunks), total=total, desc=engine.name):
        if int(batch[0].id, 16) >= held:
            engine.add(batch)
    engine.finish()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--opensearch", help="the address of a server without users")
    parser.add_argument("--pgvector", help="a database of PostgreSQL with pgvector")
    parser.add_argument("--folder", type=Path, required=True, help="for SQLite")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    texts = Texts(7)
    list(make_batches(texts, options.chunks))  # the questions are drawn after the chunks
    questions = list(zip(*make_questions(texts, options.chunks), strict=True))[:QUESTIONS]
    right: list[set[int]] = []
    rows, first = [], 0.0
    for engine in engines(options):
        fill(engine, options.chunks)
        for question in questions[:5]:
            engine.ask(*question)
        begun, server = time.process_time(), engine.spent()
        walls, found = [], []
        for question in questions:
            start = time.perf_counter()
            found.append(engine.ask(*question)[:10])
            walls.append((time.perf_counter() - start) * 1e3)
        own = (time.process_time() - begun) / len(questions) * 1e3
        theirs = (engine.spent() - server) / len(questions) * 1e3
        right = right or [set(one) for one in found]
        first = first or own
        same = np.mean([len(set(one) & r) / len(r) for one, r in zip(found, right, strict=True)])
        p50, p99 = np.percentile(walls, [50, 99])
        rows.append(
            [
                engine.name,
                f"{own:.1f} ms",
                f"{theirs:.1f} ms",
                f"{(own + theirs) / first:.1f} x",
                f"{p50:.0f} ms",
                f"{p99:.0f} ms",
                f"{same:.0%}",
            ]
        )
    heads = ["CPU here", "of the server", "of SQLite", "p50", "p99", "of the best"]
    print_table(rows, [f"{options.chunks:,} chunks", *heads])


if __name__ == "__main__":
    main()
