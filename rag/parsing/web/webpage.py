"""Web pages: headings, paragraphs, lists, tables and preformatted text, without decoration."""

import re
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.decoding import decode
from rag.parsing.paging import paginate
from rag.parsing.rows import CellRoom, said_span, table_blocks, tables_of
from rag.parsing.text.plain import text_blocks
from rag.shortening import shortened
from rag.types import Block, BlockKind, Page

MAX_BYTES = 64 * 1024 * 1024
"""Larger pages are refused: the tree of a page takes some ten times its size."""

_MAX_DEPTH = 1000
"""Deeper nesting is read without structure: the parser's time grows with its square."""

_MAX_ATTRIBUTES = 2000
_ATTRIBUTE = re.compile(r"""[^\s=/"'<>]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>]*+))?+""")

_SAMPLE_BYTES = 4096
_DROPPED_TAGS = (
    "script style noscript template nav svg iframe object embed button select datalist -comment "
    "head canvas audio video ix:header"
)
_DROPPED = frozenset(_DROPPED_TAGS.split())
_BLOCKS_TAGS = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main ol p pre "
    "section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCKS_TAGS.split())
_VOID_TAGS = (
    "area base br col embed hr img input link meta param source track wbr p li td th tr dt dd "
    "option thead tbody tfoot colgroup"
)
_VOID = frozenset(_VOID_TAGS.split())
_CHARSET = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*+)([^<>]*+)>")
# Nothing is tried twice: where one tag is never closed, the search would take the square of it.
_ANY_TAG = re.compile(r"<[^<>]*>")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_SKIP = True


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


def _is_dropped(node: LexborNode) -> bool:
    tag = node.tag or ""
    if tag in _DROPPED:
        return True
    return not tag.startswith("-") and bool(_HIDDEN.search(node.attributes.get("style") or ""))


def _walk(root: LexborNode) -> Generator[tuple[LexborNode, bool], bool | None, None]:
    """Yield each node below `root` when it is entered (True) and left (False), without recursion.

    A consumer that sends True back for an entered node leaves out what is inside it.
    """
    pending = [(root, True)]
    while pending:
        node, entering = pending.pop()
        skip = yield node, entering
        if skip:
            yield node, entering
        elif entering and node.child is not None:
            pending.append((node, False))
            children = [child for child in node.iter(include_text=True) if not _is_dropped(child)]
            pending.extend((child, True) for child in reversed(children))
        elif entering:
            pending.append((node, False))


def _inline(node: LexborNode) -> str:
    """Return what a node adds to the running text of its paragraph."""
    if node.tag == "-text":
        return node.text_content or ""
    if node.tag == "br":
        return "\n"
    return f" {node.attributes.get('alt') or ''} " if node.tag == "img" else ""


