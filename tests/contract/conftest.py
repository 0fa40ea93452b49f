from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize


@pytest.fixture(params=["memory", "sqlite"])
def chunk_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChunkStore]:
    """Open an empty chunk store, of one backend after the other."""
    addresses = {"memory": "memory://", "sqlite": f"sqlite://{tmp_path}/chunks.db"}
    store = open_chunk_store(addresses[request.param], tokenize)
    yield store
    store.close()
