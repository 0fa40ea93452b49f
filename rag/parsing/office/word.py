"""Word documents (docx, also Strict and macro-enabled), read from their XML as it streams by."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from rag.parsing.base import ParseOptions
from rag.parsing.office.ooxml import Package, attribute, chart_text, child, local_name, open_package
from rag.parsing.paging import paginate
from rag.parsing.rows import CellRoom, row_block, said_span, table_blocks, tables_of
from rag.shortening import shortened
from rag.types import Block, BlockKind, Page

_SILENT_NAMES = "pPr rPr tblPr tcPr trPr sectPr del moveFrom instrText delText Fallback txbxContent"
_SILENT = frozenset(_SILENT_NAMES.split())
_WRITTEN = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_WRAPPERS = frozenset({"sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml"})
_HEADING_NAME = re.compile(r"heading (\d)")
_TITLE_NAMES = frozenset({"title"})
_LONGEST_STYLE_CHAIN = 20
_OUTLINE_LEVELS = frozenset("012345678")
_NOTES = ("footnotes", "endnotes", "comments")

Levels = Mapping[str, int]
"""Heading level by id of paragraph style."""


def _own_level(style: Any) -> int:
    """Return the heading level that a style states itself; 0 if none."""
    name = child(style, "name")
    match = _HEADING_NAME.match(attribute(name, "val").lower()) if name is not None else None
    if match:
        return int(match[1])
    if name is not None and attribute(name, "val").lower() in _TITLE_NAMES:
        return 1
    return _outline_level(style)


def _outline_level(element: Any) -> int:
    """Return the outline level among an element's paragraph properties, from 1; 0 for body text."""
    outline = child(element, "pPr", "outlineLvl")
    level = attribute(outline, "val") if outline is not None else ""
    return int(level) + 1 if level in _OUTLINE_LEVELS else 0


def _heading_levels(package: Package, main: str) -> Levels:
    """Return the level of each style that makes a heading, by itself or by what it is based on."""
    own: dict[str, int] = {}
    bases: dict[str, str] = {}
    for part in package.related(main, "styles"):
        root = package.read(part)
        for style in root if root is not None else ():
            if local_name(style) == "style":
                identity, base = attribute(style, "styleId"), child(style, "basedOn")
                own[identity] = _own_level(style)
                bases[identity] = attribute(base, "val") if base is not None else ""
    levels = {}
    for identity in own:
        style_id = identity
        for _ in range(_LONGEST_STYLE_CHAIN):
            if own.get(style_id) or not bases.get(style_id):
                break
            style_id = bases[style_id]
        levels[identity] = own.get(style_id, 0)
    return levels


def _outermost_boxes(element: Any) -> Iterator[Any]:
    """Yield the text boxes below an element, but not those inside of others."""
    for inner in element:
        name = local_name(inner)
        if name == "txbxContent":
            yield inner
        elif name not in _SILENT:
            yield from _outermost_boxes(inner)


def _text(element: Any, *, boxes: bool = False) -> str:
    """Return the text of a paragraph's runs, without deletions and field codes.

    Text boxes come with it where they stand in a drawing in the line, and so do all `boxes` that
    are inside of these.
    """
    parts = []
    for inner in element:
        name = local_name(inner)
        if name == "t":
            parts.append(inner.text or "")
        elif name in _WRITTEN:
            parts.append(_WRITTEN[name])
        elif name == "inline":
            parts.append(" ".join(_text(box, boxes=True) for box in _outermost_boxes(inner)))
        elif boxes and name == "txbxContent":
            parts.append(f" {_text(inner, boxes=True)} ")
        elif name not in _SILENT:
            parts.append(_text(inner, boxes=boxes))
    return "".join(parts)


def _flow(elements: Iterable[Any]) -> Iterator[Any]:
    """Yield paragraphs and tables in order, out of whatever wraps them."""
    for element in elements:
        name = local_name(element)
        if name in {"p", "tbl"}:
            yield element
        elif name in _WRAPPERS:
            yield from _flow(element)


def _is_inside(element: Any, *names: str) -> bool:
    return any(local_name(ancestor) in names for ancestor in element.iterancestors())


def _says_itself(paragraph: Any, cell: Any) -> bool:
    """Return whether a paragraph is none that another one of the cell says in its line."""
    in_box = False
    for ancestor in paragraph.iterancestors():
        if ancestor is cell:
            break
        name = local_name(ancestor)
        in_box = in_box or name == "txbxContent"
        if name in {"inline", "Fallback"} or (name == "p" and not in_box):
            return False
    return True


