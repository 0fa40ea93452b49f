"""Rows of tables as blocks: which row names the columns, and how a row reads as text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, zip_longest

from rag.errors import ParseError
from rag.shortening import LONGEST_REPEATED, shortened
from rag.types import Block, BlockKind

EMPTY_CELLS = 1_000_000
"""How many cells of a table may be empty, beside `EMPTY_PER_FILLED` for each that is not."""

EMPTY_PER_FILLED = 20
_LOOK_AHEAD = 10
_PAIR = 2
_LONGEST_NUMBER = 40
_MAX_SPAN = 100
_SPAN_DIGITS = 9
_NUMBER = re.compile(r"[-+(]?\s*[$€£¥]?\s*[\d.,'\s]*\d[\d.,'\s]*%?\)?")


def row_block(cells: Sequence[str], header: Sequence[str] = (), table: str = "") -> Block:
    """Return a row whose text reads `name: value; name: value`, without its empty cells."""
    named = zip_longest(cells, header[: len(cells)], fillvalue="")
    text = "; ".join(f"{name}: {cell}" if name else cell for cell, name in named if cell)
    if len(cells) == _PAIR and not any(header) and cells[0].endswith((":", "：")):
        text = f"{cells[0]} {cells[1]}".strip()
    return Block(
        text=text, kind=BlockKind.ROW, cells=tuple(cells), header=tuple(header), table=table
    )


def said_span(said: str, *, absent: int) -> int:
    """Return how many columns or rows a cell says it covers, 100 at most, or `absent`."""
    return min(int(said[:_SPAN_DIGITS]), _MAX_SPAN) if said.isdecimal() else absent


class SpanError(ParseError):
    """A table's cells span so much that the table is nearly all empty."""


@contextmanager
def tables_of(name: str) -> Iterator[None]:
    """Name the file in the error for a table whose cells span too much."""
    try:
        yield
    except SpanError as error:
        raise ParseError(f"{name} {error}") from error


class CellRoom:
    """Counts the cells of a table whose cells span others: a few bytes can say millions."""

    def __init__(self) -> None:
        """Start with an empty table."""
        self._cells = 0
        self._own = 0

    def take(self, cells: int, own: int) -> None:
        """Count some cells, `own` of which say something and are no copies of others.

        Raises SpanError if the table then has far more cells than such ones.
        """
        self._cells += cells
        self._own += own
        if self._cells - self._own > EMPTY_CELLS + EMPTY_PER_FILLED * self._own:
            raise SpanError(
                f"has a table of {self._cells:,} cells or more, nearly all made by cells that span "
                f"others; the limit is {EMPTY_CELLS:,}. Let them span less, or split the table."
            )


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)


def _is_number(cell: str) -> bool:
    return len(cell) <= _LONGEST_NUMBER and _NUMBER.fullmatch(cell) is not None


def _names_columns(row: Sequence[str], width: int) -> bool:
    """Return whether a row may be the header: it names half the columns, not by numbers alone."""
    filled = [cell for cell in row if cell]
    return 2 * len(filled) >= width and not all(map(_is_number, filled))


def _titles(rows: Sequence[Sequence[str]], width: int) -> int:
    """Count the rows above a table that hold a single cell: its title, not its columns."""
    if width == 1:
        return 0
    return next(index for index, row in enumerate(rows) if _filled(row) > 1)


def _without_blank_rows(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    for row in rows:
        cells = [" ".join(cell.split()) if "\n" not in cell else cell.strip() for cell in row]
        if any(cells):
            yield cells


def table_blocks(rows: Iterable[Sequence[str]], table: str = "") -> Iterator[Block]:
    """Yield the rows of a table, one block each, in the order given; blank rows are left out.

    The first row becomes the header of the others and is no block of its own, unless it is the
    only row, is mostly empty, or holds nothing but numbers. Single cells above it are titles:
    they come as text, and so do in the end the names of columns that hold nothing. Names that are
    too long to be repeated with each row come as text, too, and shortened with the rows.
    """
    table, title = shortened(table), table
    if title != table:
        yield Block(text=title)
    remaining = _without_blank_rows(rows)
    lead = list(islice(remaining, _LOOK_AHEAD))
    width = max(map(_filled, lead), default=0)
    titles = _titles(lead, width) if lead else 0
    for row in lead[:titles]:
        yield Block(text=next(filter(None, row)), table=table)
    body = lead[titles:]
    header: tuple[str, ...] = ()
    if len(body) > 1 and _names_columns(body[0], width):
        names = body.pop(0)
        yield from (Block(text=name, table=table) for name in names if len(name) > LONGEST_REPEATED)
        # One tuple for all rows: a copy each would take columns times rows.
        header = tuple(map(shortened, names))
    silent = {name for name in header if name}
    for row in chain(body, remaining):
        silent -= {name for name, cell in zip(header, row, strict=False) if cell}
        yield row_block(row, header, table)
    if silent:
        yield Block(text="; ".join(name for name in header if name in silent), table=table)
