"""Rows of tables as blocks: which row names the columns, and how a row reads as text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

from rag.types import Block, BlockKind

_LOOK_AHEAD = 10
_LONGEST_NUMBER = 40
_MAX_SPAN = 100
_SPAN_DIGITS = 9
_NUMBER = re.compile(r"[-+(]?\s*[$€£¥]?\s*[\d.,'\s]*\d[\d.,'\s]*%?\)?")


def row_block(cells: Sequence[str], header: Sequence[str] = (), table: str = "") -> Block:
    """Return a row whose text reads `name: value; name: value`, without its empty cells."""
    named = zip_longest(cells, header[: len(cells)], fillvalue="")
    text = "; ".join(f"{name}: {cell}" if name else cell for cell, name in named if cell)
    return Block(
        text=text, kind=BlockKind.ROW, cells=tuple(cells), header=tuple(header), table=table
    )


def said_span(said: str, *, absent: int) -> int:
    """Return how many columns or rows a cell says it covers, 100 at most, or `absent`."""
    return min(int(said[:_SPAN_DIGITS]), _MAX_SPAN) if said.isdecimal() else absent


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)


def _is_number(cell: str) -> bool:
    return len(cell) <= _LONGEST_NUMBER and _NUMBER.fullmatch(cell) is not None


def _names_columns(row: Sequence[str], width: int) -> bool:
    """Tell whether a row may be the header: it names half the columns, not by numbers alone."""
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
    they come as text, and so do in the end the names of columns that hold nothing.
    """
    remaining = _without_blank_rows(rows)
    lead = list(islice(remaining, _LOOK_AHEAD))
    width = max(map(_filled, lead), default=0)
    titles = _titles(lead, width) if lead else 0
    for row in lead[:titles]:
        yield Block(text=next(filter(None, row)), table=table)
    body = lead[titles:]
    header: Sequence[str] = ()
    if len(body) > 1 and _names_columns(body[0], width):
        header = body.pop(0)
    silent = {name for name in header if name}
    for row in chain(body, remaining):
        silent -= {name for name, cell in zip(header, row, strict=False) if cell}
        yield row_block(row, header, table)
    if silent:
        yield Block(text="; ".join(name for name in header if name in silent), table=table)
