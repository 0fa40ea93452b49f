"""Numbers that OpenDocument gives to headings and to items of lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.parsing.office.ooxml import attribute, local_name
from rag.parsing.office.opendocument.source import Source
from rag.parsing.office.words.numbering import written_number
from rag.parsing.rows import said_span

_FORMS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}
_LEVELS = 10


@dataclass(frozen=True, slots=True)
class Level:
    """How numbers of a level look, from which they count, and how many levels they show."""

    form: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown: int = 1


class Numbers:
    """Counts the items of one list, or the headings of a document."""

    def __init__(self, levels: Mapping[int, Level]) -> None:
        """Begin to count."""
        self._levels = levels
        self._counts: dict[int, int] = {}

    def label(self, level: int, start: int = 0) -> str:
        """Count one more at a level, or from `start`, and return its number; empty for none."""
        look = self._levels.get(level, Level())
        before = self._counts.get(level, look.start - 1)
        self._counts[level] = start or before + 1
        for deeper in [known for known in self._counts if known > level]:
            del self._counts[deeper]
        if not look.form:
            return ""
        first = max(1, level - look.shown + 1)
        numbers = [self._number(one) for one in range(first, level + 1)]
        return f"{look.prefix}{'.'.join(filter(None, numbers))}{look.suffix}"

    def _number(self, level: int) -> str:
        look = self._levels.get(level, Level())
        return written_number(self._counts.get(level, look.start), look.form) if look.form else ""


def list_levels(source: Source) -> Mapping[str, Mapping[int, Level]]:
    """Return how each style of lists numbers its levels."""
    return {attribute(style, "name"): _levels(style) for style in source.all("list-style")}


def heading_levels(source: Source) -> Mapping[int, Level]:
    """Return how headings are numbered."""
    found: Mapping[int, Level] = {}
    for style in source.all("outline-style"):
        found = _levels(style)
    return found


def _levels(style: Any) -> Mapping[int, Level]:
    found = {}
    for level in style:
        number = said_span(attribute(level, "level"), absent=1)
        if local_name(level) in {"list-level-style-number", "outline-level-style"}:
            found[min(number, _LEVELS)] = Level(
                _FORMS.get(attribute(level, "num-format"), ""),
                attribute(level, "num-prefix"),
                attribute(level, "num-suffix"),
                said_span(attribute(level, "start-value"), absent=1),
                said_span(attribute(level, "display-levels"), absent=1),
            )
    return found
