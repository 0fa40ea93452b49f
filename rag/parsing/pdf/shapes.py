"""What is drawn on a page beside its text: the rules of tables, and whether there are images."""

import ctypes
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
import pypdfium2
from pypdfium2 import raw

from rag.parsing.pdf.glyphs import Frame
from rag.parsing.pdf.lines import Rule
from rag.parsing.pdf.native import plain

MOST_OBJECTS = 6000
"""How many objects of a page are looked at: drawings and maps have more, and are no tables."""

LEAST_WIDTH, LEAST_HEIGHT = 120, 32
"""Pixels of a picture that may hold text; smaller ones are signs and rules."""

_THIN = 2.6
_SHORTEST = 4.0
_MOST_SEGMENTS = 2000
_MOST_RULES = 3000
_DEEPEST = 4

_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


_HANDLE, _INT = ctypes.c_void_p, ctypes.c_int
_page_object = plain(raw.FPDFPage_GetObject, _HANDLE, _INT)
_form_count = plain(raw.FPDFFormObj_CountObjects, _INT)
_form_object = plain(raw.FPDFFormObj_GetObject, _HANDLE, ctypes.c_ulong)
_kind_of = plain(raw.FPDFPageObj_GetType, _INT)
_matrix = plain(raw.FPDFPageObj_GetMatrix, _INT, _HANDLE)
_bounds = plain(raw.FPDFPageObj_GetBounds, _INT, _HANDLE, _HANDLE, _HANDLE, _HANDLE)
_pixel_size = plain(raw.FPDFImageObj_GetImagePixelSize, _INT, _HANDLE, _HANDLE)
_draw_mode = plain(raw.FPDFPath_GetDrawMode, _INT, _HANDLE, _HANDLE)
_segment_count = plain(raw.FPDFPath_CountSegments, _INT)
_segment = plain(raw.FPDFPath_GetPathSegment, _HANDLE, _INT)
_segment_point = plain(raw.FPDFPathSegment_GetPoint, _INT, _HANDLE, _HANDLE)
_segment_kind = plain(raw.FPDFPathSegment_GetType, _INT)
_segment_closes = plain(raw.FPDFPathSegment_GetClose, _INT)
_FLOAT_BYTES = 4


class Shapes(NamedTuple):
    """The rules of a page and where its pictures stand, as they are seen.

    `images` is the area of all images, in square points; `pictures` are those with enough pixels
    for text.
    """

    rules: tuple[Rule, ...]
    images: float
    pictures: tuple[Rule, ...] = ()

    @property
    def has_image(self) -> bool:
        """Return whether there are images."""
        return self.images > 0


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


def _points(segments: Sequence[int]) -> list[list[float]]:
    """Return where each segment of a path ends, in the space of the path."""
    places = np.zeros((len(segments), 2), dtype=np.float32)
    start, size = places.ctypes.data, 2 * _FLOAT_BYTES
    across = range(start, start + len(segments) * size, size)
    list(map(_segment_point, segments, across, range(start + _FLOAT_BYTES, across.stop + 1, size)))
    found: list[list[float]] = places.tolist()
    return found


class _Walk:
    """Goes through the objects of a page, and those of its forms."""

    def __init__(self) -> None:
        self._sides = (ctypes.c_float * 4)()
        at = ctypes.addressof(self._sides)
        self._places = tuple(range(at, at + 4 * _FLOAT_BYTES, _FLOAT_BYTES))
        self._matrix = raw.FS_MATRIX()
        self._modes = (ctypes.c_int * 2)()
        at = ctypes.addressof(self._modes)
        self._mode_places = (at, at + ctypes.sizeof(ctypes.c_int))
        self.boxes: list[tuple[float, float, float, float]] = []
        self.left = MOST_OBJECTS
        self.images = 0.0
        self.pictures: list[tuple[float, float, float, float]] = []

    def page(self, page: pypdfium2.PdfPage) -> None:
        handle = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
        count = min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS)
        objects = list(map(_page_object, repeat(handle), range(count)))
        # Most objects are text, so these are passed over before anything else is done.
        for item, kind in zip(objects, map(_kind_of, objects), strict=True):
            if kind != raw.FPDF_PAGEOBJ_TEXT:
                self._object(item, _SAME, 0)

    def _object(self, item: int, outer: _Matrix, depth: int) -> None:
        self.left -= 1
        if self.left < 0 or len(self.boxes) > _MOST_RULES:
            return
        kind = _kind_of(item)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            self._path(item, outer)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            self._image(item, outer)
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            matrix = _joined(self._matrix_of(item), outer)
            for index in range(min(_form_count(item), MOST_OBJECTS)):
                if self.left < 0:
                    break
                self._object(_form_object(item, index), matrix, depth + 1)

    def _image(self, item: int, outer: _Matrix) -> None:
        """Count the size of an image, which is at least a little one."""
        a, b, c, d, e, f = _joined(self._matrix_of(item), outer)
        self.images += max(abs(a * d - b * c), 1.0)
        _pixel_size(item, *self._mode_places)
        if self._modes[0] >= LEAST_WIDTH and self._modes[1] >= LEAST_HEIGHT:
            left, bottom = e + min(a, 0) + min(c, 0), f + min(b, 0) + min(d, 0)
            right, top = e + max(a, 0) + max(c, 0), f + max(b, 0) + max(d, 0)
            self.pictures.append((left, top, right, bottom))

    def _matrix_of(self, item: int) -> _Matrix:
        _matrix(item, ctypes.addressof(self._matrix))
        found = self._matrix
        return found.a, found.b, found.c, found.d, found.e, found.f

    def _path(self, item: int, outer: _Matrix) -> None:
        _draw_mode(item, *self._mode_places)
        fill, stroke = self._modes
        if not (fill or stroke):
            return
        segments = _segment_count(item)
        _bounds(item, *self._places)
        left, bottom, right, top = self._sides
        if outer is not _SAME:
            low, high = _point(left, bottom, outer), _point(right, top, outer)
            left, right = sorted((low[0], high[0]))
            bottom, top = sorted((low[1], high[1]))
        if min(right - left, top - bottom) <= _THIN:
            self._add(left, bottom, right, top)
        elif segments == 5 or (segments == 4 and fill):  # noqa: PLR2004  a rectangle
            self._edges(left, bottom, right, top)
        elif segments <= _MOST_SEGMENTS and stroke:
            self._segments(item, segments, outer)

    def _edges(self, left: float, bottom: float, right: float, top: float) -> None:
        self._add(left, bottom, right, bottom)
        self._add(left, top, right, top)
        self._add(left, bottom, left, top)
        self._add(right, bottom, right, top)

    def _segments(self, item: int, count: int, outer: _Matrix) -> None:
        """Add the straight parts of a path that is drawn in one go."""
        segments = list(map(_segment, repeat(item), range(count)))
        kinds = list(map(_segment_kind, segments))
        if raw.FPDF_SEGMENT_LINETO not in kinds:
            return
        matrix = _joined(self._matrix_of(item), outer)
        begun = last = (0.0, 0.0)
        for segment, kind, (x, y) in zip(segments, kinds, _points(segments), strict=True):
            point = _point(x, y, matrix)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                begun = point
            elif kind == raw.FPDF_SEGMENT_LINETO:
                self._straight(last, point)
                if _segment_closes(segment):
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
    pictures = tuple(_rules(walk.pictures, frame)) if walk.pictures else ()
    return Shapes(rules, walk.images, pictures)
