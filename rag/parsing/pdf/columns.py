"""Columns of tables that no rules draw: stretches between strips that no row writes into."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from statistics import median

import numpy as np

from rag.parsing.pdf.lines import Line, Word

_GUTTER = 0.45
"""The least width of a gap between columns, by the height of the text."""

_NARROW_GUTTER = 0.3
_MANY_ROWS = 6
"""From so many rows on, gaps that are at the same place in all are there on purpose."""

_WIDE_BLANK = 0.33
"""The least gap between words that may be one between columns, by the height of the text."""

_STRAY = 0.1

_begin, _end = itemgetter(0), itemgetter(1)

Numbered = tuple[int, Line]
"""A run with its number in the order of the file."""

WordsOf = Callable[[Line], Sequence[Word]]


def _stretches(row: Sequence[Numbered], words_of: WordsOf) -> Iterator[tuple[float, float]]:
    """Yield the stretches of a row without wide gaps, which are narrower here than in prose."""
    for _, line in row:
        left = right = line.left
        # Most runs of a table are one word, which has no gaps.
        for word in words_of(line) if line.several else ():
            if word.left - right > _WIDE_BLANK * line.height and right > left:
                yield left, right
                left = word.left
            right = max(right, word.right)
        yield left, line.right


def column_edges(rows: Sequence[list[Numbered]], words_of: WordsOf) -> list[tuple[float, float]]:
    """Return the columns: the stretches between strips that hardly any row writes into."""
    several = [row for row in rows if len(row) > 1]
    height = median(item[1].height for row in several for item in row)
    allowed = int(_STRAY * len(several))
    begins: list[float] = []
    ends: list[float] = []
    gutter = (_GUTTER if len(several) < _MANY_ROWS else _NARROW_GUTTER) * height
    for row in several:
        for left, right in _stretches(row, words_of):
            begins.append(left)
            ends.append(right)
    columns: list[tuple[float, float]] = []
    for begin, end in _covered(begins, ends, allowed):
        narrow = columns and begin - columns[-1][1] < gutter
        columns.append((columns.pop()[0] if narrow else begin, end))
    return columns


def _covered(
    begins: Sequence[float], ends: Sequence[float], allowed: int
) -> Iterator[tuple[float, float]]:
    """Yield where more than so many stretches lie over each other, from the left."""
    # Where one ends and another begins, the end comes first.
    places = np.array((*ends, *begins))
    steps = np.ones(len(places), dtype=np.int64)
    steps[: len(ends)] = -1
    order = places.argsort(kind="stable")
    over = np.concatenate(([False], steps[order].cumsum() > allowed))
    edges = places[order[np.flatnonzero(over[1:] != over[:-1])]].tolist()
    yield from zip(edges[0::2], edges[1::2], strict=True)


def column_of(left: float, right: float, columns: Sequence[tuple[float, float]]) -> int:
    """Return the column that a box stands in; -1 if it covers parts of several.

    Columns go from left to right, and share nothing.
    """
    first = bisect_right(columns, left, key=_end)
    last = bisect_left(columns, right, lo=first, key=_begin) - 1
    if last < first or left >= right:
        middle = (left + right) / 2
        return min(range(len(columns)), key=lambda number: abs(sum(columns[number]) / 2 - middle))
    return first if first == last else -1
