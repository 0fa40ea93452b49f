"""OpenDocument texts (odt, ott, fodt): headings, paragraphs, lists and tables in their order."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.parsing.base import ParseOptions
from rag.parsing.office.notes import Notes, with_notes
from rag.parsing.office.ooxml import attribute, child, local_name
from rag.parsing.office.opendocument.inline import HIDDEN, Inline, Written
from rag.parsing.office.opendocument.numbering import (
    Level,
    Numbers,
    heading_levels,
    list_levels,
)
from rag.parsing.office.opendocument.source import Source, open_document
from rag.parsing.office.opendocument.tables import table_blocks
from rag.parsing.paging import paginate
from rag.parsing.rows import said_span, tables_of
from rag.types import Block, BlockKind, Page

_SILENT = frozenset({"tracked-changes", "table-of-content", "sequence-decls", "forms"})
_TITLE = "Title"
_MOST_LEVEL = 6
_DEEPEST = 40

TOO_DEEP = f"parts that stand over {_DEEPEST} deep in others were left out"


class TextReader:
    """Reads what stands in a text, a cell or a box."""

    def __init__(self, source: Source, notes: Notes, *, hidden: bool) -> None:
        """Read with the styles of a document; what is left out comes into the notes."""
        self._source = source
        self._notes = notes
        self._hidden = hidden
        self.inline = Inline(source, hidden=hidden)
        self._lists = list_levels(source)
        self._outline = Numbers(heading_levels(source))
        self._counts: dict[str, Numbers] = {}

    def document(self) -> Iterator[Block]:
        """Yield headers, body and footers."""
        yield from self._furniture("header")
        yield from self.flow(self._source.body)
        yield from self._furniture("footer")

    def flow(self, elements: Iterable[Any], depth: int = 0) -> Iterator[Block]:
        """Yield what elements say, in order."""
        if depth >= _DEEPEST:
            self._notes.add(TOO_DEEP)
            return
        for element in elements:
            name = local_name(element)
            if name in {"p", "h"}:
                yield from self._paragraph(element)
            elif name == "list":
                yield from self._list(element, depth)
            elif name == "table":
                yield from table_blocks(element, self.inline)
            elif name in {"frame", "custom-shape"}:
                yield from self._hanging(self._framed(element), depth)
            elif name and name not in _SILENT and self._shows(element):
                yield from self.flow(element, depth + 1)

    def _shows(self, element: Any) -> bool:
        """Return whether a section is to be read; one that is hidden is noted."""
        if attribute(element, "display") != "none" or self._hidden:
            return True
        self._notes.add(HIDDEN)
        return False

    def _framed(self, element: Any) -> Written:
        """Return what stands in a frame that is anchored to a page."""
        box = child(element, "text-box") if local_name(element) == "frame" else element
        return Written(boxes=[box] if box is not None else [])

    def _furniture(self, kind: str) -> Iterator[Block]:
        seen = set()
        for master in self._source.all("master-page"):
            part = child(master, kind)
            text = self.inline.plain(part) if part is not None else ""
            if text and text not in seen:
                seen.add(text)
                yield Block(text=text)

    def _paragraph(self, paragraph: Any, label: str = "") -> Iterator[Block]:
        written = self.inline.written(paragraph)
        style = self._source.style(paragraph)
        text = written.text
        if local_name(paragraph) == "h":
            level = said_span(attribute(paragraph, "outline-level"), absent=1)
            counts = text and attribute(paragraph, "is-list-header") != "true"
            label = label or (self._outline.label(level) if counts else "")
            yield from self._heading(f"{label} {text}", min(max(level, 1), _MOST_LEVEL))
        elif _TITLE in style.names:
            yield from self._heading(text, 0)
        elif text:
            yield Block(text=f"{label} {text}".strip())
        yield from self._hanging(written, 0)

    def _heading(self, text: str, level: int) -> Iterator[Block]:
        if text.strip():
            yield Block(text=" ".join(text.split()), kind=BlockKind.HEADING, level=level)

    def _hanging(self, written: Written, depth: int) -> Iterator[Block]:
        """Yield notes, comments and boxes of what was read."""
        if written.hides:
            self._notes.add(HIDDEN)
        yield from (Block(text=text) for text in (*written.notes, *written.remarks))
        for box in written.boxes:
            yield from self.flow(box, depth + 1)

    def _list(
        self, element: Any, depth: int, level: int = 1, numbers: Numbers | None = None
    ) -> Iterator[Block]:
        numbers = numbers or self._numbers(element)
        if depth >= _DEEPEST:
            self._notes.add(TOO_DEEP)
            return
        for item in element:
            counts = local_name(item) == "list-item"
            start = said_span(attribute(item, "start-value"), absent=0)
            label = ""
            for inner in item:
                name = local_name(inner)
                if name in {"p", "h"}:
                    if counts:
                        label = numbers.label(level, start)
                    yield from self._paragraph(inner, label)
                    counts, label = False, ""
                elif name == "list":
                    yield from self._list(inner, depth + 1, level + 1, numbers)
                else:
                    yield from self.flow([inner], depth + 1)

    def _numbers(self, element: Any) -> Numbers:
        """Return the counter of a list, which may go on with that of one before it."""
        style = attribute(element, "style-name")
        goes_on = attribute(element, "continue-numbering") == "true"
        before = attribute(element, "continue-list") or (style if goes_on else "")
        levels: Mapping[int, Level] = self._lists.get(style, {})
        found = self._counts.get(before) or Numbers(levels)
        self._counts[style] = found
        if identity := attribute(element, "id"):
            self._counts[identity] = found
        return found


def _blocks(path: Path, name: str, notes: Notes, options: ParseOptions) -> Iterator[Block]:
    with open_document(path, name, "text") as source, tables_of(name):
        yield from TextReader(source, notes, hidden=options.hidden).document()


def parse_text_document(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield headers, body and footers; pages are slices of them."""
    notes = Notes()
    return with_notes(paginate(_blocks(path, name, notes, options), options), notes)
