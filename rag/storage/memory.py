"""Objects kept in memory: the object store of tests and of throw-away servers."""

import hashlib
import io
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rag.errors import ObjectNotFoundError
from rag.storage.base import NO_CREDENTIALS, TIMEOUT, Credentials, StoredObject
from rag.storage.keys import check_key


class MemoryObjectStore:
    """Files by key in one process; they are gone when it ends."""

    cooperative = False

    def __init__(self) -> None:
        """Start empty."""
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(self, key: str, content: Iterable[bytes]) -> StoredObject:
        """Store an object; it appears when the last piece has come."""
        check_key(key)
        whole = b"".join(content)
        with self._lock:
            self._objects[key] = whole
        return StoredObject(key, len(whole), hashlib.sha256(whole).hexdigest())

    def open(self, key: str, offset: int = 0, length: int = 0) -> BinaryIO:
        """Open an object, or a part of it, for streaming."""
        content = self._read(key)
        return io.BytesIO(content[offset : offset + length if length else None])

    @contextmanager
    def local_path(self, key: str) -> Iterator[Path]:
        """Yield a temporary file with the object's content."""
        content = self._read(key)
        with tempfile.TemporaryDirectory(prefix="raglan-") as folder:
            path = Path(folder) / "object"
            path.write_bytes(content)
            yield path

    def delete(self, key: str) -> None:
        """Delete an object."""
        check_key(key)
        with self._lock:
            self._objects.pop(key, None)

    def delete_tree(self, prefix: str) -> None:
        """Delete every object below `prefix`."""
        for key in self.keys(prefix):
            self.delete(key)

    def keys(self, prefix: str) -> list[str]:
        """List the keys below `prefix` as they are now."""
        start = check_key(prefix) + "/"
        with self._lock:
            return [key for key in self._objects if key.startswith(start)]

    def ping(self) -> None:
        """Do nothing: memory can always be written to."""

    def _read(self, key: str) -> bytes:
        with self._lock:
            content = self._objects.get(check_key(key))
        if content is None:
            raise ObjectNotFoundError(key)
        return content


def open_memory(
    _url: str,
    _credentials: Credentials = NO_CREDENTIALS,
    _folder: Path | None = None,
    _timeout: float = TIMEOUT,
) -> MemoryObjectStore:
    """Return an empty store; the address says nothing more."""
    return MemoryObjectStore()
