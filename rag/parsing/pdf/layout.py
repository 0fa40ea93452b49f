"""Lines of a PDF page made into paragraphs: pure geometry, in points from the top left corner."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Protocol, TypeVar
from unicodedata import bidirectional

from rag.parsing.pdf.code import code_blocks
from rag.parsing.pdf.lines import HYPHEN, Line, Paragraph, around
from rag.parsing.pdf.scripts import joined

_BULLET = re.compile(r"[•◦▪▫‣\u2043●○■□➢➤✓\-–—*]\s|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s")

_SAME_ROW_OVERLAP = 0.5
_LARGEST_PITCH = 2.2
_PITCH_TOLERANCE = 1.35
_SIZE_RATIO = 2.2
_SHORT_LINE = 0.12
_INDENT = 0.8
_OTHER_SIZE = 1.09
_ENTRY = re.compile(r"\.\.\. ?\S{1,6}$")
"""A line of a table of contents."""

_STOPPED = re.compile(r"[^\w\s,-]['\"”’)]?$|\d$")
_LEAST_SENTENCE = 20
_ENDED = re.compile(r"[.!?:]['\"”’)]?$")
_END = 2
"""Letters at the end of a line that tell whether it ends a sentence: looking at all takes long."""

_WORD_GAP = 0.12
_CELL_GAP = 3.0
_DISORDER = 0.25
_GUTTER = 6.0


class Boxed(Protocol):
    """What has a place on a page."""

    @property
    def left(self) -> float:
        """Return the left edge."""

    @property
    def top(self) -> float:
        """Return the top edge."""

    @property
    def right(self) -> float:
        """Return the right edge."""

    @property
    def bottom(self) -> float:
        """Return the bottom edge."""


B = TypeVar("B", bound=Boxed)


def _is_same_row(one: Line, other: Line) -> bool:
    """Return whether `other` carries on to the right of `one`, as after a raised note mark."""
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    if overlap < _SAME_ROW_OVERLAP * min(one.height, other.height):
        return False
    gap = other.left - one.right
    return -one.height < gap < _CELL_GAP * max(one.height, other.height)


def join_rows(lines: Iterable[Line]) -> list[Line]:
    """Join what stands side by side on one base line, some blanks apart at most."""
    rows: list[Line] = []
    for line in lines:
        if rows and _is_same_row(rows[-1], line):
            last = rows.pop()
            close = line.left - last.right < _WORD_GAP * max(last.height, line.height)
            text = last.text + ("" if close else " ") + line.text
            rows.append(last.spanning(text, [last, line]))
        else:
            rows.append(line)
    return rows


def _is_far(paragraph: Sequence[Line], line: Line) -> bool:
    """Return whether a line is too far from a paragraph, or too unlike it, to continue it."""
    last = paragraph[-1]
    pitch = line.middle - last.middle
    tallest = max(last.height, line.height)
    if not 0 < pitch <= _LARGEST_PITCH * tallest:
        return True
    if tallest > _SIZE_RATIO * min(last.height, line.height):
        return True
    if len(paragraph) > 1:
        usual = last.middle - paragraph[-2].middle
        if pitch > _PITCH_TOLERANCE * usual + 1:
            return True
    return min(last.right, line.right) <= max(last.left, line.left)


def _is_leftward(line: Line) -> bool:
    """Return whether a line's first letter is of a script that runs from right to left."""
    if line.text.isascii():
        return False
    letter = next((char for char in line.text if char.isalpha()), "")
    return bidirectional(letter or "a") in {"R", "AL"}


def _is_other_print(last: Line, line: Line) -> bool:
    """Return whether two lines differ in print as a heading does from the text below it."""
    if last.level != line.level:
        return True
    larger, smaller = max(last.size, line.size), min(last.size, line.size)
    if smaller and larger > _OTHER_SIZE * smaller:
        return True
    if last.bold == line.bold:
        return False
    # Words in bold may begin a line of a paragraph; a heading ends before the edge.
    return last.right < line.right - _SHORT_LINE * (line.right - line.left) or bool(
        _ENDED.search(last.text[-_END:])
    )


