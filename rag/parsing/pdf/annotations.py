"""What stands on a page beside its text: values of form fields, notes, texts put over it."""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import pypdfium2
from pypdfium2 import raw

from rag.parsing.pdf.glyphs import Frame
from rag.parsing.pdf.lines import Line, Word, around
from rag.parsing.pdf.scripts import clean
from rag.types import Block, Position

MOST = 2000
"""How many annotations of a page are read."""

_LONGEST = 64 * 1024
_HIDDEN = 2 | 32
_SAME_ROW = 0.3
_NOTES = {
    raw.FPDF_ANNOT_TEXT: "Note",
    raw.FPDF_ANNOT_FREETEXT: "",
    raw.FPDF_ANNOT_STAMP: "",
    raw.FPDF_ANNOT_HIGHLIGHT: "Comment",
    raw.FPDF_ANNOT_UNDERLINE: "Comment",
    raw.FPDF_ANNOT_SQUIGGLY: "Comment",
    raw.FPDF_ANNOT_STRIKEOUT: "Comment",
    raw.FPDF_ANNOT_CARET: "Comment",
    raw.FPDF_ANNOT_SQUARE: "Comment",
    raw.FPDF_ANNOT_CIRCLE: "Comment",
    raw.FPDF_ANNOT_POLYGON: "Comment",
    raw.FPDF_ANNOT_LINE: "Comment",
    raw.FPDF_ANNOT_INK: "Comment",
    raw.FPDF_ANNOT_REDACT: "Comment",
}
_TYPED = {raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX}
_TICKED = {raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON}
_OFF = "Off"

Form: TypeAlias = pypdfium2.PdfFormEnv | None
"""The form of a document; None if it has none."""

WordsOf = Callable[[Line], Sequence[Word]]


class _Field(NamedTuple):
    """A form field that is filled in."""

    name: str
    value: str
    ticked: bool
    left: float
    top: float
    right: float
    bottom: float

    def as_word(self) -> Word:
        """Return its value as a word at its place."""
        text = "[x]" if self.ticked else self.value
        return Word(text, self.left, self.top, self.right, self.bottom)


@dataclass(frozen=True, slots=True)
class BesideText:
    """Notes as blocks, and the values of form fields."""

    blocks: tuple[Block, ...] = ()
    fields: tuple[_Field, ...] = ()

    def filled(self, lines: Sequence[Line], words_of: WordsOf) -> list[Line]:
        """Return the runs of a page with the values of its form, each beside its label."""
        filled = list(lines)
        for field in self.fields:
            number = _label(field, filled)
            if number < 0:
                filled.append(_alone(field))
            else:
                filled[number] = _beside(filled[number], field, words_of)
        return filled


def _alone(field: _Field) -> Line:
    word = field.as_word()
    text = f"{field.name}: {'yes' if field.ticked else field.value}" if field.name else word.text
    word = word._replace(text=text)
    return Line(text, *around([word]), size=word.bottom - word.top, words=(word,))


def _beside(line: Line, field: _Field, words_of: WordsOf) -> Line:
    words = [*words_of(line), field.as_word()]
    words.sort(key=lambda word: word.left)
    text = f"[x] {line.text}" if field.ticked else f"{line.text} {field.value}"
    return line.spanning(text, words, tuple(words))


def _label(field: _Field, lines: Sequence[Line]) -> int:
    """Return the run that names a field: the next on its left, or of a tick on its right; or -1."""
    best, least = -1, float("inf")
    for number, line in enumerate(lines):
        overlap = min(line.bottom, field.bottom) - max(line.top, field.top)
        if line.turn or overlap < _SAME_ROW * min(line.height, field.bottom - field.top):
            continue
        ahead = field.left - line.right
        behind = line.left - field.right
        distance = ahead if ahead > -line.height else float("inf")
        if field.ticked and behind > -line.height:
            distance = min(distance, behind / 4)
        if distance < least:
            best, least = number, distance
    return best


class _Reader:
    """Reads the annotations of one page."""

    def __init__(self, page: pypdfium2.PdfPage, number: int, frame: Frame, form: Form) -> None:
        self._page, self._number, self._frame = page, number, frame
        self._form = form
        self._rect = raw.FS_RECTF()

    def read(self) -> BesideText:
        blocks: list[Block] = []
        fields: list[_Field] = []
        for index in range(min(raw.FPDFPage_GetAnnotCount(self._page), MOST)):
            with _opened(self._page, index) as annotation:
                if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                    continue
                kind = raw.FPDFAnnot_GetSubtype(annotation)
                if kind == raw.FPDF_ANNOT_WIDGET:
                    fields += self._field(annotation)
                elif kind in _NOTES:
                    blocks += self._note(annotation, _NOTES[kind])
        return BesideText(tuple(blocks), tuple(fields))

    def _box(self, annotation: object) -> list[float]:
        raw.FPDFAnnot_GetRect(annotation, self._rect)
        found = self._rect
        low, high = sorted((found.bottom, found.top))
        boxes = np.array([[found.left, high, found.right, low]], dtype=np.float32)
        (box,) = self._frame.seen(boxes).tolist()
        return list(box)

    def _note(self, annotation: object, kind: str) -> Iterator[Block]:
        text = _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
        if not text.strip():
            return
        author = clean(_string(raw.FPDFAnnot_GetStringValue, annotation, b"T"))
        head = f"{kind} ({author}): " if kind and author else f"{kind}: " if kind else ""
        lines = "\n".join(clean(line) for line in text.replace("\r", "\n").split("\n"))
        left, top, right, bottom = map(round, self._box(annotation))
        place = Position(self._number, left, right, top, bottom)
        yield Block(text=head + lines.strip(), positions=(place,))

    def _field(self, annotation: object) -> Iterator[_Field]:
        if self._form is None:
            return
        kind = raw.FPDFAnnot_GetFormFieldType(self._form, annotation)
        value = clean(_string(raw.FPDFAnnot_GetFormFieldValue, self._form, annotation))
        ticked = kind in _TICKED and bool(raw.FPDFAnnot_IsChecked(self._form, annotation))
        if not ticked and (kind not in _TYPED or not value or value == _OFF):
            return
        name = _string(raw.FPDFAnnot_GetFormFieldAlternateName, self._form, annotation) or _string(
            raw.FPDFAnnot_GetFormFieldName, self._form, annotation
        )
        yield _Field(clean(name), value, ticked, *self._box(annotation))


@contextmanager
def _opened(page: pypdfium2.PdfPage, index: int) -> Iterator[object]:
    annotation = raw.FPDFPage_GetAnnot(page, index)
    try:
        yield annotation
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _string(function: Callable[..., int], *arguments: object) -> str:
    """Return what one of PDFium's functions writes as UTF-16 into a buffer of a size it tells."""
    size = min(function(*arguments, None, 0), _LONGEST)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    function(*arguments, buffer, size)
    return bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", "replace")


def beside_text(page: pypdfium2.PdfPage, number: int, frame: Frame, form: Form) -> BesideText:
    """Return what stands on a page beside its text."""
    if raw.FPDFPage_GetAnnotCount(page) <= 0:
        return BesideText()
    return _Reader(page, number, frame, form).read()
