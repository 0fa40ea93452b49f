"""Formulas of web pages (MathML) as text: their TeX where the page has it, else in one line."""

from selectolax.lexbor import LexborNode

_MOST_DEPTH = 40
_MOST_PARTS = 2000


_MARKS = {
    "mfrac": ("/",),
    "msup": ("^",),
    "mover": ("^",),
    "msub": ("_",),
    "munder": ("_",),
    "msubsup": ("_", "^"),
    "munderover": ("_", "^"),
    "mroot": ("√",),
}
"""What stands before the second and third part of an element."""


def formula_text(math: LexborNode) -> str:
    """Return a formula as text."""
    for note in math.css("annotation"):
        if "tex" in (note.attributes.get("encoding") or "").lower():
            return " ".join(note.text().split())
    if said := (math.attributes.get("alttext") or "").strip():
        return said
    return " ".join(_Line().text(math, 0).split())


def _wrapped(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 1 or text.isalnum() else f"({text})"


class _Line:
    """Writes the elements of one formula, of which there may be so many and so deep."""

    def __init__(self) -> None:
        self._parts = 0

    def text(self, node: LexborNode, depth: int) -> str:
        self._parts += 1
        if depth > _MOST_DEPTH or self._parts > _MOST_PARTS:
            return node.text()
        inner = [
            child for child in node.iter() if child.tag not in {"annotation", "annotation-xml"}
        ]
        if not inner:
            return node.text().strip()
        parts = [self.text(child, depth + 1) for child in inner]
        return self._joined(node.tag or "", parts)

    def _joined(self, tag: str, parts: list[str]) -> str:
        if tag == "msqrt":
            return f"√{_wrapped(' '.join(parts))}"
        if tag == "mtr":
            return f"{', '.join(parts)};"
        if tag == "mroot":
            parts.reverse()
        marks = _MARKS.get(tag, ())
        if not marks:
            return " ".join(filter(None, parts))
        rest = zip(marks, parts[1:], strict=False)
        return _wrapped(parts[0]) + "".join(f"{mark}{_wrapped(part)}" for mark, part in rest)
