"""Asks the chunk store and other engines the same questions about the same chunks, by CPU time.

    python benchmarks/search_beside.py --chunks 100000 --folder FOLDER --peers PYTHON [--fill]

The chunks and questions are those of `search.py`; the other engines are in the environment of that
interpreter (`search_peers.py`). Each is filled, then opened and asked in a process of its own, the
chunk store as well. "Of the best" says how many of our ten best, which are fewer where fewer reach
the threshold, are among the ten best of another. What is in the folder is used again: with `--fill`
nothing is asked, so that filling can be done while others work, and asking when they do not.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import print_table
from search import BATCH, DATASET, Texts, best, make_batches, make_query, make_questions
from search_peers import disk, held_memory
from tqdm import tqdm

from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize

PEERS = ("tantivy_usearch", "lancedb", "lancedb_pq", "zvec")
QUESTIONS = 100
SHARED = ("texts.txt", "vectors.npy", "questions.txt", "questions.npy")
OURS = "Raglan"


def hand_over(chunks: int, folder: Path) -> None:
    """Write chunks and questions as `search_peers.py` reads them."""
    if (folder / SHARED[-1]).exists():
        return
    questions, vectors = make_questions(Texts(7), chunks)
    pieces = []
    with (folder / "texts.txt").open("w", encoding="utf-8") as lines:
        for _, batch, rows in make_batches(Texts(7), chunks):
            lines.writelines(f"{chunk.content}\n" for chunk in batch)
            pieces.append(rows)
    np.save(folder / "vectors.npy", np.concatenate(pieces))
    written = "".join(f"{' '.join(dict.fromkeys(words))}\n" for words in questions[:QUESTIONS])
    (folder / "questions.txt").write_text(written, encoding="utf-8")
    np.save(folder / "questions.npy", vectors[:QUESTIONS])


def fill_ours(chunks: int, place: Path) -> None:
    """Fill the chunk store, from where that was stopped."""
    store = open_chunk_store(f"sqlite://{place}/chunks.db", tokenize)
    held, written, taken = store.count(DATASET), 0, 0.0
    batches = make_batches(Texts(7), chunks)
    for document, batch, vectors in tqdm(batches, total=chunks // BATCH, desc=OURS):
        begun = time.process_time()
        if int(document.id, 16) >= held:
            store.stage(document, 1, batch, vectors)
            store.publish(DATASET, document.id, 1)
            written += len(batch)
            taken += time.process_time() - begun
    store.close()
    files = sum(path.stat().st_size for path in place.glob("chunks.db*") if path.is_file())
    filling = taken * chunks / max(written, 1)
    told = {"filling": filling, "disk": files + disk(place / "chunks.db.cache")}
    (place / "filled.json").write_text(json.dumps(told), encoding="utf-8")


def ask_ours(chunks: int, place: Path) -> dict[str, Any]:
    """Ask the chunk store all questions, and their words alone."""
    questions, vectors = make_questions(Texts(7), chunks)
    store = open_chunk_store(f"sqlite://{place}/chunks.db", tokenize)
    asked = list(zip(questions, vectors, strict=True))[:QUESTIONS]
    queries = [make_query(words, vector) for words, vector in asked]
    alone = [make_query(words, None) for words, _ in asked]
    for query in queries[:5]:
        store.search(query)
    told: dict[str, Any] = {}
    for name, some in (("ms", queries), ("words", alone)):
        told[name] = []
        for query in some:
            begun = time.process_time()
            store.search(query)
            told[name].append((time.process_time() - begun) * 1e3)
    told["memory"] = held_memory()
    told["best"] = [sorted(best(store, query)) for query in queries]
    store.close()
    return told


def answer(command: list[str]) -> dict[str, Any]:
    """Return what a process tells in its last line."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def row(name: str, told: dict[str, Any], ours: dict[str, Any], chunks: int) -> list[str]:
    """Return the line of an engine."""
    p50, p99 = np.percentile(told["ms"], [50, 99])
    words, ratio = np.median(told["words"]), p50 / np.median(ours["ms"])
    pairs = zip(ours["best"], told["best"], strict=True)
    same = np.mean([len({*right} & {*found}) / len(right) for right, found in pairs if right])
    times = [f"{p50:.1f} ms", f"{p99:.1f} ms", f"{ratio:.2f} x", f"{words:.1f} ms"]
    sizes = [f"{told['disk'] / chunks / 1e3:.2f} KB", f"{told['memory'] >> 20} MB"]
    return [name, *times, f"{told['filling'] / chunks * 1e6:.0f} us", *sizes, f"{same:.0%}"]


def main() -> None:
    """Fill what is not filled, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--peers", required=True, help="the interpreter that has other engines")
    parser.add_argument("--engines", nargs="+", default=PEERS, choices=PEERS)
    parser.add_argument("--fill", action="store_true", help="ask nothing")
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    chunks, place = options.chunks, options.folder / OURS
    if options.ours:
        print(json.dumps(ask_ours(chunks, place)))
        return
    place.mkdir(parents=True, exist_ok=True)
    hand_over(chunks, options.folder)
    if not (place / "filled.json").exists():
        fill_ours(chunks, place)
    script = str(Path(__file__).with_name("search_peers.py"))
    commands = {}
    for name in options.engines:
        folder = options.folder / name
        folder.mkdir(exist_ok=True)
        for shared in SHARED:
            if not (folder / shared).exists():
                (folder / shared).symlink_to((options.folder / shared).resolve())
        commands[name] = [options.peers, script, name, str(folder)]
        subprocess.run([*commands[name], "fill"], check=True)
    if options.fill:
        return
    ours = answer([sys.executable, *sys.argv, "--ours"])
    ours |= json.loads((place / "filled.json").read_text(encoding="utf-8"))
    rows = [row(OURS, ours, ours, chunks)]
    rows += [row(name, answer(command), ours, chunks) for name, command in commands.items()]
    heads = ["CPU p50", "p99", "of ours", "words alone", "CPU to fill", "disk", "own memory"]
    print_table(rows, [f"{chunks:,} chunks", *heads, "of the best"])


if __name__ == "__main__":
    main()
