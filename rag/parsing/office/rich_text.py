"""Rich text (rtf): paragraphs with headings and numbers, tables, notes, without what is deleted."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from rag.errors import EmptyFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office.converted import parse_converted
from rag.parsing.office.notes import Notes, with_notes
from rag.parsing.paging import paginate
from rag.parsing.tables.headers import Row, Span
from rag.parsing.tables.sheets import sheet_blocks
from rag.shortening import shortened
from rag.types import Block, BlockKind, Page

MAX_BYTES = 64 * 1024**2
HIDDEN_TEXT = "hidden text was left out"

_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.IGNORECASE,
)
_MAGIC = b"{\\rtf"
_SILENT_WORDS = (
    "fonttbl colortbl info pict object header headerl headerr headerf footer footerl footerr "
    "footerf generator themedata listtable listoverridetable nonesttables sp shppict nonshppict "
    "datafield bkmkstart bkmkend xe tc txe rxe"
)
_SILENT = frozenset(_SILENT_WORDS.split())
_LOUD = frozenset({"shptxt", "fldrslt", "listtext", "pntext", "ud"})
_SAID = {
    "line": "\n", "tab": "\t", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "endash": "–", "emdash": "—", "enspace": " ", "emspace": " ", "nestcell": " | ",
    "nestrow": "\n",
}  # fmt: skip
_SIGNS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\r": "\n", "\n": "\n"}
_ENDS = frozenset({"par", "sect", "page", "cell", "row"})
_CODE_PAGES = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250",
}  # fmt: skip
"""Codecs of the character sets of fonts (\\fcharset); others are that of the document."""

_HEADING = re.compile(r"(?i)(?:heading|überschrift|titre|título|titolo|kop|заголовок) ?([1-9])$")
_LINK = re.compile(r'HYPERLINK\s+"(https?://[^"]{1,2000})"')
_MOST_CELLS = 1000
_NEAR = 40
"""Twips: edges that are so close are one."""


@dataclass(frozen=True, slots=True)
class _State:
    """What holds up to the end of a group."""

    silent: bool = False
    hidden: bool = False
    deleted: bool = False
    font: int = -1
    skip: int = 1
    into: str = ""
    link: str = ""


@dataclass(slots=True)
class _Gathered:
    """What is read of a paragraph: its text, its notes, its style and whether it is in a table."""

    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    style: int = -1
    level: int = -1
    in_table: bool = False

    @property
    def text(self) -> str:
        """Return the text, with pairs of code units as one letter."""
        said = "".join(self.parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return said.strip(" \t\n")


class _Row(NamedTuple):
    """A row of a table: its cells, their right edges in twips, and how they are merged."""

    cells: list[str]
    edges: list[int]
    merges: list[str]


class _Reader:
    """Follows the words of rich text."""

    def __init__(self, markup: str, notes: Notes, *, hidden: bool) -> None:
        self._markup = markup
        self._notes = notes
        self._keep_hidden = hidden
        found = re.search(r"\\ansicpg(\d{3,5})", markup[:2000])
        self._codec = f"cp{found[1]}" if found else "cp1252"
        self._fonts: dict[int, str] = {}
        self._levels: dict[int, int] = {}
        self._stack: list[_State] = []
        self._state = _State()
        self._bytes = bytearray()
        self._skips = 0
        self._starred = False
        self._now = _Gathered()
        self._aside: dict[str, list[str]] = {"note": [], "style": [], "field": []}
        self._style = -1
        self._cells: list[str] = []
        self._merges: list[str] = []
        self._merge = ""
        self._edges: list[int] = []

    def items(self) -> Iterator[_Row | _Gathered]:
        """Yield the paragraphs and rows in order."""
        at = 0
        while found := _TOKEN.match(self._markup, at):
            at = found.end()
            word, number = found[1], found[2]
            if found[3]:
                self._add_byte(int(found[3], 16))
                continue
            self._flush()
            if word == "bin":
                at += max(int(number or 0), 0)
            elif word in _ENDS and not self._state.into:
                yield from self._end(word)
            else:
                self._take(found)
        self._flush()
        yield from self._end("par")

    def _take(self, found: re.Match[str]) -> None:
        word, number, _, sign, brace, text = found.groups()
        if word:
            self._word(word, int(number) if number else None)
        elif brace:
            self._brace(brace)
        elif sign:
            self._sign(sign)
        elif text:
            self._say(text)

    def level(self, paragraph: _Gathered) -> int:
        """Return the level of a heading, from 1; 0 for a paragraph that is none."""
        own = paragraph.level + 1 if 0 <= paragraph.level < 9 else 0  # noqa: PLR2004 - levels
        return own or self._levels.get(paragraph.style, 0)

    def _brace(self, brace: str) -> None:
        self._starred = False
        if brace == "{":
            self._stack.append(self._state)
        elif self._stack:
            closed, self._state = self._state, self._stack.pop()
            if closed.into != self._state.into:
                self._close(closed.into)
            if closed.link and not self._state.link:
                self._say(closed.link)

    def _close(self, into: str) -> None:
        """Take what a group held that stands aside: a note, the name of a style, a field."""
        said = " ".join("".join(self._aside[into]).split())
        if into == "field":
            return
        self._aside[into].clear()
        if into == "note" and said:
            self._now.notes.append(said)
        elif into == "style" and self._style >= 0 and (found := _HEADING.match(said.rstrip(";"))):
            self._levels[self._style] = int(found[1])

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._starred = True
        elif sign in _SIGNS:
            self._say(_SIGNS[sign])

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word in _SAID:
            self._say(_SAID[word])
        elif word == "u" and number is not None:
            self._say(chr(number % 0x10000))
            self._skips = self._state.skip
        elif word in {"footnote", "annotation"}:
            self._state = replace(self._state, into="note", silent=False)
        elif word == "stylesheet":
            self._state = replace(self._state, into="style")
        elif word == "fldinst":
            self._aside["field"].clear()
            self._state = replace(self._state, into="field", silent=False)
        elif word in _LOUD:
            link = self._link() if word == "fldrslt" else ""
            self._state = replace(self._state, silent=False, link=link)
        elif word in _SILENT or (starred and self._state.into != "style"):
            self._state = replace(self._state, silent=True)
        else:
            self._format(word, number)

    def _format(self, word: str, number: int | None) -> None:
        """Take what is said of letters, paragraphs, styles, fonts and cells."""
        is_on = number != 0
        if word == "v":
            self._state = replace(self._state, hidden=is_on)
        elif word == "deleted":
            self._state = replace(self._state, deleted=is_on)
        elif word == "plain":
            self._state = replace(self._state, hidden=False, deleted=False)
        elif word == "f":
            self._state = replace(self._state, font=number or 0)
        elif word == "fcharset" and self._state.silent:
            self._fonts[self._state.font] = _CODE_PAGES.get(number or 0, self._codec)
        elif word == "uc":
            self._state = replace(self._state, skip=min(number or 0, 8))
        else:
            self._paragraph(word, number)

    def _paragraph(self, word: str, number: int | None) -> None:
        if self._state.into == "style":
            self._style_of(word, number)
        elif self._state.into or self._state.silent:
            return
        elif word == "pard":
            self._now.style, self._now.level, self._now.in_table = -1, -1, False
        elif word == "s":
            self._now.style = -1 if number is None else number
        elif word == "outlinelevel":
            self._now.level = number or 0
        elif word == "intbl":
            self._now.in_table = True
        else:
            self._table(word, number)

    def _style_of(self, word: str, number: int | None) -> None:
        """Take what the list of styles says of one."""
        if word == "s":
            self._close("style")
            self._style = -1 if number is None else number
        elif word == "outlinelevel":
            self._levels.setdefault(self._style, (number or 0) + 1)

    def _table(self, word: str, number: int | None) -> None:
        """Take what is said of the cells of a row before they come."""
        if word == "trowd":
            self._merges, self._edges, self._merge = [], [], ""
        elif word in {"clvmrg", "clmrg", "clmgf"}:
            self._merge = word
        elif word == "cellx":
            self._merges, self._merge = [*self._merges, self._merge], ""
            self._edges = [*self._edges, number or 0]

    def _end(self, word: str) -> Iterator[_Row | _Gathered]:
        """End a paragraph, a cell or a row; inside of a table a paragraph goes on in its cell."""
        now = self._now
        if self._state.silent or (self._state.deleted and word == "par"):
            return
        if word == "par" and now.in_table:
            now.parts.append("\n")
        elif word == "cell":
            if len(self._cells) < _MOST_CELLS:
                self._cells.append("\n".join(filter(None, (now.text, *now.notes))))
            self._now = _Gathered(style=now.style, level=now.level, in_table=True)
        elif word == "row":
            if self._cells:
                yield self._row()
            self._now = _Gathered()
        else:
            self._now = _Gathered(style=now.style, level=now.level)
            if now.text or now.notes:
                yield now

    def _row(self) -> "_Row":
        row = _Row(self._cells, self._edges, self._merges)
        self._cells = []
        return row

    def _link(self) -> str:
        """Return the address of the field that was read last, once."""
        found = _LINK.search("".join(self._aside["field"]))
        self._aside["field"].clear()
        return f" ({found[1]})" if found else ""

    def _add_byte(self, byte: int) -> None:
        if self._skips:
            self._skips -= 1
        elif self._speaks():
            self._bytes.append(byte)

    def _speaks(self) -> bool:
        if self._state.hidden and not self._keep_hidden and not self._state.silent:
            self._notes.add(HIDDEN_TEXT)
            return False
        return not (self._state.silent or self._state.deleted)

    def _say(self, text: str) -> None:
        skipped = min(self._skips, len(text))
        self._skips = 0
        if self._speaks() and len(text) > skipped:
            into = self._aside.get(self._state.into, self._now.parts)
            into.append(text[skipped:])

    def _flush(self) -> None:
        if not self._bytes:
            return
        data, self._bytes = bytes(self._bytes), bytearray()
        codec = self._fonts.get(self._state.font, self._codec)
        try:
            said = data.decode(codec, "replace")
        except LookupError:
            said = data.decode("cp1252", "replace")
        self._say(said)


def _table(rows: Sequence[_Row]) -> Iterator[Row]:
    """Yield the rows of a table with their cells in the columns that their edges make."""
    edges: list[int] = []
    for edge in sorted({edge for row in rows for edge in row.edges}):
        if not edges or edge - edges[-1] > _NEAR:
            edges.append(edge)
    above: dict[int, str] = {}
    for row in rows:
        cells: list[str] = []
        spans: list[Span] = []
        for place, text in enumerate(row.cells):
            start = len(cells)
            merge = row.merges[place] if place < len(row.merges) else ""
            said = text or (shortened(above.get(start, "")) if merge == "clvmrg" else "")
            end = bisect_right(edges, row.edges[place] + _NEAR) if place < len(row.edges) else 0
            cells += [said, *[""] * (min(end, _MOST_CELLS) - start - 1)]
            if merge == "clmrg" and spans:
                spans[-1] = (spans[-1][0], len(cells) - 1)
            elif len(cells) > start + 1 or merge == "clmgf":
                spans.append((start, len(cells) - 1))
        above = dict(enumerate(cells))
        yield Row(cells, tuple(span for span in spans if span[1] > span[0]))


def _blocks(markup: str, notes: Notes, *, hidden: bool) -> Iterator[Block]:
    reader = _Reader(markup, notes, hidden=hidden)
    rows: list[_Row] = []
    for item in reader.items():
        if isinstance(item, _Row):
            rows.append(item)
            continue
        yield from sheet_blocks(_table(rows))
        rows = []
        text, level = " ".join(item.text.split("\t")), reader.level(item)
        if text and level:
            yield Block(" ".join(text.split()), BlockKind.HEADING, level=level)
        elif text:
            yield Block(text)
        yield from map(Block, item.notes)
    yield from sheet_blocks(_table(rows))


def parse_rich_text(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the paragraphs and tables of rich text; pages are slices of them.

    What is called so and is something else is read as that, or refused.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB: split it.")
    data = path.read_bytes()
    if not data.strip():
        raise EmptyFileError(f"{name} is empty.")
    if not data.lstrip().lower().startswith(_MAGIC):
        return parse_converted(path, name, options)
    notes = Notes()
    blocks = _blocks(data.decode("latin-1"), notes, hidden=options.hidden)
    return with_notes(paginate(blocks, options), notes)