def _goes_on(last: Line, line: Line) -> bool:
    """Return whether a line goes on with the word, or in the same print the sentence, before it."""
    if not line.text[:1].islower() or is_listed(line.text):
        return False
    if last.text.endswith(HYPHEN):
        return True
    return (
        len(last.text) >= _LEAST_SENTENCE
        and " " in line.text
        and not _STOPPED.search(last.text[-_END:])
        and not _is_other_print(last, line)
    )


def _begins_anew(paragraph: Sequence[Line], line: Line, left: float, right: float) -> bool:
    """Return whether a line opens a paragraph: after a short one, indented, or listed.

    `left` and `right` are the edges of the paragraph and the line together.
    """
    last = paragraph[-1]
    if _goes_on(last, line):
        return False
    leftward = _is_leftward(last)
    missing = last.left - left if leftward else right - last.right
    if missing > _SHORT_LINE * max(right - left, 1):
        return True
    indent = last.right - line.right if leftward else line.left - last.left
    if len(paragraph) > 1 and indent > _INDENT * line.height:
        return True
    if _is_other_print(last, line) or ("..." in last.text and _ENTRY.search(last.text)):
        return True
    return is_listed(line.text)


def is_listed(text: str) -> bool:
    """Return whether a line opens an item of a list."""
    return _BULLET.match(text) is not None


def join(lines: Sequence[Line]) -> Paragraph:
    """Return lines as a paragraph."""
    return Paragraph(joined([line.text for line in lines]), *around(lines), tuple(lines))


def paragraphs(lines: Iterable[Line]) -> Iterator[Paragraph]:
    """Yield the paragraphs that consecutive lines make, in the order of the lines.

    Lines in print of a fixed pitch are code.
    """
    for is_code, group in groupby(join_rows(lines), key=lambda line: line.fixed):
        make = code_blocks if is_code else _prose
        yield from make(group)


def _prose(lines: Iterable[Line]) -> Iterator[Paragraph]:
    kept: list[Line] = []
    left = right = 0.0
    for line in lines:
        if kept:
            left, right = min(left, line.left), max(right, line.right)
            if _is_far(kept, line) or _begins_anew(kept, line, left, right):
                yield join(kept)
                kept = []
        if not kept:
            left, right = line.left, line.right
        kept.append(line)
    if kept:
        yield join(kept)


def _jumps(boxes: Sequence[B]) -> int:
    """Count steps back up within a column: an order made for reading has none."""
    return sum(
        following.bottom < box.top
        and min(box.right, following.right) > max(box.left, following.left)
        for box, following in pairwise(boxes)
    )


def _parts(boxes: Sequence[B], *, across: bool) -> list[list[B]]:
    """Cut boxes along blank strips from edge to edge: into columns if `across`, else bands."""
    parts: list[list[B]] = []
    end = float("-inf")
    for box in sorted(boxes, key=lambda item: item.left if across else item.top):
        start, stop = (box.left, box.right) if across else (box.top, box.bottom)
        if not parts or start > end + (_GUTTER if across else 0):
            parts.append([])
        parts[-1].append(box)
        end = max(end, stop)
    return parts


def _bands(boxes: Sequence[B]) -> list[list[B]]:
    """Cut boxes into bands; rows of the same columns stay together in one band."""
    bands: list[list[B]] = []
    for band in _parts(boxes, across=False):
        if bands and all(
            len(_parts(part, across=True)) > 1 for part in (bands[-1], band, [*bands[-1], *band])
        ):
            bands[-1].extend(band)
        else:
            bands.append(band)
    return bands


def _cut(boxes: Sequence[B]) -> Iterator[B]:
    """Yield boxes by repeated cuts into columns, then bands, until no blank strip is left.

    The X-Y cut of Nagy and Seth (1984), columns first; kept in a list, so depth does not matter.
    """
    pending = [list(boxes)]
    while pending:
        part = pending.pop()
        cuts = _parts(part, across=True)
        if len(cuts) == 1:
            cuts = _bands(part)
        if len(cuts) == 1:
            yield from sorted(part, key=lambda box: (round(box.top), box.left))
        else:
            pending.extend(reversed(cuts))


def reading_order(boxes: Sequence[B]) -> list[B]:
    """Return paragraphs as the file orders them, or by their place where that order is a jumble."""
    if _jumps(boxes) <= max(2, _DISORDER * len(boxes)):
        return list(boxes)
    return list(_cut(boxes))
