"""Web pages: headings, paragraphs, lists, tables and preformatted text, without decoration."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.decoding import decode
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.parsing.text.plain import text_blocks
from rag.parsing.web.inline import Inline
from rag.parsing.web.lists import Lists
from rag.parsing.web.tables import is_data, table_of
from rag.parsing.web.visible import Visible
from rag.parsing.web.walking import BLOCKS, SKIP, Walk
from rag.types import Block, BlockKind, Page

MAX_BYTES = 64 * 1024 * 1024
"""Larger pages are refused: the tree of a page takes some ten times its size."""

_MAX_DEPTH = 1000
"""Deeper nesting is read without structure: the parser's time grows with its square."""

_MAX_ATTRIBUTES = 2000
_ATTRIBUTE = re.compile(r"""[^\s=/"'<>]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>]*+))?+""")

_SAMPLE_BYTES = 4096
_VOID_TAGS = (
    "area base br col embed hr img input link meta param source track wbr p li td th tr dt dd "
    "option thead tbody tfoot colgroup"
)
_VOID = frozenset(_VOID_TAGS.split())
_CHARSET = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_XML = re.compile(r"\s*(?:<\?xml|<!DOCTYPE[^>]{0,200}XHTML|<html[^>]{0,300}xmlns)", re.IGNORECASE)
_EMPTY = re.compile(
    r"<((?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)"
    r"[a-zA-Z][\w:]*+)([^<>]*+)(?<=/)>"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*+)([^<>]*+)>")
_BLANKS = re.compile(r"\s+")
_LONGEST_PIECE = 1 << 18
"""In characters; a longer text without a tag is several paragraphs."""

# Nothing is tried twice: where one tag is never closed, the search would take the square of it.
_ANY_TAG = re.compile(r"<[^<>]*>")


def _is_too_deep(markup: str) -> bool:
    """Estimate from the tags alone whether elements nest deeper than the parser bears.

    An end tag counts where an element of its name is open: others close nothing. Attributes
    without end are as bad: each is compared with all before it.
    """
    opened: Counter[str] = Counter()
    depth = 0
    for match in _TAG.finditer(markup):
        name, rest = match[2].lower(), match[3]
        if len(rest) > _MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(rest)) > _MAX_ATTRIBUTES:
            return True
        if rest.endswith("/") or name in _VOID or (match[1] and not opened[name]):
            continue
        step = -1 if match[1] else 1
        opened[name] += step
        depth += step
        if depth > _MAX_DEPTH:
            return True
    return False


def _pieces(text: str) -> Iterator[str]:
    """Yield a very long text in pieces that end at blanks, as all its words at once take much."""
    start = 0
    while len(text) - start > _LONGEST_PIECE:
        end = max(text.rfind(" ", start, start + _LONGEST_PIECE), start)
        end = end if end > start else start + _LONGEST_PIECE
        yield text[start:end]
        start = end
    yield text[start:] if start else text


