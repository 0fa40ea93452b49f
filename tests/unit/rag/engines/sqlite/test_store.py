"""What the SQLite chunk store does with its file, and says when it cannot use it."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import apsw
import numpy as np
import pytest

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.errors import ChunkStoreError
from rag.tokenizing.tokens import tokenize
from rag.types import Chunk, DocumentFacts
from tests.chunk_corpus import DATASET, EMBEDDER, ask, contents, make_document, vector, write

ROOT = Path(__file__).parents[5]

# Searches before and after a fork, in the child and in its parent, and writes in the child.
FORKING = """
import os, sys
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import ask, contents, make_document, write

store = open_chunk_store(sys.argv[1], tokenize)
write(store, make_document(), "tide of the parent")
print(contents(ask(store, "tide")), flush=True)
child = os.fork()
if not child:
    print(contents(ask(store, "tide")), flush=True)
    write(store, make_document(dataset="b" * 32), "tide of the child")
    store.close()
    os._exit(0)
print(os.waitpid(child, 0)[1], flush=True)
write(store, make_document(dataset="c" * 32), "last tide")
print(contents(ask(store, "tide", "b" * 32)), contents(ask(store, "tide", "c" * 32)), flush=True)
store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "chunks.db"


@pytest.fixture
def store(path: Path) -> Iterator[ChunkStore]:
    store = open_chunk_store(f"sqlite://{path}", tokenize)
    yield store
    store.close()


def test_nothing_is_touched_before_the_first_call(path: Path, store: ChunkStore) -> None:
    assert not path.parent.exists()
    store.ping()
    assert path.exists()


def test_the_path_may_hold_any_character(tmp_path: Path) -> None:
    store = open_chunk_store(f"sqlite://{tmp_path}/a%20b%23c/%E7%81%AF.db", tokenize)
    store.ping()
    store.close()
    assert (tmp_path / "a b#c" / "灯.db").exists()


def test_a_closed_store_opens_again_at_the_next_call(store: ChunkStore) -> None:
    write(store, make_document(), "tide")
    store.close()
    assert contents(ask(store, "tide")) == ["tide"]


def test_a_file_that_is_no_store_is_refused_and_left(path: Path, store: ChunkStore) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(ChunkStoreError, match=r"is damaged .* run `raglan reindex`"):
        store.ping()
    assert path.read_bytes() == b"no database" * 1000


def test_a_file_of_a_later_program_is_refused(path: Path, store: ChunkStore) -> None:
    store.ping()
    store.close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(ChunkStoreError, match="it has version 99, this program reads 5"):
        store.ping()


def test_a_folder_where_the_file_should_be(path: Path, store: ChunkStore) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ChunkStoreError, match="cannot be used"):
        store.count(DATASET)


def test_a_file_where_the_folder_should_be(path: Path, store: ChunkStore) -> None:
    path.parent.write_text("")
    with pytest.raises(ChunkStoreError, match="cannot be used"):
        write(store, make_document(), "tide")


@pytest.mark.parametrize("descriptors", [3, 1000], ids=["no descriptor", "no folder"])
def test_what_cannot_be_used_does_not_show_where_it_is(
    path: Path, store: ChunkStore, descriptors: int
) -> None:
    path.parent.write_text("in the way")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))
    try:
        with pytest.raises(ChunkStoreError) as caught:
            write(store, make_document(), "tide")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert str(path.parent) not in str(caught.value)
    assert f"{path.name} cannot be used" in str(caught.value)


def test_damage_is_named_when_it_is_met(path: Path, store: ChunkStore) -> None:
    write(store, make_document(), *[f"tide {number}" for number in range(300)])
    store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with pytest.raises(ChunkStoreError, match="is damaged"):
        ask(store, "tide")


def test_an_error_leaves_the_store_usable(path: Path, store: ChunkStore) -> None:
    document = make_document()
    write(store, document, "tide")
    connection = apsw.Connection(str(path))
    connection.execute("ALTER TABLE body RENAME TO hidden")
    with pytest.raises(ChunkStoreError, match="no such table"):
        write(store, document, "storm", generation=2)
    connection.execute("ALTER TABLE hidden RENAME TO body")
    connection.close()

    write(store, document, "wave", generation=3)

    assert contents(ask(store, "wave storm tide")) == ["wave"]


