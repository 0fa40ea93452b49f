"""Drawings (svg): their title, description and written words."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.paging import paginate
from rag.types import Block, BlockKind, Page

MAX_BYTES = 64 * 1024**2


def _blocks(path: Path, name: str) -> Iterator[Block]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    with path.open("rb") as stream:
        root = etree.parse(stream, parser).getroot()
    if root is None or str(root.tag).rpartition("}")[2] != "svg":
        raise ParseError(f"{name} is no drawing: it does not begin as an SVG does.")
    for node in root.iter("{*}title", "{*}desc", "{*}text"):
        parts = (" ".join(text.split()) for text in node.itertext("{*}*"))
        said = " ".join(filter(None, parts))
        is_title = str(node.tag).endswith("title") and node.getparent() is root
        if said:
            kind = BlockKind.HEADING if is_title else BlockKind.TEXT
            yield Block(text=said, kind=kind, level=int(is_title))


def parse_drawing(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the words of a drawing."""
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB for a drawing.")
    try:
        yield from paginate(_blocks(path, name), options)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{name} is not well-formed XML: {error.msg}.") from error
