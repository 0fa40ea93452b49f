"""What a directory as object store does with the file system."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.errors import StorageError, StorageFullError
from rag.storage.directory import DirectoryObjectStore
from tests.disks import small_disk

ROOT = Path(__file__).parents[4]

WRITER = """
import sys, time
from pathlib import Path
from rag.storage.directory import DirectoryObjectStore

def pieces():
    yield b"new" * 100_000
    print("writing", flush=True)
    time.sleep(60)

DirectoryObjectStore(Path(sys.argv[1])).put("t/a", pieces())
"""

LIMITED = """
import resource, sys
from pathlib import Path
from rag.errors import StorageError
from rag.storage.directory import DirectoryObjectStore

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    DirectoryObjectStore(Path(sys.argv[1])).put("t/a", [b"x" * 1000] * 500)
except StorageError as error:
    print(error)
"""

PEAK = """
import resource, sys
from pathlib import Path
from rag.storage.directory import DirectoryObjectStore

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
DirectoryObjectStore(Path(sys.argv[1])).put("a", (bytes(65536) for _ in range(1600)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "objects"


@pytest.fixture
def store(root: Path) -> DirectoryObjectStore:
    return DirectoryObjectStore(root)


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def run(script: str, root: Path) -> str:
    command = [sys.executable, "-c", script, str(root)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_nothing_is_touched_before_the_first_use(root: Path, store: DirectoryObjectStore) -> None:
    assert list(store.keys("a")) == []
    store.delete("a")
    assert not root.parent.exists()
    store.put("a", [b"x"])
    assert files(root) == ["a.bin"]


def test_a_writer_killed_in_the_middle_leaves_the_old_object(
    root: Path, store: DirectoryObjectStore
) -> None:
    store.put("t/a", [b"old"])
    command = [sys.executable, "-c", WRITER, str(root)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"writing\n"
        writer.kill()
    with store.open("t/a") as file:
        assert file.read() == b"old"
    assert list(store.keys("t")) == ["t/a"]


def test_a_full_disk_is_a_storage_error_and_leaves_nothing(
    root: Path, store: DirectoryObjectStore
) -> None:
    store.put("t/a", [b"old"])
    assert run(LIMITED, root) == "The object t/a could not be written: File too large.\n"
    assert files(root) == ["t/a.bin"]


def test_a_large_object_passes_in_little_memory(root: Path) -> None:
    assert int(run(PEAK, root)) < 20_000  # kilobytes, for an object of 100 MB
    assert (root / "a.bin").stat().st_size == 1600 * 65536


def test_ping_removes_what_dead_processes_left_and_spares_the_rest(
    root: Path, store: DirectoryObjectStore
) -> None:
    store.put("t/a", [b"x"])
    work = root / ".tmp"
    (work / "tree" / "sub").mkdir(parents=True)
    (work / "tree" / "sub" / "b.bin").write_bytes(b"b")
    for name in ("stale", "fresh"):
        (work / name).write_bytes(b"half")
    long_ago = time.time() - 25 * 3600
    for path in (work / "stale", work / "tree", root / "t" / "a.bin"):
        os.utime(path, (long_ago, long_ago))
    store.ping()
    assert files(root) == [".tmp/fresh", "t/a.bin"]
    assert not (work / "tree").exists()


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = DirectoryObjectStore(tmp_path / "file" / "objects")
    with pytest.raises(StorageError, match=r"^The object store cannot be written to: F"):
        store.ping()
    with pytest.raises(StorageError, match=r"The object a could not be written: "):
        store.put("a", [b"x"])
    with pytest.raises(StorageError, match=r"The object a could not be read: "):
        store.open("a")
    with pytest.raises(StorageError, match=r"The object a could not be deleted: "):
        store.delete("a")
    with pytest.raises(StorageError, match=r"The objects below a could not be deleted: "):
        store.delete_tree("a")


def test_a_folder_in_the_place_of_the_object_is_an_error_and_no_leftover(
    root: Path, store: DirectoryObjectStore
) -> None:
    (root / "a.bin").mkdir(parents=True)
    with pytest.raises(StorageError, match="The object a could not be written: Is a directory"):
        store.put("a", [b"x"])
    assert files(root) == []


def test_a_tree_deleted_while_an_object_is_written_into_it(store: DirectoryObjectStore) -> None:
    def pieces() -> "list[bytes]":
        store.delete_tree("t")
        return [b"x"]

    store.put("t/a", [b"old"])
    store.put("t/b", (piece for _ in range(1) for piece in pieces()))
    assert list(store.keys("t")) == ["t/b"]


def test_a_full_disk_is_named_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        store = DirectoryObjectStore(disk.folder / "objects")
        store.ping()
        with pytest.raises(StorageFullError, match=r"^The object a could not be written: No space"):
            store.put("a", [bytes(1 << 20)] * 3)
        disk.fill()
        with pytest.raises(StorageFullError, match=r"^The object store cannot be written to: No s"):
            store.ping()
        assert list((disk.folder / "objects" / ".tmp").iterdir()) == []
        disk.make_room()
        store.ping()
        store.put("a", [b"fits"])
