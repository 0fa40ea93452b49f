"""Which chunk store an address asks for."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rag.engines.base import ChunkStore
from rag.engines.indexing import Tokenize
from rag.errors import ConfigurationError
from rag.loading import loaded

_BACKENDS: Mapping[str, str] = {
    "sqlite": "rag.engines.sqlite.store:open_sqlite",
    "postgresql": "rag.engines.postgres.store:open_postgres",
    "postgres": "rag.engines.postgres.store:open_postgres",
    "opensearch": "rag.engines.opensearch.store:open_opensearch",
    "opensearch+http": "rag.engines.opensearch.store:open_opensearch",
    "elasticsearch": "rag.engines.opensearch.store:open_opensearch",
    "elasticsearch+http": "rag.engines.opensearch.store:open_opensearch",
    "memory": "rag.engines.memory:open_memory",
}

TEMPORARY = Path(tempfile.gettempdir()) / "raglan-segments"


def open_chunk_store(url: str, tokenize: Tokenize, cache: Path = TEMPORARY) -> ChunkStore:
    """Return the chunk store at `url`.

    That is `sqlite:///absolute/path/chunks.db`, `postgresql://user:password@host:port/name`,
    `opensearch://user:password@host:port/prefix` or `memory://`. `tokenize` makes tokens of texts.
    In the folder `cache` lies what a store of many hosts keeps on each, which is made again when it
    is missing.

    Touches nothing: what cannot be used is found by `ping` or the first call.
    """
    scheme = urlsplit(url).scheme
    if scheme not in _BACKENDS:
        raise ConfigurationError(
            f"No chunk store is called {scheme!r}: use one of {', '.join(_BACKENDS)}."
        )
    build: Callable[[str, Tokenize, Path], ChunkStore] = loaded(_BACKENDS[scheme])
    return build(url, tokenize, cache)
