"""How long questions take while ten thousand files are taken in over REST.

    python benchmarks/ingest_while_asked.py --chunks 100000 --files 10000 [--filled FOLDER]

A dataset is filled with the chunks of `search.py`, or is a copy of what `search_beside.py` filled
in FOLDER/Raglan. One client asks it over REST, one question after the other, first in peace and
then while another one uploads files of 100 words to the same dataset, a hundred a request, has each
parsed, and waits until all are done. Each new file is there for the next question, so that the
dataset has another version for nearly each.
"""

import argparse
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import numpy as np
from common import Api, Running, print_table, running_server, words
from ingest import cpu_seconds
from numpy.typing import NDArray
from scale import fill
from search import DATASET, Texts, make_questions

from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize

WORDS = 100
FILES_AT_ONCE = 100
PEACE = 400
BUDGET = 1.5


def asker(server: Running, dataset: str, questions: list[str]) -> Callable[[], float]:
    """Return what asks the next question and tells the milliseconds that it took."""
    api, waiting = Api(server.url, server.key), itertools.cycle(questions)

    def ask() -> float:
        begun = time.perf_counter()
        body = {"question": next(waiting), "dataset_ids": [dataset]}
        api.call("POST", "/retrieval", json=body)
        return (time.perf_counter() - begun) * 1e3

    return ask


def take_in(server: Running, path: str, files: int) -> tuple[float, float]:
    """Upload files and have them parsed; return the seconds until all are sent, and done."""
    api, begun = Api(server.url, server.key), time.perf_counter()
    for first in range(0, files, FILES_AT_ONCE):
        numbers = range(first, min(first + FILES_AT_ONCE, files))
        some = [("file", (f"{number}.txt", words(WORDS, number))) for number in numbers]
        ids = [item["id"] for item in api.call("POST", f"{path}/documents", files=some)]
        api.call("POST", f"{path}/chunks", json={"document_ids": ids})
    sent = time.perf_counter() - begun
    query = {"run": "DONE", "page_size": 1}
    while api.call("GET", f"{path}/documents", params=query)["total"] < files:
        time.sleep(0.5)
    return sent, time.perf_counter() - begun


def ask_meanwhile(
    ask: Callable[[], float], work: Callable[[], tuple[float, float]]
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Return the times of questions that are asked until some work is done, and what that tells."""
    told: list[tuple[float, float]] = []
    thread = threading.Thread(target=lambda: told.append(work()))
    thread.start()
    times = []
    while thread.is_alive():
        times.append(ask())
    if not told:
        raise SystemExit("The files were not taken in.")
    return np.array(times), told[0]


def hold(path: Path, dataset: str, chunks: int, *, filled: bool) -> None:
    """Fill a dataset of a chunk store, or make the one that is there this one."""
    if filled:
        with apsw.Connection(str(path)) as connection:
            connection.execute("UPDATE dataset SET id = ? WHERE id = ?", (dataset, DATASET))
        return
    store = open_chunk_store(f"sqlite://{path}", tokenize)
    fill(store, dataset, chunks)
    store.close()


def run(chunks: int, files: int, filled: Path | None, data: Path) -> list[list[str]]:
    """Return the lines of the table."""
    questions, _ = make_questions(Texts(7), chunks)
    if filled:
        shutil.copytree(filled / "Raglan", data)
    with running_server(data) as server:
        api = Api(server.url, server.key)
        dataset = str(api.call("POST", "/datasets", json={"name": "asked"})["id"])
        hold(data / "chunks.db", dataset, chunks, filled=filled is not None)
        ask = asker(server, dataset, [" ".join(some) for some in questions])
        for _ in range(50):
            ask()
        peace = np.array([ask() for _ in range(PEACE)])
        spent = cpu_seconds(server.pid)
        busy, (sent, done) = ask_meanwhile(
            ask, lambda: take_in(server, f"/datasets/{dataset}", files)
        )
        spent = cpu_seconds(server.pid) - spent
    rows = []
    for point, budget in ((50, ""), (95, f"{BUDGET} x"), (99, "")):
        calm, late = np.percentile(peace, point), np.percentile(busy, point)
        times = [f"{calm:.1f} ms", f"{late:.1f} ms", f"{late / calm:.2f} x"]
        rows.append([f"questions, p{point}", *times, budget])
    rate, asked = f"{files / done:.0f} a second", f"{len(busy) / done:.0f} a second"
    return [
        *rows,
        ["questions asked", f"{PEACE / peace.sum() * 1e3:.0f} a second", asked, "", ""],
        ["files: all sent, all done", "", f"{sent:.0f} s, {done:.0f} s: {rate}", "", ""],
        ["CPU of the server, of one core", "", f"{spent / done:.0%}", "", ""],
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--filled", type=Path, help="a folder of search_beside.py's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = run(options.chunks, options.files, options.filled, Path(folder) / "data")
        title = f"{options.files:,} files, {options.chunks:,} chunks"
        print_table(rows, [title, "in peace", "meanwhile", "ratio", "budget"])


if __name__ == "__main__":
    main()
