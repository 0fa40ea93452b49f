"""PowerPoint presentations (pptx): a page a slide, with its tables, charts, notes and comments."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office.ooxml import Package, attribute, chart_text, child, local_name, open_package
from rag.parsing.paging import selected
from rag.parsing.rows import table_blocks
from rag.types import Block, BlockKind, Page

_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "sldImg"})


def _paragraph(paragraph: Any) -> str:
    parts = []
    for inner in paragraph.iter("{*}t", "{*}br", "{*}tab"):
        if next(inner.iterancestors(paragraph.tag)) is not paragraph:
            continue
        name = local_name(inner)
        parts.append((inner.text or "") if name == "t" else "\n" if name == "br" else "")
    return "".join(parts).strip()


def _text(body: Any) -> str:
    """Return the paragraphs of a text body or cell, one a line, but not those of cells in it."""
    own = (found for found in body.iter("{*}p") if next(found.iterancestors(body.tag)) is body)
    return "\n".join(filter(None, map(_paragraph, own)))


def _placeholder(shape: Any) -> str:
    """Return the type of the placeholder that a shape fills; empty if it fills none."""
    mark = next(shape.iter("{*}ph"), None)
    return attribute(mark, "type", "body") if mark is not None else ""


def _shape(shape: Any) -> Iterator[Block]:
    body = child(shape, "txBody")
    text = _text(body) if body is not None else ""
    kind = _placeholder(shape)
    if text and kind in _TITLES:
        yield Block(text=" ".join(text.split()), kind=BlockKind.HEADING, level=1)
    elif text and kind not in _FURNITURE:
        yield Block(text=text)


def _own(outer: Any, tag: str) -> Iterator[Any]:
    """Yield what is in a table, row or frame, but not what is in another one inside of it."""
    return (found for found in outer.iter(tag) if next(found.iterancestors(outer.tag)) is outer)


def _table(table: Any) -> Iterator[Block]:
    return table_blocks([list(map(_text, _own(row, "{*}tc"))) for row in _own(table, "{*}tr")])


def _linked(package: Package, part: str, frame: Any, shown: set[str]) -> Iterator[Block]:
    """Yield what the chart or diagram says that a frame shows, unless it was `shown` before."""
    relations = package.relations(part)
    for link in chain(_own(frame, "{*}chart"), _own(frame, "{*}relIds")):
        target = relations.get(attribute(link, "id") or attribute(link, "dm"), ("", ""))[1]
        root = package.read(target) if package.real_name(target) not in shown else None
        shown.add(package.real_name(target))
        if root is not None:
            text = chart_text(root) if local_name(link) == "chart" else _text(root)
            yield from [Block(text=text)] if text else []


def _is_fallback(element: Any) -> bool:
    return any(local_name(ancestor) == "Fallback" for ancestor in element.iterancestors())


def _shapes(package: Package, part: str, root: Any) -> Iterator[Block]:
    """Yield what the shapes of a slide say, also those in groups, in their order."""
    shown: set[str] = set()
    for shape in root.iter("{*}sp", "{*}graphicFrame"):
        if _is_fallback(shape):
            continue
        if local_name(shape) == "sp":
            yield from _shape(shape)
            continue
        for table in _own(shape, "{*}tbl"):
            yield from _table(table)
        yield from _linked(package, part, shape, shown)


def _remarks(package: Package, part: str) -> Iterator[Block]:
    """Yield the speaker's notes and the comments on a slide."""
    for notes in package.related(part, "notesSlide"):
        root = package.read(notes)
        yield from _shapes(package, notes, root) if root is not None else ()
    for comments in package.related(part, "comments"):
        root = package.read(comments)
        for remark in root.iter("{*}cm", "{*}reply") if root is not None else ():
            text = child(remark, "text")
            body = child(remark, "txBody")
            said = (
                (text.text or "") if text is not None else _text(body) if body is not None else ""
            )
            yield from [Block(text=said.strip())] if said.strip() else []


def _blocks(package: Package, part: str) -> Iterator[Block]:
    root = package.read(part)
    if root is None:
        raise ParseError(f"its part {part} is no XML")
    blocks = list(_shapes(package, part, root))
    yield from sorted(blocks, key=lambda block: block.kind is not BlockKind.HEADING)
    yield from _remarks(package, part)


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


def _slide(package: Package, part: str, number: int) -> tuple[tuple[Block, ...], str]:
    """Return what a slide says, or the note that it could not be read."""
    try:
        return tuple(_blocks(package, part)), ""
    except ParseError as error:
        return (), f"slide {number} could not be read: {error}"


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
                blocks, note = _slide(package, part, number)
            yield Page(number=number, total=len(slides), blocks=blocks, note=note)
