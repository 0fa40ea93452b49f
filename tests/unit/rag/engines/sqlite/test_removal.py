"""Deleting a large dataset: out of sight at once, removed in steps between which others write."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy as np
import pytest

from rag.engines.registry import open_chunk_store
from rag.engines.sqlite import removal
from rag.engines.sqlite.store import SqliteChunkStore
from rag.types import DocumentFacts
from tests.chunk_corpus import DATASET, ask, make_chunks, make_document

ROOT = Path(__file__).parents[5]
OTHER = "b" * 32
MANY = 3000

# Deletes a dataset, takes one step of the removal, and dies within the next transaction.
KILLED = """
import os, signal, sys
from rag.engines.registry import open_chunk_store
from rag.engines.sqlite import removal, store

removal._SECONDS = 0
opened = open_chunk_store(sys.argv[1], str.split)
opened.drop_dataset("a" * 32)
assert opened.give_back()

def dying(connection):
    removal.give_back_some(connection)
    os.kill(os.getpid(), signal.SIGKILL)

store.give_back_some = dying
opened.give_back()
"""


def open_store(path: Path) -> SqliteChunkStore:
    opened = open_chunk_store(f"sqlite://{path}", str.split)
    assert isinstance(opened, SqliteChunkStore)
    return opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chunks.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteChunkStore]:
    """Fill a store with a large dataset and a small one."""
    opened = open_store(path)
    fill(opened, make_document("harbour", metadata={"shelf": "north"}), MANY)
    fill(opened, make_document("harbour", OTHER), 10)
    yield opened
    opened.close()


def fill(store: SqliteChunkStore, document: DocumentFacts, many: int) -> None:
    texts = [f"tide w{number} {os.urandom(700).hex()}" for number in range(many)]
    store.put(document, make_chunks(document, texts), np.ones((many, 4), np.float32))


def found(store: SqliteChunkStore, dataset: str) -> int:
    return ask(store, "tide", dataset, vectors=False, threshold=0.0, limit=1).total


def rows(path: Path) -> list[int]:
    """Return how many rows the tables have that hold something of datasets."""
    connection = apsw.Connection(str(path))
    statement = (
        "SELECT (SELECT count(*) FROM chunk), (SELECT count(*) FROM body),"
        " (SELECT count(*) FROM document), (SELECT count(*) FROM metadata),"
        " (SELECT count(*) FROM dropped)"
    )
    counts = list(connection.execute(statement).get)
    connection.close()
    return counts


def test_a_deleted_dataset_is_out_of_sight_and_its_rows_go_later(
    path: Path, store: SqliteChunkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "_SECONDS", 0)
    store.close()
    size = path.stat().st_size
    store.drop_dataset(DATASET)

    assert (store.count(DATASET), found(store, DATASET)) == (0, 0)
    assert rows(path) == [MANY + 10, MANY + 10, 2, 1, 1]
    assert store.give_back() > 0
    left = rows(path)[0]
    assert 10 < left < MANY
    # Others write between two steps, under the same id as well.
    fill(store, make_document("harbour"), 5)
    assert (found(store, DATASET), found(store, OTHER)) == (5, 10)

    while store.give_back():
        pass
    store.close()

    assert rows(path) == [15, 15, 2, 0, 0]
    assert path.stat().st_size < size / 2
    assert (found(store, DATASET), found(store, OTHER)) == (5, 10)


def test_a_killed_removal_is_gone_on_with(path: Path, store: SqliteChunkStore) -> None:
    store.close()
    command = [sys.executable, "-c", KILLED, f"sqlite://{path}"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert 10 < rows(path)[0] < MANY + 10

    assert found(store, DATASET) == 0
    while store.give_back():
        pass

    assert rows(path) == [10, 10, 1, 0, 0]
    assert found(store, OTHER) == 10


def test_deleting_what_is_not_there_leaves_nothing_to_do(
    path: Path, store: SqliteChunkStore
) -> None:
    store.drop_dataset("c" * 32)
    assert rows(path)[-1] == 0