def _cell_text(cell: Any) -> str:
    texts = (_text(paragraph) for paragraph in cell.iter("{*}p") if _says_itself(paragraph, cell))
    return "\n".join(filter(None, (text.strip() for text in texts)))


def _columns(span: Any, *, absent: int) -> int:
    """Return how many columns an element says, or `absent` if it is none or says no number."""
    return said_span(attribute(span, "val") if span is not None else "", absent=absent)


def _row_cells(row: Any, above: Sequence[str]) -> list[str]:
    """Return a row's cells; one over several columns fills the first, one over rows each row."""
    cells = [""] * _columns(child(row, "trPr", "gridBefore"), absent=0)
    for cell in row.iter("{*}tc"):
        if next(cell.iterancestors("{*}tr")) is not row:
            continue
        merge = child(cell, "tcPr", "vMerge")
        continued = merge is not None and attribute(merge, "val", "continue") == "continue"
        merged = "".join(above[len(cells) : len(cells) + 1]) if continued else ""
        cells.append(shortened(merged) or _cell_text(cell))
        cells.extend([""] * (_columns(child(cell, "tcPr", "gridSpan"), absent=1) - 1))
    return cells


def _own_rows(table: Any) -> list[list[str]]:
    rows: list[list[str]] = []
    room = CellRoom()
    for row in table.iter("{*}tr"):
        if next(row.iterancestors("{*}tbl")) is table:
            rows.append(_row_cells(row, rows[-1] if rows else ()))
            room.take(len(rows[-1]), sum(map(bool, rows[-1])))
    return rows


def _has_header(table: Any, rows: list[list[str]]) -> bool:
    """Return whether the first row names columns: marked so, or styled so with a name in each."""
    if next(table.iter("{*}tblHeader"), None) is not None:
        return True
    look = child(table, "tblPr", "tblLook")
    styled = look is None or attribute(look, "firstRow", "1") in {"1", "true", "on"}
    return styled and all(rows[0]) and len(set(rows[0])) == len(rows[0])


def _table(table: Any) -> Iterator[Block]:
    rows = [row for row in _own_rows(table) if any(row)]
    if rows and max(map(len, rows)) == 1:
        yield from (Block(text=row[0]) for row in rows)
    elif rows and _has_header(table, rows):
        yield from table_blocks(rows)
    else:
        yield from map(row_block, rows)


def _paragraph(paragraph: Any, levels: Levels) -> Iterator[Block]:
    text = _text(paragraph).strip()
    style = child(paragraph, "pPr", "pStyle")
    level = _outline_level(paragraph)
    if not level and style is not None:
        level = levels.get(attribute(style, "val"), 0)
    if text and level:
        yield Block(text=" ".join(text.split()), kind=BlockKind.HEADING, level=level)
    elif text:
        yield Block(text=text)
    for box in paragraph.iter("{*}txbxContent"):
        if not _is_inside(box, "Fallback", "inline", "tc"):
            yield from _blocks(box, levels, boxed=True)


def _blocks(elements: Iterable[Any], levels: Levels, *, boxed: bool = False) -> Iterator[Block]:
    """Yield what paragraphs and tables say; boxed paragraphs without the boxes in them."""
    for element in _flow(elements):
        if local_name(element) == "tbl":
            yield from _table(element)
        elif boxed and (text := _text(element).strip()):
            yield Block(text=text)
        elif not boxed:
            yield from _paragraph(element, levels)


def _attached(package: Package, main: str, *kinds: str) -> Iterator[Block]:
    """Yield what parts beside the main text say, each text once."""
    seen = set()
    for part in package.related(main, *kinds):
        root = package.read(part)
        texts = (_cell_text(note) for note in _notes(root)) if root is not None else ()
        for text in texts:
            if text and text not in seen:
                seen.add(text)
                yield Block(text=text)


def _notes(root: Any) -> Iterable[Any]:
    """Return the notes of a part that holds many, or the part itself."""
    return list(root) if local_name(root) in _NOTES else [root]


def _charts(package: Package, main: str) -> Iterator[Block]:
    for part in package.related(main, "chart"):
        root = package.read(part)
        text = chart_text(root) if root is not None else ""
        if text:
            yield Block(text=text)


def _document(path: Path, name: str) -> Iterator[Block]:
    with open_package(path, name) as package, tables_of(name):
        main = package.main_part("word/document.xml")
        levels = _heading_levels(package, main)
        yield from _attached(package, main, "header")
        yield from _blocks(package.children(main, "body"), levels)
        yield from chain(
            _charts(package, main),
            _attached(package, main, *_NOTES),
            _attached(package, main, "footer"),
        )


def parse_docx(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield headers, body, charts, notes, comments and footers; pages are slices of them."""
    return paginate(_document(path, name), options)