def _squeeze(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _level(node: LexborNode) -> int:
    """Return the level of a heading; 0 for any other element."""
    tag = node.tag or ""
    if len(tag) == len("h1") and tag[0] == "h" and tag[1].isdecimal():
        return int(tag[1])
    attributes = node.attributes if tag in {"div", "p", "span"} else {}
    if attributes.get("role") != "heading":
        return 0
    said = attributes.get("aria-level") or ""
    return int(said) if said in set("123456") else 2


class _Reader:
    """Gathers running text and hands it out as a block wherever a block element begins or ends."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._lists = Lists()
        self._parts: list[str] = []
        self._preformatted = 0
        self._headings = 0
        self._mark = ""

    def flush(self, node: LexborNode | None = None) -> Iterator[Block]:
        """Yield what was gathered before the end of `node`, or before another block."""
        raw = "".join(self._parts)
        self._parts.clear()
        text = raw.strip("\n").rstrip() if self._preformatted else _squeeze(raw)
        if not text.strip():
            return
        level = _level(node) if node is not None else 0
        mark, self._mark = self._mark, ""
        if self._preformatted:
            yield from [Block(text=mark.rstrip())] if mark.strip("- ") else []
            yield Block(text=text, kind=BlockKind.CODE)
        elif level:
            text = f"{mark if mark != '- ' else ''}{text}".replace("\n", " ")
            yield Block(text=text, kind=BlockKind.HEADING, level=level)
        else:
            yield Block(text=mark + text)

    def enter(self, node: LexborNode) -> Iterator[Block]:
        """Process the text of `node` itself; a block element closes the paragraph before it."""
        if node.tag in BLOCKS:
            yield from self.flush()
            self._open(node)
        text = self._inline.text(node)
        if node.tag != "-text" or self._preformatted:
            self._parts.append(text)
            return
        for number, piece in enumerate(_pieces(text)):
            if number:
                yield from self.flush()
            self._parts.append(_BLANKS.sub(" ", piece))

    def _open(self, node: LexborNode) -> None:
        self._headings += bool(_level(node))
        if node.tag == "pre":
            self._preformatted += 1
        elif node.tag in {"ol", "ul", "menu"}:
            self._lists.enter(node)
        elif node.tag == "li":
            self._mark = self._lists.mark(node)

    def add(self, text: str) -> None:
        """Add the text of an element that is read as a whole."""
        self._parts.append(text)

    def leave(self, node: LexborNode) -> Iterator[Block]:
        """Close the paragraph that a block element holds, or say where a link leads."""
        if node.tag == "a" and not self._headings and any(map(str.strip, self._parts)):
            self._parts.append(self._inline.target(node))
        if node.tag not in BLOCKS:
            return
        if node.tag == "dt":
            self._define()
            return
        yield from self.flush(node)
        self._headings -= bool(_level(node))
        if node.tag == "pre":
            self._preformatted -= 1
        elif node.tag in {"ol", "ul", "menu"}:
            self._lists.leave()
        elif node.tag in {"dl", "li"}:
            yield from self._rest()

    def _define(self) -> None:
        """Keep a term for the definition that follows it."""
        term = _squeeze("".join(self._parts)).replace("\n", " ")
        self._parts.clear()
        if term:
            self._mark = f"{self._mark}{term}: "

    def _rest(self) -> Iterator[Block]:
        """Yield a term that nothing defines; forget the mark of an empty item."""
        mark, self._mark = self._mark, ""
        if mark.endswith(": "):
            yield Block(text=mark.removesuffix(": "))


def _blocks_below(root: LexborNode, walk: Walk, inline: Inline) -> Iterator[Block]:
    reader = _Reader(inline)
    below = walk.below(root)
    for node, entering in below:
        if not entering:
            yield from reader.leave(node)
        elif node.tag == "table" and is_data(node):
            yield from reader.flush()
            yield from table_of(node, walk, inline)
            below.send(SKIP)
        elif (whole := inline.whole(node)) is not None:
            reader.add(whole)
            below.send(SKIP)
        else:
            yield from reader.enter(node)
    yield from reader.flush()


def _main_blocks(tree: LexborHTMLParser, root: LexborNode) -> Iterator[Block]:
    """Yield the blocks of what a page is about; where nothing is left, those of more of it.

    A page may say all in what others have around it, or wait for a script to show it.
    """
    inline = Inline(tree)
    for sheets, furniture in ((True, True), (False, True), (False, False)):
        walk = Walk(Visible(tree, sheets=sheets, furniture=furniture))
        blocks = _blocks_below(root, walk, inline)
        first = next(blocks, None)
        if first is not None:
            yield first
            yield from blocks
            return


def html_blocks(markup: str, *, titled: bool = True) -> Iterator[Block]:
    """Yield the title, if it is wanted, and the blocks of a web page in reading order."""
    if _XML.match(markup):
        # To HTML an element without content that closes itself is open.
        markup = _EMPTY.sub(r"<\1\2></\1>", markup)
    if _is_too_deep(markup):
        yield from text_blocks(_ANY_TAG.sub(" ", markup))
        return
    tree = LexborHTMLParser(markup)
    del markup  # The tree has its own; both are as large as the page.
    title = tree.css_first("head > title")
    if titled and title is not None and title.text(strip=True):
        yield Block(text=_squeeze(title.text()), kind=BlockKind.HEADING, level=1)
    if tree.body is not None:
        yield from _main_blocks(tree, tree.body)


def declared_charset(data: bytes) -> str:
    """Return the encoding that a web page names in its first lines; empty if it names none."""
    match = _CHARSET.search(data[:_SAMPLE_BYTES])
    return match[1].decode("ascii", "replace") if match else ""


def parse_html(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the blocks of a web page; pages are slices of it."""
    if path.stat().st_size > MAX_BYTES:
        limit = MAX_BYTES // 1024**2
        raise ParseError(f"{name} is larger than the {limit} MB a web page may have: split it.")
    with tables_of(name):
        yield from paginate(html_blocks(_markup(path, name)), options)


def _markup(path: Path, name: str) -> str:
    data = path.read_bytes()
    return decode(data, name, declared_charset(data))
