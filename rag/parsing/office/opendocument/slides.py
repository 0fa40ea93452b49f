"""OpenDocument slides (odp, otp, fodp): a page a slide."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.parsing.base import ParseOptions
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import attribute, child, local_name
from rag.parsing.office.opendocument.source import Source, open_document
from rag.parsing.office.opendocument.tables import table_blocks
from rag.parsing.office.opendocument.texts import TextReader
from rag.parsing.paging import selected
from rag.parsing.rows import tables_of
from rag.types import Block, BlockKind, Page, Position

_POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_LENGTH = re.compile(r"(-?\d{1,6}(?:\.\d+)?)(cm|mm|in|pt|pc|px)")
_LARGEST = 100_000
_SHAPES = frozenset(
    ("frame", "custom-shape", "rect", "ellipse", "circle", "polygon", "path", "line", "connector")
)
_TITLES = frozenset({"title"})
_DEEPEST = 40


def _points(said: str) -> float:
    found = _LENGTH.fullmatch(said)
    return float(found[1]) * _POINTS[found[2]] if found else 0.0


def _shapes(element: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the shapes of a slide, those of groups among them."""
    for inner in element if depth < _DEEPEST else ():
        name = local_name(inner)
        if name in _SHAPES:
            yield inner
        elif name in {"g", "a"}:
            yield from _shapes(inner, depth + 1)


def _is_title(shape: Any) -> bool:
    return attribute(shape, "class") in _TITLES


def _in_order(page: Any) -> list[Any]:
    """Return the shapes of a slide from the top and from the left, the title first."""
    return sorted(
        _shapes(page),
        key=lambda shape: (
            not _is_title(shape),
            round(_points(attribute(shape, "y"))),
            _points(attribute(shape, "x")),
        ),
    )


def _position(shape: Any, number: int) -> Position:
    sides = (_points(attribute(shape, name)) for name in ("x", "y", "width", "height"))
    left, top, width, height = (round(min(max(side, 0), _LARGEST)) for side in sides)
    return Position(number, left, left + width, top, top + height)


class _Slide:
    """Reads one slide."""

    def __init__(self, source: Source, number: int, notes: Notes, *, hidden: bool) -> None:
        self._reader = TextReader(source, notes, hidden=hidden)
        self._number = number

    def blocks(self, page: Any) -> Iterator[Block]:
        """Yield what the slide says, then the speaker's notes and the comments on it."""
        for shape in _in_order(page):
            yield from self._placed(shape, self._shape(shape))
        for notes in page:
            if local_name(notes) == "notes":
                for shape in _shapes(notes):
                    yield from self._placed(page, self._shape(shape))
            elif local_name(notes) == "annotation" and (said := self._reader.inline.plain(notes)):
                yield from self._placed(page, iter([Block(text=said)]))

    def _placed(self, shape: Any, blocks: Iterator[Block]) -> Iterator[Block]:
        position = _position(shape, self._number)
        for block in blocks:
            yield Block(
                block.text,
                block.kind,
                (position,),
                block.level,
                block.cells,
                block.header,
                block.table,
            )

    def _shape(self, shape: Any) -> Iterator[Block]:
        if _is_title(shape):
            text = " ".join(self._reader.inline.plain(shape).split())
            yield from [Block(text=text, kind=BlockKind.HEADING, level=1)] if text else []
            return
        table = child(shape, "table")
        if table is not None:
            yield from table_blocks(table, self._reader.inline)
            return
        box = child(shape, "text-box")
        said = [block.text for block in self._reader.flow(shape if box is None else box)]
        yield from [Block(text="\n".join(said))] if said else []


def parse_slides(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield a page for each slide asked for."""
    with open_document(path, name, "presentation") as source, tables_of(name):
        pages = [page for page in source.body if local_name(page) == "page"]
        for number, page in enumerate(pages, 1):
            if not selected(number, options):
                continue
            notes = Notes()
            blocks: tuple[Block, ...] = ()
            if source.style(page).hides_slide and not options.hidden:
                notes.add(f"slide {number} is hidden and was left out")
            else:
                blocks = tuple(_Slide(source, number, notes, hidden=options.hidden).blocks(page))
            yield Page(number, len(pages), blocks, notes.text())
