"""Excel workbooks, new (xlsx, xlsm) and old (xls): a table a sheet."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office.archive import encrypted, is_encrypted_ole, open_archive
from rag.parsing.paging import paginate
from rag.parsing.rows import table_blocks
from rag.parsing.signatures import HEAD_BYTES, OLE, ZIP, looks_like_html, signature
from rag.parsing.text.delimited import parse_delimited
from rag.parsing.web.webpage import parse_html
from rag.shortening import shortened
from rag.types import Block, Page

MAX_CELLS = 20_000_000
"""A sheet is held as a grid of about 32 bytes a cell, filled or not, from first to last cell."""

_FREE_CELLS = 2_000_000
_CELLS_PER_FILLED = 20
"""A grid of more than `_FREE_CELLS` may have this many cells for each that holds something."""

_SMALLEST_CELL = 10
"""An old workbook spends at least so many bytes on a cell that holds something."""

_MAX_ROWS = 2**20
"""What a sheet of Excel may have; all rows before the last filled one are gone through."""

_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]{0,100}?\br=["']([A-Za-z]{1,9})(\d{1,20})["'](?:[^<>]{0,100}[^/<>])?>"""
)
_WINDOW_BYTES = 1024**2
_LONGEST_CELL_TAG = 256
_EXACT_DIGITS = 15

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def _number(value: float) -> str:
    """Write a number with the digits that Excel shows: 15, without a needless `.0`."""
    if value.is_integer() and abs(value) < 10**_EXACT_DIGITS:
        return str(int(value))
    return f"{value:.{_EXACT_DIGITS}g}"


def cell_text(value: Value) -> str:
    """Write a cell's value as a person would see it; dates in ISO form."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return str(value)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _extent(archive: ZipFile, part: str) -> tuple[int, int, int]:
    """Return the last row and column of a sheet that hold something, and how many cells do.

    They are counted in its XML: the dimension that a sheet states of itself cannot be trusted.
    """
    columns: set[bytes] = set()
    last_row, filled, rest = 0, 0, b""
    with archive.open(part) as stream:
        while block := stream.read(_WINDOW_BYTES):
            window = rest + block
            cells = _CELL.findall(window)
            filled += len(cells)
            columns.update(column for column, _ in cells)
            last_row = max(last_row, max((int(row) for _, row in cells), default=0))
            rest = window[-_LONGEST_CELL_TAG:]
    return last_row, max(map(_column, columns), default=0), filled


def _check_archive(path: Path, name: str) -> None:
    """Refuse a workbook that is damaged, or whose sheets would not fit into memory as grids."""
    with open_archive(path, name) as archive:
        for part in archive.namelist():
            if not part.lower().startswith("xl/worksheets/") or not part.endswith(".xml"):
                continue
            _check_extent(*_extent(archive, part), name)


def _check_extent(rows: int, columns: int, filled: int, name: str) -> None:
    allowed = _FREE_CELLS + _CELLS_PER_FILLED * filled
    limit = ""
    if rows > _MAX_ROWS or rows * columns > MAX_CELLS:
        limit = f"{MAX_CELLS} cells"
    elif rows * columns > allowed:
        limit = f"{allowed} cells where so few of them hold something"
    if limit:
        raise ParseError(
            f"{name} has a sheet of {rows} rows by {columns} columns; the limit is {limit}. "
            "Delete cells that stand far away, or split the sheet."
        )


def _columns_merged(sheet: CalamineSheet) -> Mapping[int, list[tuple[int, int]]]:
    """Return the cells merged over rows, by their first row: their last row and their column.

    Rows count from the top of the sheet, columns from the first that holds something.
    """
    found = defaultdict(list)
    left, right = (sheet.start[1], sheet.end[1]) if sheet.start and sheet.end else (0, -1)
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        if last > first and left <= column <= right:
            found[first].append((last, column - left))
    return found


def _sheet_rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the texts of each row; a cell merged over rows is part of each that says more."""
    merged = _columns_merged(sheet)
    covering: dict[int, tuple[int, str]] = {}
    for number, values in enumerate(sheet.iter_rows()):
        row = [cell_text(value) for value in values]
        covering = {column: cell for column, cell in covering.items() if cell[0] >= number}
        if any(row):
            for column, (_, text) in covering.items():
                row[column] = row[column] or text
        for last, column in merged.get(number, ()):
            covering[column] = (last, shortened(row[column]))
        yield row


def _sheets(path: Path, name: str) -> Iterator[Block]:
    with CalamineWorkbook.from_path(path) as workbook:
        for sheet_name in workbook.sheet_names:
            yield from _sheet(workbook, sheet_name, path.stat().st_size // _SMALLEST_CELL, name)


def _sheet(
    workbook: CalamineWorkbook, sheet_name: str, most_filled: int, name: str
) -> Iterator[Block]:
    """Yield a sheet's rows; what holds it ends with this function, before the next is read."""
    sheet = workbook.get_sheet_by_name(sheet_name)
    if sheet.end is not None and name.lower().endswith(".xls"):
        # Only old workbooks: the sheets of new ones were counted before.
        _check_extent(sheet.end[0] + 1, sheet.end[1] + 1, most_filled, name)
    yield from table_blocks(_sheet_rows(sheet), sheet_name)


def _blocks(path: Path, name: str) -> Iterator[Block]:
    try:
        yield from _sheets(path, name)
    except PasswordError as error:
        raise encrypted(name) from error
    except (CalamineError, OSError) as error:
        raise ParseError(f"{name} is damaged or no Excel workbook: {error}.") from error
    except BaseException as error:
        # Rust panics on some damaged files; its exception is no Exception and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise ParseError(f"{name} is damaged: its sheets cannot be read.") from error


def parse_workbook(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the rows of each sheet; pages are slices of them.

    What other programs export as .xls is often a web page or a text table: these are read too.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith(OLE) and is_encrypted_ole(path):
        raise encrypted(name)
    if looks_like_html(head):
        return parse_html(path, name, options)
    if head.startswith(ZIP) or (signature(head) and not head.startswith(OLE)) or not head.strip():
        _check_archive(path, name)
    elif not head.startswith(OLE):
        return parse_delimited(path, name, options)
    return paginate(_blocks(path, name), options)
