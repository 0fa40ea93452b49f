"""Excel workbooks (xlsx and its kin), read from their XML row by row as it streams by."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from lxml import etree

from rag.errors import ParseError
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import Package, attribute, child, local_name
from rag.parsing.office.pictures import Pictures
from rag.parsing.office.sheets.placing import Placed, linked
from rag.parsing.office.sheets.styles import (
    Styles,
    format_codes,
    is_true,
    shared_texts,
    text_of,
)
from rag.parsing.office.sheets.surroundings import (
    Surroundings,
    column_number,
    drawn,
    remarks,
    surroundings,
)
from rag.parsing.tables.headers import Row
from rag.parsing.tables.sheets import sheet_blocks
from rag.shortening import shortened
from rag.types import Block

MOST_ROWS = 2**20
MOST_COLUMNS = 2**14
"""What a sheet of Excel may have."""

HIDDEN_SHEETS = "hidden sheets were left out"
HIDDEN_ROWS = "hidden rows were left out in sheets"
NO_VALUES = (
    "formulas have no stored values, so their cells are empty (open the workbook in a spreadsheet"
    " program, save it and upload it again), in sheets"
)

_LINK_FORMULA = re.compile(r'HYPERLINK\(\s*"([^"]+)"', re.IGNORECASE)
_DIGITS = "0123456789"
_PLAIN_CELL = re.compile(
    r'<c(?: r="([A-Z]{1,3})\d{1,7}")?(?: s="(\d+)")?(?: t="(\w+)")?'
    r'(?:/>|>(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
"""A cell with a value or a text and nothing else, as the library writes it: column, style, kind,
value, text."""


class SheetPlace(NamedTuple):
    """A sheet of a workbook: its name, its part, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


class _Reading(NamedTuple):
    """What the sheets of a workbook are read with; `hidden`: whether hidden parts are read, too."""

    package: Package
    name: str
    texts: Sequence[str]
    write: Callable[[str, str], str]
    notes: Notes
    hidden: bool


class Workbook:
    """An open workbook: its sheets in order, each as blocks."""

    def __init__(
        self, package: Package, name: str, notes: Notes, pictures: Pictures, *, hidden: bool
    ) -> None:
        """Read what all sheets share; `hidden` says whether to read what is hidden."""
        self._package = package
        self._pictures = pictures
        self._notes = notes
        self._hidden = hidden
        main = package.main_part("xl/workbook.xml")
        root = package.read(main)
        properties = child(root, "workbookPr") if root is not None else None
        since_1904 = properties is not None and is_true(attribute(properties, "date1904"))
        self._sheets = list(self._places(main, root))
        write = Styles(format_codes(package, main), since_1904=since_1904).write
        self._reading = _Reading(package, name, shared_texts(package, main), write, notes, hidden)

    def blocks(self) -> Iterator[Block]:
        """Yield what the sheets say, in their order."""
        for sheet in self._sheets:
            if sheet.hidden and not self._hidden:
                self._notes.add(HIDDEN_SHEETS, sheet.name)
                continue
            yield from self._sheet(sheet)

    def _places(self, main: str, root: Any) -> Iterator[SheetPlace]:
        relations = self._package.relations(main)
        for sheet in root.iter("{*}sheet") if root is not None else ():
            ids = [value for key, value in sheet.attrib.items() if key.endswith("}id")]
            kind, part = relations.get(ids[0] if ids else "", ("", ""))
            state = attribute(sheet, "state", "visible")
            if kind in {"worksheet", "chartsheet", "dialogsheet"} and self._package.has(part):
                real = self._package.real_name(part)
                yield SheetPlace(attribute(sheet, "name"), real, state != "visible")

    def _sheet(self, sheet: SheetPlace) -> Iterator[Block]:
        yield from sheet_blocks(_Rows(self._reading, sheet).read(), sheet.name)
        name = shortened(sheet.name)
        for place, said in remarks(self._package, sheet.part):
            yield Block(text=f"Comment on {place}: {said}", table=name)
        for said in filter(None, drawn(self._package, sheet.part)):
            yield Block(text=said, table=name)
        for drawing in self._package.related(sheet.part, "drawing"):
            yield from self._pictures.blocks(drawing)


