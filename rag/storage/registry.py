"""Which object store an address asks for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from urllib.parse import urlsplit

from rag.errors import ConfigurationError
from rag.storage.base import ObjectStore

_BACKENDS: Mapping[str, str] = {
    "file": "rag.storage.directory:open_directory",
    "memory": "rag.storage.memory:open_memory",
}


def open_object_store(url: str) -> ObjectStore:
    """Return the object store at `url`: `file:///absolute/path` or `memory://`.

    Touches nothing: what cannot be used is found by `ping` or the first call.
    """
    scheme = urlsplit(url).scheme
    if scheme not in _BACKENDS:
        raise ConfigurationError(
            f"No object store is called {scheme or url!r}: use one of {', '.join(_BACKENDS)}."
        )
    module, function = _BACKENDS[scheme].split(":")
    build: Callable[[str], ObjectStore] = getattr(import_module(module), function)
    return build(url)
