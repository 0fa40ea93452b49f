"""Workbooks of Excel 2003 in one XML file (SpreadsheetML), as other programs export them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from rag.errors import ParseError
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import attribute, child, local_name
from rag.parsing.office.sheets.placing import HIDDEN_COLUMNS
from rag.parsing.office.sheets.styles import is_true
from rag.parsing.office.sheets.workbook import HIDDEN_ROWS, MOST_COLUMNS
from rag.parsing.tables.headers import Row, Span
from rag.parsing.tables.numbers import writer
from rag.parsing.tables.sheets import sheet_blocks
from rag.types import Block

_MARK = b"urn:schemas-microsoft-com:office:spreadsheet"
_START_BYTES = 200
_NAMED_FORMATS = {
    "general date": "yyyy-mm-dd hh:mm", "short date": "yyyy-mm-dd", "long date": "yyyy-mm-dd",
    "medium date": "yyyy-mm-dd", "short time": "h:mm", "long time": "h:mm:ss",
    "medium time": "h:mm", "percent": "0.00%", "standard": "#,##0.00", "fixed": "0.00",
    "currency": "#,##0.00", "euro currency": "#,##0.00 €", "scientific": "0.00E+00",
    "yes/no": "General", "true/false": "General", "on/off": "General",
}  # fmt: skip


def is_spreadsheet_xml(head: bytes) -> bool:
    """Return whether a file that begins with `head` is such a workbook."""
    bare = head.replace(b"\0", b"")
    return _MARK in bare and b"<" in bare[:_START_BYTES]


def xml_blocks(path: Path, name: str, notes: Notes, *, hidden: bool) -> Iterator[Block]:
    """Yield what the sheets of a workbook say; raises ParseError for what is damaged."""
    try:
        yield from _Reader(notes, hidden=hidden).blocks(path)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{name} is damaged: it is not XML ({error.msg}).") from error


class _Reader:
    """Reads a workbook as it streams by."""

    def __init__(self, notes: Notes, *, hidden: bool) -> None:
        self._notes = notes
        self._hidden = hidden
        self._formats: dict[str, str] = {}
        self._comments: list[str] = []
        self._covering: dict[int, tuple[int, str]] = {}
        self._left_out: set[int] = set()

    def blocks(self, path: Path) -> Iterator[Block]:
        """Yield the blocks of each sheet."""
        with path.open("rb") as stream:
            events = etree.iterparse(
                stream,
                events=("start", "end"),
                tag=("{*}Worksheet", "{*}Row", "{*}Style", "{*}Column"),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
            )
            for event, element in events:
                if event == "end" and local_name(element) == "Style":
                    self._style(element)
                elif event == "start" and local_name(element) == "Worksheet":
                    name = attribute(element, "Name")
                    yield from sheet_blocks(self._rows(events, name), name)
                    for said in self._comments:
                        yield Block(text=said, table=name)
                    self._comments = []

    def _style(self, element: Any) -> None:
        found = child(element, "NumberFormat")
        if found is not None:
            code = attribute(found, "Format", "General")
            self._formats[attribute(element, "ID")] = _NAMED_FORMATS.get(code.lower(), code)

    def _rows(self, events: Any, sheet: str) -> Iterator[Row]:
        """Yield the rows of the sheet that has begun."""
        self._covering, self._left_out = {}, set()
        expected = column = 0
        for event, element in events:
            kind = local_name(element)
            if event == "start":
                continue
            if kind == "Worksheet":
                element.clear()
                return
            if kind == "Column":
                column = self._column(element, column)
            elif kind == "Row":
                number = _index(element, expected)
                if number > expected:
                    yield Row([])
                expected = number + 1
                if is_true(attribute(element, "Hidden")) and not self._hidden:
                    self._notes.add(HIDDEN_ROWS, sheet)
                else:
                    yield self._row(element, number, sheet)
                _forget(element)

    def _column(self, element: Any, expected: int) -> int:
        """Read what is said of some columns; return the column after these."""
        column = _index(element, expected)
        following = column + 1 + _number(attribute(element, "Span"))
        if is_true(attribute(element, "Hidden")) and not self._hidden:
            self._left_out.update(range(column, min(following, MOST_COLUMNS)))
        return following

    def _row(self, element: Any, number: int, sheet: str) -> Row:
        cells: list[str] = []
        spans: list[Span] = []
        style = attribute(element, "StyleID")
        for cell in element:
            if local_name(cell) != "Cell":
                continue
            column = min(_index(cell, len(cells)), MOST_COLUMNS)
            cells.extend([""] * (column - len(cells)))
            text = self._text(cell, style)
            cells.append(text)
            across = min(_number(attribute(cell, "MergeAcross")), MOST_COLUMNS - column)
            if across:
                spans.append((column, column + across))
                cells.extend([""] * across)
            if down := _number(attribute(cell, "MergeDown")):
                self._covering[column] = (number + down, text)
        self._cover(cells, number)
        if not self._left_out:
            return Row(cells, tuple(spans))
        if any(cells[column] for column in self._left_out if column < len(cells)):
            self._notes.add(HIDDEN_COLUMNS, sheet)
        return Row([cell for column, cell in enumerate(cells) if column not in self._left_out])

    def _cover(self, cells: list[str], number: int) -> None:
        """Give cells merged over rows to a row that says more."""
        for column, (last, text) in list(self._covering.items()):
            if last < number:
                del self._covering[column]
            elif any(cells):
                cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = cells[column] or text

    def _text(self, cell: Any, row_style: str) -> str:
        comment = child(cell, "Comment", "Data")
        if comment is not None and (said := "".join(comment.itertext()).strip()):
            self._comments.append(f"Comment: {said}")
        data = child(cell, "Data")
        if data is None:
            return ""
        text = "".join(data.itertext())
        kind = attribute(data, "Type", "String")
        target = attribute(cell, "HRef")
        if kind in {"Number", "DateTime", "Boolean"}:
            text = self._value(kind, text.strip(), attribute(cell, "StyleID") or row_style)
        return f"{text} ({target})" if target and target not in text else text

    def _value(self, kind: str, text: str, style: str) -> str:
        if kind == "Boolean":
            return {"1": "TRUE", "0": "FALSE"}.get(text, text)
        if kind == "DateTime":
            return text.replace("T", " ").removesuffix(".000").removesuffix(" 00:00:00")
        try:
            number = float(text)
        except ValueError:
            return text
        finite = number - number == 0
        return writer(self._formats.get(style, "General"))(number) if finite else text


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) <= len("1048576") else 0


def _index(element: Any, expected: int) -> int:
    """Return where a row, column or cell stands, from 0, by what it says or after the one before.

    It never stands before that.
    """
    return max(_number(attribute(element, "Index")) - 1, expected)


def _forget(element: Any) -> None:
    parent = element.getparent()
    element.clear(keep_tail=False)
    while parent is not None and element.getprevious() is not None:
        parent.remove(element.getprevious())
