"""A page put in order: its tables, columns and paragraphs, without what runs from page to page."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from rag.parsing.pdf.aligned import Band, side_by_side, visual_rows
from rag.parsing.pdf.cells import Table
from rag.parsing.pdf.columns import Numbered
from rag.parsing.pdf.grids import Ruled, WordsOf, ruled_tables
from rag.parsing.pdf.headings import is_caption, is_label
from rag.parsing.pdf.layout import paragraphs, reading_order
from rag.parsing.pdf.lines import Line, Paragraph, Rule
from rag.parsing.pdf.raw_page import RawPage
from rag.parsing.pdf.reading import turned

Item = Paragraph | Table

_JUMP = 8
"""So many lines up is the way to another column, and not to the next cell of a row."""

_CAPTION_GAP = 3.0
_ALIGNED = 3.0


def _rules_as_read(page: RawPage, turn: int) -> Sequence[Rule]:
    """Return the rules of a page turned like its text."""
    if not turn or not page.rules:
        return page.rules
    boxes = np.array([(rule.left, rule.top, rule.right, rule.bottom) for rule in page.rules])
    return [Rule(*box) for box in turned(boxes, turn, page.frame).tolist()]


def _flows(lines: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """Part runs where the order of the file jumps far up: there another column begins."""
    flow: list[Numbered] = []
    lowest = float("-inf")
    for item in lines:
        line = item[1]
        if flow and line.middle < lowest - _JUMP * line.height:
            yield flow
            flow, lowest = [], float("-inf")
        flow.append(item)
        lowest = max(lowest, line.middle)
    if flow:
        yield flow


def _goes_up(lines: Sequence[Numbered]) -> bool:
    """Return whether the file has its lines from the bottom to the top, as some turned pages do."""
    steps = [
        other[1].middle - one[1].middle
        for one, other in pairwise(lines)
        if min(one[1].right, other[1].right) > max(one[1].left, other[1].left)
    ]
    return 2 * sum(step < 0 for step in steps) > max(len(steps), 1)


def _in_order(
    lines: Sequence[Numbered], ruled: Sequence[Ruled], bands: Sequence[Band]
) -> Iterator[Item]:
    """Yield tables and paragraphs in the order of their first runs."""
    tables = {n: one.table for one in ruled for n in one.used if one.table is not None}
    tables |= {n: band.table for band in bands if band.table is not None for n in band.order}
    orders = {n: band.order for band in bands if band.table is None for n in band.order}
    orders |= {n: one.used for one in ruled if one.table is None for n in one.used}
    by_number = dict(lines)
    done: set[int] = set()
    seen: list[Table] = []
    run: list[Line] = []
    for number, _ in lines:
        table = tables.get(number)
        if table is not None:
            if not any(table is other for other in seen):
                yield from paragraphs(run)
                run = []
                seen.append(table)
                yield table
        elif number not in done:
            numbers = orders.get(number, (number,))
            run += [by_number[other] for other in numbers]
            done.update(numbers)
    yield from paragraphs(run)


def _arranged(lines: Sequence[Numbered], rules: Sequence[Rule], words_of: WordsOf) -> list[Item]:
    if _goes_up(lines):
        lines = [item for row in visual_rows(lines) for item in row]
    ruled = [
        Ruled(found.table, tuple(lines[index][0] for index in found.used))
        for found in ruled_tables([line for _, line in lines], words_of, rules)
    ]
    used = {number for found in ruled for number in found.used}
    rest = [item for item in lines if item[0] not in used]
    bands = [band for flow in _flows(rest) for band in side_by_side(flow, words_of, rules)]
    return reading_order(_whole_tables(_in_order(lines, ruled, bands)))


def _whole_tables(items: Iterable[Item]) -> list[Item]:
    """Join tables of which only some rows have a ground: they were found in two ways."""
    found: list[Item] = []
    for item in items:
        last = found[-1] if found else None
        if isinstance(last, Table) and isinstance(item, Table) and _goes_on(last, item):
            edges = last.edges if last.ruled else item.edges
            found[-1] = Table(last.rows + item.rows, edges, ruled=True)
        else:
            found.append(item)
    return found


def _goes_on(one: Table, other: Table) -> bool:
    """Return whether the columns of a table right below another one are the same."""
    if one.ruled == other.ruled or len(one.edges) != len(other.edges):
        return False
    ruled, bare = (one, other) if one.ruled else (other, one)
    height = min(row.bottom - row.top for row in bare.rows)
    within = (
        low - _ALIGNED <= left < high
        for left, (low, high) in zip(bare.edges, pairwise(ruled.edges), strict=False)
    )
    return other.top - one.bottom < 2 * height and all(within)


def _named(items: Sequence[Item]) -> list[Item]:
    """Give tables the captions that stand right above or below them.

    A table that the file has elsewhere comes where its caption is.
    """
    kept: list[Item | None] = list(items)
    for index, item in enumerate(items):
        if kept[index] is None or not isinstance(item, Paragraph) or not is_caption(item.text):
            continue
        rest = kept[index + 1] if index + 1 < len(kept) else None
        more = rest if isinstance(rest, Paragraph) and _goes_with(item, rest) else None
        place = _table_of(more or item, index, kept)
        table = kept[place] if place >= 0 else None
        if isinstance(table, Table):
            kept[place] = None
            kept[index] = table.named(f"{item.text} {more.text}" if more else item.text)
            if more:
                kept[index + 1] = None
    return [item for item in kept if item is not None]


def _goes_with(label: Paragraph, paragraph: Paragraph) -> bool:
    """Return whether a paragraph is the text of a caption whose label stands on a line above."""
    gap = paragraph.top - label.bottom
    return is_label(label.text) and -label.height < gap < label.height


def _table_of(caption: Paragraph, index: int, items: Sequence[Item | None]) -> int:
    """Return the place of the table that a caption names: the next one, or what is nearest."""
    tables = [
        (abs(number - index), number)
        for number, item in enumerate(items)
        if isinstance(item, Table) and not item.caption and _names(caption, item)
    ]
    return min(tables)[1] if tables else -1


def _names(paragraph: Paragraph, table: Table) -> bool:
    gap = max(table.top - paragraph.bottom, paragraph.top - table.bottom)
    shared = min(paragraph.right, table.right) - max(paragraph.left, table.left)
    return -paragraph.height < gap < _CAPTION_GAP * paragraph.height and shared > 0


def arranged(page: RawPage, running: frozenset[int]) -> list[Item]:
    """Return what a page says, in order; text that stands turned comes after the other."""
    by_turn: dict[int, list[Numbered]] = {}
    for number, line in enumerate(page.lines):
        if number not in running:
            by_turn.setdefault(line.turn, []).append((number, line))
    return [
        item
        for turn, lines in by_turn.items()
        for item in _named(
            [
                found.turned(turn) if isinstance(found, Table) else found
                for found in _arranged(lines, _rules_as_read(page, turn), page.words_of)
            ]
        )
    ]
