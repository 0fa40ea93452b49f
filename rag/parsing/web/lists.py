"""The numbers of list items, as browsers show them."""

import re

from selectolax.lexbor import LexborNode

_STYLES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman"}
_STYLE = re.compile(
    r"list-style(?:-type)?\s*:\s*[^;]*?\b(none|decimal|(?:lower|upper)-\w+)", re.IGNORECASE
)
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN = 3999
_DIGITS = 9
_LONGEST_STYLE = 2000


def _number(said: str | None, absent: int) -> int:
    found = re.fullmatch(rf"\s*([-+]?\d{{1,{_DIGITS}}})\s*", said or "")
    return int(found[1]) if found else absent


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * count
    return written


def written_number(number: int, style: str) -> str:
    """Return a number in a style of CSS; one that a style does not reach is written in digits."""
    written = ""
    if number > 0 and style.endswith(("-alpha", "-latin")):
        written = _letters(number)
    elif 0 < number <= _LARGEST_ROMAN and style.endswith("-roman"):
        written = _roman(number)
    return (written.upper() if style.startswith("upper") else written) or str(number)


def _style(node: LexborNode, inherited: str) -> str:
    attributes = node.attributes
    if found := _STYLE.search((attributes.get("style") or "")[:_LONGEST_STYLE]):
        return found[1].lower()
    said = attributes.get("type") or ""
    return "upper-roman" if said == "I" else _STYLES.get(said, inherited)


class _List:
    """One list: the style and the number of its next item."""

    def __init__(self, node: LexborNode) -> None:
        self.is_ordered = node.tag == "ol"
        self.style = _style(node, "decimal")
        self._step = 1
        first = 1
        if self.is_ordered and "reversed" in node.attributes:
            self._step = -1
            first = sum(1 for child in node.iter() if child.tag == "li")
        self._next = _number(node.attributes.get("start"), first)

    def mark(self, item: LexborNode) -> str:
        """Return what stands before an item."""
        if not self.is_ordered:
            return "- "
        number = _number(item.attributes.get("value"), self._next)
        self._next = number + self._step
        style = _style(item, self.style)
        return "" if style == "none" else f"{written_number(number, style)}. "


class Lists:
    """The lists that are open where a page is read."""

    def __init__(self) -> None:
        """Start outside of any."""
        self._open: list[_List] = []

    def enter(self, node: LexborNode) -> None:
        """Open a list."""
        self._open.append(_List(node))

    def leave(self) -> None:
        """Close the innermost list."""
        if self._open:
            self._open.pop()

    def mark(self, item: LexborNode) -> str:
        """Return what stands before an item of the innermost list."""
        return self._open[-1].mark(item) if self._open else "- "
