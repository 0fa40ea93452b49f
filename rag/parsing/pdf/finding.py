"""Where a text stands on pages, by the words of both: for chunks that have no places of their own.

The page and the chunk are not of one reading, so their words may differ here and there: a list
has its numbers, a table its signs, and a page its header. So runs of three words are compared, and
those from which the text would start at about the same place are taken together. A text that is
there twice, or of which too little is there, is not found: a wrong box is worse than none.
"""

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from unicodedata import normalize
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WORD = np.dtype([("token", "<u4"), ("page", "<u4"), ("box", "<f4", (4,))])
"""A word of a page: what it says, in 32 bits, the page from 1, and left, top, right, bottom."""

_IDEOGRAPH = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_PIECE = re.compile(rf"{_IDEOGRAPH}|(?:(?!{_IDEOGRAPH})[^\W_])+")
_TAG = re.compile(r"</?\w[^<>]{0,200}>")

_RUN = 3
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SLACK = 12
"""How many words more than half of its own a text may have on the page, as headers and footers."""

_ENOUGH = 0.6
"""The share of a text's words that has to be on the pages."""

_AS_GOOD = 0.9
_OFTEN = 1.5
"""How often the runs of a text may be there on average; one that is there twice in a row is not."""

_SKIPPED = 4
"""So many words between two that were found belong to the text, too."""

_LEADING = 0.8
_AROUND = 1.0

Box = list[float]
"""Page, left, right, top, bottom, in points from the top left corner."""

_Numbers = NDArray[np.int64]


def pieces(text: str) -> list[tuple[int, float, float]]:
    """Return the words of a text, each with where it begins and ends, as shares of the text.

    Case, forms of letters and signs make no difference; each ideograph is a word.
    """
    folded = normalize("NFKC", text).casefold()
    length = max(len(folded), 1)
    return [
        (crc32(piece.group().encode()), piece.start() / length, piece.end() / length)
        for piece in _PIECE.finditer(folded)
    ]


class Finder:
    """Finds texts among the words of some pages."""

    def __init__(self, words: bytes) -> None:
        """Read the words, an array of `WORD` as `numpy.save` writes it."""
        self._words = np.load(BytesIO(words), allow_pickle=False)
        self._tokens = self._words["token"].astype(np.uint64)
        self._runs: dict[int, NDArray[np.uint64]] = {}

    def find(self, text: str) -> list[Box]:
        """Return boxes around the lines of a text; none where it is not found."""
        asked = np.array([token for token, _, _ in pieces(_TAG.sub(" ", text))], dtype=np.uint64)
        size = min(_RUN, len(asked))
        if not size or len(self._tokens) < size:
            return []
        here, there = _in_common(self._page_runs(size), _runs(asked, size))
        chosen = _together(here - there, len(asked))
        if chosen is None:
            return []
        runs = np.unique(there[chosen])
        is_enough = len(_spread(runs, size)) >= _ENOUGH * len(asked)
        if not is_enough or len(chosen) > _OFTEN * len(runs):
            return []
        return _boxes(self._words[_filled(_spread(here[chosen], size))])

    def _page_runs(self, size: int) -> NDArray[np.uint64]:
        if size not in self._runs:
            self._runs[size] = _runs(self._tokens, size)
        return self._runs[size]


def _runs(tokens: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Return a number for each run of so many words."""
    count = len(tokens) - size + 1
    found = tokens[:count].copy()
    for offset in range(1, size):
        found = found * _FACTOR + tokens[offset : offset + count]
    return found


def _in_common(page: NDArray[np.uint64], asked: NDArray[np.uint64]) -> tuple[_Numbers, _Numbers]:
    """Return where runs of the page stand that are asked for, and where these are in the text."""
    order = np.argsort(asked, kind="stable")
    ranked = asked[order]
    place = np.minimum(np.searchsorted(ranked, page), len(ranked) - 1)
    here = np.flatnonzero(ranked[place] == page)
    return here, order[place[here]]


def _together(starts: _Numbers, length: int) -> _Numbers | None:
    """Return the numbers of the runs from which the text would start at about the same place.

    None where there are none, or another place has as many.
    """
    if not len(starts):
        return None
    order = np.argsort(starts, kind="stable")
    ranked = starts[order]
    slack = _SLACK + length // 2
    counts = np.searchsorted(ranked, ranked + slack, side="right") - np.arange(len(ranked))
    best = int(counts.argmax())
    most, first = int(counts[best]), int(ranked[best])
    elsewhere = (ranked < first - length - slack) | (ranked > first + length + slack)
    if elsewhere.any() and counts[elsewhere].max() >= _AS_GOOD * most:
        return None
    return order[best : best + most]


def _spread(places: _Numbers, size: int) -> _Numbers:
    """Return the places of all words of some runs, each once and in order."""
    return np.unique(places[:, None] + np.arange(size))


def _filled(places: _Numbers) -> _Numbers:
    """Return places with the few that lie between them."""
    gaps = np.diff(places, append=places[-1] + 1)
    steps = np.where(gaps <= _SKIPPED + 1, gaps, 1)
    offsets = np.arange(steps.sum()) - np.repeat(np.cumsum(steps) - steps, steps)
    filled: _Numbers = np.repeat(places, steps) + offsets
    return filled


def _boxes(words: NDArray[np.void]) -> list[Box]:
    """Return boxes around lines that follow each other closely."""
    found: list[Box] = []
    for line in _lines(zip(words["page"].tolist(), words["box"].tolist(), strict=True)):
        last = found[-1] if found else None
        if last is not None and _goes_on(last, line):
            found[-1] = _joined(last, line)
        else:
            found.append(line)
    return [
        [page, *(max(round(side, 1), 0.0) for side in _widened(sides))] for page, *sides in found
    ]


def _lines(words: Iterable[tuple[int, Sequence[float]]]) -> list[Box]:
    lines: list[Box] = []
    for page, (left, top, right, bottom) in words:
        word = [page, left, right, top, bottom]
        middle = (top + bottom) / 2
        if lines and lines[-1][0] == page and lines[-1][3] <= middle <= lines[-1][4]:
            lines[-1] = _joined(lines[-1], word)
        else:
            lines.append(word)
    return lines


def _goes_on(block: Box, line: Box) -> bool:
    """Return whether a line stands right below a block, as its next one."""
    height = line[4] - line[3]
    return (
        block[0] == line[0]
        and -height < line[3] - block[4] < _LEADING * height
        and min(block[2], line[2]) > max(block[1], line[1])
    )


def _joined(box: Box, other: Box) -> Box:
    page, left, right, top, bottom = box
    return [
        page,
        min(left, other[1]),
        max(right, other[2]),
        min(top, other[3]),
        max(bottom, other[4]),
    ]


def _widened(sides: Sequence[float]) -> Sequence[float]:
    left, right, top, bottom = sides
    return (left - _AROUND, right + _AROUND, top - _AROUND, bottom + _AROUND)
