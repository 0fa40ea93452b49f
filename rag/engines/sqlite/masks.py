"""Which rows of a dataset searches may find, at one version of it.

Reading that from the store takes as long as the dataset is large, what has changed since a version
only as long as there were changes. So large datasets have the mask of some version in a file, which
whoever writes keeps near. It is a cache as the segments are.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
from numpy.typing import NDArray

from rag.engines.sqlite.rows import Dataset
from rag.engines.sqlite.segment_files import checked_content, replace_file
from rag.engines.sqlite.statements import fetch

_MAGIC = b"RAGLMSK1"
_HEAD = struct.Struct("<QQ")


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


def read_mask(connection: apsw.Connection, dataset: Dataset, known: Mask | None) -> Mask:
    """Return the mask of a dataset as the connection's snapshot has it, from a known one if it may.

    A later one, or one that is too far behind, is of no use.
    """
    visible = None if known is None else _changed(connection, dataset, known)
    return Mask(dataset.version, _read(connection, dataset) if visible is None else visible)


def _read(connection: apsw.Connection, dataset: Dataset) -> NDArray[np.bool_]:
    found = connection.execute(
        "SELECT row & 0xffffffff FROM chunk JOIN document ON document.number = chunk.document"
        " WHERE row >= ? AND row < ? AND chunk.generation = document.generation"
        " AND available AND enabled",
        (dataset.row(0), dataset.row(dataset.next_row)),
    )
    visible = np.zeros(dataset.next_row, bool)
    visible[np.fromiter((row for (row,) in found), np.intp)] = True
    return visible


def _changed(
    connection: apsw.Connection, dataset: Dataset, known: Mask
) -> NDArray[np.bool_] | None:
    if known.version > dataset.version or len(known.visible) > dataset.next_row:
        return None
    changes = fetch(
        connection,
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
