"""A sheet as the tables in it: what stands above them, beside and below each other, and forms."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from rag.parsing.rows import row_block
from rag.parsing.tables.headers import Header, Row, filled, header_of, is_value, is_year, names_of
from rag.shortening import LONGEST_REPEATED, shortened
from rag.types import Block

BAND_ROWS = 2000
"""How many rows without a blank one between them are held to look for tables side by side."""

_LOOK_AHEAD = 50
_MOST_PREAMBLE = 30
_LONGEST_CAPTION = 100
_FORM_CELLS = 2
_KNOWN_VALUES = 2000
_MOST_NAMES, _LEAST_NAMES = 3, 3
"""Rows of names that a blank one parts from their table, and how many names stand in the last."""

_DEEPEST = 8
"""How often parts of a sheet are looked at for tables beside each other in them."""


def sheet_blocks(rows: Iterable[Row], table: str = "") -> Iterator[Block]:
    """Yield what a sheet says: rows of its tables under their names, and the lines above as text.

    Blank rows and columns part tables. A part without names of its own goes on the table before.
    Rows come one block each in the order given, but for those of tables side by side, which come
    table by table. Names that are too long to be repeated with each row come as text, too, and so
    do in the end the names of columns that hold nothing.
    """
    name = shortened(table)
    if name != table:
        yield Block(text=table)
    yield from _Sheet(name).blocks(rows)


def table_of(rows: Sequence[Row], table: str = "", marked: int = 0) -> Iterator[Block]:
    """Yield the rows of one table that has names of columns, in its first `marked` rows if told."""
    above = 0 if marked else _preamble(rows)
    for row in rows[:above]:
        yield Block(text=_line(row), table=table)
    body = list(map(_tidy, rows[above:]))
    width = max((len(row.cells) for row in body), default=0)
    found = header_of(body[:_LOOK_AHEAD], width) if body else Header(0, (), frozenset())
    count = marked or found.rows
    if not count and len(body) > 1 and not any(map(is_value, body[0].cells)):
        count = 1
    names = tuple(map(shortened, names_of(body[:count], width))) if count < len(body) else ()
    names = names if any(names) else ()
    yield from (Block(text=name, table=table) for name in names if len(name) > LONGEST_REPEATED)
    silent = dict.fromkeys(name for name in names if name)
    for row in body[count if names else 0 :]:
        for name, cell in zip(names, row.cells, strict=False):
            if cell:
                silent.pop(name, None)
        yield row_block(row.cells, names, table)
    if silent:
        yield Block(text="; ".join(silent), table=table)


class _Sheet:
    """Reads the rows of a sheet in order."""

    def __init__(self, table: str, depth: int = 0) -> None:
        self._depth = depth
        self._table = table
        self._name = table
        self._header = Header(0, (), frozenset())
        self._known: set[tuple[int, str]] = set()
        self._source: Iterator[Row] = iter(())
        self._over = False
        self._pending: list[Row] = []

    def blocks(self, rows: Iterable[Row]) -> Iterator[Block]:
        """Yield the blocks of all rows."""
        self._source = map(_tidy, rows)
        while not self._over:
            band, is_whole = self._band()
            if is_whole and _may_be_names(band) and not self._over:
                following, is_whole = self._band()
                if _names_columns_of(band, following):
                    band += following
                else:
                    yield from self._band_blocks(band, is_whole=True)
                    band = following
            if is_whole and len(band) == 1 and not self._over:
                # A single row is the title or the names of what follows it.
                self._pending = band
                continue
            yield from self._band_blocks(band, is_whole=is_whole)

    def _band_blocks(self, band: list[Row], *, is_whole: bool) -> Iterator[Block]:
        may_part = is_whole and self._depth < _DEEPEST
        groups = _side_by_side(band) if band and may_part else []
        for group in groups:
            yield from _Sheet(self._table, self._depth + 1).blocks(group)
        if band and not groups:
            yield from self._table_blocks(band, is_whole=is_whole)

    def _band(self) -> tuple[list[Row], bool]:
        """Return the next rows up to a blank one, and whether they are all that come before it."""
        band, self._pending = self._pending, []
        fresh = 0
        for row in self._source:
            if any(row.cells):
                band.append(row)
                fresh += 1
                if fresh >= BAND_ROWS or len(band) >= BAND_ROWS:
                    return band, False
            elif fresh:
                return band, True
        self._over = True
        return band, True

    def _rest(self) -> Iterator[Row]:
        """Yield the rows up to the next blank one."""
        for row in self._source:
            if not any(row.cells):
                return
            yield row
        self._over = True

    def _table_blocks(self, band: Sequence[Row], *, is_whole: bool) -> Iterator[Block]:
        above = _preamble(band)
        for row in band[:above]:
            yield Block(text=_line(row), table=self._table)
        body = band[above:]
        if not body:
            return
        if above or not self._goes_on(body):
            self._begin(band[:above], body)
            yield from self._long_names()
            body = body[self._header.rows :]
            silent = {name for name in self._header.names if name}
        else:
            silent = set()
        # One tuple for all rows: a copy each would take columns times rows.
        header = tuple(map(shortened, self._header.names))
        names = self._header.names
        for row in chain(body, () if is_whole else self._rest()):
            if silent:
                silent -= {name for name, cell in zip(names, row.cells, strict=False) if cell}
            self._remember(row)
            yield row_block(row.cells, header, self._name)
        if silent:
            texts = dict.fromkeys(name for name in header if name in silent)
            yield Block(text="; ".join(texts), table=self._name)

    def _long_names(self) -> Iterator[Block]:
        for name in self._header.names:
            if len(name) > LONGEST_REPEATED:
                yield Block(text=name, table=self._name)

    def _begin(self, above: Sequence[Row], body: Sequence[Row]) -> None:
        """Take the table that begins with `body` for the one that is read."""
        width = max(len(row.cells) for row in body[:_LOOK_AHEAD])
        self._header = header_of(body[:_LOOK_AHEAD], width)
        self._known = set()
        caption = _caption(above[-1]) if above else ""
        self._name = ": ".join(filter(None, (self._table, caption)))

    def _goes_on(self, body: Sequence[Row]) -> bool:
        """Return whether rows after a blank one belong to the table before, without its names."""
        first, names = body[0].cells, self._header.names
        if not names or len(first) > len(names):
            return False
        values = {column for column, cell in enumerate(first) if is_value(cell)}
        if values:
            return values <= self._header.typed
        return any((column, cell) in self._known for column, cell in enumerate(first) if cell)

    def _remember(self, row: Row) -> None:
        if len(self._known) < _KNOWN_VALUES:
            self._known.update((column, cell) for column, cell in enumerate(row.cells) if cell)


def _may_be_names(band: Sequence[Row]) -> bool:
    """Return whether rows between blank ones may be nothing but the names of what follows."""
    return (
        1 < len(band) <= _MOST_NAMES
        and not any(is_value(cell) and not is_year(cell) for row in band for cell in row.cells)
        and filled(band[-1].cells) >= _LEAST_NAMES
    )


def _names_columns_of(names: Sequence[Row], band: Sequence[Row]) -> bool:
    """Return whether rows of names stand over the values of the rows behind a blank one."""
    if len(band) <= 1:
        return False
    named = {column for row in names for column, cell in enumerate(row.cells) if cell}
    first = band[0].cells
    values = {column for column, cell in enumerate(first) if is_value(cell)}
    return len(values) >= _LEAST_NAMES - 1 and values <= named and 2 * len(values) >= filled(first)


def _tidy(row: Row) -> Row:
    cells = [" ".join(cell.split()) if "\n" not in cell else cell.strip() for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()
    return Row(cells, row.spans)


def _line(row: Row) -> str:
    texts = [cell for cell in row.cells if cell]
    is_labelled = len(texts) == _FORM_CELLS and texts[0].endswith((":", "："))
    return (" " if is_labelled else " | ").join(texts)


def _caption(row: Row) -> str:
    texts = [cell for cell in row.cells if cell]
    alone = len(texts) == 1 and len(texts[0]) <= _LONGEST_CAPTION and "\n" not in texts[0]
    return texts[0] if alone else ""


def _preamble(band: Sequence[Row]) -> int:
    """Return how many rows at the top are lines above a table: far shorter than its rows."""
    lead = band[:_LOOK_AHEAD]
    width = _usual_width(lead)
    if width == 1:
        return 0
    most = 1 if width <= 2 * _FORM_CELLS - 1 else _FORM_CELLS
    count = 0
    for row, following in pairwise(lead[:_MOST_PREAMBLE]):
        if filled(row.cells) > most or _heads(row, following):
            break
        count += 1
    # What is short to the end is a table with gaps.
    return count if count < len(lead) else 0


def _usual_width(rows: Sequence[Row]) -> int:
    """Return the most cells that rows have, if not one of them alone; else the median."""
    counts = sorted(filled(row.cells) for row in rows)
    several = [one for one, other in pairwise(counts) if one == other]
    return several[-1] if several else counts[len(counts) // 2]


def _heads(row: Row, following: Row) -> bool:
    """Return whether a short row is the upper one of two rows of names."""
    covers = any(filled(following.cells[first : last + 1]) > 1 for first, last in row.spans)
    gaps = bool(row.cells[0]) and not (following.cells or [""])[0] and filled(row.cells) > 1
    return (covers and filled(row.cells) > 1) or gaps or (covers and not row.cells[0])


def _side_by_side(band: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each table, if blank columns part several; else nothing.

    A table has at least two columns and two rows.
    """
    width = max(len(row.cells) for row in band)
    used = [False] * width
    for row in band:
        for column, cell in enumerate(row.cells):
            used[column] = used[column] or bool(cell)
        for first, last in row.spans:
            used[first : last + 1] = [True] * len(used[first : last + 1])
    groups = [group for group in _runs(used) if group[1] - group[0] > 1]
    if len(groups) <= 1 or sum(last - first for first, last in groups) != sum(used):
        return []
    parts = [[_part(row, *group) for row in band] for group in groups]
    tall = all(sum(any(row.cells) for row in part) > 1 for part in parts)
    return parts if tall else []


def _runs(used: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for column, is_used in enumerate([*used, False]):
        if is_used and start is None:
            start = column
        elif not is_used and start is not None:
            yield start, column
            start = None


def _part(row: Row, first: int, last: int) -> Row:
    spans = tuple(
        (left - first, right - first) for left, right in row.spans if first <= left < last
    )
    return Row(row.cells[first:last], spans)
