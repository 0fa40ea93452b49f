"""The text of a paragraph of OpenDocument, and what hangs on it: notes, comments, boxes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.parsing.office.ooxml import attribute, child, local_name
from rag.parsing.office.opendocument.source import Source
from rag.parsing.rows import said_span

HIDDEN = "hidden text was left out"

_SILENT = frozenset({"tracked-changes", "annotation-end", "ruby-text", "binary-data", "image"})
_BOXES = frozenset({"text-box", "custom-shape", "rect", "ellipse"})
_SIGNS = {"s": " ", "tab": "\t", "line-break": "\n"}
_DEEPEST = 100


@dataclass(slots=True)
class Written:
    """What a paragraph says, and the elements that are read after it.

    `notes` are texts of foot and end notes, `remarks` comments, `boxes` text boxes.
    """

    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    hides: bool = False

    @property
    def text(self) -> str:
        """Return the text of the paragraph."""
        return "".join(self.parts).strip()


class Inline:
    """Writes paragraphs of one document."""

    def __init__(self, source: Source, *, hidden: bool) -> None:
        """Write with the styles of a document; `hidden` text is written only if wanted."""
        self._source = source
        self._hidden = hidden
        self._writers: Mapping[str, Callable[[Written, Any, int], None]] = {
            "note": self._note,
            "annotation": self._annotation,
            "frame": self._frame,
            "ruby": self._ruby,
            "a": self._link,
        }

    def written(self, paragraph: Any) -> Written:
        """Return what a paragraph says."""
        found = Written()
        if self._is_hidden(paragraph):
            found.hides = True
        else:
            self._into(found, paragraph, 0)
        return found

    def plain(self, element: Any) -> str:
        """Return the paragraphs of a note, comment or cell, one a line, with what hangs on them."""
        lines = []
        for paragraph in _paragraphs(element):
            written = self.written(paragraph)
            boxed = map(self.plain, written.boxes)
            lines += [written.text, *written.notes, *written.remarks, *boxed]
        return "\n".join(filter(None, lines))

    def _is_hidden(self, element: Any) -> bool:
        return not self._hidden and self._source.style(element).hidden

    def _into(self, found: Written, element: Any, depth: int) -> None:
        found.parts.append(_blanks(element.text))
        for inner in element:
            if isinstance(inner.tag, str) and depth < _DEEPEST:
                self._inner(found, inner, depth + 1)
            found.parts.append(_blanks(inner.tail))

    def _inner(self, found: Written, inner: Any, depth: int) -> None:
        name = local_name(inner)
        if name in _SIGNS:
            found.parts.append(_SIGNS[name] * said_span(attribute(inner, "c"), absent=1))
        elif name in _BOXES:
            found.boxes.append(inner)
        elif self._leaves_out(inner, name):
            found.hides = True
        elif name in self._writers:
            self._writers[name](found, inner, depth)
        elif name not in _SILENT:
            self._into(found, inner, depth)

    def _leaves_out(self, inner: Any, name: str) -> bool:
        """Return whether an element is hidden, and not wanted."""
        if name in {"hidden-text", "hidden-paragraph"}:
            return not self._hidden
        return name == "span" and self._is_hidden(inner)

    def _note(self, found: Written, note: Any, _: int) -> None:
        body = child(note, "note-body")
        text = " ".join(self.plain(body).split()) if body is not None else ""
        found.notes.extend([text] if text else [])

    def _annotation(self, found: Written, remark: Any, _: int) -> None:
        text = " ".join(self.plain(remark).split())
        found.remarks.extend([text] if text else [])

    def _frame(self, found: Written, frame: Any, depth: int) -> None:
        for inner in frame:
            name = local_name(inner)
            if name == "text-box":
                found.boxes.append(inner)
            elif name in {"title", "desc"} and (inner.text or "").strip():
                found.remarks.append(" ".join(inner.text.split()))
            elif name == "object" and child(inner, "math") is not None:
                self._into(found, inner, depth)

    def _ruby(self, found: Written, ruby: Any, depth: int) -> None:
        self._into(found, ruby, depth)
        reading = child(ruby, "ruby-text")
        if reading is not None and (reading.text or "").strip():
            found.parts.append(f"({reading.text.strip()})")

    def _link(self, found: Written, link: Any, depth: int) -> None:
        start = len(found.parts)
        self._into(found, link, depth)
        target = attribute(link, "href")
        said = "".join(found.parts[start:])
        if target.startswith(("http://", "https://")) and target.rstrip("/") not in said:
            found.parts.append(f" ({target})")


def _blanks(text: str | None) -> str:
    """Return a text whose white space is one blank each, as the format has it."""
    if not text:
        return ""
    inner = " ".join(text.split())
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() and inner else ''}"


def _paragraphs(element: Any) -> Iterator[Any]:
    """Yield the paragraphs and headings of an element, none that stands within another."""
    for inner in element:
        name = local_name(inner)
        if name in {"p", "h"}:
            yield inner
        elif isinstance(inner.tag, str) and name not in _SILENT:
            yield from _paragraphs(inner)
