"""Keeps segments in files that all processes map. A cache: any file may vanish or rot at any time.

A file is written beside its place and renamed, never changed. It begins with a magic word and the
checksum of all the rest: a head that names the arrays, and the arrays.
"""

import contextlib
import json
import mmap
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import xxhash

from rag.engines.segmented.segments import Segment

_MAGIC = b"RAGLSEG4"
_CHECKED_FROM = len(_MAGIC) + 8
_ALIGNMENT = 64
_HEAD_SIZE = 4096
_DRAFT = ".part"
_STALE_SECONDS = 3600
"""Drafts older than this belong to a process that died: writing one takes a second."""

_NAMES = [field.name for field in fields(Segment)]


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A segment that lies in a file."""

    segment: Segment
    path: Path
    stamp: tuple[int, int, int]

    def is_intact(self) -> bool:
        """Return whether reading the segment is safe: a file that shrinks ends its readers.

        One that was removed, replaced or put out of reach stays as it is for those who have
        mapped it.
        """
        try:
            now = _stamp(self.path)
        except OSError:
            return True
        return now == self.stamp or now[0] != self.stamp[0]

    def is_replaced(self) -> bool:
        """Return whether another file is at its place."""
        try:
            return _stamp(self.path) != self.stamp
        except OSError:
            return False


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGNMENT)


def _head(arrays: Iterable[tuple[str, np.ndarray]]) -> bytes:
    listed = [[name, array.dtype.str, array.shape] for name, array in arrays]
    return json.dumps(listed).encode().ljust(_HEAD_SIZE - _CHECKED_FROM, b"\n")


def _checksum(data: bytes | memoryview) -> bytes:
    return xxhash.xxh3_64_digest(data)


def save_segment(path: Path, segment: Segment) -> None:
    """Write a segment; several processes may write the same one at once."""
    arrays = [(name, np.ascontiguousarray(getattr(segment, name))) for name in _NAMES]
    parts = [part for _, a in arrays for part in (a.tobytes(), _padding(a.nbytes))]
    replace_file(path, _MAGIC, b"".join([_head(arrays), *parts]))


def replace_file(path: Path, magic: bytes, checked: bytes) -> None:
    """Write a file whole, or leave the one that is there: magic word, checksum, content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(path.parent)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=_DRAFT)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(magic + _checksum(checked))
            file.write(checked)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _remove_stale(folder: Path) -> None:
    """Remove what killed writers have left."""
    before = time.time() - _STALE_SECONDS
    for draft in folder.glob(f"*{_DRAFT}"):
        # Somebody else may be removing it, too.
        with contextlib.suppress(OSError):
            if draft.stat().st_mtime < before:
                draft.unlink()


def checked_content(view: memoryview, magic: bytes) -> memoryview:
    """Return the content of a file that `replace_file` wrote; raises ValueError for another."""
    content = view[_CHECKED_FROM:]
    if view[:_CHECKED_FROM] != magic + _checksum(content):
        raise ValueError("not such a file, or a damaged one")
    return content


def _read_arrays(mapped: mmap.mmap) -> Segment:
    view = memoryview(mapped)
    checked_content(view, _MAGIC)
    arrays = {}
    start = _HEAD_SIZE
    for name, kind, shape in json.loads(bytes(view[_CHECKED_FROM:_HEAD_SIZE])):
        array = np.frombuffer(view, np.dtype(kind), int(np.prod(shape)), start).reshape(shape)
        arrays[name] = array
        start += array.nbytes + len(_padding(array.nbytes))
    return Segment(**arrays)


def is_filed(path: Path) -> bool:
    """Return whether there is a file of this version, whole or not."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
    return False


def filed_rows(path: Path) -> int:
    """Return how many rows a file holds by its head; 0 where there is no file or no such head."""
    with contextlib.suppress(OSError, ValueError, TypeError), path.open("rb") as file:
        head = file.read(_HEAD_SIZE)[_CHECKED_FROM:]
        return int(next(shape[0] for name, _, shape in json.loads(head) if name == "rows"))
    return 0


def load_segment(path: Path) -> SegmentFile | None:
    """Map a segment's file, or return None where there is no usable one."""
    # Whatever is wrong with a file, the answer is to write it anew.
    with contextlib.suppress(OSError, ValueError, TypeError), path.open("rb") as file:
        stamp = _stamp(path)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return SegmentFile(_read_arrays(mapped), path, stamp)
    return None
