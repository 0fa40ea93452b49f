"""The chunk store in PostgreSQL beside the one in SQLite, in one run, with the same chunks.

    .venv/bin/python benchmarks/postgres_index.py postgresql://user@host/scratch --chunks 10000

The tables of a chunk store in that database are removed first. Measured are chunks a second, a
question's wall time in a process that has asked before and the CPU of this process for it, the
first question on a host without files (SQLite's files lie beside it always), and the first of a new
process.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import psycopg
from common import print_table
from search import DATASET, Texts, make_batches, make_query, make_questions, measure

from rag.engines.base import ChunkStore, SearchQuery
from rag.engines.postgres.schema import SCHEMA
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize

QUERIES = 200


def fill(store: ChunkStore, chunks: int) -> float:
    """Write chunks; return how many a second were staged and published."""
    taken = 0.0
    for document, batch, vectors in make_batches(Texts(7), chunks):
        start = time.perf_counter()
        store.stage(document, 1, batch, vectors)
        store.publish(DATASET, document.id, 1)
        taken += time.perf_counter() - start
    return chunks / taken


def first_question(url: str, cache: Path, query: SearchQuery) -> float:
    """Return the seconds that a store which was just opened takes for a question."""
    store = open_chunk_store(url, tokenize, cache)
    start = time.perf_counter()
    store.search(query)
    taken = time.perf_counter() - start
    store.close()
    return taken


def room(url: str) -> dict[str, int]:
    """Return the bytes of the store's tables in PostgreSQL, indexes and long values included."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT relname, pg_total_relation_size(c.oid) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = %s AND relkind = 'r'",
            [SCHEMA],
        )
        return {str(name): int(size) for name, size in found}


def figures(url: str, folder: Path, chunks: int, queries: list[SearchQuery]) -> list[float]:
    """Measure one store: chunks/s, p50, p99 and CPU in ms, and both first questions in s."""
    store = open_chunk_store(url, tokenize, folder / "one")
    speed = fill(store, chunks)
    times = measure(lambda i: store.search(queries[i]), "asking", QUERIES)
    spent = measure(lambda i: store.search(queries[i]), "asking", QUERIES, time.process_time)
    store.close()
    firsts = [first_question(url, folder / "other", queries[0]) for _ in range(2)]
    return [speed, *np.percentile(times, [50, 99]), float(np.median(spent)), *firsts]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="a database of PostgreSQL")
    parser.add_argument("--chunks", type=int, default=10_000)
    options = parser.parse_args()
    with psycopg.connect(options.url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(
                psycopg.sql.Identifier(SCHEMA)
            )
        )
    texts = Texts(7)
    list(make_batches(texts, options.chunks))  # the questions are drawn after the chunks
    queries = [
        make_query(*pair) for pair in zip(*make_questions(texts, options.chunks), strict=True)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sqlite = figures(f"sqlite://{folder}/chunks.db", folder, options.chunks, queries)
        postgres = figures(options.url, folder, options.chunks, queries)
    labels = ["chunks/s", "p50 ms", "p99 ms", "CPU ms", "first, no files s", "first, files s"]
    rows = [
        [label, f"{ours:.4g}", f"{theirs:.4g}", f"{theirs / ours:.2f} x"]
        for label, ours, theirs in zip(labels, sqlite, postgres, strict=True)
    ]
    print_table(rows, [f"{options.chunks:,} chunks", "SQLite", "PostgreSQL", "ratio"])
    sizes = room(options.url)
    for name, size in {**sizes, "in all": sum(sizes.values())}.items():
        print(f"{name}: {size / options.chunks:,.0f} bytes a chunk")


if __name__ == "__main__":
    main()
