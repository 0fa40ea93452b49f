"""Which object store an address asks for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import ConfigurationError
from rag.loading import loaded
from rag.storage.base import NO_CREDENTIALS, TEMPORARY, TIMEOUT, Credentials, ObjectStore

_BACKENDS: Mapping[str, str] = {
    "file": "rag.storage.directory:open_directory",
    "memory": "rag.storage.memory:open_memory",
    "s3": "rag.storage.s3:open_s3",
}


def open_object_store(
    url: str,
    credentials: Credentials = NO_CREDENTIALS,
    folder: Path = TEMPORARY,
    timeout: float = TIMEOUT,
) -> ObjectStore:
    """Return the object store at `url`: `file:///absolute/path`, `memory://` or `s3://bucket`.

    What has to lie in a file for a while does so in `folder`; `rag.workfolder.sweep` removes there
    what killed processes have left. One that is asked over a network may be silent for `timeout` s.

    Touches nothing: what cannot be used is found by `ping` or the first call.
    """
    scheme = urlsplit(url).scheme
    if scheme not in _BACKENDS:
        raise ConfigurationError(
            f"No object store is called {scheme!r}: use one of {', '.join(_BACKENDS)}."
        )
    build: Callable[[str, Credentials, Path, float], ObjectStore] = loaded(_BACKENDS[scheme])
    return build(url, credentials, folder, timeout)
