"""Tables as they are put together from words: columns, rows and the texts of their cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from rag.parsing.pdf.lines import HYPHEN, Line, Word
from rag.parsing.pdf.scripts import joined

_NUMBER = re.compile(
    r"[-\u2212–+±(~≈<>]?\s*[$€£¥]?\s*\d[\d.,'’:/\s]*\s*(?:%|‰|[A-Za-z€$£¥°]{1,4}\.?)?\)?"
)
_LONGEST_NUMBER = 24


class Cell(NamedTuple):
    """A piece of a table's text: a run, or some of its words, in column `column`."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    column: int = 0
    order: int = 0

    @property
    def height(self) -> float:
        """Return the height of the box, at least a point."""
        return max(self.bottom - self.top, 1.0)

    @property
    def middle(self) -> float:
        """Return the distance of the box's middle from the top of the page."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the texts of its cells, and the box around them."""

    cells: tuple[str, ...]
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same columns; `edges` are the left edges of the columns, then the right one.

    `ruled` tells that rules part its rows, so that each is one.
    """

    rows: tuple[Row, ...]
    edges: tuple[float, ...]
    caption: str = ""
    turn: int = 0
    ruled: bool = False

    def named(self, caption: str) -> "Table":
        """Return the table with its caption."""
        return replace(self, caption=caption)

    def turned(self, turn: int) -> "Table":
        """Return the table as one whose text stands turned on the page."""
        return replace(self, turn=turn)

    @property
    def left(self) -> float:
        """Return the left edge of what it says."""
        return min(row.left for row in self.rows)

    @property
    def top(self) -> float:
        """Return the top of what it says."""
        return self.rows[0].top

    @property
    def right(self) -> float:
        """Return the right edge of what it says."""
        return max(row.right for row in self.rows)

    @property
    def bottom(self) -> float:
        """Return the bottom of what it says."""
        return max(row.bottom for row in self.rows)


def is_number(text: str) -> bool:
    """Return whether a cell holds a number, perhaps with its unit, or stands for a missing one."""
    if len(text) > _LONGEST_NUMBER:
        return False
    return text in {"-", "–", "—", "n/a"} or _NUMBER.fullmatch(text) is not None


def cell_of(words: Sequence[Word], column: int, order: int) -> Cell:
    """Return words that stand on one base line as a piece of a column."""
    return Cell(
        " ".join(word.text for word in words),
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
        column,
        order,
    )


def whole_cell(line: Line, column: int, order: int) -> Cell:
    """Return a run as a piece of a column."""
    return Cell(line.text, line.left, line.top, line.right, line.bottom, column, order)


_column = attrgetter("column")


def text_of(pieces: Sequence[Cell]) -> str:
    """Return the text of a cell's pieces from the top, with words whole that line ends broke."""
    if len(pieces) == 1:
        return joined([pieces[0].text]).replace(HYPHEN, "-")
    ordered = sorted(pieces, key=lambda piece: piece.order)
    lines: list[list[Cell]] = []
    for piece in sorted(ordered, key=lambda piece: piece.middle):
        if lines and piece.middle - lines[-1][-1].middle < piece.height / 2:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    texts = [
        " ".join(piece.text for piece in sorted(line, key=lambda piece: piece.left))
        for line in lines
    ]
    return joined(texts).replace(HYPHEN, "-")


def row_of(pieces: Sequence[Cell], columns: int) -> Row:
    """Return pieces as a row, each in its column."""
    cells = [""] * columns
    for column, group in groupby(sorted(pieces, key=_column), key=_column):
        cells[column] = text_of(list(group))
    return Row(
        tuple(cells),
        min(piece.left for piece in pieces),
        min(piece.top for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.bottom for piece in pieces),
    )
