"""Which rows of a dataset searches may find, at one version of it.

Reading that from the store takes as long as the dataset is large, what has changed since a version
only as long as there were changes. So large datasets have the mask of some version in a file, which
whoever writes keeps near. It is a cache as the segments are.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.engines.segmented.rows import Dataset
from rag.engines.segmented.segment_files import checked_content, replace_file
from rag.engines.segmented.session import Session

_MAGIC = b"RAGLMSK1"
_HEAD = struct.Struct("<QQ")
_READ_ROWS = 1 << 16
"""At once: what they take up in memory is a few megabytes."""

_VISIBLE = (
    "SELECT row & 4294967295 FROM chunk JOIN document ON document.number = chunk.document"
    " WHERE row >= ? AND row < ? AND chunk.generation = document.generation"
    " AND available AND enabled"
)


@dataclass(frozen=True, slots=True)
class Mask:
    """Which rows are visible at a version; those that are not there yet are not."""

    version: int
    visible: NDArray[np.bool_]


def load_mask(path: Path) -> Mask | None:
    """Return the mask in a file, or None where there is no usable one."""
    with suppress(OSError, ValueError, struct.error):
        content = checked_content(memoryview(path.read_bytes()), _MAGIC)
        version, rows = _HEAD.unpack(content[: _HEAD.size])
        bits = np.frombuffer(content[_HEAD.size :], np.uint8)
        return Mask(version, np.unpackbits(bits, count=rows).astype(bool))
    return None


def save_mask(path: Path, mask: Mask) -> None:
    """Write a mask whole, or leave the one that is there."""
    head = _HEAD.pack(mask.version, len(mask.visible))
    replace_file(path, _MAGIC, head + np.packbits(mask.visible).tobytes())


def read_mask(session: Session, dataset: Dataset, known: Mask | None) -> Mask:
    """Return the mask of a dataset as the session's snapshot has it, from a known one if it may.

    A later one, or one that is too far behind, is of no use.
    """
    visible = None if known is None else _changed(session, dataset, known)
    return Mask(dataset.version, _read(session, dataset) if visible is None else visible)


def _read(session: Session, dataset: Dataset) -> NDArray[np.bool_]:
    visible = np.zeros(dataset.next_row, bool)
    for first in range(0, dataset.next_row, _READ_ROWS):
        last = min(first + _READ_ROWS, dataset.next_row)
        found = session.fetch(_VISIBLE, (dataset.row(first), dataset.row(last)))
        visible[np.fromiter((row for (row,) in found), np.intp)] = True
    return visible


def _changed(session: Session, dataset: Dataset, known: Mask) -> NDArray[np.bool_] | None:
    if known.version > dataset.version or len(known.visible) > dataset.next_row:
        return None
    changes = session.fetch(
        "SELECT visible, rows FROM change WHERE dataset = ? AND version > ? ORDER BY version",
        (dataset.number, known.version),
    )
    if len(changes) < dataset.version - known.version:
        return None
    visible = np.zeros(dataset.next_row, bool)
    visible[: len(known.visible)] = known.visible
    for is_visible, rows in changes:
        visible[np.frombuffer(rows, np.uint32)] = bool(is_visible)
    return visible
