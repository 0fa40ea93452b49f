"""Running heads, feet and page numbers: what stands at the same place on page after page."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.parsing.pdf.aligned import visual_rows
from rag.parsing.pdf.columns import Numbered
from rag.parsing.pdf.lines import Line

_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"[ivxlc]{1,7}", re.IGNORECASE)
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_BARE = re.compile(r"[\s\-–—|·•.(\[]*#[\s\-–—|·•.)\]]*")
_PAGE_WORD = re.compile(
    r"(?:page|pages|seite|blatt|p\.|pg\.?|s\.|página|pág\.?|pagina|pag\.|strona|str\.|sida|side|"
    r"oldal|sivu|sayfa|стр\.?|страница|第|쪽|페이지|صفحة|עמוד)\s*#|#\s*(?:页|頁|ページ|쪽|oldal)",
    re.IGNORECASE,
)
_OF = re.compile(r"#\s*(?:/|of|von|de|sur|di|z|из|av|van|/)\s*#", re.IGNORECASE)
_SEPARATED = re.compile(r"(?:^#\s*[|·•–—/]|[|·•–—/]\s*#$)")
_PAGE_OF = re.compile(
    r"[\s\-–—(\[]*(?:(?:page|seite|p\.|página|pagina|strona|第)\s*(\d+)(?:\s*(?:/|of|von|de|sur|di)"
    r"\s*\d+)?\s*页?|(\d+)\s*(?:/|of|von)\s*\d+)[\s\-–—)\]]*",
    re.IGNORECASE,
)

_ROWS = 5
"""How many rows from the edge of a page may be running."""

_RUNS = 16
"""How many runs from the edge of a page these rows may have."""

_SAME_PLACE = 3.0
_MOST_NUMBERS = 4
_CLOSE = 0.9
_FAR_HEAD = 2.5
_ALIGNED = 3.0
_FEW_PAGES = 3
_LONGEST = 200
_FEW_RUNS = 4
_SHORT = 16


class _Mark(NamedTuple):
    """A run near an edge of a page: its text without numbers, these, and where it stands."""

    page: int
    skeleton: str
    numbers: tuple[int, ...]
    place: float


@dataclass(frozen=True, slots=True)
class Edges:
    """The runs near the edges of a page, row by row from the edge, by the way they are turned.

    `marks` are those of the runs in rows that may be running, by the numbers of the runs.
    """

    page: int
    rows: tuple[tuple[tuple[Numbered, ...], ...], ...]
    marks: Mapping[int, _Mark]
    runs: int


def edges_of(page: int, lines: Sequence[Line]) -> Edges:
    """Return what stands near the top and the bottom of a page."""
    by_turn: dict[int, list[Numbered]] = defaultdict(list)
    for number, line in enumerate(lines):
        by_turn[line.turn].append((number, line))
    sides = []
    for group in by_turn.values():
        group.sort(key=lambda item: item[1].middle)
        # One row more than may be running: what follows tells a head from that of a table.
        top, bottom = visual_rows(group[:_RUNS]), visual_rows(group[-_RUNS:])
        sides.append(tuple(map(tuple, top[: _ROWS + 1])))
        sides.append(tuple(tuple(row) for row in reversed(bottom[-_ROWS - 1 :])))
    marks = {
        number: _mark(page, line) for side in sides for row in side[:_ROWS] for number, line in row
    }
    return Edges(page, tuple(sides), marks, len(lines))


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in text.lower()]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def _mark(page: int, line: Line) -> _Mark:
    text = line.text[:_LONGEST]
    bare = text.strip(" -–—") if len(text) < _SHORT else ""
    if bare and _ROMAN.fullmatch(bare):
        return _Mark(page, "#", (_roman(bare),), line.middle)
    numbers = tuple(int(found[:9]) for found in _NUMBER.findall(text))
    return _Mark(page, _NUMBER.sub("#", text), numbers[:_MOST_NUMBERS], line.middle)


def _counts_pages(skeleton: str) -> bool:
    """Return whether a number that grows with the pages is theirs, and not that of a heading."""
    return any(pattern.search(skeleton) for pattern in (_PAGE_WORD, _OF, _SEPARATED)) or bool(
        _BARE.fullmatch(skeleton)
    )


def _key(mark: _Mark) -> tuple[str, float]:
    """Return by what the marks are kept among which those that agree with one are looked for."""
    return mark.skeleton, mark.place // _SAME_PLACE


def _agree(one: _Mark, other: _Mark) -> bool:
    """Return whether two marks of one skeleton are the same but for the number of the page."""
    if abs(one.place - other.place) > _SAME_PLACE:
        return False
    if one.numbers == other.numbers:
        return _BARE.fullmatch(one.skeleton) is None
    apart = other.page - one.page
    if any(b - a not in {0, apart} for a, b in zip(one.numbers, other.numbers, strict=True)):
        return False
    return _counts_pages(one.skeleton)


def _is_head_of_table(row: Sequence[Numbered], inner: Sequence[Numbered]) -> bool:
    """Return whether a row names the columns of the row right beside it."""
    if len(row) < 2 or len(inner) < 2:  # noqa: PLR2004  a table has two columns
        return False
    gap = _gap(row, inner)
    if gap > _FAR_HEAD:
        return False
    aligned = sum(
        any(
            abs(line.left - other.left) < _ALIGNED or abs(line.right - other.right) < _ALIGNED
            for _, other in inner
        )
        for _, line in row
    )
    bolder = row[0][1].bold and not inner[0][1].bold
    return aligned > (1 if gap < _CLOSE or bolder else 2)


def _is_close(row: Sequence[Numbered], inner: Sequence[Numbered]) -> bool:
    return _gap(row, inner) < _CLOSE


def _gap(row: Sequence[Numbered], inner: Sequence[Numbered]) -> float:
    """Return how far apart two rows stand, by the height of the higher one."""
    one, other = row[0][1], inner[0][1]
    gap = max(one.top, other.top) - min(one.bottom, other.bottom)
    return gap / max(one.height, other.height)


class Heads:
    """Tells which runs of a page are running, from those of the pages around it."""

    def __init__(self, total: int) -> None:
        """Start with no page of a document of `total` pages."""
        self._marks: dict[tuple[str, float], list[_Mark]] = defaultdict(list)
        self._pages = 0
        self._runs = 0
        self._total = total

    def add(self, edges: Edges) -> None:
        """Take a page among those that are compared."""
        self._pages += 1
        self._runs += edges.runs
        for mark in edges.marks.values():
            self._marks[_key(mark)].append(mark)

    def drop(self, edges: Edges) -> None:
        """Let go of a page that is too far behind."""
        self._pages -= 1
        self._runs -= edges.runs
        for key in set(map(_key, edges.marks.values())):
            kept = [mark for mark in self._marks[key] if mark.page != edges.page]
            if kept:
                self._marks[key] = kept
            else:
                del self._marks[key]

    def running(self, edges: Edges) -> frozenset[int]:
        """Return the numbers of the runs of a page that are heads, feet or page numbers."""
        found: set[int] = set()
        for side in edges.rows:
            for place, row in enumerate(side[:_ROWS]):
                inner = side[place + 1] if place + 1 < len(side) else ()
                if inner and _is_head_of_table(row, inner):
                    break
                close = bool(inner) and _is_close(row, inner)
                hits = {
                    number
                    for number, line in row
                    if self._is_running(edges.marks[number], line, close=close)
                }
                found |= hits
                if len(hits) < len(row):
                    break
        # A page of which nothing would be left has lost its text, unless those around it have more.
        nothing_else = len(found) == edges.runs and self._runs <= _FEW_RUNS * self._pages
        return frozenset() if nothing_else else frozenset(found)

    def _near(self, mark: _Mark) -> Iterator[_Mark]:
        """Yield the marks of the same skeleton that may stand at the same place."""
        skeleton, height = _key(mark)
        for other in (height - 1, height, height + 1):
            yield from self._marks.get((skeleton, other), ())

    def _is_running(self, mark: _Mark, line: Line, *, close: bool) -> bool:
        page = mark.page
        pages = {
            other.page for other in self._near(mark) if other.page != page and _agree(mark, other)
        }
        again = len(pages)
        if _BARE.fullmatch(mark.skeleton) and mark.numbers:
            return again > 0
        said = _PAGE_OF.fullmatch(line.text)
        if said and not close and int(said[1] or said[2]) == page:
            return True
        wanted = 1 if self._total <= _FEW_PAGES else 2
        if close:
            wanted = max(2, self._pages // 2)
        return again >= wanted


def body_size(sizes: Mapping[float, int]) -> float:
    """Return the size that most letters have, given the number of letters of each."""
    return max(sizes, key=lambda size: (sizes[size], size), default=0.0)
