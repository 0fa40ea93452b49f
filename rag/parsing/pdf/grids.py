"""Tables whose cells are drawn: the grid that rules make, and the words in its cells."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from rag.parsing.pdf.cells import Cell, Row, Table, cell_of, is_number, row_of
from rag.parsing.pdf.lines import Line, Rule, Word

_TOUCH = 3.0
_SAME = 2.5
_MOST_PAIRS = 400_000
_MOST_CELLS = 20_000
_LEAST_FILLED = 0.3
_NARROW = 10.0
_LONGEST_CELL = 700
_COVERED = 0.8


WordsOf = Callable[[Line], Sequence[Word]]
"""Returns the words of a run with their boxes."""


class Ruled(NamedTuple):
    """A ruled table, and the numbers of the runs whose words stand in it.

    Without a table its cells are boxes of prose, and the runs come cell by cell.
    """

    table: Table | None
    used: tuple[int, ...]


def _clusters(values: Iterable[float]) -> list[float]:
    """Return values with those that are nearly the same made one."""
    found: list[list[float]] = []
    for value in sorted(values):
        if found and value - found[-1][0] <= _SAME:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(group) / len(group) for group in found]


def _whole(down: Iterable[Rule]) -> list[Rule]:
    """Return upright rules with the pieces of those that were drawn row by row joined."""
    found: list[Rule] = []
    for rule in sorted(down, key=lambda rule: (round(rule.left + rule.right), rule.top)):
        last = found[-1] if found else None
        if last and abs(rule.left - last.left) < 1 and rule.top <= last.bottom + _TOUCH:
            bottom = max(last.bottom, rule.bottom)
            found[-1] = Rule(last.left, last.top, last.right, bottom)
        else:
            found.append(rule)
    return found


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _components(
    across: Sequence[Rule], down: Sequence[Rule]
) -> list[tuple[list[Rule], list[Rule]]]:
    """Group rules that touch."""
    if not across or not down or len(across) * len(down) > _MOST_PAIRS:
        return []
    h = np.array([(rule.left, rule.right, (rule.top + rule.bottom) / 2) for rule in across])
    v = np.array([((rule.left + rule.right) / 2, rule.top, rule.bottom) for rule in down])
    touching = (
        (h[:, None, 0] - _TOUCH <= v[None, :, 0])
        & (v[None, :, 0] <= h[:, None, 1] + _TOUCH)
        & (v[None, :, 1] - _TOUCH <= h[:, None, 2])
        & (h[:, None, 2] <= v[None, :, 2] + _TOUCH)
    )
    parents = list(range(len(across) + len(down)))
    for one, other in np.argwhere(touching).tolist():
        parents[_root(parents, one)] = _root(parents, len(across) + other)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for number, rule in enumerate([*across, *down]):
        groups[_root(parents, number)][0 if number < len(across) else 1].append(rule)
    return [group for group in groups.values() if group[0] and group[1]]


class _Grid:
    """The cells that a group of rules makes; those that no rule parts are one."""

    def __init__(self, across: Sequence[Rule], down: Sequence[Rule]) -> None:
        left = min(rule.left for rule in across)
        right = max(rule.right for rule in across)
        top = min(rule.top for rule in down)
        bottom = max(rule.bottom for rule in down)
        self.xs = _clusters([left, right, *((rule.left + rule.right) / 2 for rule in down)])
        self.ys = _clusters([top, bottom, *((rule.top + rule.bottom) / 2 for rule in across)])
        self.columns, self.rows = len(self.xs) - 1, len(self.ys) - 1
        self._across = _covers(
            [((r.top + r.bottom) / 2, r.left, r.right) for r in across], self.ys, self.xs
        )
        self._down = _covers(
            [((r.left + r.right) / 2, r.top, r.bottom) for r in down], self.xs, self.ys
        )

    def parents(self) -> list[int]:
        """Return for each cell, row by row, the one that it is a part of."""
        parents = list(range(self.rows * self.columns))
        for row in range(self.rows):
            for column in range(self.columns):
                here = row * self.columns + column
                if column + 1 < self.columns and not self._down[column + 1][row]:
                    parents[_root(parents, here + 1)] = _root(parents, here)
                if row + 1 < self.rows and not self._across[row + 1][column]:
                    parents[_root(parents, here + self.columns)] = _root(parents, here)
        return [_root(parents, number) for number in range(len(parents))]

    def may_hold(self, line: Line) -> bool:
        """Return whether some words of a run may stand in a cell."""
        beside = line.right < self.xs[0] or line.left > self.xs[-1]
        return self.ys[0] < line.middle < self.ys[-1] and not beside

    def place(self, word: Word) -> int:
        """Return the number of the cell that a word stands in; -1 if it is in none."""
        column = int(np.searchsorted(self.xs, (word.left + word.right) / 2)) - 1
        row = int(np.searchsorted(self.ys, (word.top + word.bottom) / 2)) - 1
        inside = 0 <= column < self.columns and 0 <= row < self.rows
        return row * self.columns + column if inside else -1


def _covers(
    rules: Sequence[tuple[float, float, float]], lines: list[float], steps: list[float]
) -> list[list[bool]]:
    """Return for each line and each step along it whether a rule covers that stretch."""
    covered = [[0.0] * (len(steps) - 1) for _ in lines]
    for at, start, stop in rules:
        line = min(range(len(lines)), key=lambda number: abs(lines[number] - at))
        for step, (low, high) in enumerate(pairwise(steps)):
            covered[line][step] += max(0.0, min(stop, high) - max(start, low))
    return [
        [
            part >= _COVERED * max(high - low - _TOUCH, 0.1)
            for part, low, high in zip(parts, steps, steps[1:], strict=False)
        ]
        for parts in covered
    ]


def _pieces(
    grid: _Grid, words: Sequence[tuple[int, Sequence[Word]]]
) -> tuple[dict[int, list[Cell]], set[int]]:
    """Put the words of runs into cells; a run counts as used when most of it is inside."""
    found: dict[int, list[Cell]] = defaultdict(list)
    used: set[int] = set()
    for order, run in words:
        inside: dict[int, list[Word]] = defaultdict(list)
        for word in run:
            place = grid.place(word)
            if place >= 0:
                inside[place].append(word)
        if 2 * sum(map(len, inside.values())) > len(run):
            used.add(order)
            for place, part in inside.items():
                found[place].append(cell_of(part, place % grid.columns, order))
    return found, used


def _splits(pieces: Sequence[Cell], columns: int) -> list[list[Cell]]:
    """Part a row of the grid that holds several rows of text with no rule between them.

    They are rows only where columns have as many lines, and one of them nothing but numbers: else
    they may be lines of the same cells. What a column has a single line of is said in each row.
    """
    by_column: list[list[Cell]] = [[] for _ in range(columns)]
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        by_column[piece.column].append(piece)
    filled = [column for column in by_column if column]
    several = [column for column in filled if len(column) > 1]
    if len(several) < 2 or len({len(column) for column in several}) > 1:  # noqa: PLR2004  a table
        return [list(pieces)]
    if not any(all(is_number(piece.text) for piece in column) for column in several):
        return [list(pieces)]
    rows = [list(row) for row in zip(*several, strict=True)]
    level = all(
        max(piece.middle for piece in row) - min(piece.middle for piece in row) < row[0].height / 2
        for row in rows
    )
    spanning = [column[0] for column in filled if len(column) == 1]
    return [spanning + row for row in rows] if level else [list(pieces)]


def _rows(grid: _Grid, found: dict[int, list[Cell]]) -> Iterator[Row]:
    """Yield the rows; a cell that spans rows is said in each, one over columns in the head."""
    parents = grid.parents()
    whole: dict[int, list[Cell]] = defaultdict(list)
    for place, pieces in found.items():
        whole[parents[place]] += pieces
    for row in range(grid.rows):
        places = range(row * grid.columns, (row + 1) * grid.columns)
        roots = [parents[place] for place in places]
        if not any(parent in whole for parent in roots):
            continue
        own: list[Cell] = []
        for column, root in enumerate(roots):
            first = roots.index(root) == column
            if first or row == 0:
                own += [piece._replace(column=column) for piece in whole.get(root, [])]
        if own:
            parts = _splits(own, grid.columns) if len(set(roots)) == len(roots) else [own]
            yield from (row_of(part, grid.columns) for part in parts)


def _without_blank_columns(
    rows: Sequence[Row], xs: Sequence[float]
) -> tuple[list[Row], tuple[float, ...]]:
    """Leave out narrow columns that hold nothing: the gaps between double rules."""
    kept = [
        column
        for column in range(len(xs) - 1)
        if xs[column + 1] - xs[column] > _NARROW or any(row.cells[column] for row in rows)
    ]
    edges = (*(xs[column] for column in kept), xs[-1])
    return [
        Row(tuple(row.cells[column] for column in kept), row.left, row.top, row.right, row.bottom)
        for row in rows
    ], edges


def _is_table(rows: Sequence[Row]) -> bool:
    """Return whether a grid holds a table, and is no chart, no frame and no form of prose."""
    cells = [cell for row in rows for cell in row.cells]
    filled = sum(map(bool, cells))
    if len(rows) < 2 and filled < 3:  # noqa: PLR2004  two boxes side by side are no table
        return False
    rich = sum(sum(map(bool, row.cells)) > 1 for row in rows)
    return len(rows[0].cells) > 1 and filled >= _LEAST_FILLED * len(cells) and 2 * rich >= len(rows)


def _is_prose(rows: Sequence[Row]) -> bool:
    return any(len(cell) > _LONGEST_CELL for row in rows for cell in row.cells)


def _cell_by_cell(grid: _Grid, found: dict[int, list[Cell]]) -> tuple[int, ...]:
    """Return the numbers of the runs in a grid, those of each cell together."""
    parents = grid.parents()
    places = sorted(found, key=lambda place: (parents[place], place))
    return tuple(dict.fromkeys(piece.order for place in places for piece in found[place]))


def _is_stripe(grid: _Grid, pieces: dict[int, list[Cell]], others: Sequence[_Grid]) -> bool:
    """Return whether a grid of a single row is the ground of a row of a table without rules."""
    if grid.rows > 1:
        return False
    if all(len(cell) == 1 for cell in pieces.values()):
        return True
    return any(
        other is not grid
        and other.rows == 1
        and len(other.xs) == len(grid.xs)
        and all(abs(x - y) < _TOUCH for x, y in zip(other.xs, grid.xs, strict=True))
        for other in others
    )


def ruled_tables(lines: Sequence[Line], words_of: WordsOf, rules: Sequence[Rule]) -> list[Ruled]:
    """Return the tables that rules draw, with the runs in them."""
    across = [rule for rule in rules if rule.across]
    down = _whole(rule for rule in rules if not rule.across)
    found: list[Ruled] = []
    taken: set[int] = set()
    grids = [_Grid(*group) for group in _components(across, down)]
    for grid in grids:
        if not 1 < grid.columns * grid.rows <= _MOST_CELLS or grid.columns < 2:  # noqa: PLR2004
            continue
        inside = [
            (number, words_of(line))
            for number, line in enumerate(lines)
            if number not in taken and grid.may_hold(line)
        ]
        pieces, used = _pieces(grid, inside)
        if _is_stripe(grid, pieces, grids):
            continue
        rows, edges = _without_blank_columns(list(_rows(grid, pieces)), grid.xs)
        if _is_table(rows):
            taken |= used
            table = None if _is_prose(rows) else Table(tuple(rows), edges, ruled=True)
            found.append(Ruled(table, _cell_by_cell(grid, pieces)))
    return found
