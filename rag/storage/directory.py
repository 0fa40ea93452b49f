"""Objects as files below one directory, each written whole or not at all."""

import hashlib
import io
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from rag.addresses import shown_address
from rag.disk import is_full
from rag.errors import (
    ConfigurationError,
    ObjectNotFoundError,
    StorageError,
    StorageFullError,
)
from rag.storage.base import NO_CREDENTIALS, TIMEOUT, Credentials, StoredObject
from rag.storage.keys import check_key

# Keys have no dots: an object never meets the folder of a longer key, nor the work folder.
_SUFFIX = ".bin"
_WORK_FOLDER = ".tmp"

_STALE_SECONDS = 24 * 3600
"""Work files older than this belong to a process that died; no upload takes that long."""


class DirectoryObjectStore:
    """Files by key below `root`; folders are made when the first object needs them.

    An object is written to a work file beside the others, flushed to the disk and renamed, so a
    reader sees the old object or the new one, whatever dies in between. Every call is file I/O.
    """

    cooperative = False

    def __init__(self, root: Path) -> None:
        """Initialize with the folder of the files."""
        self._root = root
        self._work = root / _WORK_FOLDER

    def put(self, key: str, content: Iterable[bytes]) -> StoredObject:
        """Write an object piece by piece, holding one piece in memory."""
        target = self._path(key)
        work = self._work / uuid.uuid4().hex
        failure = f"The object {key} could not be written"
        with _storage_errors(failure):
            _make_folder(self._work)
            file = work.open("xb")
        try:
            with _closing(file, failure):
                size, sha256 = _write(file, content, failure)
            with _storage_errors(failure):
                _move(work, target)
        finally:
            # Whatever went wrong has been said; what cannot be removed now goes with the stale.
            with suppress(OSError):
                work.unlink(missing_ok=True)
        return StoredObject(key, size, sha256)

    def open(self, key: str, offset: int = 0, length: int = 0) -> BinaryIO:
        """Open the file of an object, at its beginning or elsewhere."""
        path = self._path(key)
        try:
            file = path.open("rb")
            file.seek(offset)
            return cast("BinaryIO", io.BufferedReader(_Part(file, length))) if length else file
        except FileNotFoundError:
            raise ObjectNotFoundError(key) from None
        except OSError as error:
            raise StorageError(f"The object {key} could not be read: {error.strerror}.") from error

    @contextmanager
    def local_path(self, key: str) -> Iterator[Path]:
        """Yield the object's own file: no copy is made, and nobody may write to it."""
        with self.open(key):
            yield self._path(key)

    def delete(self, key: str) -> None:
        """Remove the file of an object."""
        path = self._path(key)
        with _storage_errors(f"The object {key} could not be deleted"):
            path.unlink(missing_ok=True)

    def delete_tree(self, prefix: str) -> None:
        """Remove every object below `prefix`; they disappear at once, then their files go."""
        folder = self._folder(prefix)
        trash = self._work / uuid.uuid4().hex
        with _storage_errors(f"The objects below {prefix} could not be deleted"):
            _make_folder(self._work)
            with suppress(FileNotFoundError):
                folder.rename(trash)
        # Nobody can see the files any more; what cannot be removed now goes with the stale.
        shutil.rmtree(trash, ignore_errors=True)

    def keys(self, prefix: str) -> Iterator[str]:
        """List the keys below `prefix`, reading folder by folder."""
        return self._walk(self._folder(prefix))

    def ping(self) -> None:
        """Write and remove a small file, and clean up what dead processes left behind."""
        work = self._work / uuid.uuid4().hex
        with _storage_errors("The object store cannot be written to"):
            _make_folder(self._work)
            try:
                work.write_bytes(b"ping")
            finally:
                work.unlink(missing_ok=True)
            self._remove_stale(time.time() - _STALE_SECONDS)

    def _path(self, key: str) -> Path:
        return self._root / (check_key(key) + _SUFFIX)

    def _folder(self, prefix: str) -> Path:
        return self._root / check_key(prefix)

    def _walk(self, folder: Path) -> Iterator[str]:
        for parent, _, names in os.walk(folder):
            base = Path(parent).relative_to(self._root).as_posix()
            yield from (f"{base}/{name.removesuffix(_SUFFIX)}" for name in names)

    def _remove_stale(self, before: float) -> None:
        for path in self._work.iterdir():
            # Somebody else may be cleaning up too.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime >= before:
                    continue
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


class _Part(io.RawIOBase):
    """What follows in a file, up to so many bytes; closing it closes the file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(min(len(buffer), self._left))
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


def open_directory(
    url: str,
    _credentials: Credentials = NO_CREDENTIALS,
    _folder: Path | None = None,
    _timeout: float = TIMEOUT,
) -> DirectoryObjectStore:
    """Return the store in the directory that a `file:///absolute/path` address names."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    if parts.netloc or parts.query or parts.fragment or not path.is_absolute():
        raise ConfigurationError(
            f"The object store's address {shown_address(url)} names no directory:"
            " write file:// and an absolute path, with '?', '#' and '%' percent-encoded."
        )
    return DirectoryObjectStore(path)


@contextmanager
def _storage_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = StorageFullError if is_full(error) else StorageError
        raise kind(f"{what}: {error.strerror or error}.") from error


@contextmanager
def _closing(file: BinaryIO, failure: str) -> Iterator[None]:
    """Close a file at the end; on a full disk even that fails."""
    try:
        yield
    finally:
        with _storage_errors(failure):
            file.close()


def _write(file: BinaryIO, content: Iterable[bytes], failure: str) -> tuple[int, str]:
    """Write all pieces through to the disk; return their size and SHA-256."""
    digest = hashlib.sha256()
    size = 0
    for piece in content:
        digest.update(piece)
        size += len(piece)
        # Only the disk's errors are the store's: those of the iterator are the caller's own.
        with _storage_errors(failure):
            file.write(piece)
    with _storage_errors(failure):
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _move(work: Path, target: Path) -> None:
    """Rename a finished file into its place, durably."""
    _make_folder(target.parent)
    try:
        work.replace(target)
    except FileNotFoundError:
        # The folder was deleted as a tree between the two calls; what is written after that stays.
        _make_folder(target.parent)
        work.replace(target)
    _sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each entered durably in the one above."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
