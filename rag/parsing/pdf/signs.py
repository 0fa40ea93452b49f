"""Signs in a font without a map to Unicode, told by their shape: minus signs and bullets.

PDFium gives such a letter the number that it has in the font. Where that is a control code, the
letter is missing in the text of the page, and -0.94 reads 0.94.
"""

import ctypes
from collections.abc import Sequence
from itertools import repeat

import pypdfium2
from pypdfium2 import raw

from rag.parsing.pdf.native import plain

_code = plain(raw.FPDFText_GetUnicode, ctypes.c_uint, ctypes.c_int)
_place = plain(raw.FPDFText_GetTextIndexFromCharIndex, ctypes.c_int, ctypes.c_int)

_UNSAID_CODES = "".join(map(chr, (*range(0x01, 0x09), *range(0x10, 0x1B))))
"""Control codes but for those of ligatures in the fonts of TeX, and of ends of lines."""

_MINUS, _BULLET = "\u2212", "\u2022"
_CONTROL = 0x20
_LONG = 4.0
_MIDDLE = (0.3, 0.8)
_SQUARE = (0.7, 1.45)
_SMALL = 0.65
_OPENS = frozenset(map(ord, "\r\n"))
_BLANK = ord(" ")


def with_signs(page: pypdfium2.PdfTextPage, text: str) -> tuple[str, list[int]]:
    """Return the text of a page with signs that it lacks, and the number of each of its letters.

    There are no numbers where nothing is amiss, or where the letters of the text cannot be told
    from those that it lacks.
    """
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
    count = page.count_chars()
    if count == len(text) and not any(map(text.__contains__, _UNSAID_CODES)):
        return text, []
    places = list(map(_place, repeat(handle), range(count)))
    if [place for place in places if place >= 0] != list(range(len(text))):
        return text, []
    codes = list(map(_code, repeat(handle), range(count)))
    letters, numbers = [], []
    for number, place in enumerate(places):
        letter = text[place] if place >= 0 else ""
        if not letter or letter in _UNSAID_CODES:
            letter = _sign(page, codes, number) or letter
        if letter:
            letters.append(letter)
            numbers.append(number)
    return "".join(letters), numbers


def _sign(page: pypdfium2.PdfTextPage, codes: Sequence[int], number: int) -> str:
    """Return what a letter that the text lacks looks like; empty if that is not plain."""
    if codes[number] >= _CONTROL:
        return ""
    left, bottom, right, top = page.get_charbox(number)
    _, low, _, high = page.get_charbox(number, loose=True)
    width, height, line = right - left, top - bottom, max(high - low, 1.0)
    if height <= 0:
        return ""
    least, most = _MIDDLE
    if width > _LONG * height and least < ((top + bottom) / 2 - low) / line < most:
        return _MINUS
    square = _SQUARE[0] < width / height < _SQUARE[1] and height < _SMALL * line
    return _BULLET if square and _opens_item(codes, number) else ""


def _opens_item(codes: Sequence[int], number: int) -> bool:
    before = codes[number - 1] if number else ord("\n")
    after = codes[number + 1] if number + 1 < len(codes) else 0
    return before in _OPENS and after == _BLANK