def test_more_callers_at_once_than_connections_are_kept(store: ChunkStore) -> None:
    write(store, make_document(), "tide")
    barrier = Barrier(12)

    def search(_: int) -> list[str]:
        barrier.wait()
        return contents(ask(store, "tide"))

    with ThreadPoolExecutor(12) as pool:
        for _ in range(5):
            assert list(pool.map(search, range(12))) == [["tide"]] * 12


def test_a_forked_child_has_connections_of_its_own(path: Path) -> None:
    command = [sys.executable, "-c", FORKING, f"sqlite://{path}"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "['tide of the parent']",
        "['tide of the parent']",
        "0",
        "['tide of the child'] ['last tide']",
    ]


def test_space_of_dropped_documents_is_given_back(path: Path, store: ChunkStore) -> None:
    kept, dropped = make_document(), make_document()
    write(store, kept, "tide")
    write(store, dropped, *[f"storm {os.urandom(600).hex()}" for _ in range(1000)])
    store.close()
    before = path.stat().st_size

    store.drop_document(DATASET, dropped.id)
    store.close()

    assert path.stat().st_size < before / 4


@pytest.mark.long
def test_space_of_discarded_chunks_is_given_back_bit_by_bit(path: Path, store: ChunkStore) -> None:
    document = make_document()
    write(store, document, "tide")
    before = path.stat().st_size
    texts = [os.urandom(3000).hex() for _ in range(2500)]
    chunks = [
        Chunk(f"{number:016}", document.id, DATASET, text) for number, text in enumerate(texts)
    ]
    store.stage(document, 7, chunks, EMBEDDER.embed_documents(["storm"] * len(chunks)))
    log = path.with_name(f"{path.name}-wal")
    full = path.stat().st_size + log.stat().st_size
    store.discard(DATASET, document.id, 7)

    steps = list(iter(store.give_back, 0))

    assert len(steps) > 3
    assert all(0 < step <= 2 << 20 for step in steps)
    assert path.stat().st_size + log.stat().st_size < before + (3 << 20) < full
    assert contents(ask(store, "tide")) == ["tide"]


def test_a_reader_far_behind_catches_up(path: Path, store: ChunkStore) -> None:
    document = make_document()
    first = write(store, document, "tide", "storm")[0]
    assert ask(store, "tide").total == 1
    other = open_chunk_store(f"sqlite://{path}", tokenize)
    # More changes than the store keeps in mind for its readers.
    for turn in range(301):
        other.set_available(DATASET, document.id, [first.id], available=bool(turn % 2))
    other.close()

    assert ask(store, "tide").total == 0
    assert ask(store, "storm").total == 1


def test_more_datasets_than_are_kept_in_mind(store: ChunkStore) -> None:
    datasets = [f"{number:032x}" for number in range(80)]
    for dataset in datasets:
        write(store, make_document(dataset=dataset), "tide")
    for _ in range(2):
        assert all(ask(store, "tide", dataset).total == 1 for dataset in datasets)
    assert ask(store, "tide", *datasets).total == 80


def test_renaming_a_long_document_keeps_all_its_chunks(store: ChunkStore) -> None:
    document = make_document("harbour")
    written = write(store, document, *[f"w{number}" for number in range(400)])
    assert ask(store, "harbour", vectors=False, threshold=0.0).total == 400

    store.put_document(DocumentFacts(document.id, DATASET, "lighthouse"))

    found = ask(store, "lighthouse", vectors=False, threshold=0.0, limit=500)
    assert {hit.chunk for hit in found.hits} == set(written)
    assert ask(store, "harbour", vectors=False, threshold=0.0).total == 0
    assert len(store.vectors(DATASET, document.id)) == 400


def test_other_dimensions_leave_known_documents_known(store: ChunkStore) -> None:
    document = make_document("harbour", metadata={"shelf": "north"})
    chunk = write(store, document, "tide")[0]
    assert ask(store, "tide").total == 1
    store.remove(DATASET, document.id, [chunk.id])

    store.put(document, [chunk], np.ones((1, 3), np.float32))

    (hit,) = ask(store, "tide", vector=vector(1, 1, 1)).hits
    assert (hit.chunk, hit.document_name) == (chunk, "harbour")
    assert hit.vector_similarity == pytest.approx(1)
    store.drop_document(DATASET, document.id)
    assert EMBEDDER.dimensions != 3
    write(store, document, "tide")
    assert ask(store, "tide").total == 1
