"""Tables without drawn cells: rows whose runs stand in the same columns.

Where it is not sure that a price belongs to a name, lines stay lines: a wrong pair is worse than
none. Runs that stand side by side may also be columns of prose, which are read one by one.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import sub
from typing import NamedTuple

from rag.parsing.pdf.cells import Cell, Row, Table, cell_of, is_number, row_of, whole_cell
from rag.parsing.pdf.columns import Numbered, WordsOf, column_edges, column_of
from rag.parsing.pdf.layout import is_listed
from rag.parsing.pdf.lines import Line, Rule, Word

_SAME_LINE = 0.5
_FAR = 3.2
"""A gap down of this many heights ends a table."""

_WIDER_PITCH = 1.3
_PROSE_FILL = 0.72
_PROSE_SHARE = 0.55
_PROSE_CHARS = 16
_ALIGNED = 3.0
_MOST_ALONE = 6
"""How many rows of a single run may follow each other: the lines of a cell that is wrapped."""

_MOST_PARTS = 30
_MOST_COLUMNS = 24
_LONGEST_CELL = 600
_FITS = 0.97
_WORD_SPACE = 0.25


class Band(NamedTuple):
    """What stands side by side: a table, or the order in which the runs of its columns are read."""

    table: Table | None
    order: tuple[int, ...]


def visual_rows(lines: Sequence[Numbered]) -> list[list[Numbered]]:
    """Group runs that stand on the same base line, from the top; each from the left."""
    rows: list[list[Numbered]] = []
    for item in sorted(lines, key=lambda item: item[1].middle):
        line = item[1]
        if rows:
            last = rows[-1][0][1]
            if line.middle - last.middle < _SAME_LINE * min(line.height, last.height):
                rows[-1].append(item)
                continue
        rows.append([item])
    for row in rows:
        row.sort(key=lambda item: item[1].left)
    return rows


def _bands(rows: Sequence[list[Numbered]]) -> list[list[list[Numbered]]]:
    """Group rows that may be of one table: those of several runs, and what is between them."""
    bands: list[list[list[Numbered]]] = []
    open_band: list[list[Numbered]] = []
    alone = 0
    for row in rows:
        many = len(row) > 1
        far = bool(open_band) and _gap(open_band[-1], row) > _FAR * row[0][1].height
        alone = 0 if many else alone + 1
        if far or (alone > _MOST_ALONE and open_band):
            bands.append(open_band)
            open_band = []
        if many or open_band:
            open_band.append(row)
    bands.append(open_band)
    return [band for band in bands if band]


def _trimmed(band: list[list[Numbered]]) -> list[list[Numbered]]:
    """Leave out single runs at the end that go on with no cell above them."""
    several = [index for index, row in enumerate(band) if len(row) > 1]
    if len(several) < 2:  # noqa: PLR2004  one row is no table
        return []
    end = several[-1] + 1
    lefts = sorted(item[1].left for index in several for item in band[index])
    right = max(item[1].right for index in several for item in band[index])
    pitch = _least_pitch(band)
    while end < len(band):
        line = band[end][0][1]
        near = _middle(band[end]) - _middle(band[end - 1]) <= _WIDER_PITCH * pitch
        if not near or not _in_a_column(line, lefts, right):
            break
        end += 1
    return band[:end]


def _in_a_column(line: Line, lefts: Sequence[float], right: float) -> bool:
    """Return whether a run begins where others do, and ends before the next of these places."""
    if not any(abs(line.left - left) < _ALIGNED for left in lefts):
        return False
    following = next((left for left in lefts if left > line.left + _ALIGNED), right * 1.05)
    return line.right < following


def _middle(row: Sequence[Numbered]) -> float:
    return row[0][1].middle


def _gap(one: Sequence[Numbered], other: Sequence[Numbered]) -> float:
    return min(item[1].top for item in other) - max(item[1].bottom for item in one)


def _least_pitch(rows: Sequence[Sequence[Numbered]]) -> float:
    """Return how far apart the lines of a cell stand: the smaller of the usual distances."""
    pitches = sorted(_middle(other) - _middle(one) for one, other in pairwise(rows))
    return pitches[len(pitches) // 5] if pitches else 0.0


def _placed(
    row: Sequence[Numbered], columns: Sequence[tuple[float, float]], words_of: WordsOf
) -> list[Cell]:
    """Put the runs of a row into columns; one that covers several is parted between words."""
    cells = []
    for order, line in row:
        column = column_of(line.left, line.right, columns)
        if column >= 0:
            cells.append(whole_cell(line, column, order))
            continue
        parts: dict[int, list[Word]] = {}
        for word in words_of(line):
            parts.setdefault(column_of(word.left, word.right, columns), []).append(word)
        if -1 in parts:
            return []
        cells += [cell_of(part, column, order) for column, part in sorted(parts.items())]
    return cells


def _is_prose(cells: Sequence[Cell]) -> bool:
    """Return whether the pieces of a column are lines that fill it, as those of prose do."""
    if len(cells) < 3:  # noqa: PLR2004  fewer lines tell nothing
        return False
    width = max(cell.right for cell in cells) - min(cell.left for cell in cells)
    full = sum(cell.right - cell.left > _PROSE_FILL * width for cell in cells)
    letters = sum(len(cell.text) for cell in cells)
    numbers = sum(is_number(cell.text) for cell in cells)
    return (
        full >= _PROSE_SHARE * len(cells) and letters > _PROSE_CHARS * len(cells) and numbers == 0
    )


def _switches(cells: Sequence[Cell]) -> int:
    """Count how often the order of the file goes from one column to another."""
    ordered = sorted(cells, key=lambda cell: cell.order)
    return sum(one.column != other.column for one, other in pairwise(ordered))


class _Grouping:
    """Makes rows of a table from the lines of its cells."""

    def __init__(self, lines: Sequence[list[Cell]], columns: int, rules: Sequence[float]) -> None:
        self._lines = lines
        self._columns = columns
        self._rules = rules
        every = [cell for line in lines for cell in line]
        self._widths = [
            max((c.right - c.left for c in every if c.column == column), default=0.0)
            for column in range(columns)
        ]
        self._numbers = {
            column
            for column in range(columns)
            if _mostly_numbers([cell.text for cell in every if cell.column == column])
        }
        pitches = sorted(self._pitch(index) for index in range(1, len(lines)))
        self._pitch_within = pitches[len(pitches) // 5] if pitches else 0.0
        self._parted = self._has_two_pitches(pitches)
        self._by_row = _switches(every) >= len(lines)

    def _pitch(self, index: int) -> float:
        return self._lines[index][0].middle - self._lines[index - 1][0].middle

    def _has_two_pitches(self, pitches: Sequence[float]) -> bool:
        """Return whether lines of a row stand closer than rows do."""
        wide = sum(pitch > _WIDER_PITCH * self._pitch_within for pitch in pitches)
        near = len(pitches) - wide
        return wide > 1 and near > 1

    def rows(self) -> list[list[Cell]]:
        """Return the pieces of each row."""
        rows = [list(self._lines[0])]
        for index in range(1, len(self._lines)):
            if self._begins(rows[-1], index):
                rows.append(list(self._lines[index]))
            else:
                rows[-1] += self._lines[index]
        return rows

    def _begins(self, row: Sequence[Cell], index: int) -> bool:
        """Return whether a line opens a row, and does not go on with the one before."""
        line = self._lines[index]
        low, high = self._lines[index - 1][0].middle, line[0].middle
        if any(low < rule < high for rule in self._rules):
            return True
        if self._pitch(index) > _WIDER_PITCH * self._pitch_within and self._parted:
            return True
        filled = {cell.column for cell in line}
        have = {cell.column for cell in row}
        if self._is_whole(filled) and self._is_whole(have):
            return True
        if self._parted:
            return False
        if 0 in filled and len(filled) > 1:
            return True
        return not all(self._goes_on(row, cell) for cell in line)

    def _is_whole(self, filled: set[int]) -> bool:
        """Return whether a line has what a row needs: its numbers, or else its first cell."""
        if self._numbers:
            return bool(filled & self._numbers)
        return 0 in filled and len(filled) > 1

    def _goes_on(self, row: Sequence[Cell], cell: Cell) -> bool:
        """Return whether a piece goes on with the cell above: it had no room there, or is next."""
        above = [other for other in row if other.column == cell.column]
        if not above or cell.column in self._numbers:
            return False
        last = above[-1]
        if self._by_row and 0 < cell.order - last.order == 1:
            return True
        first, _, _ = cell.text.partition(" ")
        share = len(first) / max(len(cell.text), 1)
        wanted = (cell.right - cell.left) * share + _WORD_SPACE * cell.height
        return (last.right - last.left) + wanted > _FITS * self._widths[cell.column]


def _mostly_numbers(texts: Sequence[str]) -> bool:
    return 2 * sum(map(is_number, texts)) > len(texts)


def _makes_sense(rows: Sequence[Row]) -> bool:
    """Return whether rows are those of a table: most have several cells, none is a long text."""
    cells = [cell for row in rows for cell in row.cells]
    rich = sum(sum(map(bool, row.cells)) > 1 for row in rows)
    return (
        len(rows) > 1
        and 3 * rich >= 2 * len(rows)
        and 2 * sum(map(bool, cells)) >= len(cells)
        and max(map(len, cells)) <= _LONGEST_CELL
    )


def _is_list(columns: Sequence[Sequence[Cell]]) -> bool:
    """Return whether two columns are the marks of a list and its items."""
    return len(columns) == 2 and all(  # noqa: PLR2004  a mark and an item
        is_listed(f"{cell.text} x") for cell in columns[0]
    )


def _in_columns(cells: Sequence[Cell]) -> tuple[int, ...]:
    """Return the numbers of runs column by column, each from the top."""
    ordered = sorted(cells, key=lambda cell: (cell.column, cell.middle, cell.left))
    return tuple(dict.fromkeys(cell.order for cell in ordered))


def _read(rows: Sequence[list[Numbered]], words_of: WordsOf, rules: Sequence[float]) -> Band | None:
    columns = column_edges(rows, words_of)
    if not 1 < len(columns) <= _MOST_COLUMNS:
        return None
    lines = [_placed(row, columns, words_of) for row in rows]
    if not all(lines):
        return None
    every = [cell for line in lines for cell in line]
    by_column = [[c for c in every if c.column == column] for column in range(len(columns))]
    order = tuple(number for row in rows for number, _ in row)
    prose = [_is_prose(column) for column in by_column]
    if all(prose) or (len(prose) > 2 and sum(prose) > len(prose) / 2):  # noqa: PLR2004
        return Band(None, _in_columns(every)) if _switches(every) >= len(columns) else None
    if _is_list(by_column) or _switches(every) < max(len(columns), len(rows) / 2):
        return None
    found = _Grouping(lines, len(columns), rules).rows()
    made = [row_of(row, len(columns)) for row in found]
    if not _makes_sense(made):
        return None
    edges = (*(begin for begin, _ in columns), columns[-1][1])
    return Band(Table(tuple(made), edges), order)


def _read_all(
    rows: list[list[Numbered]], words_of: WordsOf, rules: Sequence[float]
) -> Iterator[Band]:
    """Yield what rows hold: as a whole, without titles at the top, or in parts.

    Tables that follow each other, and text between them, have no columns in common; then the rows
    are parted where the gap is widest.
    """
    pending = [rows]
    for _ in range(_MOST_PARTS):
        if not pending:
            return
        part = _trimmed(pending.pop())
        band = _best(part, words_of, rules) if part else None
        if band is not None:
            yield band
        elif len(part) > 2:  # noqa: PLR2004  less cannot be parted into rows of tables
            gaps = [_middle(other) - _middle(one) for one, other in pairwise(part)]
            widest = max(range(len(gaps)), key=gaps.__getitem__)
            if gaps[widest] > _WIDER_PITCH * _least_pitch(part):
                pending += [part[widest + 1 :], part[: widest + 1]]


def _best(rows: list[list[Numbered]], words_of: WordsOf, rules: Sequence[float]) -> Band | None:
    """Return what rows are, without a title or a head over columns that may stand above them."""
    for skipped in range(min(3, len(rows) - 1)):
        rest = rows[skipped:]
        if sum(len(row) > 1 for row in rest) < 2:  # noqa: PLR2004  one row is no table
            return None
        band = _read(rest, words_of, rules)
        if band is not None:
            return band
    return None


def _stand_beside(lines: Sequence[Numbered]) -> bool:
    """Return whether some runs may share a base line: most pages are done with that question."""
    middles = sorted([line.middle for _, line in lines])
    least = min((line.height for _, line in lines), default=0.0) * _SAME_LINE
    return any(map(least.__gt__, map(sub, middles[1:], middles)))


def side_by_side(lines: Sequence[Numbered], words_of: WordsOf, rules: Sequence[Rule]) -> list[Band]:
    """Return what stands side by side on a page, among runs that are in no ruled table."""
    if not _stand_beside(lines):
        return []
    rows = visual_rows(lines)
    if sum(len(row) > 1 for row in rows) < 2:  # noqa: PLR2004  one row is no table
        return []
    found: list[Band] = []
    for band in _bands(rows):
        left = min(item[1].left for row in band for item in row)
        right = max(item[1].right for row in band for item in row)
        heights = [
            rule.top
            for rule in rules
            if rule.across and rule.right - rule.left > (right - left) / 2 and rule.left < right
        ]
        found += _read_all(band, words_of, heights)
    return found
