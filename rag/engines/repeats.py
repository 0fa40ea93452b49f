"""The same passage in several chunks: what tells it, and finding it once among many rows."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

from rag.engines.base import Duplicate
from rag.engines.segmented.segments import Floats, Indices, Packed

_BITS = (1 << 63) - 1
"""SQLite keeps integers of 64 bits with a sign."""

_SHIFTS = (0, 20, 40)
"""To the bits of a digest that name its slot, each time that slots are given out."""

_SORTED = 4096
"""Fewer rows are sorted, which takes 25 to 50 ns for each; to give out slots takes 10."""


def content_digest(content: str) -> int:
    """Return what tells a passage from others, in 63 bits; 0 for one without words."""
    if not content.strip():
        return 0
    return xxhash.xxh3_64_intdigest(content.encode("utf-8", "surrogatepass")) & _BITS


@dataclass(frozen=True, slots=True)
class Passages:
    """Which of some rows hold the same passage: `numbers` has one number for all that do."""

    numbers: Indices
    count: int

    def best(self, similarities: Floats) -> Floats:
        """Return the highest similarity of each passage, by its number."""
        best = np.full(self.count, -np.inf, np.float32)
        np.maximum.at(best, self.numbers, similarities)
        return best


def count_repeats(digests: Packed) -> int:
    """Return how many rows hold a passage that another row before them holds."""
    repeats = 0
    for shift in _SHIFTS:
        if len(digests) < _SORTED:
            break
        # Each row writes its number into the slot of its digest; those whose number was written
        # over meet the row that did so, which holds the same or, by chance, another passage.
        size = 1 << (2 * len(digests)).bit_length()
        slots = ((digests >> np.uint64(shift)) & np.uint64(size - 1)).astype(np.intp)
        rows = np.arange(len(digests), dtype=np.uint32)
        written = np.empty(size, np.uint32)
        written[slots] = rows
        met = written.take(slots)
        lost = np.flatnonzero(met != rows)
        others = digests.take(lost)
        same = others == digests.take(met.take(lost))
        repeats += int(np.count_nonzero(same & (others > 0)))
        digests = others[~same]
    return repeats + int(np.count_nonzero(_is_repeated(np.sort(digests))))


def number_passages(digests: Packed) -> Passages:
    """Return the rows of some digests as passages; what has no words is never the same."""
    order = np.argsort(digests, kind="stable")
    begins = ~_is_repeated(digests[order])
    numbers = np.empty(len(digests), np.intp)
    numbers[order] = np.concatenate(([0], np.cumsum(begins)))
    return Passages(numbers, int(np.count_nonzero(begins)) + 1)


def _is_repeated(ordered: Packed) -> NDArray[np.bool_]:
    """Return for each sorted digest but the first whether it is the one before it."""
    repeated: NDArray[np.bool_] = (ordered[1:] == ordered[:-1]) & (ordered[1:] > 0)
    return repeated


def sorted_duplicates(found: Iterable[Duplicate]) -> tuple[Duplicate, ...]:
    """Return duplicates in the order in which hits name them."""
    return tuple(sorted(found, key=lambda one: (one.document_name, one.chunk_id)))
