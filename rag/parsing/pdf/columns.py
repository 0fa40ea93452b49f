"""Columns of tables that no rules draw: stretches between strips that no row writes into."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from rag.parsing.pdf.lines import Line, Word

_GUTTER = 0.45
"""The least width of a gap between columns, by the height of the text."""

_NARROW_GUTTER = 0.3
_MANY_ROWS = 6
"""From so many rows on, gaps that are at the same place in all are there on purpose."""

_WIDE_BLANK = 0.33
"""The least gap between words that may be one between columns, by the height of the text."""

_STRAY = 0.1

Numbered = tuple[int, Line]
"""A run with its number in the order of the file."""

WordsOf = Callable[[Line], Sequence[Word]]


def _stretches(row: Sequence[Numbered], words_of: WordsOf) -> Iterator[tuple[float, float]]:
    """Yield the stretches of a row without wide gaps, which are narrower here than in prose."""
    for _, line in row:
        words = words_of(line)
        left = right = line.left
        for word in words:
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
    steps: list[tuple[float, int]] = []
    gutter = (_GUTTER if len(several) < _MANY_ROWS else _NARROW_GUTTER) * height
    for row in several:
        for left, right in _stretches(row, words_of):
            steps += [(left, 1), (right, -1)]
    columns: list[tuple[float, float]] = []
    depth, begun, ended = 0, 0.0, float("-inf")
    for at, step in sorted(steps):
        was, depth = depth > allowed, depth + step
        if depth > allowed and not was:
            if columns and at - ended < gutter:
                begun, _ = columns.pop()
            else:
                begun = at
        elif was and depth <= allowed:
            columns.append((begun, at))
            ended = at
    return columns


def column_of(left: float, right: float, columns: Sequence[tuple[float, float]]) -> int:
    """Return the column that a box stands in; -1 if it covers parts of several."""
    inside = [
        number
        for number, (begin, end) in enumerate(columns)
        if min(right, end) - max(left, begin) > 0
    ]
    if not inside:
        middle = (left + right) / 2
        return min(range(len(columns)), key=lambda number: abs(sum(columns[number]) / 2 - middle))
    return inside[0] if len(inside) == 1 else -1
