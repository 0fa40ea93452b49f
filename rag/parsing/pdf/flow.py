"""Pages one after another: paragraphs and tables that go on on the next one, and their blocks."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from rag.parsing.pdf.arranging import Item
from rag.parsing.pdf.cells import Row, Table, is_number
from rag.parsing.pdf.glyphs import Frame
from rag.parsing.pdf.headings import heading_level, is_caption
from rag.parsing.pdf.layout import is_listed
from rag.parsing.pdf.lines import HYPHEN, Line, Paragraph
from rag.parsing.pdf.raw_page import RawPage
from rag.parsing.pdf.reading import Sides, as_seen
from rag.parsing.pdf.scripts import joined
from rag.parsing.rows import row_block
from rag.shortening import LONGEST_REPEATED, shortened
from rag.types import Block, BlockKind, Page, Position

_ENDED = re.compile(r"[.!?:;。！？；…]['\"”’»)\]]*$")
_NOTE_MARK = re.compile(r"(?:\(?\d{1,3}\)?|[*†‡§]|\[\d{1,3}\])[\s.]?\S")
_SMALLER = 0.93
_OTHER_SIZE = 1.08
_FULL_LINE = 0.75
_LEAST_TEXT = 16
"""A shorter line at the end of a page is taken for a line of its own."""

_SAME_EDGE = 8.0
_LONGEST_NAME = 80


@dataclass(slots=True)
class _Part:
    """A paragraph or table with its page.

    `more` are the parts of a paragraph on the pages that follow, `rest` is that of a table's last
    row, `header` has the names of its columns, which come from its rows `names`.
    """

    item: Item
    page: int
    frame: Frame
    more: list["_Part"] = field(default_factory=list)
    header: tuple[str, ...] = ()
    names: tuple[Row, ...] = ()
    rest: "_Part | None" = None

    def said(self) -> list[tuple[str, ...]]:
        """Return the cells of the rows that name its columns."""
        return [row.cells for row in self.names]

    def last(self) -> "_Part":
        """Return its part on the last of its pages."""
        return self.more[-1] if self.more else self


@dataclass(slots=True)
class _Waiting:
    """A page that may still be added to."""

    raw: RawPage
    parts: list[_Part]
    body: float


def _is_footnote(part: _Part, body: float) -> bool:
    """Return whether a paragraph is a note at the foot of its page: small print after a mark."""
    item = part.item
    return (
        isinstance(item, Paragraph)
        and not item.code
        and 0 < item.size < _SMALLER * body
        and _NOTE_MARK.match(item.text) is not None
    )


def _goes_on(one: Paragraph, other: Paragraph) -> bool:
    """Return whether a paragraph at the top of a page carries on the last one before it."""
    if one.code or other.code:
        return False
    larger, smaller = max(one.size, other.size), min(one.size, other.size)
    if one.turn != other.turn or larger > _OTHER_SIZE * max(smaller, 0.1):
        return False
    if one.lines[-1].bold != other.lines[0].bold or is_listed(other.text):
        return False
    if one.lines[-1].text.endswith(HYPHEN):
        return True
    last = one.lines[-1]
    if _ENDED.search(one.text) or len(last.text) < _LEAST_TEXT:
        return False
    full = last.right - one.left > _FULL_LINE * (one.right - one.left)
    return full and (other.text[:1].islower() or len(one.lines) > 1)


def _header(table: Table) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns, and how many rows they are taken from."""
    rows = table.rows
    if len(rows) < 2 or not _names_columns(rows[0].cells):  # noqa: PLR2004  a header and a row
        return (), 0
    first = rows[0].cells
    if len(rows) > 2 and _names_more(table):  # noqa: PLR2004  two rows of names and one more
        both = zip(first, rows[1].cells, strict=True)
        return tuple(" ".join(dict.fromkeys(filter(None, pair))) for pair in both), 2
    return first, 1


def _without_caption(table: Table) -> Table:
    """Return a table with the caption that seemed to be its first row."""
    first = " ".join(filter(None, table.rows[0].cells))
    if table.caption or len(table.rows) < 3 or not is_caption(first):  # noqa: PLR2004 - a head and a row
        return table
    return replace(table, rows=table.rows[1:], caption=first)


def _names_more(table: Table) -> bool:
    """Return whether a second row names columns as well: below names over several, or the rest."""
    first, second, third = (row.cells for row in table.rows[:3])
    filled = [cell for cell in second if cell]
    if not filled or any(is_number(cell) and not _is_year(cell) for cell in filled):
        return False
    if any(one and one == other for one, other in pairwise(first)):
        return True
    named = sum(map(bool, first))
    return not table.ruled and len(filled) < named and any(map(is_number, third))


