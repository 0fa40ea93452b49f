"""The text of a Word paragraph: runs with their signs, equations, marks of notes, and boxes."""

from collections.abc import Iterator, Mapping
from typing import Any

from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import attribute, child, local_name
from rag.parsing.office.words.equations import equation
from rag.parsing.office.words.numbering import written_number
from rag.parsing.office.words.styles import NO_STYLE, Style, is_on
from rag.parsing.office.words.symbols import is_symbol_font, sign, signs, without_private

HIDDEN_TEXT = "hidden text was left out"

SILENT_NAMES = (
    "pPr rPr tblPr tcPr trPr sectPr sdtPr del moveFrom instrText delText Fallback txbxContent"
)
_SILENT = frozenset(SILENT_NAMES.split())
_AROUND_BOXES = frozenset({"AlternateContent", "drawing", "pict", "object"})
_WRITTEN = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_NOTE_KINDS = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}


class Inline:
    """Reads the text of paragraphs, one after the other in the order of the document.

    `notes_by_kind` has the texts of footnotes and endnotes by their ids; `remarks` are told what
    is left out. `comments` are the ids of the comments on what was read since they were taken,
    `drawn` tells whether there was anything that text boxes stand in since it was set to False.
    """

    def __init__(
        self,
        styles: Mapping[str, Style],
        notes_by_kind: Mapping[str, Mapping[str, str]],
        remarks: Notes,
        *,
        hidden: bool,
    ) -> None:
        """Begin before the first paragraph."""
        self._styles = styles
        self._notes = notes_by_kind
        self._remarks = remarks
        self._hidden = hidden
        self._counts = {"footnotes": 0, "endnotes": 0}
        self._said: list[str] = []
        self.drawn = False
        self.told: set[tuple[str, str]] = set()
        self.comments: list[str] = []

    def text(self, element: Any, *, boxes: bool = False) -> str:
        """Return the text of a paragraph, without deletions and field codes, with its notes behind.

        Text boxes come with it where they stand in a drawing in the line, and so do all `boxes`
        that are inside of these.
        """
        parts: list[str] = []
        self._walk(element, parts, boxes=boxes)
        if self._said:
            parts.extend(f" {note}" for note in self._said)
            self._said = []
        return "".join(parts)

    def _walk(self, element: Any, parts: list[str], *, boxes: bool, font: str = "") -> None:
        for inner in element:
            name = local_name(inner)
            if name == "r":
                self._run(inner, parts, boxes=boxes)
            elif name == "t":
                text = inner.text or ""
                parts.append(signs(font, text) if font else without_private(text))
            elif name in _WRITTEN:
                parts.append(_WRITTEN[name])
            elif name not in _SILENT or (boxes and name == "txbxContent"):
                self._special(inner, name, parts, boxes=boxes)
            elif name == "txbxContent":
                self.drawn = True

    def _run(self, run: Any, parts: list[str], *, boxes: bool) -> None:
        properties = child(run, "rPr") if len(run) > 1 else None
        font = ""
        if properties is not None:
            font, is_hidden = self._print(properties)
            if is_hidden and not self._hidden:
                self.drawn = True
                if any(True for _ in run.iter("{*}t", "{*}sym")):
                    self._remarks.add(HIDDEN_TEXT)
                return
        self._walk(run, parts, boxes=boxes, font=font)

    def _print(self, properties: Any) -> tuple[str, bool]:
        """Return the font of a run if it is one of signs, and whether the run is hidden."""
        font = ""
        styled, own = False, None
        for found in properties:
            name = local_name(found)
            if name == "vanish":
                own = is_on(found)
            elif name == "rStyle":
                styled = self._style(attribute(found, "val")).is_hidden
            elif name == "rFonts":
                named = attribute(found, "ascii")
                font = named if named and is_symbol_font(named) else ""
        return font, styled if own is None else own

    def _style(self, identity: str) -> Style:
        return self._styles.get(identity, NO_STYLE)

    def _special(self, inner: Any, name: str, parts: list[str], *, boxes: bool) -> None:
        if name == "sym":
            parts.append(sign(attribute(inner, "font"), attribute(inner, "char")))
        elif name in {"oMath", "oMathPara"}:
            parts.append(equation(inner))
        elif name in _NOTE_KINDS:
            parts.append(self._mark(_NOTE_KINDS[name], attribute(inner, "id")))
        elif name == "commentReference":
            self.comments.append(attribute(inner, "id"))
        elif name == "checkBox":
            parts.append(_checked(inner))
        elif name == "ruby":
            self._ruby(inner, parts)
        elif name in {"inline", "txbxContent"}:
            self.drawn = True
            self._box(inner, name, parts)
        else:
            self.drawn = self.drawn or name in _AROUND_BOXES
            self._walk(inner, parts, boxes=boxes)

    def _box(self, inner: Any, name: str, parts: list[str]) -> None:
        if name == "txbxContent":
            parts.append(f" {self._boxed(inner)} ")
        else:
            parts.append(" ".join(map(self._boxed, _outermost_boxes(inner))))

    def _boxed(self, box: Any) -> str:
        parts: list[str] = []
        self._walk(box, parts, boxes=True)
        return "".join(parts)

    def _mark(self, kind: str, identity: str) -> str:
        """Return the mark of a note, whose text follows the paragraph."""
        said = self._notes.get(kind, {}).get(identity, "")
        if not said:
            return ""
        self._counts[kind] += 1
        form = "lowerRoman" if kind == "endnotes" else "decimal"
        mark = f"[{written_number(self._counts[kind], form)}]"
        self._said.append(f"{mark} {said}")
        self.told.add((kind, identity))
        return mark

    def _ruby(self, ruby: Any, parts: list[str]) -> None:
        """Write words, and how they are read in brackets behind them."""
        for name in ("rubyBase", "rt"):
            found = child(ruby, name)
            said: list[str] = []
            if found is not None:
                self._walk(found, said, boxes=False)
            text = "".join(said)
            parts.append(text if name == "rubyBase" or not text else f"（{text}）")


def _checked(box: Any) -> str:
    """Return the sign of a box in a form that is ticked, or not."""
    checked = child(box, "checked")
    return "☒" if is_on(checked if checked is not None else child(box, "default")) else "☐"


def _outermost_boxes(element: Any) -> Iterator[Any]:
    """Yield the text boxes below an element, but not those inside of others."""
    for inner in element:
        name = local_name(inner)
        if name == "txbxContent":
            yield inner
        elif name not in _SILENT:
            yield from _outermost_boxes(inner)
