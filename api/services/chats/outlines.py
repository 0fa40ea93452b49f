"""Outlines that models write, read as trees."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from api.services.chats.records import Outline

LINE = re.compile(r"(?P<indent>[ \t]*)(?:#{1,6} +|[-*+•] +|\d{1,2}[.)] +)?(?P<text>.*\S)")
MOST_LINES = 200


class Point(NamedTuple):
    """A line of an outline; a larger `depth` is further in."""

    depth: int
    text: str


def read_outline(said: str, subject: str) -> Outline:
    """Return the tree that a model has written as an indented list, below its first line.

    The first line names the subject, unless it is a point like all others. No two points have the
    same text: what is shown of them goes by it.
    """
    points = list(distinct(points_of(said)))
    if not points:
        return Outline(subject)
    first, *rest = points
    if rest and min(point.depth for point in rest) == first.depth and is_marked(said):
        return Outline(subject, tree(points))
    return Outline(first.text, tree(rest))


def is_marked(said: str) -> bool:
    """Return whether the first line is a point of a list."""
    return re.match(r"\s*(?:[-*+•]|\d{1,2}[.)]) ", said) is not None


def points_of(said: str) -> Iterator[Point]:
    """Yield the lines of a text that say something."""
    for line in said.splitlines()[:MOST_LINES]:
        found = LINE.match(line)
        text = found["text"].strip("*` ") if found else ""
        if found and text:
            yield Point(len(found["indent"].expandtabs(2)), text)


def distinct(points: Iterator[Point]) -> Iterator[Point]:
    """Yield points, with a number put to a text that was there before."""
    times: dict[str, int] = {}
    for point in points:
        times[point.text] = times.get(point.text, 0) + 1
        again = times[point.text]
        yield point if again == 1 else point._replace(text=f"{point.text} ({again})")


def tree(points: Sequence[Point]) -> tuple[Outline, ...]:
    """Return points as a tree: each belongs to the last one before it that is less far in."""
    found: list[Outline] = []
    start = 0
    while start < len(points):
        end = start + 1
        while end < len(points) and points[end].depth > points[start].depth:
            end += 1
        found.append(Outline(points[start].text, tree(points[start + 1 : end])))
        start = end
    return tuple(found)