def _names_columns(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return (
        2 * len(filled) >= len(cells)
        and len(filled) > 1
        and not any(is_number(cell) and not _is_year(cell) for cell in filled)
        and max(map(len, filled)) <= _LONGEST_NAME
    )


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell[:2] in {"19", "20"} and cell.isdecimal()  # noqa: PLR2004


def _same_columns(one: Table, other: Table) -> bool:
    if len(one.edges) != len(other.edges) or one.turn != other.turn:
        return False
    return all(
        abs(left - right) < _SAME_EDGE
        for left, right in zip(one.edges[:-1], other.edges[:-1], strict=True)
    )


class Flow:
    """Takes pages in order, and hands each out when nothing can be added to it any more."""

    def __init__(self, outline: Mapping[str, int], total: int) -> None:
        """Begin; `outline` has the levels of the titles that the file lists."""
        self._outline = outline
        self._total = total
        self._waiting: list[_Waiting] = []

    def add(self, page: RawPage, items: Iterable[Item], body: float) -> Iterator[Page]:
        """Add the next page, and yield those before it that are complete."""
        parts = [_Part(item, page.number, page.frame) for item in items]
        for part in parts:
            if isinstance(part.item, Table):
                self._take_header(part)
        if self._waiting and parts:
            self._continue(parts, body)
        self._waiting.append(_Waiting(page, parts, body))
        if parts or not self._is_open():
            yield from self.finish(leave=1 if parts else 0)

    def finish(self, leave: int = 0) -> Iterator[Page]:
        """Yield the pages that wait, but for the last `leave`."""
        while len(self._waiting) > leave:
            yield self._page(self._waiting.pop(0))

    def _is_open(self) -> bool:
        return any(waiting.parts for waiting in self._waiting)

    def _last_part(self) -> tuple[_Part, float] | None:
        """Return what the text of the pages so far ends with, above its footnotes."""
        for waiting in reversed(self._waiting):
            for part in reversed(waiting.parts):
                if not _is_footnote(part, waiting.body):
                    return part, waiting.body
        return None

    def _take_header(self, part: _Part) -> None:
        table = part.item
        if isinstance(table, Table):
            table = _without_caption(table)
            part.header, used = _header(table)
            part.names = table.rows[:used]
            part.item = replace(table, rows=table.rows[used:])

    def _continue(self, parts: list[_Part], body: float) -> None:
        """Add the first part of a page to the last one before it, if it goes on there."""
        last = self._last_part()
        if last is None:
            return
        before, before_body = last
        one, other = before.last().item, parts[0].item
        if isinstance(one, Paragraph) and isinstance(other, Paragraph):
            heading = self._level(one, before_body) or self._level(other, body)
            if not heading and _goes_on(one, other):
                before.more.append(parts.pop(0))
        elif isinstance(one, Table) and isinstance(other, Table) and _same_columns(one, other):
            self._continue_table(before, parts[0])

    def _continue_table(self, before: _Part, part: _Part) -> None:
        """Give the rest of a table the names of its columns, which may or may not be repeated."""
        table = part.item
        if not isinstance(table, Table) or not isinstance(before.item, Table):
            return
        rows = (*part.names, *table.rows)
        repeated = len(before.names)
        if not repeated or [row.cells for row in rows[:repeated]] != before.said():
            # What seemed to name the columns is a row: the names stand on a page before.
            repeated = 0
        table = replace(table, rows=rows[repeated:])
        if _is_rest(table.rows[0]):
            before.rest = replace(part, item=replace(table, rows=table.rows[:1]))
            table = replace(table, rows=table.rows[1:])
        part.header, part.names = before.header, before.names
        part.item = replace(table, caption=before.item.caption)

    def _level(self, paragraph: Paragraph, body: float) -> int:
        # What stands sideways on a page is a stamp or a label, whatever its size.
        if paragraph.turn or (paragraph.code and len(paragraph.lines) > 1):
            return 0
        return heading_level(paragraph, body, self._outline)

    def _page(self, waiting: _Waiting) -> Page:
        blocks = [block for part in waiting.parts for block in self._blocks(part, waiting.body)]
        raw = waiting.raw
        return Page(raw.number, self._total, (*blocks, *raw.beside), raw.note)

    def _blocks(self, part: _Part, body: float) -> Iterator[Block]:
        if isinstance(part.item, Table):
            yield from _rows(part.item, part)
            return
        level = self._level(part.item, body)
        whole = [part, *part.more]
        lines = [line for one in whole for line in _lines(one)]
        text = joined([line.text for line in lines]) if part.more else part.item.text
        plain = BlockKind.CODE if part.item.code else BlockKind.TEXT
        kind = BlockKind.HEADING if level else plain
        places = tuple(_place(one.item, one) for one in whole)
        yield Block(text=text, kind=kind, positions=places, level=level)


def _lines(part: _Part) -> tuple[Line, ...]:
    return part.item.lines if isinstance(part.item, Paragraph) else ()


def _place(box: Item | Row, part: _Part) -> Position:
    sides: Sides = (box.left, box.top, box.right, box.bottom)
    left, top, right, bottom = map(round, as_seen(sides, part.item.turn, part.frame))
    return Position(part.page, left, right, top, bottom)


def _rows(table: Table, part: _Part) -> Iterator[Block]:
    caption = shortened(table.caption)
    if caption != table.caption:
        yield Block(text=table.caption)
    names = part.header
    long = [name for name in names if len(name) > LONGEST_REPEATED]
    yield from (Block(text=name, table=caption) for name in long)
    header = tuple(map(shortened, names))
    for row in table.rows:
        cells, places = row.cells, [_place(row, part)]
        if part.rest is not None and row is table.rows[-1]:
            (rest,) = _table_rows(part.rest)
            cells = tuple(map(_both, cells, rest.cells))
            places.append(_place(rest, part.rest))
        yield replace(row_block(cells, header, caption), positions=tuple(places))


def _table_rows(part: _Part) -> tuple[Row, ...]:
    return part.item.rows if isinstance(part.item, Table) else ()


def _both(one: str, other: str) -> str:
    return joined([text for text in (one, other) if text])


def _is_rest(row: Row) -> bool:
    """Return whether a row at the top of a page goes on with the last one of the page before."""
    filled = [cell for cell in row.cells if cell]
    return not row.cells[0] and len(filled) < len(row.cells) and not any(map(is_number, filled))
