"""Headings that a tagged PDF names in its structure tree (ISO 32000-1, 14.7 and 14.8)."""

import ctypes
from collections.abc import Iterable, Iterator

import pypdfium2
from pypdfium2 import raw

from rag.parsing.pdf.native import plain

_HANDLE, _INT = ctypes.c_void_p, ctypes.c_int
_object_of = plain(raw.FPDFText_GetTextObject, _HANDLE, _INT)
_mark_of = plain(raw.FPDFPageObj_GetMarkedContentID, _INT)
_kind = plain(raw.FPDF_StructElement_GetType, ctypes.c_ulong, _HANDLE, ctypes.c_ulong)
_child_count = plain(raw.FPDF_StructElement_CountChildren, _INT)
_child = plain(raw.FPDF_StructElement_GetChildAtIndex, _HANDLE, _INT)
_child_mark = plain(raw.FPDF_StructElement_GetChildMarkedContentID, _INT, _INT)

_LEVELS = {"Title": 1, "H": 2, **{f"H{level}": level for level in range(1, 7)}}
_MOST_ELEMENTS = 5000
_MOST_CHILDREN = 2000
_NAME_BYTES = 32


class Tags:
    """The levels of headings on a page, by the numbers of their marked content."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        """Read the structure tree of a page, which is open."""
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._levels: dict[int, int] = {}
        tree = raw.FPDF_StructTree_GetForPage(page)
        if tree:
            try:
                self._walk(tree)
            finally:
                raw.FPDF_StructTree_Close(tree)

    def levels(self, text_page: pypdfium2.PdfTextPage, letters: Iterable[int]) -> Iterator[int]:
        """Yield the level of the heading that each of some letters is in; 0 for none."""
        handle = ctypes.cast(text_page.raw, ctypes.c_void_p).value or 0
        for letter in letters:
            item = _object_of(handle, letter) if self._levels else None
            yield self._levels.get(_mark_of(item), 0) if item else 0

    def _walk(self, tree: object) -> None:
        roots = min(raw.FPDF_StructTree_CountChildren(tree), _MOST_CHILDREN)
        elements = (raw.FPDF_StructTree_GetChildAtIndex(tree, index) for index in range(roots))
        pending = [
            (ctypes.cast(element, ctypes.c_void_p).value or 0, 0) for element in elements if element
        ]
        for _ in range(_MOST_ELEMENTS):
            if not pending:
                return
            element, level = pending.pop()
            level = level or self._level(element)
            for index in range(min(_child_count(element), _MOST_CHILDREN)):
                child = _child(element, index)
                if child:
                    pending.append((child, level))
                elif level and (mark := _child_mark(element, index)) >= 0:
                    self._levels[mark] = level

    def _level(self, element: int) -> int:
        size = _kind(element, ctypes.addressof(self._name), _NAME_BYTES)
        if not 0 < size <= _NAME_BYTES:
            return 0
        name = self._name.raw[: size - 2].decode("utf-16-le", "replace")
        return _LEVELS.get(name, 0)
