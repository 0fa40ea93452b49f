"""Which pages of a document are read, and which of them one task reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PageRange = tuple[int, int]
"""The first page and the last, counted from 1."""

_PAIR = 2
_LAST = 2**31


def ranges_of(config: Mapping[str, Any]) -> tuple[PageRange, ...]:
    """Return the ranges that the stored setting `pages` has, in order, each page once.

    The setting may be of any release.
    """
    found = config.get("pages") or ()
    return within((tuple(pair) for pair in found if len(pair) == _PAIR), _LAST)


def within(ranges: Iterable[PageRange], pages: int) -> tuple[PageRange, ...]:
    """Return what there is of some ranges in a document of so many pages, in order, each once."""
    kept: list[PageRange] = []
    for first, last in sorted(ranges):
        begin = max(first, kept[-1][1] + 1) if kept else first
        if begin <= min(last, pages):
            kept.append((begin, min(last, pages)))
    return tuple(kept)


def shares(ranges: Iterable[PageRange], most: int) -> Sequence[PageRange]:
    """Return ranges in parts of at most so many pages."""
    return [
        (start, min(last, start + most - 1))
        for first, last in ranges
        for start in range(first, last + 1, most)
    ]


def count(ranges: Iterable[PageRange]) -> int:
    """Return how many pages some ranges have."""
    return sum(last - first + 1 for first, last in ranges)
