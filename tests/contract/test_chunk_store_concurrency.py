"""Chunk stores used by several threads and processes at once, some of which die."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from rag.types import DocumentFacts
from tests.chunk_corpus import (
    DATASET,
    EMBEDDER,
    ask,
    contents,
    ids,
    make_chunks,
    make_document,
    stage,
    write,
)

ROOT = Path(__file__).parents[2]
READERS = 3

# Publishes new generations of one document without end, and tells of each.
PUBLISHER = """
import sys
from itertools import count
from tests.chunk_corpus import make_document, write, stage
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize

store = open_chunk_store(sys.argv[1], tokenize)
document = make_document("published")
for generation in count(1):
    write(store, document, *[f"tide g{generation}"] * 40, generation=generation)
    stage(store, document, *["tide staged"] * 40, generation=generation + 10**6)
    print(generation, flush=True)
"""

# Carries out what each line of its input asks for, and answers with a line.
SERVANT = """
import sys
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from rag.types import DocumentFacts
from tests.chunk_corpus import DATASET, ask, contents, write

store = open_chunk_store(sys.argv[1], tokenize)
for line in sys.stdin:
    verb, *words = line.split()
    if verb == "publish":
        document = DocumentFacts("d" * 32, DATASET, "d")
        write(store, document, f"tide {words[0]}", generation=int(words[0]))
        print("published", flush=True)
    else:
        print(*contents(ask(store, "tide")), sep=",", flush=True)
"""


@contextmanager
def started(script: str, url: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a script with the address of a store until the end of the block."""
    command = [sys.executable, "-c", script, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path}/chunks.db"


def while_reading(check: Callable[[], None], work: Callable[[], None]) -> None:
    """Do some work while others check again and again what they see."""
    done = threading.Event()
    checked = threading.Semaphore(0)

    def read() -> None:
        while not done.is_set():
            check()
            checked.release()

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read) for _ in range(READERS)]
        try:
            work()
            for _ in range(READERS):
                checked.acquire(timeout=10)
        finally:
            done.set()
        for reader in readers:
            reader.result()


def test_a_reader_sees_the_old_or_the_new_and_never_a_mix(chunk_store: ChunkStore) -> None:
    document = make_document("g0")
    write(chunk_store, document, *["tide g0"] * 20, generation=1)

    def check() -> None:
        found = ask(chunk_store, "tide", limit=100, threshold=0.0)
        assert found.total == len(found.hits) == found.documents[0].count == 20
        assert len(set(contents(found))) == 1
        assert len(set(ids(found))) == 20
        assert len({(hit.similarity, hit.document_name) for hit in found.hits}) == 1
        assert len(chunk_store.vectors(DATASET, document.id)) == 20
        assert chunk_store.match(DATASET, document.id, ["tide"], 0, 0)[0] == 20
        assert chunk_store.count(DATASET) == 20

    def change() -> None:
        for number in range(2, 9):
            stage(chunk_store, document, *[f"tide g{number}"] * 20, generation=number)
            chunk_store.publish(DATASET, document.id, number)
            chunk_store.put_document(DocumentFacts(document.id, DATASET, f"g{number}"))

    while_reading(check, change)


@pytest.mark.not_on_opensearch
def test_what_a_thread_sees_never_goes_back(chunk_store: ChunkStore) -> None:
    document = make_document()
    newest = 1
    write(chunk_store, document, "tide 1", generation=1)

    def check() -> None:
        least = newest
        (text,) = contents(ask(chunk_store, "tide"))
        assert int(text.split()[1]) >= least

    def change() -> None:
        nonlocal newest
        for number in range(2, 30):
            write(chunk_store, document, f"tide {number}", generation=number)
            newest = number

    while_reading(check, change)


@pytest.mark.on_postgresql
def test_several_writers_lose_nothing(chunk_store: ChunkStore) -> None:
    shared = make_document("shared")
    chunk_store.put_document(shared)

    def fill(number: int) -> None:
        own = make_document(f"own {number}", dataset=f"{number % 2:032x}")
        for turn in range(8):
            write(chunk_store, own, *[f"tide {number}"] * (turn + 1), generation=turn)
            added = make_chunks(shared, [f"tide {number} {turn}"])
            chunk_store.put(shared, added, EMBEDDER.embed_documents(["tide"]))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(fill, range(6)))

    assert chunk_store.count(DATASET) == ask(chunk_store, "tide").total == 48
    for number in range(2):
        found = ask(chunk_store, "tide", f"{number:032x}", limit=100)
        assert found.total == chunk_store.count(f"{number:032x}") == 24
        assert [one.count for one in found.documents] == [8, 8, 8]


