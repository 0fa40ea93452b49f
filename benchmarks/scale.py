"""What a chunk store of many chunks costs: start, memory, disk, several clients, deletion.

    python benchmarks/scale.py --chunks 100000

The chunks and questions are those of `search.py`. Times are CPU time but for the waits of a writer.
The first question is asked by a process of its own. Several clients ask through the REST API of a
server that runs on the store; the CPU of a question is that of all its processes, and shows what
clients cost each other. Last, the dataset is deleted while somebody writes to another one.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from common import Api, Running, print_table, running_server
from search import BATCH, DIMENSIONS, Texts, make_batches, make_questions
from search_peers import disk
from tqdm import tqdm

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from rag.types import Chunk, DocumentFacts

CLIENTS = 8
QUESTIONS = 400
PAUSE = 0.11
"""Seconds between two steps of the removal, as the clean-up job has them."""

FIRST = """
import sys, time
from pathlib import Path
from search import Texts, make_query, make_questions
from search_peers import held_memory
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from dataclasses import replace

store = open_chunk_store(sys.argv[1], tokenize)
questions, vectors = make_questions(Texts(7), 300)
queries = [
    replace(make_query(*pair), dataset_ids=(sys.argv[2],))
    for pair in zip(questions, vectors, strict=True)
]
before, begun = held_memory(), time.process_time()
store.search(queries[0])
print(time.process_time() - begun)
for query in queries:
    store.search(query)
print(held_memory() - before)
"""


def fill(store: ChunkStore, dataset: str, chunks: int) -> float:
    """Write chunks to a dataset; return the CPU seconds of it."""
    begun = time.process_time()
    batches = make_batches(Texts(7), chunks)
    for made, batch, vectors in tqdm(batches, total=chunks // BATCH, desc="filling", leave=False):
        document = DocumentFacts(made.id, dataset, made.name)
        store.stage(document, 1, batch, vectors)
        store.publish(dataset, document.id, 1)
    return time.process_time() - begun


def first_question(address: str, dataset: str) -> list[list[str]]:
    """Return what the first question takes in a new process, and what it holds after 300."""
    command = [sys.executable, "-c", FIRST, address, dataset]
    here = Path(__file__).parent
    environment = {"PYTHONPATH": f"{here}:{here.parent}"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    seconds, held = done.stdout.split()
    return [
        ["first question of a new process, CPU", f"{float(seconds) * 1e3:.0f} ms", "300 ms"],
        ["own memory after 300 questions, beyond that before", f"{int(held) >> 20} MB", "250 MB"],
    ]


def server_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and all that it has started and that still run."""
    ids = [pid]
    for known in ids:
        children = Path(f"/proc/{known}/task/{known}/children").read_text(encoding="ascii")
        ids += map(int, children.split())
    ticks = 0
    for known in ids:
        fields = Path(f"/proc/{known}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def several_clients(server: Running, dataset: str, questions: list[str]) -> list[list[str]]:
    """Return questions a second and their CPU, of one client and of several."""
    local = threading.local()

    def ask(question: str) -> None:
        if not hasattr(local, "api"):
            local.api = Api(server.url, server.key)
        local.api.call("POST", "/retrieval", json={"question": question, "dataset_ids": [dataset]})

    rates, costs = [], []
    for clients in (CLIENTS, 1, CLIENTS):
        some = list(itertools.islice(itertools.cycle(questions), QUESTIONS))
        before, begun = server_seconds(server.pid), time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(ask, some))
        rates.append(QUESTIONS / (time.perf_counter() - begun))
        costs.append((server_seconds(server.pid) - before) / QUESTIONS * 1e3)
    return [
        ["questions a second over REST, one client", f"{rates[1]:.1f}", ""],
        [f"{CLIENTS} clients", f"{rates[2]:.1f}: {rates[2] / rates[1]:.2f} x", "1.6 x"],
        ["CPU of a question, one client", f"{costs[1]:.1f} ms", ""],
        [f"{CLIENTS} clients", f"{costs[2]:.1f} ms: {costs[2] / costs[1]:.2f} x", ""],
    ]


class Writer(threading.Thread):
    """Adds chunks to a dataset of its own, and notes how long each took."""

    def __init__(self, address: str) -> None:
        """Start nothing yet."""
        super().__init__()
        self.store = open_chunk_store(address, tokenize)
        self.stopping = threading.Event()
        self.seconds: list[float] = []

    def run(self) -> None:
        """Write until told to stop."""
        document = DocumentFacts("e" * 32, "e" * 32, "notes.txt")
        for number in itertools.count():
            chunk = Chunk(f"{number:016x}", document.id, document.dataset_id, "a note", number)
            begun = time.perf_counter()
            self.store.put(document, [chunk], np.ones((1, DIMENSIONS), np.float32))
            self.seconds.append(time.perf_counter() - begun)
            if self.stopping.wait(0.02):
                break
        self.store.close()


def deletion(store: ChunkStore, address: str, dataset: str, folder: Path) -> list[list[str]]:
    """Return what deleting a dataset takes, and how long somebody else who writes waits."""
    writer = Writer(address)
    writer.start()
    begun = time.perf_counter()
    store.drop_dataset(dataset)
    at_once = time.perf_counter() - begun
    before, steps = time.process_time(), 0
    while store.give_back():
        steps += 1
        time.sleep(PAUSE)
    cpu = time.process_time() - before
    writer.stopping.set()
    writer.join()
    waits = np.array(writer.seconds) * 1e3
    median, late, longest = np.percentile(waits, [50, 99, 100])
    return [
        ["deleting the dataset: out of sight after", f"{at_once * 1e3:.0f} ms", ""],
        ["all of it, CPU, in steps", f"{cpu:.1f} s, {steps}", ""],
        ["another writer: median, p99, most", f"{median:.0f}, {late:.0f}, {longest:.0f} ms", "500"],
        ["the file afterwards", f"{(folder / 'chunks.db').stat().st_size / 1e6:.1f} MB", ""],
    ]


def run(chunks: int, folder: Path) -> list[list[str]]:
    """Measure one size."""
    address = f"sqlite://{folder}/data/chunks.db"
    questions, _ = make_questions(Texts(7), chunks)
    with running_server(folder / "data") as server:
        api = Api(server.url, server.key)
        dataset = str(api.call("POST", "/datasets", json={"name": "scale"})["id"])
        store = open_chunk_store(address, tokenize)
        cpu = fill(store, dataset, chunks)
        rows = [["CPU to write a chunk", f"{cpu / chunks * 1e6:.0f} us", ""]]
        size = sum(path.stat().st_size for path in folder.glob("data/chunks.db*") if path.is_file())
        files = disk(folder / "data" / "chunks.db.cache")
        figures = f"{size / chunks / 1e3:.2f} + {files / chunks / 1e3:.2f} KB"
        rows += [["disk a chunk, with the files for searches", figures, "2.5 KB"]]
        rows += first_question(address, dataset)
        rows += several_clients(server, dataset, [" ".join(words) for words in questions])
        rows += deletion(store, address, dataset, folder / "data")
        store.close()
    return rows


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[100_000])
    for chunks in parser.parse_args().chunks:
        with tempfile.TemporaryDirectory() as folder:
            print_table(run(chunks, Path(folder)), [f"{chunks:,} chunks", "measured", "budget"])


if __name__ == "__main__":
    main()
