"""Text that a page has in other words than it shows: PDFium gives it the box of its first part.

A stretch marked with /ActualText (ISO 32000-1, 14.9.4) may be drawn by several operators. PDFium
puts all letters of the replacement into the box of the first of them.
"""

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, repeat
from typing import NamedTuple

import numpy as np
import pypdfium2
from pypdfium2 import raw

from rag.parsing.pdf.glyphs import Frame
from rag.parsing.pdf.lines import Line
from rag.parsing.pdf.native import plain
from rag.parsing.pdf.shapes import MOST_OBJECTS

_HANDLE, _INT = ctypes.c_void_p, ctypes.c_int
_page_object = plain(raw.FPDFPage_GetObject, _HANDLE, _INT)
_kind_of = plain(raw.FPDFPageObj_GetType, _INT)
_bounds = plain(raw.FPDFPageObj_GetBounds, _INT, _HANDLE, _HANDLE, _HANDLE, _HANDLE)
_mark_count = plain(raw.FPDFPageObj_CountMarks, _INT)
_mark = plain(raw.FPDFPageObj_GetMark, _HANDLE, ctypes.c_ulong)
_param_kind = plain(raw.FPDFPageObjMark_GetParamValueType, _INT, ctypes.c_char_p)
_STRING = raw.FPDF_OBJECT_STRING
_MOST_MARKS = 8
_NEAR = 2.0

Sides = tuple[float, float, float, float]


class Replaced(NamedTuple):
    """Where the first part of a marked stretch stands, and where all of it does."""

    first: Sides
    whole: Sides


def _replacing_mark(item: int) -> int:
    """Return the outermost mark of an object that has text in its place; 0 without one."""
    for number in range(min(_mark_count(item), _MOST_MARKS)):
        mark: int = _mark(item, number) or 0
        if mark and _param_kind(mark, b"ActualText") == _STRING:
            return mark
    return 0


def _box(item: int) -> Sides | None:
    """Return an object's box in the space of the page: left, top, right, bottom."""
    sides = (ctypes.c_float * 4)()
    at, size = ctypes.addressof(sides), ctypes.sizeof(ctypes.c_float)
    if not _bounds(item, *range(at, at + 4 * size, size)):
        return None
    left, bottom, right, top = sides
    return left, top, right, bottom


def _stretches(page: pypdfium2.PdfPage) -> Iterator[list[Sides]]:
    """Yield the boxes of the texts of each marked stretch that has several."""
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
    count = min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)
    objects = list(map(_page_object, repeat(handle), range(count)))
    texts = [item for item in objects if _kind_of(item) == raw.FPDF_PAGEOBJ_TEXT]
    for mark, group in groupby(texts, key=_replacing_mark):
        boxes = [box for box in map(_box, group) if box is not None] if mark else []
        if len(boxes) > 1:
            yield boxes


def replaced_stretches(page: pypdfium2.PdfPage, frame: Frame) -> list[Replaced]:
    """Return the marked stretches of a page that are drawn by several operators."""
    found = []
    for boxes in _stretches(page):
        seen = frame.seen(np.array(boxes, dtype=np.float32))
        low, high = seen[:, :2].min(axis=0).tolist(), seen[:, 2:].max(axis=0).tolist()
        left, top, right, bottom = seen[0].tolist()
        found.append(Replaced((left, top, right, bottom), (low[0], low[1], high[0], high[1])))
    return found


def widened(lines: Iterable[Line], stretches: Sequence[Replaced]) -> list[Line]:
    """Return runs, those in the first part of a marked stretch with the box of all of it."""
    return [_widened(line, stretches) for line in lines]


def _widened(line: Line, stretches: Sequence[Replaced]) -> Line:
    for first, whole in stretches:
        sides = (line.left - first[0], line.top - first[1])
        ends = (first[2] - line.right, first[3] - line.bottom)
        if not line.turn and min(*sides, *ends) > -_NEAR:
            left, top, right, bottom = whole
            return replace(line, left=left, top=top, right=right, bottom=bottom)
    return line
