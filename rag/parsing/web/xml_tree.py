"""XML of any vocabulary: running text as paragraphs, records as lines of `name: value`."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.paging import paginate
from rag.parsing.signatures import HEAD_BYTES, seems_to_be, signature
from rag.parsing.web.xml_records import (
    has_text_between,
    local_name,
    record_blocks,
    shape_of,
    squeeze,
)
from rag.types import Block, Page

MAX_BYTES = 256 * 1024**2

_LABELLED_CHARS = 80
"""Longer values are prose and read better without the name of their element."""

_RECORD_FIELDS = 500
"""A record of more values than this is handed out in parts."""

_PROSE_NAMES = (
    "p para title subtitle td th li b i em strong span h h1 h2 h3 h4 h5 h6 label text div section "
    "article-title sec italic bold entry term paragraph heading caption string"
)
_PROSE = frozenset(_PROSE_NAMES.split())


def _leaf(element: Any) -> str:
    text = squeeze(element.text)
    name = local_name(element)
    if not text or name in _PROSE or len(text) > _LABELLED_CHARS:
        return text
    return f"{name}: {text}"


def _attributes(element: Any) -> str:
    """Return `name: key=value, key=value` for an element that says all in its attributes."""
    values = ", ".join(f"{key.rpartition('}')[2]}={value}" for key, value in element.items())
    return f"{local_name(element)}: {values}" if values and local_name(element) else ""


class _Reader:
    """Hands out the text of elements as they end, and frees them."""

    def __init__(self, *, attributes: bool) -> None:
        self._line = _attributes if attributes else _leaf
        self._running: set[Any] = set()
        self._waiting = 0
        self._clean: Any = None

    def _record(self, elements: Iterable[Any]) -> Iterator[Block]:
        text = "\n".join(filter(None, map(self._line, elements)))
        if text:
            yield Block(text=text)

    def _before(self, element: Any) -> Iterator[Block]:
        """Yield and free what stands before `element`, so that the order of the text is kept.

        Nothing is left before `_clean` and what it is in: nothing can come before what is open.
        """
        dirty = list(takewhile(lambda node: node is not self._clean, element.iterancestors()))
        for node in (*reversed(dirty), element):
            parent = node.getparent()
            siblings = list(node.itersiblings(preceding=True))[::-1]
            if parent in self._running:
                texts = ("".join((*sibling.itertext(), sibling.tail or "")) for sibling in siblings)
                text = squeeze("".join((parent.text or "", *texts)))
                yield from [Block(text=text)] if text else []
                parent.text = None
            else:
                yield from self._record(siblings)
            for sibling in siblings:
                parent.remove(sibling)

    def _content(self, element: Any) -> Iterator[Block]:
        if has_text_between(element):
            yield Block(text=squeeze("".join(element.itertext())))
        else:
            own = [element] if self._line is _attributes or not len(element) else []
            yield from self._record([*own, *element])

    def _look_around(self, element: Any, parent: Any) -> None:
        """Store a parent as running text if words stand beside its element."""
        previous = element.getprevious()
        before = parent.text if previous is None else previous.tail
        if squeeze(before) or squeeze(element.tail):
            self._running.add(parent)

    def _waits(self, element: Any) -> bool:
        """Return whether an element comes with its parent, as a value or as part of its text."""
        is_inner = not len(element) or bool(self._running)
        self._waiting = self._waiting + 1 if is_inner else 0
        return is_inner and self._waiting < _RECORD_FIELDS

    def end(self, element: Any) -> Iterator[Block]:
        """Yield the text of an element that is complete, unless an ancestor's text runs around it.

        Single values wait for their parent, to stand together as one record; a parent that is
        very long gives out what it has.
        """
        parent = element.getparent()
        # All that is left of the running ones is open: what stands around this element.
        self._running.discard(element)
        is_clean = element is self._clean
        if is_clean:
            self._clean = parent
        if parent is not None:
            self._look_around(element, parent)
            if self._waits(element):
                return
        yield from () if is_clean else self._before(element)
        self._clean = parent
        yield from self._content(element)
        element.clear(keep_tail=True)
        self._waiting = 0


def _events(path: Path, *kinds: str) -> Generator[tuple[str, Any], None, None]:
    with path.open("rb") as stream:
        yield from _parsed(stream, kinds)


def _parsed(stream: BinaryIO, kinds: tuple[str, ...]) -> Any:
    return etree.iterparse(
        stream,
        events=kinds,
        tag="{*}*",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=True,
    )


def _blocks(path: Path, *, attributes: bool = False) -> Iterator[Block]:
    reader = _Reader(attributes=attributes)
    for _, element in _events(path, "end"):
        yield from reader.end(element)


def _with_attributes_if_silent(path: Path, name: str) -> Iterator[Block]:
    """Yield the document's text, or what its attributes say if there is no text at all."""
    found = False
    try:
        with closing(_events(path, "start", "end")) as events:
            shape = shape_of(events)
        if shape is not None:
            yield from record_blocks(_events(path, "start", "end"), shape)
            return
        for block in _blocks(path):
            found = True
            yield block
        if not found:
            yield from _blocks(path, attributes=True)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{name} is not well-formed XML: {error.msg}.") from error


def parse_xml(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the text of an XML document; entities are not expanded, nothing is fetched."""
    if path.stat().st_size > MAX_BYTES:
        limit = MAX_BYTES // 1024**2
        raise ParseError(f"{name} is over the limit of {limit} MB for XML: split it.")
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip():
        return iter(())
    if b"<" not in head or signature(head):
        raise ParseError(f"{name} is not XML; it seems to be {seems_to_be(head)}.")
    return paginate(_with_attributes_if_silent(path, name), options)
