from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import Database

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from tests.contract.office import Office
from tests.object_stores import S3Server, minio_server, moto_server, versity_server


@pytest.fixture(params=["memory", "sqlite"])
def chunk_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChunkStore]:
    """Open an empty chunk store, of one backend after the other."""
    addresses = {"memory": "memory://", "sqlite": f"sqlite://{tmp_path}/chunks.db"}
    store = open_chunk_store(addresses[request.param], tokenize)
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
