from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from peewee import Database

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import ABSENT, DATASET, OTHER
from tests.contract.office import Office
from tests.databases import chosen_kinds
from tests.object_stores import S3Server, minio_server, moto_server, versity_server
from tests.opensearch import OpenSearch, opensearch_server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of chunk stores on each; on PostgreSQL only those of what is its own."""
    if "chunk_store_kind" in metafunc.fixturenames:
        kinds: list[object] = ["memory", "sqlite"]
        kinds.append(pytest.param("opensearch", marks=pytest.mark.xdist_group("opensearch")))
        is_marked = metafunc.definition.get_closest_marker("on_postgresql")
        if is_marked and "postgresql" in chosen_kinds(metafunc.config):
            kinds.append("postgresql")
        metafunc.parametrize("chunk_store_kind", kinds)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out on OpenSearch what takes long there, and shows what others show."""
    items[:] = [
        item
        for item in items
        if not (item.get_closest_marker("not_on_opensearch") and "[opensearch" in item.name)
    ]


@pytest.fixture
def chunk_store_url(chunk_store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty chunk store, of one backend after the other."""
    if chunk_store_kind == "postgresql":
        return str(request.getfixturevalue("chunk_database_url"))
    if chunk_store_kind == "opensearch":
        return str(request.getfixturevalue("empty_opensearch"))
    return "memory://" if chunk_store_kind == "memory" else f"sqlite://{tmp_path}/chunks.db"


@pytest.fixture
def chunk_store(chunk_store_url: str, tmp_path: Path) -> Iterator[ChunkStore]:
    """Open an empty chunk store, of one backend after the other."""
    store = open_chunk_store(chunk_store_url, tokenize, tmp_path / "segments")
    yield store
    store.close()


@pytest.fixture(scope="session")
def opensearch(pytestconfig: pytest.Config) -> Iterator[OpenSearch]:
    """Run OpenSearch, or Elasticsearch if that is asked for, once for all tests of this process."""
    with opensearch_server(pytestconfig.getoption("elasticsearch")) as server:
        yield server


@pytest.fixture
def empty_opensearch(opensearch: OpenSearch) -> str:
    """Return the address of a chunk store that was emptied."""
    with closing(open_chunk_store(opensearch.chunk_store, tokenize)) as store:
        for dataset_id in (DATASET, OTHER, "c" * 32, ABSENT, f"{1:032x}"):
            store.drop_dataset(dataset_id)
    return opensearch.chunk_store


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
