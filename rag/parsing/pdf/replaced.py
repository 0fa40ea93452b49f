"""Text that a page has in other words than it shows: PDFium gives it the box of its first part.

A stretch marked with /ActualText (ISO 32000-1, 14.9.4) may be drawn by several operators. PDFium
puts all letters of the replacement into the box of the first of them. Where such a stretch holds
another one, the text of the outer one stands for all of it. PDFium (of pypdfium2 5.15) gives for an
operator what the innermost of its marks says, once for as many as follow with the same marks: an
inner text is given too, and the outer one again after it or after any other mark within. Nothing
is given, nor found here, where each operator has a mark within that says nothing: to look for such
texts on all pages would cost more than a tenth of the reading.
"""

import ctypes
import re
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
_param_count = plain(raw.FPDFPageObjMark_CountParams, _INT)
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

    `meant` is its text where PDFium has another one, which is then the pieces of `given`.
    """

    first: Sides
    whole: Sides
    given: tuple[str, ...] = ()
    meant: str = ""


def _marks(item: int) -> list[int]:
    """Return the marks of an object, the outermost first."""
    marks = (_mark(item, number) or 0 for number in range(min(_mark_count(item), _MOST_MARKS)))
    return [mark for mark in marks if mark]


def _replaces(mark: int) -> bool:
    return bool(_param_kind(mark, b"ActualText") == _STRING)


def _replacing_mark(item: int) -> int:
    return next(filter(_replaces, _marks(item)), 0)


def _text_of(mark: int) -> str:
    room, size = ctypes.create_string_buffer(_LONGEST), ctypes.c_ulong()
    _param_text(mark, b"ActualText", ctypes.addressof(room), _LONGEST, ctypes.addressof(size))
    return room.raw[: max(min(size.value, _LONGEST) - 2, 0)].decode("utf-16-le", "replace")


def _said(items: Sequence[int]) -> tuple[tuple[str, ...], str]:
    """Return the pieces that PDFium gives for a stretch, and what it says; "" if that is given."""
    meant = clean(_text_of(_replacing_mark(items[0])))
    given = [_given(marks) for marks, _ in groupby(map(_marks, items))]
    return (tuple(filter(None, given)), meant) if given != [meant] else ((), "")


def _given(marks: Sequence[int]) -> str:
    """Return what PDFium gives for operators with some marks: what the last with entries says."""
    last = [mark for mark in marks if _param_count(mark) > 0][-1]
    return clean(_text_of(last)) if _replaces(last) else ""


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
        if not boxes or (len(boxes) == 1 and not meant):
            continue
        seen = frame.seen(np.array(boxes, dtype=np.float32))
        low, high = seen[:, :2].min(axis=0).tolist(), seen[:, 2:].max(axis=0).tolist()
        left, top, right, bottom = seen[0].tolist()
        whole = (low[0], low[1], high[0], high[1])
        found.append(Replaced((left, top, right, bottom), whole, given, meant))
    return found


def widened(lines: Iterable[Line], stretches: Sequence[Replaced]) -> list[Line]:
    """Return runs, those in the first part of a marked stretch with the box of all of it.

    They say what the stretches mean, where PDFium gives something else.
    """
    found = [_widened(line, stretches) for line in lines]
    for stretch in stretches:
        if stretch.given:
            found = list(_once(found, stretch))
    return found


def _widened(line: Line, stretches: Sequence[Replaced]) -> Line:
    for stretch in stretches:
        if not line.turn and _is_in(line, stretch.first):
            left, top, right, bottom = stretch.whole
            line = replace(line, left=left, top=top, right=right, bottom=bottom)
    return line


def _once(lines: Iterable[Line], stretch: Replaced) -> Iterator[Line]:
    """Yield runs with the meaning of a stretch once, for all pieces that PDFium gives of it."""
    pieces = re.compile(r"\s*".join(f"(?:{re.escape(piece)})?" for piece in stretch.given))
    is_said = False
    for line in lines:
        if not (_is_in(line, stretch.whole) and pieces.fullmatch(line.text)):
            yield line
        elif not is_said:
            is_said = True
            yield replace(line, text=stretch.meant)


def _is_in(line: Line, box: Sides) -> bool:
    sides = (line.left - box[0], line.top - box[1])
    ends = (box[2] - line.right, box[3] - line.bottom)
    return min(*sides, *ends) > -_NEAR