class _Rows:
    """Reads the rows of one sheet."""

    def __init__(self, reading: _Reading, sheet: SheetPlace) -> None:
        self._package = reading.package
        self._texts = reading.texts
        self._write = reading.write
        self._notes = reading.notes
        self._keep_hidden = reading.hidden
        self._name = reading.name
        self._sheet = sheet
        self._placed = Placed(Surroundings({}, {}), reading.notes, sheet.name)

    def read(self) -> Iterator[Row]:
        """Yield the rows; where some are missing or hold nothing, a blank one stands for them."""
        around = surroundings(self._package, self._sheet.part)
        self._placed = Placed(around, self._notes, self._sheet.name)
        expected = 0
        for element in self._package.elements(self._sheet.part, "row", "cols"):
            if element.tag.endswith("cols"):
                self._placed.left_out = self._hidden_columns(element)
                continue
            number = self._number(element.get("r"), expected)
            if number > expected:
                yield Row([])
            expected = number + 1
            if is_true(element.get("hidden", "")) and not self._keep_hidden:
                if len(element):
                    self._notes.add(HIDDEN_ROWS, self._sheet.name)
                continue
            yield self._placed.row(self._plain(element) or self._all(element), number)

    def _number(self, said: str | None, expected: int) -> int:
        if said is None or not said.isdecimal():
            return expected
        self._check(int(said), 1)
        return int(said) - 1

    def _check(self, rows: int, columns: int) -> None:
        if rows > MOST_ROWS or columns > MOST_COLUMNS:
            raise ParseError(
                f"{self._name} has a sheet with a cell in row {rows} and column {columns}; the"
                f" limit is {MOST_ROWS} rows and {MOST_COLUMNS} columns."
            )

    def _hidden_columns(self, columns: Any) -> frozenset[int]:
        found: set[int] = set()
        for column in columns:
            if is_true(column.get("hidden", "")) and not self._keep_hidden:
                first, last = column.get("min", ""), column.get("max", "")
                if first.isdecimal() and last.isdecimal():
                    found.update(range(int(first) - 1, min(int(last), MOST_COLUMNS)))
        return frozenset(found)

    def _plain(self, element: Any) -> list[tuple[int, str]]:
        """Return the columns and texts of a row of plain cells; nothing of any other row.

        Searching the row as it is written takes a third of the time of asking each element.
        """
        written = etree.tostring(element, encoding="unicode", with_tail=False)
        found = _PLAIN_CELL.findall(written)
        if len(found) != len(element) or "&" in written:
            return []
        cells: list[tuple[int, str]] = []
        expected = 0
        for letters, style, kind, value, text in found:
            column = _column_of(letters) if letters else expected
            said = text or (self._value_text(kind or "n", value, style or "0") if value else "")
            if said:
                self._check(1, column + 1)
                cells.append((column, said))
            expected = column + 1
        return cells

    def _all(self, element: Any) -> Iterator[tuple[int, str]]:
        """Yield the columns and texts of a row, cell by cell."""
        expected = 0
        for cell in element:
            column = self._column(cell.get("r"), expected)
            if text := self._text(cell):
                yield column, text
            expected = column + 1

    def _column(self, place: str | None, expected: int) -> int:
        if place is None:
            return expected
        column = _column_of(place.rstrip(_DIGITS))
        if column >= MOST_COLUMNS:
            self._check(1, column + 1)
        return column if column >= 0 else expected

    def _text(self, cell: Any) -> str:
        value, formula = "", False
        for inner in cell:
            name = local_name(inner)
            if name == "v":
                value = inner.text or ""
            elif name == "is":
                return text_of(inner)
            elif name == "f":
                formula = True
        kind = cell.get("t", "n")
        if formula:
            return self._formula_text(cell, kind, value)
        return self._value_text(kind, value, cell.get("s", "0")) if value else ""

    def _value_text(self, kind: str, value: str, style: str) -> str:
        if kind == "n":
            return self._write(style, value) if value else ""
        if kind == "s":
            index = int(value) if value.isdecimal() else len(self._texts)
            return self._texts[index] if index < len(self._texts) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        return value

    def _formula_text(self, cell: Any, kind: str, value: str) -> str:
        if not value and kind != "str":
            self._notes.add(NO_VALUES, self._sheet.name)
        text = self._value_text(kind, value, cell.get("s", "0"))
        said = next((inner.text or "" for inner in cell if inner.tag.endswith("}f")), "")
        link = _LINK_FORMULA.match(said)
        return linked(text, link[1]) if link else text


@lru_cache(maxsize=4096)
def _column_of(letters: str) -> int:
    """Return the number of a column by its letters, from 0; -1 if they are none."""
    return column_number(letters) if letters.isascii() and letters.isalpha() else -1
