"""Word documents (docx and its kin, also Strict), read from their XML as it streams by."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.parsing.base import ParseOptions
from rag.parsing.office.embedded import embedded_blocks, embedded_files
from rag.parsing.office.notes import Notes, with_notes
from rag.parsing.office.ooxml import Package, attribute, chart_text, local_name, open_package
from rag.parsing.office.pictures import Pictures
from rag.parsing.office.sheets.surroundings import drawing_text
from rag.parsing.office.words.inline import Inline
from rag.parsing.office.words.numbering import Numbering
from rag.parsing.office.words.styles import (
    NO_STYLE,
    TITLE_LEVEL,
    Style,
    paragraph_properties,
    read_styles,
)
from rag.parsing.office.words.tables import cell_text, table_rows
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.shortening import LONGEST_REPEATED
from rag.types import Block, BlockKind, Page

_WRAPPERS = frozenset({"sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml"})
_FLOW = frozenset({"p", "tbl", "altChunk"})
_NOTES = ("footnotes", "endnotes")
_SEPARATORS = frozenset({"separator", "continuationSeparator", "continuationNotice"})


def _flow(elements: Iterable[Any]) -> Iterator[Any]:
    """Yield paragraphs, tables and embedded documents in order, out of whatever wraps them."""
    for element in elements:
        name = local_name(element)
        if name in _FLOW:
            yield element
        elif name in _WRAPPERS:
            yield from _flow(element)


def _is_inside(element: Any, *names: str) -> bool:
    return any(local_name(ancestor) in names for ancestor in element.iterancestors())


class _Document:
    """Reads one document: its parts in the order in which people see them."""

    def __init__(self, package: Package, remarks: Notes, options: ParseOptions) -> None:
        self._package = package
        self._remarks = remarks
        self._options = options
        self._main = package.main_part("word/document.xml")
        self._styles = read_styles(package, self._main)
        self._numbering = Numbering(package, self._main, self._styles)
        self._notes: dict[str, Mapping[str, str]] = {}
        self._comments = dict(self._texts_of("comments"))
        self._notes.update({kind: dict(self._texts_of(kind)) for kind in _NOTES})
        self._inline = self._reader()
        self._pictures = Pictures(package, remarks, options)
        self._commented: set[str] = set()
        self._caption: Block | None = None

    def _reader(self) -> Inline:
        return Inline(self._styles, self._notes, self._remarks, hidden=self._options.hidden)

    def blocks(self) -> Iterator[Block]:
        """Yield headers, body, charts, what notes and comments are left, and footers."""
        yield from self._attached("header")
        yield from self._blocks(
            self._package.children(self._main, "body", *sorted(_FLOW | _WRAPPERS))
        )
        yield from self._drawn()
        yield from embedded_files(self._package, self._main, self._remarks, self._options)
        yield from self._pictures.blocks(self._main)
        yield from self._left_over()
        yield from self._attached("footer")

    def _texts_of(self, kind: str) -> Iterator[tuple[str, str]]:
        """Yield the id and the text of each note or comment, with no marks in it."""
        write = self._reader().text
        for part in self._package.related(self._main, kind):
            root = self._package.read(part)
            for number, note in enumerate(root if root is not None else ()):
                text = " ".join(cell_text(note, write).split())
                if text and attribute(note, "type") not in _SEPARATORS:
                    yield attribute(note, "id", f"unnamed {number}"), text

    def _left_over(self) -> Iterator[Block]:
        seen: set[str] = set()
        for kind, texts in self._notes.items():
            for identity, text in texts.items():
                if (kind, identity) not in self._inline.told and text not in seen:
                    seen.add(text)
                    yield Block(text=text)
        for identity, text in self._comments.items():
            if identity not in self._commented and text not in seen:
                seen.add(text)
                yield Block(text=text)

    def _attached(self, kind: str) -> Iterator[Block]:
        """Yield what headers or footers say, each text once."""
        seen = set()
        for part in self._package.related(self._main, kind):
            root = self._package.read(part)
            text = cell_text(root, self._inline.text) if root is not None else ""
            if text and text not in seen:
                seen.add(text)
                yield Block(text=text)

    def _drawn(self) -> Iterator[Block]:
        """Yield what charts and diagrams say."""
        for part in self._package.related(self._main, "chart", "diagramData"):
            root = self._package.read(part)
            if root is None:
                continue
            is_diagram = local_name(root) == "dataModel"
            text = drawing_text(root) if is_diagram else chart_text(root)
            yield from [Block(text=text)] if text else []

    def _blocks(self, elements: Iterable[Any]) -> Iterator[Block]:
        for element in _flow(elements):
            name = local_name(element)
            if name == "tbl":
                yield from self._table(element)
                continue
            yield from self._release()
            if name == "altChunk":
                yield from self._chunk(attribute(element, "id"))
            else:
                yield from self._paragraph(element)
        yield from self._release()

    def _table(self, table: Any) -> Iterator[Block]:
        """Yield a table, which is called by the caption right above it."""
        caption, self._caption = self._caption, None
        name = " ".join(caption.text.split()) if caption else ""
        yield from table_rows(table, self._written, name)
        yield from self._remarked()

    def _release(self) -> Iterator[Block]:
        """Yield a caption that no table follows."""
        caption, self._caption = self._caption, None
        yield from [caption] if caption else []

    def _chunk(self, relation: str) -> Iterator[Block]:
        target = self._package.relations(self._main).get(relation, ("", ""))[1]
        part = self._package.real_name(target)
        if part:
            yield from embedded_blocks(self._package, part, self._remarks, self._options)

    def _written(self, paragraph: Any) -> str:
        """Return the text of a paragraph with the number that Word gives it."""
        return self._read(paragraph)[0]

    def _read(self, paragraph: Any) -> tuple[str, int, Style]:
        """Return the text of a paragraph with its number, its own outline level and its style."""
        text = self._inline.text(paragraph).strip()
        properties = paragraph_properties(paragraph)
        style = self._styles.get(properties.style, NO_STYLE)
        if style.is_hidden and not self._options.hidden and not _is_shown(paragraph):
            return "", properties.level, style
        label = ""
        if text or not properties.is_deleted:
            label = self._numbering.label(properties.numbering, properties.style)
        return f"{label} {text}" if label and text else text, properties.level, style

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        self._inline.drawn = False
        text, level, style = self._read(paragraph)
        level = level or style.level
        if text and level:
            level = 0 if level == TITLE_LEVEL else level
            yield Block(text=" ".join(text.split()), kind=BlockKind.HEADING, level=level)
        elif text and style.is_caption and len(text) <= LONGEST_REPEATED:
            self._caption = Block(text=text)
        elif text:
            yield Block(text=text)
        if self._inline.drawn:
            yield from self._boxes(paragraph)
            yield from self._shown(paragraph)
        yield from self._remarked()

    def _boxes(self, paragraph: Any) -> Iterator[Block]:
        for box in paragraph.iter("{*}txbxContent"):
            if not _is_inside(box, "Fallback", "inline", "tc"):
                yield from self._boxed(box)

    def _shown(self, paragraph: Any) -> Iterator[Block]:
        """Yield what OCR finds in the pictures of a paragraph."""
        for picture in paragraph.iter("{*}blip", "{*}imagedata"):
            relation = attribute(picture, "embed") or attribute(picture, "id")
            kind, target = self._package.relations(self._main).get(relation, ("", ""))
            if kind == "image" and (part := self._package.real_name(target)):
                yield from self._pictures.one(part)

    def _boxed(self, box: Any) -> Iterator[Block]:
        """Yield what a text box says, without the boxes in it."""
        for element in _flow(box):
            if local_name(element) == "tbl":
                yield from table_rows(element, self._written)
            elif local_name(element) == "p" and (text := self._written(element)):
                yield Block(text=text)

    def _remarked(self) -> Iterator[Block]:
        """Yield the comments on what was read last."""
        identities, self._inline.comments = self._inline.comments, []
        for identity in identities:
            text = self._comments.get(identity, "")
            if text and identity not in self._commented:
                self._commented.add(identity)
                yield Block(text=text)


def _is_shown(paragraph: Any) -> bool:
    """Return whether a run says that it is not hidden, though its style is."""
    return any(attribute(found, "val") in {"0", "false"} for found in paragraph.iter("{*}vanish"))


def _document(path: Path, name: str, remarks: Notes, options: ParseOptions) -> Iterator[Block]:
    with open_package(path, name) as package, tables_of(name):
        yield from _Document(package, remarks, options).blocks()


def parse_docx(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield headers, body, charts, notes, comments and footers; pages are slices of them."""
    remarks = Notes()
    return with_notes(paginate(_document(path, name, remarks, options), options), remarks)
