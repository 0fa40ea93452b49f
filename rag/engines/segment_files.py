"""Keeps segments in files that all processes map. A cache: any file may vanish or rot at any time.

A file is written beside its place and renamed, never changed; its head names the arrays and holds
a checksum over all of them.
"""

import contextlib
import json
import mmap
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import xxhash

from rag.engines.segments import Segment

_MAGIC = b"RAGLSEG1"
_ALIGNMENT = 64
_HEAD_SIZE = 4096
_NAMES = [field.name for field in fields(Segment)]


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A segment that lies in a file."""

    segment: Segment
    path: Path
    stamp: tuple[int, int, int]

    def is_intact(self) -> bool:
        """Return whether reading the segment is safe: a file that shrinks ends its readers.

        One that was removed or replaced stays as it is for those who have mapped it.
        """
        try:
            now = _stamp(self.path)
        except FileNotFoundError:
            return True
        return now == self.stamp or now[0] != self.stamp[0]


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGNMENT)


def _head(arrays: Iterable[tuple[str, np.ndarray]], checksum: int) -> bytes:
    listed = [[name, array.dtype.str, array.shape] for name, array in arrays]
    head = _MAGIC + json.dumps({"arrays": listed, "checksum": checksum}).encode()
    return head.ljust(_HEAD_SIZE, b"\n")


def save_segment(path: Path, segment: Segment) -> None:
    """Write a segment; several processes may write the same one at once."""
    arrays = [(name, np.ascontiguousarray(getattr(segment, name))) for name in _NAMES]
    body = b"".join(part for _, a in arrays for part in (a.tobytes(), _padding(a.nbytes)))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_head(arrays, xxhash.xxh3_64_intdigest(body)))
            file.write(body)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _read_arrays(mapped: mmap.mmap) -> Segment:
    view = memoryview(mapped)
    if bytes(view[: len(_MAGIC)]) != _MAGIC:
        raise ValueError("not a segment")
    head = json.loads(bytes(view[len(_MAGIC) : _HEAD_SIZE]))
    if xxhash.xxh3_64_intdigest(view[_HEAD_SIZE:]) != head["checksum"]:
        raise ValueError("damaged")
    arrays = {}
    start = _HEAD_SIZE
    for name, kind, shape in head["arrays"]:
        array = np.frombuffer(view, np.dtype(kind), int(np.prod(shape)), start).reshape(shape)
        arrays[name] = array
        start += array.nbytes + len(_padding(array.nbytes))
    return Segment(**arrays)


def load_segment(path: Path) -> SegmentFile | None:
    """Map a segment's file, or return None where there is no usable one."""
    # Whatever is wrong with a file, the answer is to write it anew.
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError), path.open("rb") as file:
        stamp = _stamp(path)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return SegmentFile(_read_arrays(mapped), path, stamp)
    return None
