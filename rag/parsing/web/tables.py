"""Tables of web pages: cells over several rows, rows that name columns, columns that name rows."""

from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from rag.parsing.rows import CellRoom, row_block, said_span, table_blocks
from rag.parsing.web.inline import Inline
from rag.parsing.web.walking import BLOCKS, SKIP, Walk
from rag.shortening import LONGEST_REPEATED, shortened
from rag.types import Block, BlockKind

_MOST_HEADS = 4
_SIGHT = 50
"""Of so many rows the first cells are looked at to see whether they name their rows."""


def cell_text(node: LexborNode, walk: Walk, inline: Inline) -> str:
    """Return what stands in a cell or caption in one line."""
    parts = []
    below = walk.below(node)
    for inner, entering in below:
        if not entering:
            parts.append(inline.target(inner) if inner.tag == "a" else "")
        elif (whole := inline.whole(inner)) is not None:
            parts.append(whole)
            below.send(SKIP)
        elif inner.tag == "-text":
            parts.append(" ".join(f"|{inner.text_content or ''}|".split())[1:-1])
        else:
            parts.append(inline.text(inner))
        if inner.tag in BLOCKS:
            parts.append(" ")
    return " ".join("".join(parts).split())


def _span(cell: LexborNode, name: str) -> int:
    """Return how many columns or rows a cell covers."""
    return max(said_span(cell.attributes.get(name) or "", absent=1), 1)


class _Rows:
    """Reads the rows of a table; a cell over several rows is part of each of them."""

    def __init__(self, walk: Walk, inline: Inline) -> None:
        self._walk, self._inline = walk, inline
        self._covered: dict[int, tuple[int, str]] = {}
        self._group: int | None = None
        self._room = CellRoom()

    def read(self, row: LexborNode, *, fill: bool = False) -> list[str]:
        """Return a row's cells, of which one over several columns fills the first, or all."""
        group = row.parent.mem_id if row.parent is not None else None
        if group != self._group:
            # A cell ends with the head, body or foot of the table that it is in.
            self._covered, self._group = {}, group
        cells: list[str] = []
        for cell in row.iter():
            if cell.tag in {"td", "th"} and not self._walk.drops(cell):
                self._carry_on(cells)
                self._add(cell, cells, fill=fill)
        self._carry_on(cells)
        return cells

    def cell(self, node: LexborNode) -> str:
        """Return the text of a cell in one line."""
        return cell_text(node, self._walk, self._inline)

    def _carry_on(self, cells: list[str]) -> None:
        """Insert what cells of the rows above cover from here on."""
        while covered := self._covered.pop(len(cells), None):
            rows, text = covered
            if rows > 1:
                self._covered[len(cells)] = (rows - 1, text)
            cells.append(text)
            self._room.take(1, 0)

    def _add(self, cell: LexborNode, cells: list[str], *, fill: bool) -> None:
        rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
        said = self.cell(cell)
        self._room.take(columns, bool(said))
        for text in (said, *[said if fill else ""] * (columns - 1)):
            if rows > 1:
                self._covered[len(cells)] = (rows - 1, shortened(text))
            cells.append(text)


def is_data(table: LexborNode) -> bool:
    """Distinguish a table of data from one that only lays out the page."""
    # A selector holds for the node itself, too, and looks at what is around it.
    tables = [found.mem_id for found in table.css("table")]
    if tables != [table.mem_id] or table.css_first("td h1, td h2, td h3") is not None:
        return False
    inside = table.css_first("table table") is not None
    wide = [row for row in table.css("tr") if len(list(row.iter())) > 1]
    return len(wide) > (1 if inside else 0)


def table_of(table: LexborNode, walk: Walk, inline: Inline) -> Iterator[Block]:
    """Yield the rows of a table of data."""
    caption = table.css_first("caption")
    title = cell_text(caption, walk, inline) if caption is not None else ""
    rows = [row for row in table.css("tr") if not walk.drops(row)]
    reader = _Rows(walk, inline)
    heads = _heads(rows)
    if heads:
        names = _merged([reader.read(row, fill=True) for row in rows[:heads]])
        yield from _named(names, map(reader.read, rows[heads:]), title)
    elif _name_rows(rows):
        yield from _properties(map(reader.read, rows), title)
    else:
        yield from table_blocks(map(reader.read, rows), title)


def _cells(row: LexborNode) -> list[LexborNode]:
    return [cell for cell in row.iter() if cell.tag in {"td", "th"}]


def _is_head(row: LexborNode) -> bool:
    cells = _cells(row)
    is_in_head = row.parent is not None and row.parent.tag == "thead"
    return bool(cells) and (is_in_head or all(cell.tag == "th" for cell in cells))


def _heads(rows: Sequence[LexborNode]) -> int:
    """Count the rows that name the columns: those that the page says do, not all that it has."""
    heads = 0
    while heads < min(len(rows), _MOST_HEADS) and _is_head(rows[heads]):
        heads += 1
    widest = max((len(_cells(row)) for row in rows[:_SIGHT]), default=0)
    names_something = heads < len(rows) and (widest == 1 or len(_cells(rows[heads - 1])) > 1)
    return heads if heads and names_something else 0


def _merged(heads: Sequence[Sequence[str]]) -> list[str]:
    """Return one name for each column from several rows of names, the topmost first."""
    width = max(map(len, heads))
    names = []
    for column in range(width):
        said = [row[column] for row in heads if column < len(row) and row[column]]
        names.append(" / ".join(dict.fromkeys(said)))
    return names


def _named(names: Sequence[str], rows: Iterator[list[str]], title: str) -> Iterator[Block]:
    table, header = shortened(title), tuple(map(shortened, names))
    if table != title:
        yield Block(text=title)
    yield from (Block(text=name, table=table) for name in names if len(name) > LONGEST_REPEATED)
    silent = {name for name in header if name}
    for cells in rows:
        if any(cells):
            silent -= {name for name, cell in zip(header, cells, strict=False) if cell}
            yield row_block(cells, header, table)
    if silent:
        yield Block(text="; ".join(name for name in header if name in silent), table=table)


def _name_rows(rows: Sequence[LexborNode]) -> bool:
    """Return whether each row begins with its name, as in a list of properties."""
    lines = [_cells(row) for row in rows[:_SIGHT]]
    telling = [cells for cells in lines if len(cells) > 1]
    names = [cells for cells in telling if cells[0].tag == "th" and cells[1].tag == "td"]
    return len(telling) > 0 and len(names) == len(telling)


def _properties(rows: Iterator[list[str]], title: str) -> Iterator[Block]:
    table = shortened(title)
    if table != title:
        yield Block(text=title)
    for cells in rows:
        name, *values = cells or [""]
        said = "; ".join(filter(None, values))
        text = f"{name}: {said}" if name and said else name or said
        if text:
            yield Block(text=text, kind=BlockKind.ROW, cells=tuple(cells), table=table)
