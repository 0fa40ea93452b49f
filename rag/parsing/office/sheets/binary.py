"""Binary workbooks of Excel (xlsb, MS-XLSB): records in a package like that of xlsx.

A record is a kind, a length and bytes. Cells of a row may leave out their column ("short" ones),
which then is the one after the cell before.
"""

import math
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.errors import ParseError
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import MAX_PART_BYTES, Package
from rag.parsing.office.sheets.placing import Placed
from rag.parsing.office.sheets.styles import Styles
from rag.parsing.office.sheets.surroundings import (
    MOST_MERGED,
    Merged,
    Surroundings,
    cell_name,
    drawn,
    remarks,
)
from rag.parsing.office.sheets.workbook import (
    HIDDEN_ROWS,
    HIDDEN_SHEETS,
    MOST_COLUMNS,
    MOST_ROWS,
    SheetPlace,
)
from rag.parsing.tables.headers import Row
from rag.parsing.tables.numbers import BUILT_IN
from rag.parsing.tables.sheets import sheet_blocks
from rag.shortening import shortened
from rag.types import Block

MAIN_PART = "xl/workbook.bin"

_PIECE = 1 << 16
_ROW, _TEXT_ITEM, _FORMAT, _STYLE, _COLUMNS = 0, 19, 44, 47, 60
_BOOK, _SHEET, _MERGED, _LINK = 153, 156, 176, 494
_STYLES_BEGIN, _STYLES_END, _COMMENT, _COMMENT_TEXT = 617, 618, 635, 637
_SHORT = frozenset(range(12, 19))
_NO_TEXT = 0xFFFFFFFF
_ROW_HIDDEN, _COLUMN_HIDDEN, _SINCE_1904 = 0x10, 0x1, 0x1
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip

Record = tuple[int, bytes]


