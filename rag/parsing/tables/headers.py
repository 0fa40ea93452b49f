"""Which rows at the top of a table name its columns, and what the names are."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

_LONGEST_VALUE = 40
_LONGEST_NAME = 100
_MOST_HEADER_ROWS = 6
_MOST_NAME_WORDS = 6
_TYPED_SHARE = 0.6
_LEAST_SEQUENCE = 3
_LIKE_PRICES = r"(?:[A-Z]{3}|[$€£¥₹]|CHF|kr|zł)"
_VALUE = re.compile(
    rf"[-+(≈<>]?\s*{_LIKE_PRICES}?\s*[-+]?[\d.,'\s\u00a0\u202f]*\d[\d.,'\s\u00a0\u202f]*"
    rf"(?:[eE][-+]?\d+)?\s*(?:[%‰]|{_LIKE_PRICES})?\)?"
    r"|\d{4}-\d{2}-\d{2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[-+]\d{2}:?\d{2})?)?"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:\s\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|-?\d{1,4}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
    r"|TRUE|FALSE|True|False|true|false"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_INTEGER = re.compile(r"\d{1,4}")
_SENTENCE_END = (".", "!", "?", "。", "？", "！", ";", ",")

Span = tuple[int, int]
"""The first and the last column that a merged cell covers."""


class Row(NamedTuple):
    """A row of a sheet: the texts of its cells, and which of them cover several columns."""

    cells: list[str]
    spans: tuple[Span, ...] = ()


def is_value(cell: str) -> bool:
    """Return whether a cell holds a number, a date or a time rather than words."""
    return len(cell) <= _LONGEST_VALUE and _VALUE.fullmatch(cell) is not None


def is_year(cell: str) -> bool:
    """Return whether a cell holds nothing but a year, as names of columns may."""
    return _YEAR.fullmatch(cell) is not None


def filled(row: Sequence[str]) -> int:
    """Return how many cells of a row hold something."""
    return sum(1 for cell in row if cell)


class Header(NamedTuple):
    """How many rows a header takes, the names of its columns, and which columns hold values."""

    rows: int
    names: tuple[str, ...]
    typed: frozenset[int]


def header_of(lead: Sequence[Row], width: int) -> Header:
    """Return the header of a table of `width` columns that begins with the rows of `lead`."""
    typed = _typed_columns(lead[1:], width)
    if len(lead) <= 1 or not _may_name_columns(lead, width, typed):
        return Header(0, (), _typed_columns(lead, width))
    count = _count(lead, typed)
    # Columns are judged by what is below all rows of the header.
    return Header(count, names_of(lead[:count], width), _typed_columns(lead[count:], width))


def _typed_columns(rows: Sequence[Row], width: int) -> frozenset[int]:
    found = []
    for column in range(width):
        cells = [row.cells[column] for row in rows if column < len(row.cells) and row.cells[column]]
        values = sum(map(is_value, cells))
        if values and values >= _TYPED_SHARE * len(cells):
            found.append(column)
    return frozenset(found)


def _may_name_columns(lead: Sequence[Row], width: int, typed: frozenset[int]) -> bool:
    """Return whether the first row names columns: by words where values stand, or apart from them.

    A row of words above words is a header if it has a name for most columns, each once.
    """
    first = lead[0].cells
    names = [cell for cell in first if cell]
    covered = filled(first) + sum(last - start for start, last in lead[0].spans)
    if 2 * covered < width and not _completed(lead[0], lead[1]):
        return False
    if not _free_of_values(lead[0], lead[1:]) or all(map(is_value, names)):
        return False
    if width == 1:
        return _names_single_column(names[0], lead[1:], typed)
    if any(column in typed for column, cell in enumerate(first) if cell):
        return not _is_form(lead, width)
    distinct = len(set(names)) == len(names) and max(map(len, names)) <= _LONGEST_NAME
    grouped = bool(lead[0].spans) or _completed(lead[0], lead[1])
    return (distinct or grouped) and not _is_form(lead, width)


def _names_single_column(name: str, rows: Sequence[Row], typed: frozenset[int]) -> bool:
    if typed:
        return True
    lengths = sorted(len(row.cells[0]) for row in rows)
    short = len(name.split()) <= _MOST_NAME_WORDS and not name.endswith(_SENTENCE_END)
    return short and len(name) <= 2 * lengths[len(lengths) // 2]


def _is_form(lead: Sequence[Row], width: int) -> bool:
    """Return whether rows are labels, each with a value beside it."""
    labels = sum(1 for row in lead if row.cells and row.cells[0].endswith((":", "：")))
    return width <= 2 * 2 and 2 * labels >= len(lead) and lead[0].cells[0].endswith((":", "："))


def _free_of_values(row: Row, below: Iterable[Row]) -> bool:
    """Return whether a row has no numbers or dates but years and counts, as names may be."""
    cells = [(column, cell) for column, cell in enumerate(row.cells) if cell and is_value(cell)]
    if not cells:
        return True
    texts = [cell for _, cell in cells]
    if all(map(_YEAR.fullmatch, texts)):
        columns = {column for column, _ in cells}
        return not all(
            _YEAR.fullmatch(other.cells[column])
            for other in list(below)[:3]
            for column in columns
            if column < len(other.cells)
        )
    return len(texts) >= _LEAST_SEQUENCE and _counts_up(texts)


def _counts_up(texts: Sequence[str]) -> bool:
    if not all(map(_INTEGER.fullmatch, texts)):
        return False
    return all(int(after) == int(before) + 1 for before, after in pairwise(texts))


def _completed(upper: Row, lower: Row) -> bool:
    """Return whether a row is a second row of names: it has some where the upper one has none."""
    if not upper.cells or not lower.cells:
        return False
    gaps = [
        place
        for place in range(len(lower.cells))
        if place >= len(upper.cells) or not upper.cells[place]
    ]
    below = [cell for place, cell in enumerate(lower.cells) if place in gaps and cell]
    names = [cell for cell in lower.cells if cell]
    # The same names again and again under each group, or none where the upper row has one.
    complement = bool(upper.cells[0]) and not lower.cells[0]
    repeated = len(set(names)) < len(names)
    is_group = bool(below) and len(names) > 1 and (complement or repeated)
    return is_group and not any(map(is_value, names))


def _count(lead: Sequence[Row], typed: frozenset[int]) -> int:
    """Return how many rows the header has: more than one only where cells are merged over them."""
    count = 1
    while count < min(_MOST_HEADER_ROWS, len(lead) - 1):
        upper, row = lead[count - 1], lead[count]
        joined = _continues_down(upper, row) or _covers_names(upper, row)
        if not (joined or (count == 1 and _completed(upper, row))):
            break
        if not _free_of_values(row, lead[count + 1 :]) or not typed_or_words(row, lead, typed):
            break
        count += 1
    return count


def typed_or_words(row: Row, lead: Sequence[Row], typed: frozenset[int]) -> bool:
    """Return whether a row has words above columns of values, where there are such columns."""
    values = typed or _typed_columns(lead[2:], len(row.cells))
    return not values or any(column < len(row.cells) and row.cells[column] for column in values)


def _covers_names(upper: Row, row: Row) -> bool:
    """Return whether a cell of the upper row is merged over names of the row."""
    return any(filled(row.cells[first : last + 1]) > 1 for first, last in upper.spans)


def _continues_down(upper: Row, row: Row) -> bool:
    """Return whether a cell is merged over both rows, and other columns have a name in each."""
    pairs = list(zip(upper.cells, row.cells, strict=False))
    same = any(above and above == below for above, below in pairs)
    return same and any(below and above != below for above, below in pairs)


def names_of(rows: Sequence[Row], width: int) -> tuple[str, ...]:
    """Return the names of columns in the rows of a header, joined where there are several."""
    last = len(rows) - 1
    filled_rows = [_spread(row, width, fill=place < last) for place, row in enumerate(rows)]
    return tuple(
        " ".join(dict.fromkeys(row[column] for row in filled_rows if row[column]))
        for column in range(width)
    )


def _spread(row: Row, width: int, *, fill: bool) -> list[str]:
    """Return a row's names, with those of merged cells over all columns that these cover."""
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    for first, last in row.spans:
        for column in range(first, min(last + 1, width)):
            cells[column] = cells[first]
    if fill and not row.spans:
        for column in range(1, width):
            cells[column] = cells[column] or cells[column - 1]
    return cells
