from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import Database

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from tests.contract.office import Office
from tests.databases import chosen_kinds
from tests.object_stores import S3Server, minio_server, moto_server, versity_server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of chunk stores on each; on PostgreSQL only those of what is its own."""
    if "chunk_store_kind" in metafunc.fixturenames:
        kinds = ["memory", "sqlite"]
        is_marked = metafunc.definition.get_closest_marker("on_postgresql")
        if is_marked and "postgresql" in chosen_kinds(metafunc.config):
            kinds.append("postgresql")
        metafunc.parametrize("chunk_store_kind", kinds)


@pytest.fixture
def chunk_store_url(chunk_store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty chunk store, of one backend after the other."""
    if chunk_store_kind == "postgresql":
        return str(request.getfixturevalue("chunk_database_url"))
    return "memory://" if chunk_store_kind == "memory" else f"sqlite://{tmp_path}/chunks.db"


@pytest.fixture
def chunk_store(chunk_store_url: str, tmp_path: Path) -> Iterator[ChunkStore]:
    """Open an empty chunk store, of one backend after the other."""
    store = open_chunk_store(chunk_store_url, tokenize, tmp_path / "segments")
    yield store
    store.close()


@pytest.fixture(scope="session")
def moto() -> Iterator[S3Server]:
    with moto_server() as server:
        yield server


@pytest.fixture(scope="session")
def minio() -> Iterator[S3Server]:
    with minio_server() as server:
        yield server


@pytest.fixture(scope="session")
def versitygw() -> Iterator[S3Server]:
    with versity_server() as server:
        yield server


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """Open an empty queue."""
    return Office(database, tmp_path)
