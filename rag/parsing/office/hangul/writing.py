"""What both formats of Hangul Office have in common: paragraphs with numbers, tables, notes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.parsing.office.words.numbering import roman
from rag.parsing.rows import CellRoom
from rag.parsing.tables.headers import Row, Span
from rag.parsing.tables.sheets import sheet_blocks
from rag.shortening import shortened
from rag.types import Block, BlockKind

OUTLINE, NUMBER, BULLET = 1, 2, 3
"""Kinds of paragraphs with a head, as the files number them; 0 is none."""

DEEPEST = 40
"""How deep tables and boxes may stand in each other."""

MOST_LEVELS = 10
_SYLLABLES = "가나다라마바사아자차카타파하"
_JAMO = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_HAN = "一二三四五六七八九十"
_SPOKEN = "일이삼사오육칠팔구십"
_CIRCLED_SYLLABLE, _CIRCLED_JAMO, _CIRCLED_DIGIT = 0x326E, 0x3260, 0x2460
_CIRCLED_CAPITAL, _CIRCLED_SMALL, _CIRCLED_HAN = 0x24B6, 0x24D0, 0x3280
_CIRCLED = {
    1: (_CIRCLED_DIGIT, 20), 6: (_CIRCLED_CAPITAL, 26), 7: (_CIRCLED_SMALL, 26),
    9: (_CIRCLED_SYLLABLE, 14), 11: (_CIRCLED_JAMO, 14), 14: (_CIRCLED_HAN, 10),
}  # fmt: skip
_LISTED = {
    4: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 5: "abcdefghijklmnopqrstuvwxyz", 8: _SYLLABLES, 10: _JAMO,
    12: _SPOKEN, 13: _HAN,
}  # fmt: skip


def written_number(number: int, form: int) -> str:
    """Write a number in a form, as the files number them: 0 digits, 1 circled, 2 Roman, ...

    Forms that are not known, and numbers past the end of one, come in digits.
    """
    if form in {2, 3} and number > 0:
        said = roman(number)
        return said.upper() if form == 2 else said  # noqa: PLR2004 - the form of capitals
    if form in _CIRCLED and 0 < number <= _CIRCLED[form][1]:
        return chr(_CIRCLED[form][0] + number - 1)
    if form in _LISTED and 0 < number <= len(_LISTED[form]):
        return _LISTED[form][number - 1]
    return str(number)


class Level(NamedTuple):
    """How the paragraphs of one level are numbered: `text` has `^1` for the number of level 1."""

    text: str
    form: int = 0
    start: int = 1


class Head(NamedTuple):
    """The head of a paragraph: kind, the numbering or bullet that it names, its level from 0."""

    kind: int = 0
    numbering: int = 0
    level: int = 0


NO_HEAD = Head()


class Numbers:
    """Counts the paragraphs of a document that have numbers."""

    def __init__(self, numberings: Mapping[int, Sequence[Level]]) -> None:
        """Count by these numberings; `outline` is that of the headings of a section."""
        self._numberings = numberings
        self.outline = 1
        self._counts: dict[tuple[int, int], list[int]] = {}

    def label(self, head: Head) -> str:
        """Return the number that a paragraph begins with; empty for one without."""
        if head.kind not in {OUTLINE, NUMBER}:
            return ""
        name = self.outline if head.kind == OUTLINE else head.numbering
        levels = self._numberings.get(name, ())
        if head.level >= len(levels):
            return ""
        counts = self._counts.setdefault((head.kind, name), [0] * MOST_LEVELS)
        if not counts[head.level]:
            counts[head.level] = levels[head.level].start - 1
        counts[head.level] += 1
        counts[head.level + 1 :] = [0] * (MOST_LEVELS - head.level - 1)
        text = levels[head.level].text
        for place, level in enumerate(levels):
            number = counts[place] or level.start
            text = text.replace(f"^{place + 1}", written_number(number, level.form))
        return text.strip()


@dataclass(slots=True)
class Cell:
    """A cell of a table: its place and size in columns and rows, and its paragraphs."""

    row: int
    column: int
    height: int
    width: int
    paragraphs: "list[Paragraph]"


@dataclass(slots=True)
class Table:
    """A table: its caption and its cells in order."""

    caption: "list[Paragraph]" = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)


@dataclass(slots=True)
class Paragraph:
    """A paragraph: its text, its head, and what hangs on it.

    `notes` (notes, comments, heads and feet of pages) and `boxes` are lists of paragraphs each.
    """

    text: str = ""
    head: Head = NO_HEAD
    notes: "list[list[Paragraph]]" = field(default_factory=list)
    boxes: "list[list[Paragraph]]" = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


class Writer:
    """Writes paragraphs as blocks."""

    def __init__(self, numbers: Numbers) -> None:
        """Write with the numbers that a document counts."""
        self._numbers = numbers

    def blocks(self, paragraphs: Iterable[Paragraph]) -> Iterator[Block]:
        """Yield paragraphs in order, each followed by its notes, boxes and tables."""
        for paragraph in paragraphs:
            text = self._text(paragraph)
            if text and paragraph.head.kind == OUTLINE:
                yield Block(text, BlockKind.HEADING, level=min(paragraph.head.level + 1, 9))
            elif text:
                yield Block(text)
            for note in paragraph.notes:
                if said := " ".join(self.plain(note).split()):
                    yield Block(said)
            for box in paragraph.boxes:
                yield from self.blocks(box)
            for table in paragraph.tables:
                yield from self._table(table)

    def plain(self, paragraphs: Iterable[Paragraph]) -> str:
        """Return paragraphs, one a line, with all that hangs on them."""
        return "\n".join(filter(None, self._lines(paragraphs)))

    def _lines(self, paragraphs: Iterable[Paragraph]) -> Iterator[str]:
        for paragraph in paragraphs:
            yield self._text(paragraph)
            for inner in (*paragraph.notes, *paragraph.boxes):
                yield self.plain(inner)
            for table in paragraph.tables:
                yield self.plain(table.caption)
                for row in _rows(table, self):
                    yield " | ".join(filter(None, row.cells))

    def _text(self, paragraph: Paragraph) -> str:
        text = paragraph.text.strip()
        label = self._numbers.label(paragraph.head) if text else ""
        return f"{label} {text}" if label else text

    def _table(self, table: Table) -> Iterator[Block]:
        if caption := self.plain(table.caption):
            yield Block(caption)
        rows = list(_rows(table, self))
        if rows and max(len(row.cells) for row in rows) == 1:
            yield from (Block(row.cells[0]) for row in rows if row.cells[0])
        else:
            yield from sheet_blocks(rows, " ".join(caption.split()))


def _rows(table: Table, writer: Writer) -> Iterator[Row]:
    """Yield the rows of a table; a cell over several rows is part of each."""
    room = CellRoom()
    by_row: dict[int, dict[int, str]] = {}
    spans: dict[int, list[Span]] = {}
    for cell in table.cells:
        text = writer.plain(cell.paragraphs)
        room.take(cell.height, 1)
        by_row.setdefault(cell.row, {})[cell.column] = text
        if cell.width > 1:
            spans.setdefault(cell.row, []).append((cell.column, cell.column + cell.width - 1))
        for row in range(cell.row + 1, cell.row + cell.height):
            by_row.setdefault(row, {}).setdefault(cell.column, shortened(text))
    for number in sorted(by_row):
        found = by_row[number]
        width = max(found) + 1
        room.take(width, len(found))
        yield Row([found.get(place, "") for place in range(width)], tuple(spans.get(number, ())))
