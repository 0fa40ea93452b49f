"""The text of a page and the boxes of its letters, fetched from PDFium in bulk."""

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from rag.parsing.pdf.native import plain
from rag.parsing.pdf.signs import with_signs

Boxes = NDArray[np.float64]
"""Shape (letters, 4): left, top, right, bottom of each, in points from the page's top left."""

_FLOATS_PER_BOX = 4
_FLOAT_BYTES = 4
_HEIGHT_PER_SIZE = 1.15
_NAME_BYTES = 64
_BOLD_WEIGHT = 600
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"-bd", b"demi")
_FIXED_FLAG = 1
"""Of a font's descriptor (ISO 32000-1, 9.8.2): all letters are equally wide."""

_FIXED_NAMES = (b"courier", b"mono", b"consol", b"menlo", b"typewriter", b"cmtt", b"sftt")
_NO_FIXED_NAMES = (b"monotype",)


_loose_box = plain(raw.FPDFText_GetLooseCharBox, ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_font_size = plain(raw.FPDFText_GetFontSize, ctypes.c_double, ctypes.c_int)
_font_weight = plain(raw.FPDFText_GetFontWeight, ctypes.c_int, ctypes.c_int)
_map_error = plain(raw.FPDFText_HasUnicodeMapError, ctypes.c_int, ctypes.c_int)
_font_info = plain(
    raw.FPDFText_GetFontInfo,
    ctypes.c_ulong,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
)


class Print(NamedTuple):
    """How a letter is printed.

    `unmapped`: its font has no map to Unicode, so that its text is a guess. `fixed`: all letters
    of the font are equally wide.
    """

    size: float
    bold: bool
    unmapped: bool
    fixed: bool


class Frame:
    """Turns PDF coordinates (from the bottom left, not rotated) into those of the page as seen."""

    def __init__(self, box: tuple[float, float, float, float], rotation: int) -> None:
        """Take a page's box (left, bottom, right, top) and rotation."""
        self._left, self._bottom, self._right, self._top = box
        self.rotation = rotation
        width, height = self._right - self._left, self._top - self._bottom
        turned = self.rotation in {90, 270}
        self.width, self.height = (height, width) if turned else (width, height)

    @classmethod
    def of_page(cls, page: pypdfium2.PdfPage) -> "Frame":
        """Return the frame of a page."""
        return cls(page.get_bbox(), page.get_rotation())

    def seen(self, boxes: NDArray[np.float32]) -> Boxes:
        """Turn boxes given as left, top, right, bottom in PDF coordinates."""
        left, right = boxes[:, 0] - self._left, boxes[:, 2] - self._left
        bottom, top = boxes[:, 3] - self._bottom, boxes[:, 1] - self._bottom
        width, height = self._right - self._left, self._top - self._bottom
        seen = np.empty(boxes.shape)
        sides = {
            0: lambda: (left, height - top, right, height - bottom),
            90: lambda: (bottom, left, top, right),
            180: lambda: (width - right, bottom, width - left, top),
            270: lambda: (height - top, width - right, height - bottom, width - left),
        }[self.rotation]()
        for number, side in enumerate(sides):
            seen[:, number] = side
        return seen


class Glyphs:
    """The letters of one page: their text, and where they stand on the page as it is seen."""

    def __init__(self, text_page: pypdfium2.PdfTextPage, frame: Frame) -> None:
        """Fetch the text; boxes are fetched as they are asked for."""
        self._page = text_page
        self._handle = ctypes.cast(text_page.raw, ctypes.c_void_p).value or 0
        self._frame = frame
        self.text = text_page.get_text_range()
        # Letters without a map to Unicode are in PDFium's list, but may be missing in its text.
        self._same = len(self.text) == text_page.count_chars()
        self.text, self._listed = with_signs(text_page, self.text)
        self._styles: dict[tuple[bytes, int], tuple[bool, bool]] = {}

    def codes(self) -> NDArray[np.uint32]:
        """Return the text as numbers."""
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)

    def numbers(self, indexes: Iterable[int]) -> Iterable[int]:
        """Return the numbers that PDFium has for some letters."""
        if self._listed:
            return map(self._listed.__getitem__, indexes)
        if self._same:
            return indexes
        return (
            max(raw.FPDFText_GetCharIndexFromTextIndex(self._page, index), 0) for index in indexes
        )

    def boxes(self, indexes: Sequence[int]) -> Boxes:
        """Return the boxes of some letters, as high as their font."""
        count = len(indexes)
        target = np.zeros((count, _FLOATS_PER_BOX), dtype=np.float32)
        size = _FLOATS_PER_BOX * _FLOAT_BYTES
        start = target.ctypes.data
        places = range(start, start + count * size, size)
        list(map(_loose_box, repeat(self._handle), self.numbers(indexes), places))
        return self._frame.seen(target)

    def made_up(self, index: int) -> bool:
        """Return whether a blank is none of the file's, but was put in for a gap."""
        (number,) = self.numbers([index])
        return bool(raw.FPDFText_IsGenerated(self._page, number))

    def prints(self, indexes: Sequence[int], heights: Sequence[float]) -> list[Print]:
        """Return how some letters are printed, given how high their boxes are.

        A file may say that the size is 1 and enlarge the page: then the box decides.
        """
        numbers = list(self.numbers(indexes))
        handles = repeat(self._handle)
        sizes = map(_font_size, handles, numbers)
        weights = map(_font_weight, handles, numbers)
        unmapped = map(_map_error, handles, numbers)
        return [
            Print(
                said if said / 2 < height < said * 2 else height / _HEIGHT_PER_SIZE,
                weight >= _BOLD_WEIGHT or bold,
                bool(error),
                fixed,
            )
            for said, height, weight, (bold, fixed), error in zip(
                sizes, heights, weights, self._font_styles(numbers), unmapped, strict=True
            )
        ]

    def all_fixed(self, indexes: Sequence[int]) -> bool:
        """Return whether some letters are all of fonts whose letters are equally wide.

        Blanks tell nothing: PDFium puts in some that are of no font.
        """
        letters = [index for index in indexes if not self.text[index].isspace()]
        return all(fixed for _, fixed in self._font_styles(list(self.numbers(letters))))

    def _font_styles(self, numbers: Sequence[int]) -> Iterator[tuple[bool, bool]]:
        """Return whether the fonts of some letters are bold, and of a fixed pitch."""
        size = _NAME_BYTES * len(numbers)
        buffer = ctypes.create_string_buffer(size + 1)
        flags = (ctypes.c_int * (len(numbers) + 1))()
        start, flag = ctypes.addressof(buffer), ctypes.addressof(flags)
        places = range(start, start + size, _NAME_BYTES)
        flag_places = range(flag, flag + ctypes.sizeof(flags), ctypes.sizeof(ctypes.c_int))
        handles, room = repeat(self._handle), repeat(_NAME_BYTES)
        list(map(_font_info, handles, numbers, places, room, flag_places))
        names = buffer.raw
        for at, said in zip(range(0, size, _NAME_BYTES), flags[:-1], strict=True):
            # What is behind the end of a name is empty.
            font = names[at : at + _NAME_BYTES], said & _FIXED_FLAG
            known = self._styles.get(font)
            if known is None:
                known = self._styles[font] = _style_of(font[0].partition(b"\0")[0], font[1])
            yield known


def _style_of(name: bytes, fixed: int) -> tuple[bool, bool]:
    name = name.lower()
    named = any(word in name for word in _FIXED_NAMES)
    is_fixed = bool(fixed) or (named and not any(word in name for word in _NO_FIXED_NAMES))
    return any(word in name for word in _BOLD_NAMES), is_fixed
