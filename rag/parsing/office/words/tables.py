"""Tables of Word documents as rows of cells, merged cells spread."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rag.parsing.office.ooxml import attribute, child, local_name
from rag.parsing.office.words.styles import is_on
from rag.parsing.rows import CellRoom, row_block, said_span
from rag.parsing.tables.headers import Row
from rag.parsing.tables.sheets import table_of
from rag.shortening import shortened
from rag.types import Block

WriteParagraph = Callable[[Any], str]
"""Returns the text of a paragraph with its number."""


def table_rows(table: Any, write: WriteParagraph, name: str = "") -> Iterator[Block]:
    """Yield the rows of a table under the names of its columns, if it has such."""
    rows = [(row, element) for row, element in _own_rows(table, write) if any(row.cells)]
    if rows and max(len(row.cells) for row, _ in rows) == 1:
        yield from (Block(text=row.cells[0]) for row, _ in rows)
        return
    plain = [row for row, _ in rows]
    elements = [element for _, element in rows]
    marked = next((count for count, row in enumerate(elements) if not _is_marked(row)), 0)
    styled = rows and (_is_styled(table) or _stands_out(elements)) and _names_all(plain[0])
    if marked or styled:
        yield from table_of(plain, name, marked)
    else:
        yield from (row_block(row.cells, table=name) for row in plain)


def cell_text(cell: Any, write: WriteParagraph) -> str:
    """Return the paragraphs of a cell or a note, one a line."""
    texts = (write(paragraph) for paragraph in cell.iter("{*}p") if _says_itself(paragraph, cell))
    return "\n".join(filter(None, (text.strip() for text in texts)))


def _says_itself(paragraph: Any, cell: Any) -> bool:
    """Return whether a paragraph is none that another one of the cell says in its line."""
    in_box = False
    for ancestor in paragraph.iterancestors():
        if ancestor is cell:
            break
        name = local_name(ancestor)
        in_box = in_box or name == "txbxContent"
        if name in {"inline", "Fallback"} or (name == "p" and not in_box):
            return False
    return True


def _columns(span: Any, *, absent: int) -> int:
    """Return how many columns an element says, or `absent` if it is none or says no number."""
    return said_span(attribute(span, "val") if span is not None else "", absent=absent)


def _row(row: Any, above: Sequence[str], write: WriteParagraph) -> Row:
    """Return a row; a cell over several columns fills the first, one over rows each row."""
    cells = [""] * _columns(child(row, "trPr", "gridBefore"), absent=0)
    spans = []
    for cell in row.iter("{*}tc"):
        if next(cell.iterancestors("{*}tr")) is not row:
            continue
        merge = child(cell, "tcPr", "vMerge")
        continued = merge is not None and attribute(merge, "val", "continue") == "continue"
        merged = "".join(above[len(cells) : len(cells) + 1]) if continued else ""
        width = _columns(child(cell, "tcPr", "gridSpan"), absent=1)
        if width > 1:
            spans.append((len(cells), len(cells) + width - 1))
        cells.append(shortened(merged) or cell_text(cell, write))
        cells.extend([""] * (width - 1))
    return Row(cells, tuple(spans))


def _own_rows(table: Any, write: WriteParagraph) -> list[tuple[Row, Any]]:
    """Return the rows of a table itself, each with its element."""
    rows: list[tuple[Row, Any]] = []
    room = CellRoom()
    for row in table.iter("{*}tr"):
        if next(row.iterancestors("{*}tbl")) is not table or _is_deleted(row):
            continue
        made = _row(row, rows[-1][0].cells if rows else (), write)
        rows.append((made, row))
        room.take(len(made.cells), sum(map(bool, made.cells)))
    return rows


def _is_deleted(row: Any) -> bool:
    return child(row, "trPr", "del") is not None


def _is_marked(row: Any) -> bool:
    return is_on(child(row, "trPr", "tblHeader"))


def _is_styled(table: Any) -> bool:
    """Return whether the first row is styled as names of columns."""
    look = child(table, "tblPr", "tblLook")
    return look is None or attribute(look, "firstRow", "1") in {"1", "true", "on"}


def _stands_out(rows: Sequence[Any]) -> bool:
    """Return whether the first row is in bold print, and the second is not."""
    return len(rows) > 1 and _is_bold(rows[0]) and not _is_bold(rows[1])


def _is_bold(row: Any) -> bool:
    runs = [run for run in row.iter("{*}r") if child(run, "t") is not None]
    return bool(runs) and all(is_on(child(run, "rPr", "b")) for run in runs)


def _names_all(first: Row) -> bool:
    """Return whether a row has a name of its own for each column."""
    names = [cell for cell in first.cells if cell]
    covered = len(names) + sum(last - start for start, last in first.spans)
    return covered >= len(first.cells) and len(set(names)) == len(names)
