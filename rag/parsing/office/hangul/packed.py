"""Documents of Hangul Office since 2014 (hwpx, KS X 6101): XML in a zip archive."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office.archive import encrypted
from rag.parsing.office.hangul.writing import (
    DEEPEST,
    MOST_LEVELS,
    NO_HEAD,
    Cell,
    Head,
    Level,
    Numbers,
    Paragraph,
    Table,
    Writer,
)
from rag.parsing.office.ooxml import Package, attribute, child, local_name, open_package
from rag.parsing.paging import paginate
from rag.parsing.rows import said_span, tables_of
from rag.types import Block, Page

_SECTION = re.compile(r"(?i)contents/section(\d{1,6})\.xml")
_HEADS = {"OUTLINE": 1, "NUMBER": 2, "BULLET": 3}
_FORM_NAMES = (
    "DIGIT CIRCLED_DIGIT ROMAN_CAPITAL ROMAN_SMALL LATIN_CAPITAL LATIN_SMALL CIRCLED_LATIN_CAPITAL "
    "CIRCLED_LATIN_SMALL HANGUL_SYLLABLE CIRCLED_HANGUL_SYLLABLE HANGUL_JAMO CIRCLED_HANGUL_JAMO "
    "HANGUL_PHONETIC IDEOGRAPH CIRCLED_IDEOGRAPH"
)
_FORMS = tuple(_FORM_NAMES.split())
_SIGNS = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
_NOTES = frozenset({"footNote", "endNote", "header", "footer", "hiddenComment", "fieldBegin"})
_NUMBERED = frozenset({"TABLE", "PICTURE", "FIGURE", "EQUATION"})


def _number(element: Any, name: str) -> int:
    said = attribute(element, name)
    return int(said[:9]) if said.isdecimal() else 0


class _Header:
    """What the part of styles says: the heads of paragraphs, and how they are numbered."""

    def __init__(self, package: Package) -> None:
        root = package.read("Contents/header.xml")
        self.heads: dict[str, Head] = {}
        self.levels: dict[int, Sequence[Level]] = {}
        for element in root.iter("{*}paraPr", "{*}numbering") if root is not None else ():
            if local_name(element) == "numbering":
                self.levels[_number(element, "id")] = [
                    _level(head) for head in element if local_name(head) == "paraHead"
                ][:MOST_LEVELS]
            elif (heading := child(element, "heading")) is not None:
                kind = _HEADS.get(attribute(heading, "type"), 0)
                level = min(_number(heading, "level"), MOST_LEVELS - 1)
                self.heads[attribute(element, "id")] = Head(kind, _number(heading, "idRef"), level)


def _level(head: Any) -> Level:
    form = attribute(head, "numFormat")
    place = _FORMS.index(form) if form in _FORMS else 0
    return Level((head.text or "").strip(), place, _number(head, "start") or 1)


class _Section:
    """Reads the paragraphs of a section."""

    def __init__(self, header: _Header) -> None:
        self._header = header
        self._deleting = False
        self._links: list[str] = []
        self.outline = 1

    def paragraphs(self, container: Any, depth: int = 0) -> list[Paragraph]:
        """Return the paragraphs of a section, a cell, a note or a box."""
        if depth > DEEPEST:
            return []
        return [self._paragraph(one, depth) for one in container if local_name(one) == "p"]

    def _paragraph(self, element: Any, depth: int) -> Paragraph:
        found = Paragraph(head=self._header.heads.get(attribute(element, "paraPrIDRef"), NO_HEAD))
        parts: list[str] = []
        for run in element:
            if local_name(run) == "run":
                for inner in run:
                    self._inner(found, parts, inner, depth)
        found.text = "".join(parts)
        return found

    def _inner(self, found: Paragraph, parts: list[str], inner: Any, depth: int) -> None:
        name = local_name(inner)
        if name == "t":
            parts.extend(self._text(inner))
        elif name == "ctrl":
            for control in inner:
                self._control(found, parts, control, depth)
        elif name == "tbl":
            found.tables.append(self._table(inner, depth))
        elif name in _SAID:
            parts.append(_SAID[name](inner))
        elif name == "secPr":
            self.outline = _number(inner, "outlineShapeIDRef") or 1
        else:
            self._drawing(found, inner, depth)

    def _text(self, element: Any) -> Iterator[str]:
        """Yield a text with its signs, without what is marked as deleted."""
        yield self._kept(element.text)
        for inner in element:
            name = local_name(inner)
            if name in {"deleteBegin", "deleteEnd"}:
                self._deleting = name == "deleteBegin"
            else:
                yield self._kept(_SIGNS.get(name, ""))
            yield self._kept(inner.tail)

    def _kept(self, text: str | None) -> str:
        return "" if self._deleting or not text else text

    def _control(self, found: Paragraph, parts: list[str], control: Any, depth: int) -> None:
        name = local_name(control)
        if name == "autoNum":
            if attribute(control, "numType") in _NUMBERED:
                parts.append(attribute(control, "num"))
        elif name == "fieldEnd":
            parts.append(self._links.pop() if self._links else "")
        elif name in _NOTES:
            if name == "fieldBegin":
                self._links.append(_target(control))
            inner = child(control, "subList")
            if inner is not None:
                found.notes.append(self.paragraphs(inner, depth + 1))

    def _drawing(self, found: Paragraph, element: Any, depth: int) -> None:
        """Take the texts and captions of what is drawn, which may be a group."""
        if depth > DEEPEST:
            return
        for inner in element:
            name = local_name(inner)
            if name in {"drawText", "caption"}:
                texts = child(inner, "subList")
                if texts is not None:
                    found.boxes.append(self.paragraphs(texts, depth + 1))
            elif child(inner, "drawText") is not None or local_name(element) == "container":
                self._drawing(found, inner, depth + 1)

    def _table(self, element: Any, depth: int) -> Table:
        table = Table()
        for cell in element.iterchildren("{*}caption"):
            table.caption = self._listed(cell, depth)
        for row in element.iterchildren("{*}tr"):
            for cell in row.iterchildren("{*}tc"):
                place, size = child(cell, "cellAddr"), child(cell, "cellSpan")
                if place is not None and size is not None:
                    table.cells.append(
                        Cell(
                            _number(place, "rowAddr"),
                            min(_number(place, "colAddr"), 1000),
                            said_span(attribute(size, "rowSpan"), absent=1),
                            said_span(attribute(size, "colSpan"), absent=1),
                            self._listed(cell, depth),
                        )
                    )
        return table

    def _listed(self, element: Any, depth: int) -> list[Paragraph]:
        inner = child(element, "subList")
        return self.paragraphs(inner, depth + 1) if inner is not None else []


def _with_reading(element: Any) -> str:
    main, reading = child(element, "mainText"), child(element, "subText")
    said = (main.text or "") if main is not None else ""
    beside = (reading.text or "").strip() if reading is not None else ""
    return f"{said}({beside})" if beside else said


def _script(element: Any) -> str:
    script = child(element, "script")
    return f" {script.text.strip()} " if script is not None and script.text else ""


_SAID: Mapping[str, Callable[[Any], str]] = {
    "equation": _script,
    "dutmal": _with_reading,
    "compose": lambda element: attribute(element, "composeText"),
}
"""What stands within a text beside its letters."""


def _target(field: Any) -> str:
    """Return the address that a link leads to, as it is shown behind its text."""
    for said in field.iter("{*}stringParam"):
        text = (said.text or "").replace("\\", "")
        if attribute(said, "name") == "Path" and text.startswith(("http://", "https://")):
            return f" ({text})"
    return ""


def _blocks(path: Path, name: str) -> Iterator[Block]:
    with open_package(path, name) as package:
        manifest = package.read("META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
            raise encrypted(name)
        header = _Header(package)
        sections = {
            int(found[1]): part for part in package.names() if (found := _SECTION.fullmatch(part))
        }
        if not sections:
            raise ParseError(f"{name} is a zip archive, but no hwpx file: it has no section.")
        numbers = Numbers(header.levels)
        writer = Writer(numbers)
        for number in sorted(sections):
            root = package.read(sections[number])
            if root is not None:
                section = _Section(header)
                paragraphs = section.paragraphs(root)
                numbers.outline = section.outline
                yield from writer.blocks(paragraphs)


def parse_hwpx(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the paragraphs and tables of a document; pages are slices of them."""
    with tables_of(name):
        yield from paginate(_blocks(path, name), options)
