"""CPU of a retrieval over REST at the default page, against the engine alone and a list call.

The engine makes tokens and vector of the same questions and searches the same files, in this
process. The budget is what it takes, twice, and a list call: for all that a request needs beside.
A search that finds nothing, in an empty dataset, is beside it.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from common import KEY, Api, Running, print_table, running_server, words
from loading import cpu_seconds, web_workers
from tqdm import tqdm

from rag.engines.registry import open_chunk_store
from rag.llm.registry import open_embedder
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.tokenizing.tokens import tokenize
from rag.types import run_inline

CHUNKS = 5000
WORDS = 120
QUESTIONS = 300
DATASETS = 10


def fill(api: Api, dataset: str) -> None:
    """Give a dataset a document of many chunks and wait until it is searchable."""
    text = "\n".join(words(WORDS, number) for number in range(CHUNKS))
    files = {"file": ("words.txt", text.encode())}
    [document] = api.call("POST", f"/datasets/{dataset}/documents", files=files)
    path = f"/datasets/{dataset}"
    api.call("POST", f"{path}/chunks", json={"document_ids": [document["id"]]})
    while True:
        [shown] = api.call("GET", f"{path}/documents", params={"id": document["id"]})["docs"]
        assert shown["run"] != "FAIL", shown["progress_msg"]
        if shown["run"] == "DONE":
            return
        time.sleep(0.2)


def cpu_each(server: Running, what: str, call: Callable[[int], object]) -> float:
    """Return the milliseconds of CPU that the web workers spend on a call."""
    workers = web_workers(server.pid)
    for number in range(20):
        call(number)
    before = cpu_seconds(workers)
    for number in tqdm(range(QUESTIONS), desc=what, leave=False):
        call(number)
    return (cpu_seconds(workers) - before) / QUESTIONS * 1e3


def engine_each(folder: Path, dataset: str, questions: list[str]) -> float:
    """Return the milliseconds of CPU that a search takes without a server."""
    store = open_chunk_store(f"sqlite://{folder}/chunks.db", tokenize)
    retriever = Retriever(store, run_inline)
    embedder = open_embedder("builtin", "wordllama")
    options = RetrievalOptions()
    for question in questions[:20]:
        retriever.retrieve(question, [dataset], embedder, options)
    before = time.process_time()
    for question in questions:
        retriever.retrieve(question, [dataset], embedder, options)
    spent = time.process_time() - before
    store.close()
    return spent / len(questions) * 1e3


def main() -> None:
    """Measure and print a table."""
    questions = [words(7, 10_000 + number) for number in range(QUESTIONS)]
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        api = Api(server.url, KEY)
        full, empty, *_ = (
            api.call("POST", "/datasets", json={"name": f"dataset {number}"})["id"]
            for number in range(DATASETS)
        )
        fill(api, full)

        def search(dataset: str, number: int) -> object:
            body = {"question": questions[number], "dataset_ids": [dataset]}
            return api.call("POST", "/retrieval", json=body)

        listed = cpu_each(server, "lists", lambda _: api.call("GET", "/datasets"))
        nothing = cpu_each(server, "empty searches", lambda number: search(empty, number))
        found = cpu_each(server, "searches", lambda number: search(full, number))
        engine = engine_each(Path(folder), full, questions)
    budget = 2 * engine + listed
    print_table(
        [
            [f"list of {DATASETS} datasets", f"{listed:.2f} ms", "", ""],
            ["search of an empty dataset", f"{nothing:.2f} ms", "", f"{nothing / listed:.2f} x"],
            [f"engine alone, {CHUNKS:,} paragraphs", f"{engine:.2f} ms", "", ""],
            [
                "retrieval over REST",
                f"{found:.2f} ms",
                f"{budget:.2f} ms",
                f"{found / budget:.2f} x the budget, {found / engine:.2f} x the engine",
            ],
        ],
        ["what", "CPU each", "budget", "ratio"],
    )


if __name__ == "__main__":
    main()
