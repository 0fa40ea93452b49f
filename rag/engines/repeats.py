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
    ordered = np.sort(digests)
    return int(np.count_nonzero(_is_repeated(ordered)))


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
