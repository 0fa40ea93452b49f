"""Where a chunk stands on its pages: the boxes of its parts, few and in reading order."""

from collections.abc import Iterable

from rag.types import Position


def share(positions: tuple[Position, ...], start: float, end: float) -> tuple[Position, ...]:
    """Return the boxes of a part of a block, given as fractions of the block's text.

    A block's boxes are its lines from the top, so the part's share of them is close to where it
    stands; at least one box is returned if there is any.
    """
    first = min(int(start * len(positions)), max(len(positions) - 1, 0))
    last = max(first + 1, -int(-end * len(positions) // 1))
    return positions[first:last]


def merge(positions: Iterable[Position]) -> tuple[Position, ...]:
    """Merge the boxes of lines that follow each other closely in one column of a page."""
    merged: list[Position] = []
    for box in positions:
        if merged and _adjacent(merged[-1], box):
            merged[-1] = _union(merged[-1], box)
        else:
            merged.append(box)
    return tuple(merged)


def page_boxes(positions: Iterable[Position]) -> tuple[Position, ...]:
    """Return one box per page that holds all boxes of that page."""
    boxes: dict[int, Position] = {}
    for box in positions:
        boxes[box.page] = _union(boxes[box.page], box) if box.page in boxes else box
    return tuple(boxes.values())


def _adjacent(above: Position, below: Position) -> bool:
    overlap = min(above.right, below.right) - max(above.left, below.left)
    # Paragraphs stand up to about one and a half line heights apart.
    gap = 1.5 * (below.bottom - below.top)
    near = above.top - gap <= below.top <= above.bottom + gap
    return above.page == below.page and overlap > 0 and near


def _union(one: Position, other: Position) -> Position:
    return Position(
        page=one.page,
        left=min(one.left, other.left),
        right=max(one.right, other.right),
        top=min(one.top, other.top),
        bottom=max(one.bottom, other.bottom),
    )
