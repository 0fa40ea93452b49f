"""What is drawn on a page beside its text: the rules of tables, and whether there are images."""

import ctypes
from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

import numpy as np
import pypdfium2
from pypdfium2 import raw

from rag.parsing.pdf.glyphs import Frame, plain
from rag.parsing.pdf.lines import Rule

MOST_OBJECTS = 6000
"""How many objects of a page are looked at: drawings and maps have more, and are no tables."""

_THIN = 2.6
_SHORTEST = 4.0
_MOST_SEGMENTS = 2000
_MOST_RULES = 3000
_DEEPEST = 4

_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


_page_object = plain(raw.FPDFPage_GetObject, ctypes.c_void_p, ctypes.c_int)
_kind_of = plain(raw.FPDFPageObj_GetType, ctypes.c_int)


class Shapes(NamedTuple):
    """The rules of a page, as they are seen, and whether it has an image."""

    rules: tuple[Rule, ...]
    has_image: bool


def _joined(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _point(x: float, y: float, matrix: _Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


class _Walk:
    """Goes through the objects of a page, and those of its forms."""

    def __init__(self) -> None:
        self._left, self._bottom, self._right, self._top = (ctypes.c_float() for _ in range(4))
        self._matrix = raw.FS_MATRIX()
        self._fill, self._stroke = ctypes.c_int(), ctypes.c_int()
        self.boxes: list[tuple[float, float, float, float]] = []
        self.left = MOST_OBJECTS
        self.has_image = False

    def page(self, page: pypdfium2.PdfPage) -> None:
        handle = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
        count = min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)
        objects = list(map(_page_object, repeat(handle), range(count)))
        # Most objects are text, so these are passed over before anything else is done.
        for item, kind in zip(objects, map(_kind_of, objects), strict=True):
            if kind != raw.FPDF_PAGEOBJ_TEXT:
                self._object(ctypes.cast(item, raw.FPDF_PAGEOBJECT), _SAME, 0)

    def _object(self, item: object, outer: _Matrix, depth: int) -> None:
        self.left -= 1
        if self.left < 0 or len(self.boxes) > _MOST_RULES:
            return
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            self._path(item, outer)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            self.has_image = True
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            matrix = _joined(self._matrix_of(item), outer)
            for index in range(min(raw.FPDFFormObj_CountObjects(item), MOST_OBJECTS)):
                if self.left < 0:
                    break
                self._object(raw.FPDFFormObj_GetObject(item, index), matrix, depth + 1)

    def _matrix_of(self, item: object) -> _Matrix:
        raw.FPDFPageObj_GetMatrix(item, self._matrix)
        found = self._matrix
        return found.a, found.b, found.c, found.d, found.e, found.f

    def _path(self, item: object, outer: _Matrix) -> None:
        raw.FPDFPath_GetDrawMode(item, self._fill, self._stroke)
        if not (self._fill.value or self._stroke.value):
            return
        segments = raw.FPDFPath_CountSegments(item)
        raw.FPDFPageObj_GetBounds(item, self._left, self._bottom, self._right, self._top)
        low = _point(self._left.value, self._bottom.value, outer)
        high = _point(self._right.value, self._top.value, outer)
        left, right = sorted((low[0], high[0]))
        bottom, top = sorted((low[1], high[1]))
        if min(right - left, top - bottom) <= _THIN:
            self._add(left, bottom, right, top)
        elif segments == 5 or (segments == 4 and self._fill.value):  # noqa: PLR2004  a rectangle
            self._edges(left, bottom, right, top)
        elif segments <= _MOST_SEGMENTS and self._stroke.value:
            self._segments(item, segments, outer)

    def _edges(self, left: float, bottom: float, right: float, top: float) -> None:
        self._add(left, bottom, right, bottom)
        self._add(left, top, right, top)
        self._add(left, bottom, left, top)
        self._add(right, bottom, right, top)

    def _segments(self, item: object, count: int, outer: _Matrix) -> None:
        """Add the straight parts of a path that is drawn in one go."""
        matrix = _joined(self._matrix_of(item), outer)
        x, y = ctypes.c_float(), ctypes.c_float()
        begun = last = (0.0, 0.0)
        for index in range(count):
            segment = raw.FPDFPath_GetPathSegment(item, index)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = _point(x.value, y.value, matrix)
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                begun = point
            elif kind == raw.FPDF_SEGMENT_LINETO:
                self._straight(last, point)
                if raw.FPDFPathSegment_GetClose(segment):
                    self._straight(point, begun)
            last = point

    def _straight(self, one: tuple[float, float], other: tuple[float, float]) -> None:
        left, right = sorted((one[0], other[0]))
        bottom, top = sorted((one[1], other[1]))
        if min(right - left, top - bottom) <= _THIN:
            self._add(left, bottom, right, top)

    def _add(self, left: float, bottom: float, right: float, top: float) -> None:
        if max(right - left, top - bottom) >= _SHORTEST:
            self.boxes.append((left, top, right, bottom))


def _rules(boxes: list[tuple[float, float, float, float]], frame: Frame) -> Iterator[Rule]:
    for box in frame.seen(np.array(boxes, dtype=np.float32)).tolist():
        left, top, right, bottom = box
        if right > 0 and bottom > 0 and left < frame.width and top < frame.height:
            yield Rule(left, top, right, bottom)


def shapes(page: pypdfium2.PdfPage, frame: Frame) -> Shapes:
    """Return what is drawn on a page."""
    walk = _Walk()
    walk.page(page)
    rules = tuple(_rules(walk.boxes, frame)) if walk.boxes else ()
    return Shapes(rules, walk.has_image)
