"""Which chunk store an address asks for."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from rag.engines.base import ChunkStore
from rag.engines.indexing import Tokenize
from rag.errors import ConfigurationError
from rag.loading import loaded

_BACKENDS: Mapping[str, str] = {
    "sqlite": "rag.engines.sqlite.store:open_sqlite",
    "memory": "rag.engines.memory:open_memory",
}


def open_chunk_store(url: str, tokenize: Tokenize) -> ChunkStore:
    """Return the chunk store at `url`: `sqlite:///absolute/path/chunks.db` or `memory://`.

    `tokenize` makes tokens of texts. Touches nothing: what cannot be used is found by `ping` or
    the first call.
    """
    scheme = urlsplit(url).scheme
    if scheme not in _BACKENDS:
        raise ConfigurationError(
            f"No chunk store is called {scheme!r}: use one of {', '.join(_BACKENDS)}."
        )
    build: Callable[[str, Tokenize], ChunkStore] = loaded(_BACKENDS[scheme])
    return build(url, tokenize)
