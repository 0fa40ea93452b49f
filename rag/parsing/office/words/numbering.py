"""The numbers that Word makes itself: of clauses, headings and lists, counted as Word counts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.parsing.office.ooxml import Package, attribute, child, local_name
from rag.parsing.office.words.styles import Style, is_on

LEVELS = 9
_HIGHEST = 1_000_000
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_HAN = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_GANADA = "가나다라마바사아자차카타파하"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыэюя"
_CIRCLES = "⓪①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_TEN, _HUNDRED, _TEENS = 10, 100, range(11, 14)
_MOST_REPEATED = 20


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a list: how its numbers are written, and after which level they begin anew."""

    form: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int = -1
    is_plain: bool = False
    style: str = ""


@dataclass(slots=True)
class _List:
    """An abstract list: its levels, and how far each has been counted."""

    levels: dict[int, Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Use:
    """A list as paragraphs name it: an abstract one, with what is different."""

    base: str
    starts: Mapping[int, int]
    levels: Mapping[int, Level]


class Numbering:
    """Counts the numbered paragraphs of a document, in their order."""

    def __init__(self, package: Package, main: str, styles: Mapping[str, Style]) -> None:
        """Read the lists of a document; without any nothing is numbered."""
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._uses: dict[str, _Use] = {}
        self._linked: dict[str, str] = {}
        self._begun: set[str] = set()
        for part in package.related(main, "numbering")[:1]:
            root = package.read(part)
            if root is not None:
                self._read(root)

    def label(self, direct: Any, style_id: str) -> str:
        """Return the number of the next paragraph, or its bullet; empty if it has none.

        `direct` is the list that the paragraph names itself, if any.
        """
        if not self._uses:
            return ""
        style = self._styles.get(style_id)
        number = _value(direct, "numId") or (style.number if style else "")
        use = self._uses.get(number)
        if use is None:
            return ""
        level = _number(_value(direct, "ilvl"), -1)
        if level < 0:
            level = self._level_of_style(use, style_id, style)
        return self._count(number, use, min(level, LEVELS - 1))

    def _level_of_style(self, use: _Use, style_id: str, style: Style | None) -> int:
        found = self._lists[use.base].levels.items()
        linked = next((index for index, level in found if level.style == style_id), -1)
        return linked if linked >= 0 else _number(style.list_level if style else "", 0)

    def _count(self, number: str, use: _Use, index: int) -> str:
        base = self._lists[use.base]
        if number not in self._begun:
            self._begun.add(number)
            for place, start in use.starts.items():
                base.counts[place] = start - 1
                for deeper in [found for found in base.counts if found > place]:
                    if deeper not in use.starts:
                        del base.counts[deeper]
        level = self._level(use, index)
        base.counts[index] = base.counts.get(index, level.start - 1) + 1
        for deeper in [found for found in base.counts if found > index]:
            restart = self._level(use, deeper).restart
            if restart < 0 or 0 < index + 1 <= restart:
                del base.counts[deeper]
        return self._written(use, base, level, index)

    def _level(self, use: _Use, index: int) -> Level:
        return use.levels.get(index) or self._lists[use.base].levels.get(index) or Level()

    def _written(self, use: _Use, base: _List, level: Level, index: int) -> str:
        if level.form == "none" and "%" not in level.text.replace(f"%{index + 1}", ""):
            return _PLACE.sub("", level.text).strip()
        if level.form == "bullet":
            return "•" if level.text.strip() else ""

        def number(place: re.Match[str]) -> str:
            named = int(place[1]) - 1
            other = self._level(use, named)
            form = "decimal" if level.is_plain and other.form != "none" else other.form
            return written_number(base.counts.get(named, other.start), form)

        return _PLACE.sub(number, level.text).strip()

    def _read(self, root: Any) -> None:
        for element in root:
            if local_name(element) == "abstractNum":
                identity = attribute(element, "abstractNumId")
                self._lists[identity] = _List(dict(map(_read_level, _levels(element))))
                for kind in ("styleLink", "numStyleLink"):
                    if name := _value(element, kind):
                        self._linked[f"{kind} {name}"] = identity
        for element in root:
            if local_name(element) == "num":
                base = self._base(_value(element, "abstractNumId"))
                if base in self._lists:
                    self._uses[attribute(element, "numId")] = _read_use(element, base)

    def _base(self, identity: str) -> str:
        """Return the list that another one stands for by the name of a style."""
        for key, value in self._linked.items():
            kind, _, name = key.partition(" ")
            if kind == "numStyleLink" and value == identity:
                return self._linked.get(f"styleLink {name}", identity)
        return identity


def _levels(element: Any) -> list[Any]:
    return [found for found in element if local_name(found) == "lvl"]


def _read_level(element: Any) -> tuple[int, Level]:
    legal = child(element, "isLgl")
    level = Level(
        form=_value(element, "numFmt") or "decimal",
        text=_value(element, "lvlText"),
        start=_number(_value(element, "start"), 0 if child(element, "start") is None else 1),
        restart=_number(_value(element, "lvlRestart"), -1),
        is_plain=is_on(legal),
        style=_value(element, "pStyle"),
    )
    return _number(attribute(element, "ilvl"), 0), level


def _read_use(element: Any, base: str) -> _Use:
    starts: dict[int, int] = {}
    levels: dict[int, Level] = {}
    for change in element:
        if local_name(change) != "lvlOverride":
            continue
        index = _number(attribute(change, "ilvl"), 0)
        if start := _value(change, "startOverride"):
            starts[index] = _number(start, 1)
        for level in _levels(change):
            levels[index] = _read_level(level)[1]
    return _Use(base, starts, levels)


def _value(element: Any, name: str) -> str:
    found = child(element, name) if element is not None else None
    return attribute(found, "val") if found is not None else ""


def _number(said: str, absent: int) -> int:
    is_number = said.isdecimal() and len(said) <= len(str(_HIGHEST))
    return int(said) if is_number else absent


def written_number(number: int, form: str) -> str:
    """Write a number in one of Word's forms; one that is not known is decimal."""
    if form == "none":
        return ""
    if number <= 0 or number > _HIGHEST:
        return str(number)
    write = _FORMS.get(form)
    return write(number) if write else str(number)


def roman(number: int) -> str:
    """Write a number in small Roman letters."""
    written = []
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written.append(letters * min(count, _MOST_REPEATED))
    return "".join(written)


def _letter(number: int, letters: str = _ALPHABET) -> str:
    """Write a, b ... z, aa, bb ..., as Word does."""
    repeats, place = divmod(number - 1, len(letters))
    return letters[place] * min(repeats + 1, _MOST_REPEATED)


def _cycled(number: int, signs: str) -> str:
    return signs[(number - 1) % len(signs)]


def _ordinal(number: int) -> str:
    if number % _HUNDRED in _TEENS:
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % _TEN, "th")
    return f"{number}{ending}"


