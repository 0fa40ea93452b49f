"""Books of FictionBook (fb2): sections with their titles, verse line by line, notes at the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.paging import paginate
from rag.types import Block, BlockKind, Page

MAX_BYTES = 128 * 1024**2
_LINES = frozenset({"p", "v", "subtitle", "text-author", "date"})
_DEEPEST = 200
_MOST_LEVEL = 6


def _name(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _text(node: Any) -> str:
    return " ".join("".join(node.itertext("{*}*")).split())


def _about(root: Any) -> Iterator[Block]:
    """Yield the title, the authors and the summary of a book."""
    info = next((node for node in root.iter("{*}title-info")), None)
    if info is None:
        return
    for title in info.iterfind("{*}book-title"):
        yield from _heading(_text(title), 1)
    parts = ("first-name", "middle-name", "last-name")
    for author in info.iterfind("{*}author"):
        said = " ".join(_text(node) for node in author if _name(node) in parts)
        if said.strip():
            yield Block(text=f"By {said.strip()}")
    for summary in info.iterfind("{*}annotation"):
        yield from _below(summary, 1)


def _heading(text: str, level: int) -> Iterator[Block]:
    if text:
        yield Block(text=text, kind=BlockKind.HEADING, level=min(level, _MOST_LEVEL))


def _below(node: Any, level: int) -> Iterator[Block]:
    """Yield what is in a part of a book; parts nest no deeper than the parser allows."""
    verse: list[str] = []
    for child in node.iterchildren("{*}*"):
        name = _name(child)
        if name == "v":
            verse.append(_text(child))
            continue
        yield from _verse(verse)
        if name == "title":
            yield from _heading(" ".join(_text(line) for line in child), level)
        elif name in _LINES:
            yield from [Block(text=said)] if (said := _text(child)) else []
        elif name == "table":
            rows = (" | ".join(_text(cell) for cell in row) for row in child)
            yield from (Block(text=row) for row in rows if row.strip(" |"))
        elif level < _DEEPEST:
            yield from _below(child, level + (name == "section"))
    yield from _verse(verse)


def _verse(lines: list[str]) -> Iterator[Block]:
    if lines:
        yield Block(text="\n".join(lines))
        lines.clear()


def _blocks(path: Path, name: str) -> Iterator[Block]:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    with path.open("rb") as stream:
        root = etree.parse(stream, parser).getroot()
    if root is None or _name(root) != "FictionBook":
        raise ParseError(f"{name} is no FictionBook: it does not begin as one.")
    yield from _about(root)
    for body in root.iterfind("{*}body"):
        yield from _below(body, 1)


def parse_fiction(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the sections of a book; pages are slices of it."""
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB for a book.")
    try:
        yield from paginate(_blocks(path, name), options)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{name} is not well-formed XML: {error.msg}.") from error
