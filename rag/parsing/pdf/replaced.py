"""Text that a page has in other words than it shows: PDFium gives it the box of its first part.

A stretch marked with /ActualText (ISO 32000-1, 14.9.4) may be drawn by several operators. PDFium
puts all letters of the replacement into the box of the first of them. Where such a stretch holds
another one, the text of the outer one stands for all of it; PDFium gives both, and the outer twice.
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
from rag.parsing.pdf.scripts import clean
from rag.parsing.pdf.shapes import MOST_OBJECTS

_HANDLE, _INT = ctypes.c_void_p, ctypes.c_int
_page_object = plain(raw.FPDFPage_GetObject, _HANDLE, _INT)
_kind_of = plain(raw.FPDFPageObj_GetType, _INT)
_bounds = plain(raw.FPDFPageObj_GetBounds, _INT, _HANDLE, _HANDLE, _HANDLE, _HANDLE)
_mark_count = plain(raw.FPDFPageObj_CountMarks, _INT)
_mark = plain(raw.FPDFPageObj_GetMark, _HANDLE, ctypes.c_ulong)
_param_kind = plain(raw.FPDFPageObjMark_GetParamValueType, _INT, ctypes.c_char_p)
_param_text = plain(
    raw.FPDFPageObjMark_GetParamStringValue,
    _INT,
    ctypes.c_char_p,
    _HANDLE,
    ctypes.c_ulong,
    _HANDLE,
)
_LONGEST = 2048
_STRING = raw.FPDF_OBJECT_STRING
_MOST_MARKS = 8
_NEAR = 2.0

Sides = tuple[float, float, float, float]


class Replaced(NamedTuple):
    """Where the first part of a marked stretch stands, and where all of it does.

    `given` is the text that PDFium has for a stretch with others within, `meant` that of the outer.
    """

    first: Sides
    whole: Sides
    given: str = ""
    meant: str = ""


def _replacing_marks(item: int) -> Iterator[int]:
    """Yield the marks of an object that have text in its place, the outermost first."""
    for number in range(min(_mark_count(item), _MOST_MARKS)):
        mark: int = _mark(item, number) or 0
        if mark and _param_kind(mark, b"ActualText") == _STRING:
            yield mark


def _replacing_mark(item: int) -> int:
    return next(_replacing_marks(item), 0)


def _text_of(mark: int) -> str:
    room, size = ctypes.create_string_buffer(_LONGEST), ctypes.c_ulong()
    _param_text(mark, b"ActualText", ctypes.addressof(room), _LONGEST, ctypes.addressof(size))
    return room.raw[: max(min(size.value, _LONGEST) - 2, 0)].decode("utf-16-le", "replace")


def _said(items: Sequence[int]) -> tuple[str, str]:
    """Return what PDFium gives for a stretch, and what it says; nothing where that is the same."""
    inmost = [mark for mark, _ in groupby([*_replacing_marks(item)][-1] for item in items)]
    given = [clean(_text_of(mark)) for mark in inmost]
    meant = clean(_text_of(_replacing_mark(items[0])))
    return ("".join(given), meant) if given != [meant] else ("", "")


def _box(item: int) -> Sides | None:
    """Return an object's box in the space of the page: left, top, right, bottom."""
    sides = (ctypes.c_float * 4)()
    at, size = ctypes.addressof(sides), ctypes.sizeof(ctypes.c_float)
    if not _bounds(item, *range(at, at + 4 * size, size)):
        return None
    left, bottom, right, top = sides
    return left, top, right, bottom


def _stretches(page: pypdfium2.PdfPage) -> Iterator[list[int]]:
    """Yield the texts of each marked stretch."""
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
    count = min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)
    objects = list(map(_page_object, repeat(handle), range(count)))
    texts = [item for item in objects if _kind_of(item) == raw.FPDF_PAGEOBJ_TEXT]
    for mark, group in groupby(texts, key=_replacing_mark):
        if mark:
            yield list(group)


def replaced_stretches(page: pypdfium2.PdfPage, frame: Frame) -> list[Replaced]:
    """Return the marked stretches of a page that have several operators or others within."""
    found = []
    for items in _stretches(page):
        boxes = [box for box in map(_box, items) if box is not None]
        given, meant = _said(items)
        if not boxes or (len(boxes) == 1 and not given):
            continue
        seen = frame.seen(np.array(boxes, dtype=np.float32))
        low, high = seen[:, :2].min(axis=0).tolist(), seen[:, 2:].max(axis=0).tolist()
        left, top, right, bottom = seen[0].tolist()
        whole = (low[0], low[1], high[0], high[1])
        found.append(Replaced((left, top, right, bottom), whole, given, meant))
    return found


def widened(lines: Iterable[Line], stretches: Sequence[Replaced]) -> list[Line]:
    """Return runs, those in the first part of a marked stretch with the box of all of it."""
    return [_widened(line, stretches) for line in lines]


def _widened(line: Line, stretches: Sequence[Replaced]) -> Line:
    for stretch in stretches:
        if not line.turn and _is_in(line, stretch.first):
            left, top, right, bottom = stretch.whole
            line = replace(line, left=left, top=top, right=right, bottom=bottom)
        if stretch.given and _is_in(line, stretch.whole):
            line = replace(line, text=line.text.replace(stretch.given, stretch.meant))
    return line


def _is_in(line: Line, box: Sides) -> bool:
    sides = (line.left - box[0], line.top - box[1])
    ends = (box[2] - line.right, box[3] - line.bottom)
    return min(*sides, *ends) > -_NEAR