def _han(number: int) -> str:
    if number >= _HUNDRED:
        return "".join(_HAN[int(digit)] for digit in str(number))
    tens, units = divmod(number, _TEN)
    front = "" if not tens else ("十" if tens == 1 else f"{_HAN[tens]}十")
    return f"{front}{_HAN[units] if units else ''}"


def _circled(number: int) -> str:
    return _CIRCLES[number] if number < len(_CIRCLES) else f"({number})"


_FORMS: Mapping[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02d}",
    "upperRoman": lambda number: roman(number).upper(),
    "lowerRoman": roman,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerLetter": _letter,
    "ordinal": _ordinal,
    "russianLower": lambda number: _letter(number, _CYRILLIC),
    "russianUpper": lambda number: _letter(number, _CYRILLIC).upper(),
    "chineseCounting": _han,
    "chineseCountingThousand": _han,
    "taiwaneseCounting": _han,
    "taiwaneseCountingThousand": _han,
    "japaneseCounting": _han,
    "ideographDigital": _han,
    "japaneseDigitalTenThousand": _han,
    "ideographTraditional": lambda number: _cycled(number, _STEMS),
    "ganada": lambda number: _cycled(number, _GANADA),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalFullWidth": lambda number: str(number).translate(
        {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
    ),
    "decimalEnclosedParen": lambda number: f"({number})",
    "decimalEnclosedFullstop": lambda number: f"{number}.",
    "numberInDash": lambda number: f"- {number} -",
}
