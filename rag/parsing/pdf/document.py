"""PDF with text of its own, page by page through PDFium, with the place of each paragraph."""

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pypdfium2
from pypdfium2 import raw

from rag.errors import EmptyFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office.archive import encrypted
from rag.parsing.pdf.layout import HYPHEN, Line, Paragraph, clean, paragraphs, reading_order
from rag.parsing.signatures import HEAD_BYTES, PDF, seems_to_be
from rag.types import Block, Page, Position

_PAGES = 500
_BYTES_PER_PAGE = 64
"""The least that a page of its own takes, in bytes; a file of any size may have `_PAGES`."""

_LINE = re.compile(rf"[^\r\n{HYPHEN}]+{HYPHEN}?")


def _why_unreadable(path: Path, name: str, error: pypdfium2.PdfiumError) -> ParseError:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return encrypted(name)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip():
        return EmptyFileError(f"{name} is empty.")
    if PDF not in head:
        return ParseError(f"{name} is not a PDF; it seems to be {seems_to_be(head)}.")
    return ParseError(f"{name} is damaged: its pages cannot be found. Save it anew.")


@contextmanager
def _open(path: Path, name: str) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise _why_unreadable(path, name, error) from error
    with closing(document):
        size = path.stat().st_size
        if len(document) > _PAGES + size // _BYTES_PER_PAGE:
            raise ParseError(
                f"{name} lists {len(document):,} pages in {size // 1024:,} KB: it is damaged, or"
                " lists the same pages again and again. Print it into a new PDF."
            )
        yield document


class Box(NamedTuple):
    """A rectangle in PDF coordinates."""

    left: float
    bottom: float
    right: float
    top: float


class _Frame:
    """Turns PDF coordinates (from the bottom left, not rotated) into those of the page as seen."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._rotation = page.get_rotation()

    def line(self, text: str, box: Box) -> Line:
        """Return a line with its box turned."""
        width, height = self._right - self._left, self._top - self._bottom
        left, right = box.left - self._left, box.right - self._left
        bottom, top = box.bottom - self._bottom, box.top - self._bottom
        turned = {
            0: (left, height - top, right, height - bottom),
            90: (bottom, left, top, right),
            180: (width - right, bottom, width - left, top),
            270: (height - top, width - right, height - bottom, width - left),
        }
        return Line(text, *turned[self._rotation])


def _box(text_page: pypdfium2.PdfTextPage, start: int, count: int) -> Box | None:
    """Return left, bottom, right, top around some characters; None if none of them shows."""
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    box = None
    for index in range(raw.FPDFText_CountRects(text_page, start, count)):
        raw.FPDFText_GetRect(text_page, index, left, top, right, bottom)
        if box is None:
            box = [left.value, bottom.value, right.value, top.value]
        else:
            box[0] = min(box[0], left.value)
            box[1] = min(box[1], bottom.value)
            box[2] = max(box[2], right.value)
            box[3] = max(box[3], top.value)
    return Box(*box) if box else None


def _lines(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """Yield the lines of a page in the order of its content.

    One call fetches all text, a few per line its box: a call for every character, or for the text
    of every box, would take two to four times as long.
    """
    frame = _Frame(page)
    content = text_page.get_text_range()
    for match in _LINE.finditer(content):
        text = clean(match[0])
        if text.strip(HYPHEN):
            start = raw.FPDFText_GetCharIndexFromTextIndex(text_page, match.start())
            box = _box(text_page, start, len(match[0])) if start >= 0 else None
            yield frame.line(text, box or Box(0, 0, 0, 0))


def _block(paragraph: Paragraph, number: int) -> Block:
    position = Position(
        page=number,
        left=round(paragraph.left),
        right=round(paragraph.right),
        top=round(paragraph.top),
        bottom=round(paragraph.bottom),
    )
    return Block(text=paragraph.text, positions=(position,))


def _has_image(page: pypdfium2.PdfPage) -> bool:
    return any(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _page(page: pypdfium2.PdfPage, number: int, total: int) -> Page:
    with closing(page.get_textpage()) as text_page:
        found = reading_order(list(paragraphs(_lines(page, text_page))))
    if found:
        return Page(number, total, tuple(_block(paragraph, number) for paragraph in found))
    note = f"page {number} holds no text, only an image" if _has_image(page) else ""
    return Page(number, total, (), note or f"page {number} is empty")


def count_pages(path: Path, name: str) -> int:
    """Return how many pages a PDF has."""
    with _open(path, name) as document:
        return len(document)


def parse_pdf(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the pages asked for, each closed before the next is opened.

    Blocks are paragraphs with their place on the page as it is shown. A page without text, or one
    that is damaged, comes without blocks and says so in its note.
    """
    with _open(path, name) as document:
        total = len(document)
        last = min(options.last_page or total, total)
        for number in range(max(options.first_page, 1), last + 1):
            try:
                with closing(document[number - 1]) as page:
                    result = _page(page, number, total)
            except pypdfium2.PdfiumError:
                result = Page(number, total, (), f"page {number} is damaged and could not be read")
            yield result
