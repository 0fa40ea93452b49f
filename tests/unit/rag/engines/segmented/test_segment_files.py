"""The cache of the SQLite chunk store: whatever happens to it, results stay the same."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.engines.base import ChunkStore, SearchResult
from rag.engines.registry import open_chunk_store
from rag.engines.segmented.cache import SegmentCache
from rag.engines.segmented.rows import store_key
from rag.engines.segmented.views import Views
from rag.engines.segmented.writes import find_dataset
from rag.engines.sqlite.connections import Connections
from rag.engines.sqlite.store import SqliteChunkStore
from tests.chunk_corpus import DATASET, ask, make_chunks, make_document

# Rows of the smallest piece of an index that is kept in a file.
FILED = 4096
ROOT = Path(__file__).parents[5]
LIMITED = """
import resource, sys
import numpy as np
from rag.engines.registry import open_chunk_store
from tests.chunk_corpus import ask, ids

store = open_chunk_store(sys.argv[1], str.split)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
vector = np.array([1, 2, 3, 4], np.float32)
print(ids(ask(store, "w5 tide", vector=vector, threshold=0.3, limit=50)))
"""
QUESTION = np.array([1, 2, 3, 4], np.float32)


def fill(store: ChunkStore, many: int = FILED + 300) -> None:
    """Write a document of many small chunks."""
    document = make_document("harbour")
    vectors = np.random.default_rng(1).standard_normal((many, 4), np.float32)
    texts = [f"tide w{number % 97}" for number in range(many)]
    store.stage(document, 1, make_chunks(document, texts), vectors)
    store.publish(DATASET, document.id, 1)


def search(store: ChunkStore) -> SearchResult:
    return ask(store, "w5 tide", vector=QUESTION, threshold=0.3, limit=50)


def open_store(folder: Path) -> SqliteChunkStore:
    store = open_chunk_store(f"sqlite://{folder}/chunks.db", str.split)
    assert isinstance(store, SqliteChunkStore)
    return store


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a store once, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    store = open_store(folder)
    fill(store)
    store.close()
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """Copy the store."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[SqliteChunkStore]:
    store = open_store(folder)
    yield store
    store.close()


def cache_file(folder: Path) -> Path:
    (path,) = folder.glob("chunks.db.cache/*/*.seg")
    return path


def test_writing_leaves_the_files_of_complete_ranges(folder: Path, store: ChunkStore) -> None:
    before = cache_file(folder).stat()
    assert search(store).total > 40
    assert cache_file(folder).stat().st_mtime_ns == before.st_mtime_ns


def test_a_removed_cache_is_made_again(folder: Path, store: ChunkStore) -> None:
    expected = search(store)
    shutil.rmtree(folder / "chunks.db.cache")
    assert search(store) == expected
    fresh = open_store(folder)
    assert search(fresh) == expected
    fresh.close()
    assert cache_file(folder).exists()


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x01
    path.write_bytes(data)


