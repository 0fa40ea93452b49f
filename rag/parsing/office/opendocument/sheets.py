"""OpenDocument sheets (ods, ots, fods): values as they are shown, read as their XML streams by."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lxml import etree

from rag.errors import EmptyFileError, ParseError
from rag.parsing.office.archive import encrypted
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import attribute, child, local_name, open_package
from rag.parsing.office.opendocument.inline import Inline
from rag.parsing.office.opendocument.source import Source
from rag.parsing.office.sheets.placing import Placed
from rag.parsing.office.sheets.surroundings import Merged, Surroundings, cell_name
from rag.parsing.office.sheets.workbook import (
    HIDDEN_ROWS,
    HIDDEN_SHEETS,
    MOST_COLUMNS,
    MOST_ROWS,
    NO_VALUES,
)
from rag.parsing.rows import CellRoom, tables_of
from rag.parsing.signatures import ZIP
from rag.parsing.tables.headers import Row
from rag.parsing.tables.numbers import general
from rag.parsing.tables.sheets import sheet_blocks
from rag.shortening import shortened
from rag.types import Block

_ELAPSED = re.compile(r"(-?)PT(\d{1,9})H(\d\d)M(\d\d)(?:[.,]\d+)?S")
_COUNT_DIGITS = 9
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_HIDDEN = frozenset({"collapse", "filter"})
_SHAPES = frozenset({"frame", "custom-shape", "rect", "ellipse", "g"})
_NUMBERS = frozenset({"float", "percentage", "currency"})


def _count(element: Any, name: str) -> int:
    """Return how often an element stands for itself; 1 where it does not say."""
    said = attribute(element, name)
    return int(said[:_COUNT_DIGITS]) if said.isdecimal() else 1


class _Sheet:
    """Reads the rows of one table as their elements end."""

    def __init__(self, element: Any, name: str, notes: Notes, *, hidden: bool) -> None:
        self.name = attribute(element, "name")
        self._file = name
        self._notes = notes
        self._keep_hidden = hidden
        self._inline = Inline(Source(None, (), {}), hidden=hidden)
        self._merged: dict[int, list[Merged]] = defaultdict(list)
        self._placed = Placed(Surroundings(self._merged, {}), notes, self.name)
        self._left_out: set[int] = set()
        self._columns = 0
        self._next_row = 0
        self._room = CellRoom()
        self.remarks: list[str] = []

    def part(self, element: Any, name: str) -> Iterator[Row]:
        """Take a part of the table; yield its rows if it is one."""
        if name == "table-column":
            self.column(element)
        elif name == "table-row":
            yield from self.rows(element)
        elif name == "shapes":
            for shape in element:
                self.drawn(shape)

    def column(self, element: Any) -> None:
        """Take a description of columns, which come before the rows."""
        last = min(self._columns + _count(element, "number-columns-repeated"), MOST_COLUMNS)
        if attribute(element, "visibility") in _HIDDEN and not self._keep_hidden:
            self._left_out.update(range(self._columns, last))
            self._placed.left_out = frozenset(self._left_out)
        self._columns = last

    def rows(self, element: Any) -> Iterator[Row]:
        """Yield the rows that an element stands for."""
        number = self._next_row
        times = _count(element, "number-rows-repeated")
        self._next_row += times
        cells = list(self._cells(element, number))
        if not cells:
            yield Row([])
            return
        if self._next_row > MOST_ROWS:
            raise ParseError(
                f"{self._file} has a sheet with a cell in row {self._next_row}; the limit is"
                f" {MOST_ROWS} rows."
            )
        if attribute(element, "visibility") in _HIDDEN and not self._keep_hidden:
            self._notes.add(HIDDEN_ROWS, self.name)
            return
        self._room.take(len(cells) * times, len({text for _, text in cells}))
        yield self._placed.row(cells, number)
        copies = [(column, shortened(text)) for column, text in cells]
        for step in range(1, times):
            yield self._placed.row(copies, number + step)

    def _cells(self, row: Any, number: int) -> Iterator[tuple[int, str]]:
        """Yield the columns and texts of the cells that say something."""
        column = 0
        for cell in row:
            if local_name(cell) not in _CELLS:
                continue
            times = _count(cell, "number-columns-repeated")
            text = self._text(cell, number, column) if len(cell) or len(cell.attrib) else ""
            if local_name(cell) == "table-cell":
                self._span(cell, number, column)
            if text:
                if column + times > MOST_COLUMNS:
                    raise ParseError(
                        f"{self._file} has a sheet with a cell in column {column + times}; the"
                        f" limit is {MOST_COLUMNS} columns."
                    )
                self._room.take(times, 1)
                yield column, text
                for step in range(1, times):
                    yield column + step, shortened(text)
            column += times

    def _span(self, cell: Any, number: int, column: int) -> None:
        height = _count(cell, "number-rows-spanned")
        width = _count(cell, "number-columns-spanned")
        if height > 1 or width > 1:
            self._merged[number].append(Merged(number + height - 1, column, column + width - 1))

    def _text(self, cell: Any, number: int, column: int) -> str:
        """Return what a cell says; its comment and what is drawn in it are put by."""
        for inner in list(cell):
            name = local_name(inner)
            if name == "annotation":
                said = " ".join(self._inline.plain(inner).split())
                if said:
                    place = cell_name(number, column)
                    self.remarks.append(f"Comment on {place}: {said}")
                cell.remove(inner)
            elif name in _SHAPES:
                self.drawn(inner)
                cell.remove(inner)
        kind = attribute(cell, "value-type")
        shown = self._inline.plain(cell)
        if not kind and not shown and attribute(cell, "formula"):
            self._notes.add(NO_VALUES, self.name)
        return _valued(cell, kind, shown) if kind else shown

    def drawn(self, shape: Any) -> None:
        """Put by what a shape says, and how a picture is described."""
        for element in shape.iter("{*}title", "{*}desc", "{*}p"):
            said = (
                element.text if local_name(element) != "p" else self._inline.written(element).text
            )
            if said and said.strip():
                self.remarks.append(said.strip())


def _valued(cell: Any, kind: str, shown: str) -> str:
    """Return the value of a cell: dates in ISO form, numbers as they are shown."""
    if kind == "date":
        said = attribute(cell, "date-value").replace("T", " ")
        return said.removesuffix(" 00:00:00") or shown
    if kind == "time":
        return _duration(attribute(cell, "time-value"), shown)
    if kind == "boolean":
        return attribute(cell, "boolean-value").upper() or shown
    if kind in _NUMBERS and not shown:
        return _plain_number(attribute(cell, "value"), kind)
    return shown or attribute(cell, "string-value")


def _duration(said: str, shown: str) -> str:
    found = _ELAPSED.fullmatch(said)
    if not found:
        return shown or said
    sign, hours, minutes, seconds = found.groups()
    return f"{sign}{int(hours)}:{minutes}{f':{seconds}' if seconds != '00' else ''}"


def _plain_number(said: str, kind: str) -> str:
    try:
        value = float(said)
    except ValueError:
        return said
    return f"{general(value * 100)}%" if kind == "percentage" else general(value)


class _Reading:
    """Follows the elements of a document: styles first, then one table after the other."""

    def __init__(self, name: str, notes: Notes, *, hidden: bool) -> None:
        self._name = name
        self._notes = notes
        self._hidden = hidden
        self._hiding: set[str] = set()
        self._depth = 0
        self._is_left_out = False

    def blocks(self, stream: IO[bytes]) -> Iterator[Block]:
        """Yield the tables, each after the one before was used up."""
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            tag=[
                f"{{*}}{one}" for one in ("style", "table", "table-column", "table-row", "shapes")
            ],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
        )
        for event, element in events:
            if event == "start" and local_name(element) == "table":
                self._depth += 1
                if self._depth == 1:
                    yield from self._table(self._begun(element), events)
            elif event == "end":
                self._end(element)

    def _begun(self, element: Any) -> _Sheet:
        sheet = _Sheet(element, self._name, self._notes, hidden=self._hidden)
        self._is_left_out = attribute(element, "style-name") in self._hiding and not self._hidden
        if self._is_left_out:
            self._notes.add(HIDDEN_SHEETS, sheet.name)
        return sheet

    def _end(self, element: Any) -> None:
        if local_name(element) == "style":
            properties = child(element, "table-properties")
            if properties is not None and attribute(properties, "display") == "false":
                self._hiding.add(attribute(element, "name"))

    def _table(self, sheet: _Sheet, events: Iterator[tuple[str, Any]]) -> Iterator[Block]:
        yield from sheet_blocks(self._rows(sheet, events), sheet.name)
        if not self._is_left_out:
            for said in sheet.remarks:
                yield Block(text=said, table=shortened(sheet.name))

    def _rows(self, sheet: _Sheet, events: Iterator[tuple[str, Any]]) -> Iterator[Row]:
        """Yield the rows up to the end of the table; tables in its cells are parts of these."""
        for event, element in events:
            name = local_name(element)
            if name == "table":
                self._depth += 1 if event == "start" else -1
                if not self._depth:
                    return
            elif event == "end" and self._depth == 1 and not self._is_left_out:
                yield from sheet.part(element, name)
            if event == "end" and self._depth == 1 and name == "table-row":
                _free(element)


def _free(element: Any) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        parent.remove(element.getprevious())


@contextmanager
def _content(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open the XML of a document, packed or flat."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if not head.strip():
        raise EmptyFileError(f"{name} is empty.")
    if head != ZIP:
        with path.open("rb") as stream:
            yield stream
        return
    with open_package(path, name) as package:
        manifest = package.read("META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
            raise encrypted(name)
        if not package.has("content.xml"):
            raise ParseError(f"{name} is a zip archive, but no OpenDocument file: no content.xml.")
        with package.open("content.xml") as content:
            yield content


def sheet_document_blocks(path: Path, name: str, notes: Notes, *, hidden: bool) -> Iterator[Block]:
    """Yield what the sheets of a document say; raises ParseError for what is none."""
    try:
        with tables_of(name), _content(path, name) as stream:
            yield from _Reading(name, notes, hidden=hidden).blocks(stream)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{name} is damaged, or no OpenDocument sheet: {error.msg}.") from error
