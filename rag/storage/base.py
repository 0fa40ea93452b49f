"""What an object store offers: whole files by key, written atomically, streamed both ways."""

import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was written: size in bytes and the SHA-256 of the content in hex."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an object store wants to see before it lets anybody in."""

    access_key: str = ""
    secret_key: str = field(default="", repr=False)


NO_CREDENTIALS = Credentials()

TEMPORARY = Path(tempfile.gettempdir())
"""Where files lie for a while unless a store is told another folder."""

TIMEOUT = 30.0
"""Seconds for which a store may be silent unless told otherwise."""


class ObjectStore(Protocol):
    """Files by key. Keys are made by the server: `/`-joined parts of letters, digits, `-`, `_`.

    Any other key raises ValueError. What fails otherwise raises `rag.errors.StorageError`.
    """

    cooperative: bool
    """Whether its calls wait on sockets, where an event loop goes on; others block and need a
    thread. Sockets of gevent belong to their thread's loop, so that these must not be given one.
    """

    def put(self, key: str, content: Iterable[bytes]) -> StoredObject:
        """Write an object whole or not at all, durable on return; replaces one of the same key."""
        ...

    def open(self, key: str, offset: int = 0, length: int = 0) -> BinaryIO:
        """Open an object for streaming; raises ObjectNotFoundError.

        It begins at the byte `offset` and ends after `length` bytes, 0 for all that follow. Where
        either is given there must be such bytes: a store may refuse others, or find none.
        """
        ...

    def local_path(self, key: str) -> AbstractContextManager[Path]:
        """Yield a read-only file with the object's content for the length of a `with` block.

        Raises ObjectNotFoundError.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...

    def delete_tree(self, prefix: str) -> None:
        """Remove every object whose key begins with `prefix + "/"`."""
        ...

    def keys(self, prefix: str) -> Iterable[str]:
        """List the keys that begin with `prefix + "/"`, in no particular order."""
        ...

    def ping(self) -> None:
        """Raise StorageError if the store cannot be written to."""
        ...
