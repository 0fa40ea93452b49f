"""PowerPoint presentations (pptx and its kin): a page a slide, with its tables, charts, notes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office.embedded import NOT_READ, embedded_blocks
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import Package, attribute, chart_text, child, local_name, open_package
from rag.parsing.office.pictures import Pictures
from rag.parsing.office.shapes import (
    NOWHERE,
    Placeholders,
    Shape,
    flat,
    layout_places,
    nowhere,
    placeholder,
    shapes_of,
)
from rag.parsing.office.words.equations import equation
from rag.parsing.paging import selected
from rag.parsing.rows import said_span
from rag.parsing.tables.headers import Row
from rag.parsing.tables.sheets import table_of
from rag.types import Block, BlockKind, Page

_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "sldImg"})
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg)", re.IGNORECASE)


def _paragraph(paragraph: Any) -> str:
    parts = []
    for inner in paragraph.iter("{*}t", "{*}br", "{*}tab", "{*}oMath"):
        if next(inner.iterancestors(paragraph.tag)) is not paragraph:
            continue
        name = local_name(inner)
        if name == "oMath":
            parts.append(equation(inner))
        elif not any(local_name(outer) == "oMath" for outer in inner.iterancestors()):
            parts.append((inner.text or "") if name == "t" else "\n" if name == "br" else "")
    return "".join(parts).strip()


def _text(body: Any) -> str:
    """Return the paragraphs of a text body or cell, one a line, but not those of cells in it."""
    own = (found for found in body.iter("{*}p") if next(found.iterancestors(body.tag)) is body)
    return "\n".join(filter(None, map(_paragraph, own)))


def _shape(shape: Any) -> Iterator[Block]:
    body = child(shape, "txBody")
    text = _text(body) if body is not None else ""
    mark = placeholder(shape)
    kind = mark[0] if mark else ""
    if text and kind in _TITLES:
        yield Block(text=" ".join(text.split()), kind=BlockKind.HEADING, level=1)
    elif text and kind not in _FURNITURE:
        yield Block(text=text)


def _own(outer: Any, tag: str) -> Iterator[Any]:
    """Yield what is in a table, row or frame, but not what is in another one inside of it."""
    return (found for found in outer.iter(tag) if next(found.iterancestors(outer.tag)) is outer)


def _row(row: Any, above: list[str]) -> Row:
    cells, spans = [], []
    for place, cell in enumerate(_own(row, "{*}tc")):
        continued = attribute(cell, "vMerge") in {"1", "true"}
        merged = "".join(above[place : place + 1]) if continued else ""
        cells.append(merged or _text(cell))
        width = said_span(attribute(cell, "gridSpan"), absent=1)
        if width > 1:
            spans.append((place, place + width - 1))
    return Row(cells, tuple(spans))


def _table(table: Any) -> Iterator[Block]:
    rows: list[Row] = []
    for row in _own(table, "{*}tr"):
        rows.append(_row(row, rows[-1].cells if rows else []))
    rows = [row for row in rows if any(row.cells)]
    return table_of(rows) if rows else iter(())


class _Slide:
    """Reads one slide."""

    def __init__(self, package: Package, part: str, number: int, options: ParseOptions) -> None:
        self._package = package
        self._part = part
        self._number = number
        self._options = options
        self._shown: set[str] = set()
        self.notes = Notes()

    def blocks(self, root: Any) -> Iterator[Block]:
        """Yield what the slide says, then the speaker's notes and the comments on it."""
        # Most shapes say where they are, so that the layout need not be read.
        places = cache(partial(layout_places, self._package, self._part))
        yield from self._shapes(self._part, root, places)
        for notes in self._package.related(self._part, "notesSlide"):
            said = self._package.read(notes)
            yield from self._shapes(notes, said, nowhere) if said is not None else ()
        yield from self._pictures()
        yield from self._comments()

    def _shapes(self, part: str, root: Any, places: Placeholders) -> Iterator[Block]:
        is_slide = part == self._part
        for shape in flat(shapes_of(root, places)):
            box = shape.box if is_slide else NOWHERE
            position = box.position(self._number)
            for block in self._said(part, shape):
                yield replace(block, positions=(position,))

    def _said(self, part: str, shape: Shape) -> Iterator[Block]:
        element = shape.element
        if local_name(element) == "sp":
            yield from _shape(element)
        else:
            for table in _own(element, "{*}tbl"):
                yield from _table(table)
            yield from self._linked(part, element)
        if local_name(element) in {"pic", "graphicFrame"}:
            yield from _described(element)

    def _linked(self, part: str, frame: Any) -> Iterator[Block]:
        """Yield what a chart, diagram or embedded file says, unless it was shown before."""
        relations = self._package.relations(part)
        links = chain(_own(frame, "{*}chart"), _own(frame, "{*}relIds"), _own(frame, "{*}oleObj"))
        for link in links:
            if any(local_name(outer) == "Fallback" for outer in link.iterancestors()):
                continue
            target = relations.get(_relation_id(link) or attribute(link, "dm"), ("", ""))[1]
            real = self._package.real_name(target)
            if real in self._shown:
                continue
            self._shown.add(real)
            if local_name(link) == "oleObj":
                yield from self._embedded(real, attribute(link, "name"))
                relations = self._package.relations(part)
                continue
            root = self._package.read(target)
            if root is not None:
                text = chart_text(root) if local_name(link) == "chart" else _text(root)
                yield from [Block(text=text)] if text else []

    def _embedded(self, part: str, name: str) -> Iterator[Block]:
        if part:
            yield from embedded_blocks(self._package, part, self.notes, self._options)
        else:
            self.notes.add(NOT_READ, name or "object")

    def _pictures(self) -> Iterator[Block]:
        """Yield what OCR finds in the pictures of the slide."""
        position = NOWHERE.position(self._number)
        for block in Pictures(self._package, self.notes, self._options).blocks(self._part):
            yield replace(block, positions=(position,))

    def _comments(self) -> Iterator[Block]:
        for comments in self._package.related(self._part, "comments"):
            root = self._package.read(comments)
            for remark in root.iter("{*}cm", "{*}reply") if root is not None else ():
                text = child(remark, "text")
                body = child(remark, "txBody")
                said = (text.text or "") if text is not None else ""
                said = said or (_text(body) if body is not None else "")
                if said.strip():
                    position = NOWHERE.position(self._number)
                    yield Block(text=said.strip(), positions=(position,))