def damage_each_part(path: Path) -> Iterator[Callable[[], object]]:
    """Yield ways to damage a file: in its head, in its body, at its end."""
    size = path.stat().st_size
    for place in (0, 7, 9, *range(16, 600, 37), 4095, 4096, 20_000, size // 2, size - 1):
        yield lambda place=place: flip(path, place)
    for length in (0, 5, 100, 4096, size - 64):
        yield lambda length=length: os.truncate(path, length)
    yield lambda: path.write_bytes(path.read_bytes() + b"more")
    yield lambda: path.write_bytes(b"RAGLSEG4" + b"x" * 5000)


def test_a_damaged_cache_changes_no_result(folder: Path, store: ChunkStore) -> None:
    expected = search(store)
    path = cache_file(folder)
    good = path.read_bytes()
    for damage in damage_each_part(path):
        damage()
        assert path.read_bytes() != good
        fresh = open_store(folder)
        assert search(fresh) == expected
        fresh.close()
        assert path.read_bytes() == good


def test_a_file_that_rots_under_a_running_store_is_left(folder: Path, store: ChunkStore) -> None:
    expected = search(store)
    # In place: whoever reads a mapped file beyond its end is killed.
    os.truncate(cache_file(folder), 100)
    assert search(store) == expected


def test_a_replaced_file_is_none_of_a_running_store_s_business(
    folder: Path, store: ChunkStore
) -> None:
    expected = search(store)
    path = cache_file(folder)
    path.unlink()
    path.write_bytes(b"rubbish")
    assert search(store) == expected


def test_a_cache_that_cannot_be_written_costs_nothing_but_memory(tmp_path: Path) -> None:
    (tmp_path / "chunks.db.cache").write_text("a file where the folder should be")
    store = open_store(tmp_path)
    fill(store)
    first = search(store)
    assert first.total > 40
    document = make_document()
    store.put(document, make_chunks(document, ["storm"]), QUESTION[np.newaxis])
    assert ask(store, "storm", vectors=False, threshold=0.3).total == 1
    store.drop_dataset(DATASET)
    assert store.count(DATASET) == 0
    store.close()


def test_the_folder_may_go_out_of_reach_while_in_use(folder: Path, store: ChunkStore) -> None:
    expected = search(store)
    shutil.rmtree(folder / "chunks.db.cache")
    (folder / "chunks.db.cache").write_text("a file where the folder should be")
    assert search(store) == expected


def test_dropping_a_dataset_removes_its_files(folder: Path, store: ChunkStore) -> None:
    path = cache_file(folder)
    kept = path.with_name(f"9{path.name}")
    kept.mkdir()
    path.with_name(path.name.replace("-4096", "-65536")).mkdir()
    store.drop_dataset(DATASET)
    assert not path.exists()
    assert kept.exists()


def test_a_store_at_the_place_of_another_uses_none_of_its_files(folder: Path) -> None:
    for path in folder.glob("chunks.db*"):
        if path.is_file():
            path.unlink()
    store = open_store(folder)
    document = make_document()
    store.put(document, make_chunks(document, ["storm"] * FILED), np.ones((FILED, 4), np.float32))
    assert ask(store, "storm", vectors=False).total == FILED
    assert ask(store, "tide", vectors=False).total == 0
    store.close()


def test_another_store_at_the_same_place_is_searched_by_whom_opens_it(folder: Path) -> None:
    first = open_store(folder)
    for number in range(5):
        first.put_document(make_document(f"{number}"))
    assert search(first).total > 0
    first.close()
    for path in folder.glob("chunks.db*"):
        if path.is_file():
            path.unlink()

    document = make_document()
    first.put(document, make_chunks(document, ["storm"]), np.ones((1, 4), np.float32))

    assert ask(first, "storm", vectors=False).total == 1
    first.close()


def test_a_file_of_a_later_snapshot_does_not_hide_rows(folder: Path, store: ChunkStore) -> None:
    expected = ask(store, "tide", vectors=False, limit=1).total
    cache_file(folder).unlink()
    connections = Connections(folder / "chunks.db")
    with connections.reading() as session:
        dataset = find_dataset(session, DATASET)
        assert dataset is not None
        (document,) = ask(store, "tide", vectors=False, limit=1).documents
        store.drop_document(DATASET, document.document_id)
        other = make_document()
        store.put(other, make_chunks(other, ["storm"]), QUESTION[np.newaxis])
        later = open_store(folder)
        assert ask(later, "storm", vectors=False).total == 1
        later.close()
        assert cache_file(folder).exists()

        views = Views(SegmentCache(folder / "chunks.db.cache"))
        view = views.get(session, store_key(session), dataset)

        assert view is not None
        assert view.live == expected
        assert sum(int(part.visible.sum()) for part in view.parts) == expected
    connections.close()


def all_but(store: ChunkStore, left: int) -> tuple[str, list[str]]:
    """Return a document and those of its chunks that make up its file, but for some."""
    hits = ask(store, "tide", vectors=False, threshold=0.0, limit=2 * FILED).hits
    ids = sorted(hit.chunk.id for hit in hits)
    return hits[0].chunk.document_id, ids[left:FILED]


def test_a_file_whose_rows_are_gone_is_written_anew(folder: Path, store: ChunkStore) -> None:
    other = open_store(folder)
    search(other)
    size = cache_file(folder).stat().st_size
    document, gone = all_but(store, 50)

    store.remove(DATASET, document, gone[: FILED // 2])
    assert cache_file(folder).stat().st_size == size
    store.remove(DATASET, document, gone[FILED // 2 :])
    assert cache_file(folder).stat().st_size < size / 10

    expected = search(store)
    assert {hit.chunk.id for hit in expected.hits}.isdisjoint(gone)
    assert search(other) == expected
    shutil.rmtree(folder / "chunks.db.cache")
    fresh = open_store(folder)
    assert search(fresh) == expected
    fresh.close()
    other.close()


def test_a_file_without_rows_is_small(folder: Path, store: ChunkStore) -> None:
    document, _ = all_but(store, 0)
    store.drop_document(DATASET, document)
    assert cache_file(folder).stat().st_size < 2 * 4096
    assert search(store).total == 0


def test_who_has_mapped_a_file_changes_to_the_one_that_replaced_it(
    folder: Path, store: ChunkStore
) -> None:
    other = open_store(folder)
    search(other)
    before = cache_file(folder).stat().st_ino
    document, gone = all_but(store, 10)
    store.remove(DATASET, document, gone)
    for reader in (store, other):
        search(reader)
    mapped = Path("/proc/self/maps").read_text(encoding="utf-8")
    assert not any(f" {before} " in line for line in mapped.splitlines() if "(deleted)" in line)
    other.close()


def test_a_file_that_shrank_does_not_hide_rows_of_an_older_snapshot(
    folder: Path, store: ChunkStore
) -> None:
    document, gone = all_but(store, 10)
    connections = Connections(folder / "chunks.db")
    with connections.reading() as session:
        dataset = find_dataset(session, DATASET)
        assert dataset is not None
        store.remove(DATASET, document, gone)

        views = Views(SegmentCache(folder / "chunks.db.cache"))
        view = views.get(session, store_key(session), dataset)

        assert view is not None
        assert view.live == sum(int(part.visible.sum()) for part in view.parts) == FILED + 300
    connections.close()


def test_other_dimensions_leave_no_file_behind(folder: Path, store: ChunkStore) -> None:
    document, _ = all_but(store, 0)
    store.drop_document(DATASET, document)
    other = make_document()
    store.put(other, make_chunks(other, ["storm"]), np.ones((1, 7), np.float32))
    assert list(folder.glob("chunks.db.cache/*/*.seg")) == []
    assert ask(store, "storm", vectors=False).total == 1


def test_a_full_disk_costs_nothing_but_memory(folder: Path, store: ChunkStore) -> None:
    expected = search(store)
    size = cache_file(folder).stat().st_size
    cache_file(folder).unlink()
    command = [sys.executable, "-c", LIMITED, f"sqlite://{folder}/chunks.db", str(size - 1)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == f"{[hit.chunk.id for hit in expected.hits]}\n"
    assert [path for path in folder.glob("chunks.db.cache/*/*") if path.is_file()] == []


def test_what_a_killed_writer_has_left_goes_with_the_next_file(
    folder: Path, store: ChunkStore
) -> None:
    place = cache_file(folder).parent
    left, under_way = place / "a.part", place / "b.part"
    for draft in (left, under_way):
        draft.write_bytes(b"half a file")
    os.utime(left, (0, 0))
    cache_file(folder).unlink()

    assert search(store).total

    assert (left.exists(), under_way.exists()) == (False, True)


@pytest.mark.long
def test_ranges_grow_together(tmp_path: Path) -> None:
    # So many rows make the largest piece there is.
    store = open_store(tmp_path)
    document = make_document()
    chunks = make_chunks(document, ["tide"] * 65_536)
    vectors = np.ones((8192, 2), np.float32)
    for first in range(0, len(chunks), 8192):
        store.put(document, chunks[first : first + 8192], vectors)
    store.put(document, make_chunks(document, ["storm"]), vectors[:1])

    assert ask(store, "tide", vectors=False, limit=1, threshold=0.0).total == 65_536
    assert ask(store, "storm", vectors=False).total == 1
    assert cache_file(tmp_path).name.endswith("-0-65536.seg")
    store.close()


def test_who_starts_reads_what_is_visible_from_a_file(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    document = make_document()
    chunks = make_chunks(document, ["tide"] * 16_384)
    store.put(document, chunks, np.ones((len(chunks), 2), np.float32))
    hidden = [chunk.id for chunk in chunks[:100]]
    (path,) = tmp_path.glob("chunks.db.cache/*/*.mask")
    before = path.read_bytes()
    # Changes since the file, and so many that it is written anew.
    for count in (10, 100):
        for chunk_id in hidden[:count]:
            store.set_available(DATASET, document.id, [chunk_id], available=False)
        fresh = open_store(tmp_path)
        assert ask(fresh, "tide", vectors=False, limit=1).total == len(chunks) - count
        fresh.close()
        assert (path.read_bytes() == before) == (count == 10)
    store.close()


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"RAGLMSK1" + b"x" * 90])
def test_a_damaged_mask_changes_no_result(tmp_path: Path, damage: bytes) -> None:
    store = open_store(tmp_path)
    document = make_document()
    chunks = make_chunks(document, ["tide"] * 16_384)
    store.put(document, chunks, np.ones((len(chunks), 2), np.float32))
    (path,) = tmp_path.glob("chunks.db.cache/*/*.mask")
    path.write_bytes(damage)
    store.remove(DATASET, document.id, [chunks[7].id])
    fresh = open_store(tmp_path)
    assert ask(fresh, "tide", vectors=False, limit=1).total == len(chunks) - 1
    fresh.close()
    store.close()


def test_files_of_an_earlier_version_are_made_anew_beside_the_work(
    folder: Path, store: SqliteChunkStore
) -> None:
    expected = search(store)
    path = cache_file(folder)
    good = path.read_bytes()
    path.write_bytes(b"RAGLSEG3" + good[8:])
    fresh = open_store(folder)
    assert [fresh.renew(), fresh.renew()] == [1, 0]
    assert path.read_bytes() == good
    assert search(fresh) == expected
    fresh.close()
