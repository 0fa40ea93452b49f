"""Tables of OpenDocument texts and slides as rows of cells, merged cells spread."""

from collections.abc import Iterator
from typing import Any

from rag.parsing.office.ooxml import attribute, local_name
from rag.parsing.office.opendocument.inline import Inline
from rag.parsing.rows import CellRoom, said_span
from rag.parsing.tables.headers import Row, Span
from rag.parsing.tables.sheets import sheet_blocks, table_of
from rag.shortening import shortened
from rag.types import Block

_GROUPS = frozenset({"table-rows", "table-row-group", "table-header-rows"})


def table_blocks(table: Any, inline: Inline) -> Iterator[Block]:
    """Yield the rows of a table under the names of its columns, if it has such."""
    rows, marked = _rows(table, inline)
    if rows and max(len(row.cells) for row in rows) == 1:
        yield from (Block(text=row.cells[0]) for row in rows)
    elif marked:
        yield from table_of(rows, "", marked)
    else:
        yield from sheet_blocks(rows)


def _own_rows(table: Any, *, marked: bool = False) -> Iterator[tuple[Any, bool]]:
    for inner in table:
        name = local_name(inner)
        if name == "table-row":
            yield inner, marked
        elif name in _GROUPS:
            yield from _own_rows(inner, marked=marked or name == "table-header-rows")


def _rows(table: Any, inline: Inline) -> tuple[list[Row], int]:
    """Return the rows that say something, and how many of the first are marked as names."""
    rows: list[Row] = []
    marked = 0
    room = CellRoom()
    covering: dict[int, tuple[int, str]] = {}
    for element, is_marked in _own_rows(table):
        row = _row(element, inline, covering)
        room.take(len(row.cells), sum(map(bool, row.cells)))
        if any(row.cells):
            rows.append(row)
            marked += is_marked
    return rows, marked


def _row(element: Any, inline: Inline, covering: dict[int, tuple[int, str]]) -> Row:
    """Return a row; `covering` has the cells that reach down from above, by their column."""
    cells: list[str] = []
    spans: list[Span] = []
    for cell in element:
        name = local_name(cell)
        if name not in {"table-cell", "covered-table-cell"}:
            continue
        place = len(cells)
        left, above = covering.pop(place, (0, ""))
        text = inline.plain(cell) if name == "table-cell" else above
        if name == "covered-table-cell" and left > 1:
            covering[place] = (left - 1, above)
        width = said_span(attribute(cell, "number-columns-spanned"), absent=1)
        height = said_span(attribute(cell, "number-rows-spanned"), absent=1)
        if height > 1:
            covering[place] = (height - 1, shortened(text))
        if width > 1:
            spans.append((place, place + width - 1))
        cells += [text] * said_span(attribute(cell, "number-columns-repeated"), absent=1)
    return Row(cells, tuple(spans))