@pytest.mark.not_on_opensearch
def test_datasets_come_and_go_while_others_are_read(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), *["tide"] * 10)

    def check() -> None:
        found = ask(chunk_store, "tide", DATASET, "b" * 32, limit=50)
        kept = [hit for hit in found.hits if hit.chunk.dataset_id == DATASET]
        assert len(kept) == 10
        assert found.total in {10, 15}

    def change() -> None:
        for _ in range(20):
            write(chunk_store, make_document(dataset="b" * 32), *["tide"] * 5)
            chunk_store.drop_dataset("b" * 32)

    while_reading(check, change)


def test_reopening_keeps_everything(url: str) -> None:
    document = make_document("harbour", metadata={"shelf": "north"}, enabled=True)
    other = make_document("lighthouse", dataset="b" * 32)
    store = open_chunk_store(url, tokenize)
    first, second = write(store, document, "tide one", "tide two")
    write(store, other, "tide three")
    store.set_available(DATASET, document.id, [first.id], available=False)
    staged = stage(store, document, "tide four", generation=2)
    before = ask(store, "tide", DATASET, "b" * 32)
    vectors = store.vectors(DATASET, document.id)
    store.close()

    again = open_chunk_store(url, tokenize)

    assert ask(again, "tide", DATASET, "b" * 32) == before
    assert before.total == 2
    assert ids(ask(again, "tide")) == [second.id]
    assert again.count(DATASET) == 2
    assert vectors.keys() == again.vectors(DATASET, document.id).keys()
    again.publish(DATASET, document.id, 2)
    assert ids(ask(again, "tide")) == [staged[0].id]
    again.close()


@pytest.mark.parametrize("acknowledged", [1, 6])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(
    url: str, tmp_path: Path, acknowledged: int
) -> None:
    with started(PUBLISHER, url) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.kill()
        lines += writer.stdout.readlines()
    last = int([line for line in lines if line.endswith("\n")][-1])
    store = open_chunk_store(url, tokenize)

    found = ask(store, "tide", limit=100)

    (text,) = set(contents(found))
    assert int(text.removeprefix("tide g")) in {last, last + 1}
    assert found.total == store.count(DATASET) == 40
    assert ask(store, "staged", vectors=False).total == 0
    document = found.hits[0].chunk.document_id
    write(store, DocumentFacts(document, DATASET, ""), "storm", generation=10**7)
    assert contents(ask(store, "storm")) == ["storm"]
    assert store.count(DATASET) == 1
    store.close()
    checked = apsw.Connection(str(tmp_path / "chunks.db"))
    assert checked.execute("PRAGMA integrity_check").get == "ok"
    assert checked.execute("SELECT count(*) FROM chunk").get == 1
    assert checked.execute("SELECT count(*) FROM body").get == 1
    checked.close()


def test_processes_see_each_other_s_publications_at_once(url: str) -> None:
    store = open_chunk_store(url, tokenize)
    document = DocumentFacts("d" * 32, DATASET, "d")
    with started(SERVANT, url) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def order(line: str) -> str:
            print(line, file=other.stdin, flush=True)
            return other.stdout.readline().strip()

        for number in range(1, 20, 2):
            assert order(f"publish {number}") == "published"
            assert contents(ask(store, "tide")) == [f"tide {number}"]
            write(store, document, f"tide {number + 1}", generation=number + 1)
            assert order("search") == f"tide {number + 1}"
    store.close()


def test_many_processes_may_open_a_new_store_at_once(url: str) -> None:
    script = SERVANT.replace("for line", "print('ready', flush=True)\nfor line")
    with started(script, url) as one, started(script, url) as two, started(script, url) as three:
        processes = (one, two, three)
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            print("search", file=process.stdin, flush=True)
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "\n"
            assert process.poll() is None