def _described(shape: Any) -> Iterator[Block]:
    """Yield what somebody has written about a picture for those who do not see it."""
    for properties in shape.iter("{*}cNvPr"):
        said = attribute(properties, "descr").strip()
        if said and not _FILE_NAME.fullmatch(said):
            yield Block(text=said)
        return


def _slides(package: Package) -> list[str]:
    """Return the parts of the slides in the order in which they are shown."""
    main = package.main_part("ppt/presentation.xml")
    relations = package.relations(main)
    root = package.read(main)
    marks = root.iter("{*}sldId") if root is not None else ()
    parts = [relations.get(_relation_id(mark), ("", ""))[1] for mark in marks]
    return [part for part in parts if part]


def _relation_id(mark: Any) -> str:
    """Return the id of a slide's relation, which shares its name with the slide's own number."""
    return str(next((value for key, value in mark.items() if key.endswith("}id")), ""))


def _read_slide(
    package: Package, part: str, number: int, options: ParseOptions
) -> tuple[tuple[Block, ...], str]:
    """Return what a slide says, or the note that it could not be read."""
    try:
        root = package.read(part)
        if root is None:
            return (), f"slide {number} could not be read: its part {part} is no XML"
        if _is_hidden(root) and not options.hidden:
            return (), f"slide {number} is hidden and was left out"
        slide = _Slide(package, part, number, options)
        blocks = tuple(slide.blocks(root))
    except ParseError as error:
        return (), f"slide {number} could not be read: {error}"
    note = slide.notes.text()
    return blocks, f"slide {number}: {note}" if note else ""


def _is_hidden(slide: Any) -> bool:
    return attribute(slide, "show") in {"0", "false"}


def shown_slides(path: Path, name: str) -> list[bool]:
    """Return of each slide whether it is shown, and not hidden."""
    with open_package(path, name) as package:
        read = map(package.read, _slides(package))
        return [slide is not None and not _is_hidden(slide) for slide in read]


def count_slides(path: Path, name: str) -> int:
    """Return how many slides a presentation has."""
    with open_package(path, name) as package:
        return len(_slides(package))


def parse_pptx(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield a page for each slide asked for; one that cannot be read says so in its note."""
    with open_package(path, name) as package:
        slides = _slides(package)
        first: dict[str, int] = {}
        for number, part in enumerate(slides, 1):
            before = first.setdefault(part.lower(), number)
            if not selected(number, options):
                continue
            blocks: tuple[Block, ...] = ()
            note = f"slide {number} is missing in the file"
            if before < number:
                note = f"slide {number} is slide {before} again"
            elif package.has(part):
                blocks, note = _read_slide(package, part, number, options)
            yield Page(number=number, total=len(slides), blocks=blocks, note=note)
