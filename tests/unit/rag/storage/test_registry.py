"""Which object store an address opens."""

import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import ConfigurationError
from rag.storage.directory import DirectoryObjectStore
from rag.storage.memory import MemoryObjectStore
from rag.storage.registry import open_object_store


def test_a_file_address_opens_a_directory_even_with_odd_characters(tmp_path: Path) -> None:
    folder = tmp_path / "my files #1 100% é?"
    store = open_object_store(folder.as_uri())
    assert not store.cooperative
    assert isinstance(store, DirectoryObjectStore)
    assert not folder.exists()
    store.put("a", [b"x"])
    assert (folder / "a.bin").read_bytes() == b"x"


def test_a_memory_address_opens_a_store_of_its_own() -> None:
    first, second = open_object_store("memory://"), open_object_store("memory://")
    assert isinstance(first, MemoryObjectStore)
    first.put("a/b", [b"x"])
    assert list(second.keys("a")) == []


@pytest.mark.parametrize("url", ["s4://bucket", "", "/data", "ftp:///x"])
def test_another_address_is_refused_with_what_there_is(url: str) -> None:
    with pytest.raises(ConfigurationError, match="use one of file, memory, s3"):
        open_object_store(url)


@pytest.mark.parametrize(
    "url", ["file://", "file:data", "file://host/data", "file:///a?b", "file:///a#b"]
)
def test_a_file_address_must_be_an_absolute_path(url: str) -> None:
    with pytest.raises(ConfigurationError, match="absolute path"):
        open_object_store(url)


def test_a_backend_that_is_not_used_is_not_imported() -> None:
    script = (
        "import sys; from rag.storage.registry import open_object_store;"
        "open_object_store('memory://');"
        "print({'rag.storage.directory', 'minio'} & set(sys.modules))"
    )
    root = Path(__file__).parents[4]
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