def _records(package: Package, part: str, name: str) -> Iterator[Record]:
    """Yield the kinds and contents of the records of a part as they stream by."""
    data, at = b"", 0
    with package.open(part) as stream:
        while True:
            if len(data) - at < _PIECE:
                data, at = data[at:] + stream.read(_PIECE * 2), 0
            if at >= len(data):
                return
            kind, at = _number(data, at, 2)
            size, at = _number(data, at, 4)
            if size > MAX_PART_BYTES:
                raise ParseError(
                    f"{name} is damaged: its part {part} has a record of {size} bytes."
                )
            if at + size > len(data):
                data, at = data[at:] + stream.read(at + size - len(data)), 0
            yield kind, data[at : at + size]
            at += size


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number in bytes of seven bits, the low ones first, and the place behind it."""
    value = 0
    for step in range(most):
        byte = data[at] if at < len(data) else 0
        at += 1
        value |= (byte & 0x7F) << (7 * step)
        if not byte & 0x80:
            break
    return value, at


def _text(data: bytes, at: int = 0) -> tuple[str, int]:
    """Return a text with its length before it, and the place behind it; empty if it is none."""
    if at + 4 > len(data):
        return "", len(data)
    count = struct.unpack_from("<I", data, at)[0]
    if count == _NO_TEXT:
        return "", at + 4
    end = min(at + 4 + 2 * count, len(data))
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _small(data: bytes) -> float:
    """Return a number of four bytes (RkNumber): 30 bits of an integer or of a float."""
    raw = struct.unpack_from("<i", data, 0)[0]
    if raw & 2:
        value = float(raw >> 2)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0]
    return value / 100 if raw & 1 else value


class _Book(NamedTuple):
    """What the sheets of a workbook are read with."""

    package: Package
    name: str
    notes: Notes
    hidden: bool
    texts: Sequence[str]
    write: Callable[[str, str], str]


class _Rows:
    """Reads the rows of one sheet."""

    def __init__(self, book: _Book, sheet: SheetPlace) -> None:
        self._book = book
        self._sheet = sheet

    def read(self) -> Iterator[Row]:
        """Yield the rows; where some are missing or hold nothing, a blank one stands for them."""
        placed = Placed(self._surroundings(), self._book.notes, self._sheet.name)
        left_out: set[int] = set()
        cells: list[tuple[int, str]] = []
        number, is_hidden, expected, column = -1, False, 0, -1
        for kind, data in self._records():
            if kind == _COLUMNS:
                left_out.update(self._hidden(data))
                placed.left_out = frozenset(left_out)
            elif kind == _ROW and len(data) >= 12:  # noqa: PLR2004 - up to the flags
                if number >= 0:
                    yield from self._row(placed, number, cells, expected, is_hidden=is_hidden)
                    expected = number + 1
                number, column, cells = struct.unpack_from("<I", data)[0], -1, []
                is_hidden = bool(data[11] & _ROW_HIDDEN)
                self._check(number + 1, 1)
            elif kind in _VALUES and number >= 0:
                column, text = self._cell(kind, data, column)
                if text:
                    cells.append((column, text))
        if number >= 0:
            yield from self._row(placed, number, cells, expected, is_hidden=is_hidden)

    def _records(self) -> Iterator[Record]:
        return _records(self._book.package, self._sheet.part, self._book.name)

    def _row(
        self,
        placed: Placed,
        number: int,
        cells: list[tuple[int, str]],
        expected: int,
        *,
        is_hidden: bool,
    ) -> Iterator[Row]:
        if number > expected:
            yield Row([])
        if not is_hidden or self._book.hidden:
            yield placed.row(cells, number)
        elif cells:
            self._book.notes.add(HIDDEN_ROWS, self._sheet.name)

    def _hidden(self, data: bytes) -> range:
        if len(data) < 18 or self._book.hidden:  # noqa: PLR2004 - up to the flags
            return range(0)
        first, last = struct.unpack_from("<II", data)
        is_hidden = struct.unpack_from("<H", data, 16)[0] & _COLUMN_HIDDEN
        return range(first, min(last + 1, MOST_COLUMNS)) if is_hidden else range(0)

    def _cell(self, kind: int, data: bytes, before: int) -> tuple[int, str]:
        """Return the column and the text of a cell."""
        try:
            if kind in _SHORT:
                column, style, at = before + 1, struct.unpack_from("<I", data)[0], 4
            else:
                column, style = struct.unpack_from("<II", data)
                at = 8
            self._check(1, column + 1)
            value = _VALUES[kind](data[at:], self._book)
        except (struct.error, IndexError) as error:
            part = self._sheet.part
            raise ParseError(f"{self._book.name} is damaged: a cell of {part} is cut.") from error
        if isinstance(value, str):
            return column, value
        return column, self._book.write(str(style & 0xFFFFFF), repr(value))

    def _check(self, rows: int, columns: int) -> None:
        if rows > MOST_ROWS or columns > MOST_COLUMNS:
            raise ParseError(
                f"{self._book.name} has a sheet with a cell in row {rows} and column {columns}; the"
                f" limit is {MOST_ROWS} rows and {MOST_COLUMNS} columns."
            )

    def _surroundings(self) -> Surroundings:
        """Return merged cells and links, which stand behind the cells."""
        targets = self._book.package.external(self._sheet.part)
        merged: dict[int, list[Merged]] = defaultdict(list)
        links: dict[tuple[int, int], str] = {}
        room = MOST_MERGED
        for kind, data in self._records():
            if kind in {_MERGED, _LINK} and len(data) >= 16 and room:  # noqa: PLR2004 - a box
                room -= 1
                top, bottom, left, right = struct.unpack_from("<IIII", data)
                if kind == _MERGED:
                    merged[top].append(Merged(bottom, left, right))
                elif target := targets.get(_text(data, 16)[0], ""):
                    links[top, left] = target
        return Surroundings(merged, links)


def _shared(data: bytes, book: _Book) -> str:
    index = struct.unpack_from("<I", data)[0]
    return book.texts[index] if index < len(book.texts) else ""


def _said_number(data: bytes, _: _Book) -> float | str:
    value = float(struct.unpack_from("<d", data)[0])
    return value if math.isfinite(value) else ""


_READ: Mapping[str, Callable[[bytes, _Book], str | float]] = {
    "small": lambda data, _: _small(data),
    "error": lambda data, _: _ERRORS.get(data[0], "#ERROR!"),
    "bool": lambda data, _: "TRUE" if data[0] else "FALSE",
    "number": _said_number,
    "text": lambda data, _: _text(data)[0],
    "shared": _shared,
    "rich": lambda data, _: _text(data, 1)[0],
    "blank": lambda _, __: "",
}
_KINDS = {
    1: "blank", 2: "small", 3: "error", 4: "bool", 5: "number", 6: "text", 7: "shared",
    8: "text", 9: "number", 10: "bool", 11: "error", 12: "blank", 13: "small", 14: "error",
    15: "bool", 16: "number", 17: "text", 18: "shared", 62: "rich",
}  # fmt: skip
_VALUES = {kind: _READ[what] for kind, what in _KINDS.items()}
"""How the value of a cell is read, by the kind of its record (MS-XLSB 2.3.2)."""


def _places(package: Package, main: str, name: str) -> tuple[list[SheetPlace], bool]:
    """Return the sheets of a workbook, and whether its days count from 1904."""
    relations = package.relations(main)
    sheets, since_1904 = [], False
    for kind, data in _records(package, main, name):
        if kind == _BOOK and len(data) >= 4:  # noqa: PLR2004 - its flags
            since_1904 = bool(struct.unpack_from("<I", data)[0] & _SINCE_1904)
        elif kind == _SHEET and len(data) > 8:  # noqa: PLR2004 - its state and number
            relation, at = _text(data, 8)
            what, part = relations.get(relation, ("", ""))
            if what in {"worksheet", "chartsheet"} and package.has(part):
                is_hidden = struct.unpack_from("<I", data)[0] != 0
                sheets.append(SheetPlace(_text(data, at)[0], package.real_name(part), is_hidden))
    return sheets, since_1904


def _format_codes(package: Package, main: str, name: str) -> Iterator[str]:
    """Yield the number format of each style of a workbook."""
    codes, is_style = dict(BUILT_IN), False
    for part in package.related(main, "styles")[:1]:
        for kind, data in _records(package, part, name):
            if kind in {_STYLES_BEGIN, _STYLES_END}:
                is_style = kind == _STYLES_BEGIN
            elif kind == _FORMAT and len(data) > 2:  # noqa: PLR2004 - its number
                codes[struct.unpack_from("<H", data)[0]] = _text(data, 2)[0]
            elif kind == _STYLE and is_style and len(data) >= 4:  # noqa: PLR2004 - two numbers
                yield codes.get(struct.unpack_from("<H", data, 2)[0], "General")


def _comments(package: Package, part: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the comments on a sheet, each with the name of its cell."""
    for comments in package.related(part, "comments"):
        place = ""
        for kind, data in _records(package, comments, name):
            if kind == _COMMENT and len(data) >= 20:  # noqa: PLR2004 - its author and box
                row, _, column = struct.unpack_from("<III", data, 4)
                place = cell_name(row, column)
            elif kind == _COMMENT_TEXT:
                yield place, _text(data, 1)[0].strip()


def binary_blocks(package: Package, name: str, notes: Notes, *, hidden: bool) -> Iterator[Block]:
    """Yield what the sheets of a binary workbook say; raises ParseError for a damaged one."""
    main = package.main_part(MAIN_PART)
    sheets, since_1904 = _places(package, main, name)
    write = Styles(_format_codes(package, main, name), since_1904=since_1904).write
    texts = [
        _text(data, 1)[0]
        for part in package.related(main, "sharedStrings")[:1]
        for kind, data in _records(package, part, name)
        if kind == _TEXT_ITEM
    ]
    book = _Book(package, name, notes, hidden, texts, write)
    for sheet in sheets:
        if sheet.hidden and not hidden:
            notes.add(HIDDEN_SHEETS, sheet.name)
            continue
        yield from sheet_blocks(_Rows(book, sheet).read(), sheet.name)
        table = shortened(sheet.name)
        threads = list(remarks(package, sheet.part))
        for place, said in threads or _comments(package, sheet.part, name):
            if said:
                yield Block(text=f"Comment on {place}: {said}", table=table)
        for said in filter(None, drawn(package, sheet.part)):
            yield Block(text=said, table=table)
