"""How the cells of a workbook are written: its number formats, and the texts that cells share."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from rag.parsing.office.ooxml import Package, attribute, child, local_name
from rag.parsing.tables.numbers import BUILT_IN, writer

Write = Callable[[float], str]

_MOST_KNOWN = 10_000
"""How many written numbers are remembered: columns repeat theirs."""

_LONGEST_NUMBER = 40
_TRUE = frozenset({"1", "true", "on"})


def is_true(said: str) -> bool:
    """Return whether an attribute says yes."""
    return said in _TRUE


class Styles:
    """What writes the numbers of cells, by the index of their style."""

    def __init__(self, codes: Iterable[str], *, since_1904: bool) -> None:
        """Take the format of each style; a workbook without any shows plain numbers."""
        self._writers = [writer(code, since_1904=since_1904) for code in codes]
        self._known: dict[tuple[str, str], str] = {}

    def write(self, style: str, text: str) -> str:
        """Write a number, given as the file has it, in a style; what is no number stays."""
        key = (style, text)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[key] = self._fresh(style, text)
        return known

    def _fresh(self, style: str, text: str) -> str:
        try:
            number = float(text) if len(text) <= _LONGEST_NUMBER else math.nan
        except ValueError:
            return text
        if not math.isfinite(number):
            return text
        index = int(style) if style.isdecimal() and len(style) <= len("99999") else 0
        write = self._writers[index] if index < len(self._writers) else writer("General")
        return write(number)


def format_codes(package: Package, main: str) -> Iterator[str]:
    """Yield the number format of each style of a workbook."""
    for part in package.related(main, "styles")[:1]:
        root = package.read(part)
        if root is None:
            continue
        codes = dict(BUILT_IN)
        formats = child(root, "numFmts")
        for found in formats if formats is not None else ():
            number = attribute(found, "numFmtId")
            if number.isdecimal():
                codes[int(number)] = attribute(found, "formatCode")
        cells = child(root, "cellXfs")
        for found in cells if cells is not None else ():
            number = attribute(found, "numFmtId")
            yield codes.get(int(number), "General") if number.isdecimal() else "General"


def text_of(element: Any) -> str:
    """Return the text of a string item, without the reading that is beside Japanese words."""
    parts = []
    for inner in element:
        name = local_name(inner)
        if name == "t":
            parts.append(inner.text or "")
        elif name == "r":
            parts.extend(run.text or "" for run in inner if local_name(run) == "t")
    return "".join(parts)


def shared_texts(package: Package, main: str) -> Sequence[str]:
    """Return the texts that cells refer to by number."""
    found: list[str] = []
    for part in package.related(main, "sharedStrings")[:1]:
        found.extend(map(text_of, package.elements(part, "si")))
    return found
