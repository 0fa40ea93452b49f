"""PDF with text of its own, page by page through PDFium, with the place of each paragraph."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from rag.errors import EmptyFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office.archive import encrypted
from rag.parsing.pdf.arranging import Item, arranged
from rag.parsing.pdf.attachments import Attached, attached
from rag.parsing.pdf.code import TYPED, as_prose
from rag.parsing.pdf.flow import Flow
from rag.parsing.pdf.headings import folded
from rag.parsing.pdf.layers import layers_off
from rag.parsing.pdf.raw_page import RawPage, read_page, unreadable_page
from rag.parsing.pdf.running import Edges, Heads, body_size, edges_of
from rag.parsing.pdf.scanned import PageOcr
from rag.parsing.signatures import HEAD_BYTES, PDF, seems_to_be
from rag.types import Page

_PAGES = 500
_BYTES_PER_PAGE = 64
"""The least that a page of its own takes, in bytes; a file of any size may have `_PAGES`."""

_AROUND = 6
"""How many pages before and behind one are compared with it."""

_LAYERS_READ = "the file has layers that are switched off, whose text is read as well"
_LAYERS_LEFT_OUT = "text of layers that are switched off was left out"
_DEEPEST = 6
_MOST_TITLES = 20_000


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
def open_pdf(path: Path, name: str) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF for a `with` block; raises ParseError and its children."""
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


def count_pages(path: Path, name: str) -> int:
    """Return how many pages a PDF has."""
    with open_pdf(path, name) as document:
        return len(document)


def _outline(document: pypdfium2.PdfDocument) -> dict[str, int]:
    """Return the titles that a file lists, without blanks and signs, and the level of each."""
    found: dict[str, int] = {}
    for item in islice(document.get_toc(max_depth=_DEEPEST), _MOST_TITLES):
        title = folded(item.get_title())
        if len(title) > 1:
            found.setdefault(title, item.level + 1)
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page as it was read, and what is compared with the pages around it."""

    page: RawPage
    edges: Edges
    sizes: Counter[float]
    fixed: int


def _seen(page: RawPage) -> _Seen:
    letters: dict[float, int] = {}
    for line in page.lines:
        letters[line.size] = letters.get(line.size, 0) + len(line.text)
    sizes: Counter[float] = Counter()
    for size, count in letters.items():
        sizes[round(size * 2) / 2] += count
    fixed = sum(len(line.text) for line in page.lines if line.fixed)
    return _Seen(page, edges_of(page.number, page.lines), sizes, fixed)


class _Reader:
    """Reads the pages of one open document."""

    def __init__(
        self, document: pypdfium2.PdfDocument, ocr: PageOcr, off: frozenset[bytes]
    ) -> None:
        self._document = document
        self._off = off
        self._ocr = ocr
        self.total = len(document)
        # Forms are asked for before the first page is opened, which PDFium wants.
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()
        self.outline = _outline(document)
        self._tagged = document.is_tagged()

    def _raw(self, number: int, *, wanted: bool) -> RawPage:
        try:
            with closing(self._document[number - 1]) as page:
                form = self._document.formenv
                found = read_page(page, number, form, tagged=self._tagged, off=self._off)
                return self._ocr.read(page, found) if wanted else found
        except pypdfium2.PdfiumError:
            return unreadable_page(number)

    def pages(self, first: int, last: int) -> Iterator[Page]:
        """Yield some pages, as they are read in the whole document.

        Those around them are looked at as well: a sentence or a table may go on, and what runs
        from page to page is known by its neighbours.
        """
        flow = Flow(self.outline, self.total)
        near = _Near(self.total)
        begin, end = max(1, first - 2 * _AROUND), min(self.total, last + _AROUND + 1)
        for number in range(begin, end + 1):
            for page in near.add(_seen(self._raw(number, wanted=first <= number <= last))):
                yield from flow.add(page, near.items(page), near.body_size())
        for page in near.rest():
            yield from flow.add(page, near.items(page), near.body_size())
        yield from flow.finish()


class _Near:
    """The pages around one: `_AROUND` before it and as many behind it."""

    def __init__(self, total: int) -> None:
        self._heads = Heads(total)
        self._sizes: Counter[float] = Counter()
        self._fixed = 0
        self._window: deque[_Seen] = deque()
        self._waiting: deque[_Seen] = deque()

    def add(self, seen: _Seen) -> Iterator[RawPage]:
        """Add the page that comes next, and yield one that has enough pages behind it."""
        self._window.append(seen)
        self._waiting.append(seen)
        self._heads.add(seen.edges)
        self._sizes.update(seen.sizes)
        self._fixed += seen.fixed
        if len(self._waiting) > _AROUND:
            yield from self._next()

    def rest(self) -> Iterator[RawPage]:
        """Yield the last pages, which have fewer behind them."""
        while self._waiting:
            yield from self._next()

    def _next(self) -> Iterator[RawPage]:
        seen = self._waiting[0]
        while self._window[0].page.number < seen.page.number - _AROUND:
            old = self._window.popleft()
            self._heads.drop(old.edges)
            self._sizes.subtract(old.sizes)
            self._fixed -= old.fixed
        yield seen.page
        self._waiting.popleft()

    def items(self, page: RawPage) -> list[Item]:
        """Return what the page that was yielded says, in order."""
        if self._fixed > TYPED * self._sizes.total():
            page = replace(page, lines=tuple(map(as_prose, page.lines)))
        return arranged(page, self._heads.running(self._waiting[0].edges))

    def body_size(self) -> float:
        """Return the size of most of the text around the page."""
        return body_size(self._sizes)


def parse_pdf(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the pages asked for, each closed before the next is opened.

    Blocks are headings, paragraphs and rows of tables with their places on the page as it is
    shown. A page without text, or one that is damaged, comes without blocks and says so in its
    note. What is attached to the file comes with its last page.
    """
    with open_pdf(path, name) as document:
        layers = layers_off(path)
        off = frozenset() if options.hidden else layers or frozenset()
        reader = _Reader(document, PageOcr(options.helpers), off)
        first = max(options.first_page, 1)
        last = min(options.last_page or reader.total, reader.total)
        for read in reader.pages(first, last) if first <= last else ():
            page = read
            if page.number == 1 and layers is not None:
                page = _noted(page, _LAYERS_LEFT_OUT if off else _LAYERS_READ)
            if first <= page.number < reader.total and page.number <= last:
                yield page
            elif page.number == reader.total == last:
                yield _with_attached(page, attached(document, options))


def _noted(page: Page, note: str) -> Page:
    return replace(page, note="; ".join(filter(None, (page.note, note))))


def _with_attached(page: Page, found: Attached) -> Page:
    empty = "" if found.blocks and not page.blocks else page.note
    page = replace(page, blocks=page.blocks + found.blocks, note=empty)
    for note in found.notes:
        page = _noted(page, note)
    return page
