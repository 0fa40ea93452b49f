"""Which chunk store an address asks for."""

from pathlib import Path

import pytest

from rag.engines.memory import MemoryChunkStore
from rag.engines.registry import open_chunk_store
from rag.engines.sqlite.store import SqliteChunkStore
from rag.errors import ConfigurationError
from tests.chunk_corpus import DATASET, make_document, write


def test_the_scheme_names_the_backend(tmp_path: Path) -> None:
    assert isinstance(open_chunk_store("memory://", str.split), MemoryChunkStore)
    assert isinstance(open_chunk_store(f"sqlite://{tmp_path}/a.db", str.split), SqliteChunkStore)


@pytest.mark.parametrize("url", ["mysql://host/db", "chunks.db", "", "sqlite3:///a.db"])
def test_an_unknown_scheme_is_refused_with_those_there_are(url: str) -> None:
    with pytest.raises(ConfigurationError, match="use one of sqlite, postgresql, postgres"):
        open_chunk_store(url, str.split)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite://host/chunks.db", "sqlite:chunks.db"]
)
def test_an_address_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="names no file for the chunk store"):
        open_chunk_store(url, str.split)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://user:whale-oil@host", "names no database"),
        ("postgres:///name", "names no database"),
        ("postgresql://user:whale-oil@host/name?sslmode=require", "takes no options"),
    ],
)
def test_an_address_of_postgresql_is_a_host_and_a_name(url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as raised:
        open_chunk_store(url, str.split)
    assert "whale-oil" not in str(raised.value)


def test_stores_in_memory_share_nothing() -> None:
    one, two = open_chunk_store("memory://", str.split), open_chunk_store("memory://", str.split)
    write(one, make_document(), "tide")
    assert (one.count(DATASET), two.count(DATASET)) == (1, 0)
    one.close()
    assert one.count(DATASET) == 0
