"""Old Excel workbooks (xls), which python-calamine reads."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from rag.errors import ParseError
from rag.parsing.office.archive import encrypted
from rag.parsing.office.notes import Notes
from rag.parsing.office.sheets.workbook import HIDDEN_SHEETS
from rag.parsing.tables.headers import Row, Span
from rag.parsing.tables.numbers import general
from rag.parsing.tables.sheets import sheet_blocks
from rag.shortening import shortened
from rag.types import Block

MAX_CELLS = 20_000_000
"""A sheet is held as a grid of about 32 bytes a cell, filled or not, from first to last cell."""

_FREE_CELLS = 2_000_000
_CELLS_PER_FILLED = 20
"""A grid of more than `_FREE_CELLS` may have this many cells for each that holds something."""

_SMALLEST_CELL = 10
"""An old workbook spends at least so many bytes on a cell that holds something."""

_MAX_ROWS = 2**20
"""What a sheet of Excel may have; all rows before the last filled one are gone through."""

_HOUR = 3600
_MINUTE = 60

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def cell_text(value: Value) -> str:
    """Write a cell's value as a person would see it; dates in ISO form, durations in hours."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return general(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, dt.timedelta):
        return _duration(value)
    return str(value)


def _duration(value: dt.timedelta) -> str:
    total = round(abs(value.total_seconds()))
    hours, rest = divmod(total, _HOUR)
    minutes, seconds = divmod(rest, _MINUTE)
    text = f"{'-' if value.total_seconds() < 0 else ''}{hours}:{minutes:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def check_extent(rows: int, columns: int, filled: int, name: str) -> None:
    """Refuse a sheet whose grid would not fit into memory."""
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


def _merged(sheet: CalamineSheet) -> Mapping[int, list[tuple[int, int, int]]]:
    """Return merged cells by their first row: their last row, their first and their last column.

    Rows count from the top of the sheet, columns from the first that holds something.
    """
    found = defaultdict(list)
    left, right = (sheet.start[1], sheet.end[1]) if sheet.start and sheet.end else (0, -1)
    for (top, first), (bottom, last) in sheet.merged_cell_ranges or ():
        if left <= first <= right:
            found[top].append((bottom, first - left, last - left))
    return found


def _sheet_rows(sheet: CalamineSheet) -> Iterator[Row]:
    """Yield the texts of each row; a cell merged over rows is part of each that says more."""
    merged = _merged(sheet)
    covering: dict[int, tuple[int, str]] = {}
    for number, values in enumerate(sheet.iter_rows()):
        row = [cell_text(value) for value in values]
        spans: list[Span] = []
        covering = {column: cell for column, cell in covering.items() if cell[0] >= number}
        if any(row):
            for column, (_, text) in covering.items():
                row[column] = row[column] or text
        for bottom, first, last in merged.get(number, ()):
            if bottom > number:
                covering[first] = (bottom, shortened(row[first]))
            if last > first:
                spans.append((first, last))
        yield Row(row, tuple(spans))


def _sheets(path: Path, name: str, notes: Notes, *, hidden: bool) -> Iterator[Block]:
    with CalamineWorkbook.from_path(path) as workbook:
        shown = {sheet.name: sheet.visible for sheet in workbook.sheets_metadata}
        for sheet_name in workbook.sheet_names:
            if shown.get(sheet_name) is not SheetVisibleEnum.Visible and not hidden:
                notes.add(HIDDEN_SHEETS, sheet_name)
                continue
            yield from _sheet(workbook, sheet_name, path.stat().st_size // _SMALLEST_CELL, name)


def _sheet(
    workbook: CalamineWorkbook, sheet_name: str, most_filled: int, name: str
) -> Iterator[Block]:
    """Yield a sheet's rows; what holds it ends with this function, before the next is read."""
    sheet = workbook.get_sheet_by_name(sheet_name)
    if sheet.end is not None:
        check_extent(sheet.end[0] + 1, sheet.end[1] + 1, most_filled, name)
    yield from sheet_blocks(_sheet_rows(sheet), sheet_name)


def old_blocks(path: Path, name: str, notes: Notes, *, hidden: bool) -> Iterator[Block]:
    """Yield what a workbook's sheets say; raises ParseError for what is none."""
    try:
        yield from _sheets(path, name, notes, hidden=hidden)
    except PasswordError as error:
        raise encrypted(name) from error
    except (CalamineError, OSError) as error:
        raise ParseError(f"{name} is damaged or no Excel workbook: {error}.") from error
    except BaseException as error:
        # Rust panics on some damaged files; its exception is no Exception and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise ParseError(f"{name} is damaged: its sheets cannot be read.") from error
