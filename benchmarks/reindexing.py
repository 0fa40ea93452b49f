"""What `raglan reindex` takes: for an index that was lost, and for one that is as it should be.

    python benchmarks/reindexing.py --chunks 100000

The texts are those of `search.py`, of 100 words, and 500 a document. The server adds them and is
stopped; then the command runs on its data. The reference of the same run is what embedding the
same texts takes in one process, without anything else.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from common import ROOT, Api, print_table, running_server
from search import WORDS, Texts
from tqdm import tqdm

from rag.llm.registry import open_embedder

IN_DOCUMENT = 500
SAMPLE = 5000
"""Texts of which the reference is measured."""


def made(texts: Texts, count: int) -> list[str]:
    """Return some passages."""
    words = texts.draw(count * WORDS)
    return [" ".join(words[i * WORDS : (i + 1) * WORDS]) for i in range(count)]


def fill(data: Path, chunks: int) -> None:
    """Have a server add chunks to documents."""
    texts = Texts(7)
    with running_server(data) as server:
        api = Api(server.url, server.key)
        path = f"/datasets/{api.call('POST', '/datasets', json={'name': 'many'})['id']}"
        for number in tqdm(range(chunks // IN_DOCUMENT), desc="filling", leave=False):
            file = {"file": (f"report {number}.txt", b"See its chunks.")}
            document = api.call("POST", f"{path}/documents", files=file)[0]["id"]
            lines = [json.dumps({"content": text}) for text in made(texts, IN_DOCUMENT)]
            api.call(
                "POST",
                f"{path}/documents/{document}/chunks/batch",
                data="\n".join(lines),
                headers={"Content-Type": "application/x-ndjson"},
            )


def reindex(data: Path, *options: str) -> tuple[float, float]:
    """Run the command; return its seconds by the clock and of processors, helpers included."""
    environment = {**os.environ, "RAGLAN_DATA_DIR": str(data)}
    before, begun = os.times(), time.perf_counter()
    subprocess.run([ROOT / ".venv/bin/raglan", "reindex", *options], env=environment, check=True)
    spent, after = time.perf_counter() - begun, os.times()
    processors = after.children_user - before.children_user
    return spent, processors + after.children_system - before.children_system


def lose(data: Path) -> None:
    """Remove the index, with what was made of it for searches."""
    for file in (*data.glob("chunks.db*"), *data.glob("segments/**/*")):
        if file.is_file():
            file.unlink()


def embedding() -> float:
    """Return the processor seconds that one text takes to be embedded."""
    embedder = open_embedder("builtin", "wordllama")
    texts = made(Texts(8), SAMPLE)
    embedder.embed_documents(texts[:100])
    begun = time.process_time()
    for first in range(0, SAMPLE, 128):
        embedder.embed_documents(texts[first : first + 128])
    return (time.process_time() - begun) / SAMPLE


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--chunks", type=int, default=20_000)
    chunks = parser.parse_args().chunks
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        fill(data, chunks)
        runs = (
            ("nothing differs", False, ()),
            ("lost, one process", True, ("--processes", "1")),
            ("lost, a process for each core", True, ()),
            ("all anew, a process for each core", False, ("--anew",)),
        )
        reference = embedding()
        for name, is_lost, options in runs:
            if is_lost:
                lose(data)
            spent, processors = reindex(data, *options)
            each = [f"{value / chunks * 1e3:.3f} ms" for value in (spent, processors)]
            million = f"{spent / chunks * 1e6 / 60:.1f} min"
            rows.append([name, *each, million, f"{processors / chunks / reference:.2f} x"])
    rows.append(["reference: embedding alone", "", f"{reference * 1e3:.3f} ms", "", "1.00 x"])
    heads = ["index", "a chunk", "a chunk, CPU", "a million at this rate", "CPU / embedding"]
    print_table(rows, heads)


if __name__ == "__main__":
    main()