def _squeeze(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _cell(node: LexborNode) -> str:
    parts = []
    for inner, entering in _walk(node):
        if entering and inner.tag == "-text":
            parts.append(" ".join(f"|{inner.text_content or ''}|".split())[1:-1])
        elif entering:
            parts.append(_inline(inner))
        if inner.tag in _BLOCKS:
            parts.append(" ")
    return " ".join("".join(parts).split())


def _span(cell: LexborNode, name: str) -> int:
    """Return how many columns or rows a cell covers."""
    return max(said_span(cell.attributes.get(name) or "", absent=1), 1)


class _Rows:
    """Reads the rows of a table; a cell over several rows is part of each of them."""

    def __init__(self) -> None:
        self._covered: dict[int, tuple[int, str]] = {}
        self._group: int | None = None
        self._room = CellRoom()

    def read(self, row: LexborNode) -> list[str]:
        """Return a row's cells, of which one over several columns fills the first."""
        group = row.parent.mem_id if row.parent is not None else None
        if group != self._group:
            # A cell ends with the head, body or foot of the table that it is in.
            self._covered, self._group = {}, group
        cells: list[str] = []
        for cell in row.iter():
            if cell.tag in {"td", "th"}:
                self._carry_on(cells)
                self._add(cell, cells)
        self._carry_on(cells)
        return cells

    def _carry_on(self, cells: list[str]) -> None:
        """Insert what cells of the rows above cover from here on."""
        while covered := self._covered.pop(len(cells), None):
            rows, text = covered
            if rows > 1:
                self._covered[len(cells)] = (rows - 1, text)
            cells.append(text)
            self._room.take(1, 0)

    def _add(self, cell: LexborNode, cells: list[str]) -> None:
        rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
        said = _cell(cell)
        self._room.take(columns, bool(said))
        for text in (said, *[""] * (columns - 1)):
            if rows > 1:
                self._covered[len(cells)] = (rows - 1, shortened(text))
            cells.append(text)


def _is_data(table: LexborNode) -> bool:
    """Distinguish a table of data from one that only lays out the page."""
    if table.css_first("table table, td h1, td h2, td h3") is not None:
        return False
    return any(len(list(row.iter())) > 1 for row in table.css("tr"))


class _Reader:
    """Gathers running text and hands it out as a block wherever a block element begins or ends."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._preformatted = 0

    def flush(self, node: LexborNode | None = None) -> Iterator[Block]:
        """Yield what was gathered before the end of `node`, or before another block."""
        raw = "".join(self._parts)
        self._parts.clear()
        tag = (node.tag or "") if node is not None else ""
        text = raw.strip("\n").rstrip() if self._preformatted else _squeeze(raw)
        if not text.strip():
            return
        if self._preformatted:
            yield Block(text=text, kind=BlockKind.CODE)
        elif len(tag) == len("h1") and tag[0] == "h" and tag[1].isdecimal():
            yield Block(text=text.replace("\n", " "), kind=BlockKind.HEADING, level=int(tag[1]))
        else:
            yield Block(text=f"- {text}" if tag == "li" else text)

    def enter(self, node: LexborNode) -> Iterator[Block]:
        """Process the text of `node` itself; a block element closes the paragraph before it."""
        if node.tag in _BLOCKS:
            yield from self.flush()
        if node.tag == "pre":
            self._preformatted += 1
        text = _inline(node)
        if node.tag == "-text" and not self._preformatted:
            text = re.sub(r"\s+", " ", text)
        self._parts.append(text)

    def leave(self, node: LexborNode) -> Iterator[Block]:
        """Close the paragraph that a block element holds."""
        if node.tag in _BLOCKS:
            yield from self.flush(node)
        if node.tag == "pre":
            self._preformatted -= 1


def _blocks_below(root: LexborNode) -> Iterator[Block]:
    reader = _Reader()
    walk = _walk(root)
    for node, entering in walk:
        if not entering:
            yield from reader.leave(node)
        elif node.tag == "table" and _is_data(node):
            yield from reader.flush()
            caption = node.css_first("caption")
            title = _cell(caption) if caption is not None else ""
            yield from table_blocks(map(_Rows().read, node.css("tr")), title)
            walk.send(_SKIP)
        else:
            yield from reader.enter(node)
    yield from reader.flush()


def html_blocks(markup: str) -> Iterator[Block]:
    """Yield the title and the blocks of a web page in reading order."""
    if _is_too_deep(markup):
        yield from text_blocks(_ANY_TAG.sub(" ", markup))
        return
    tree = LexborHTMLParser(markup)
    title = tree.css_first("head > title")
    if title is not None and title.text(strip=True):
        yield Block(text=_squeeze(title.text()), kind=BlockKind.HEADING, level=1)
    if tree.body is not None:
        yield from _blocks_below(tree.body)


def declared_charset(data: bytes) -> str:
    """Return the encoding that a web page names in its first lines; empty if it names none."""
    match = _CHARSET.search(data[:_SAMPLE_BYTES])
    return match[1].decode("ascii", "replace") if match else ""


def parse_html(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the blocks of a web page; pages are slices of it."""
    if path.stat().st_size > MAX_BYTES:
        limit = MAX_BYTES // 1024**2
        raise ParseError(f"{name} is larger than the {limit} MB a web page may have: split it.")
    data = path.read_bytes()
    with tables_of(name):
        yield from paginate(html_blocks(decode(data, name, declared_charset(data))), options)
