"""The shapes of a slide in the order in which they are read: from the top, from the left."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.parsing.office.ooxml import Package, attribute, child, local_name
from rag.types import Position

EMU_PER_POINT = 12_700
_SHAPES = frozenset({"sp", "graphicFrame", "pic", "cxnSp", "contentPart"})
_DEEPEST = 40
_LARGEST = 10**9
_TITLES = frozenset({"title", "ctrTitle"})


@dataclass(frozen=True, slots=True)
class Box:
    """Where a shape is, in EMU from the top left corner of the slide."""

    left: float
    top: float
    width: float
    height: float

    def position(self, page: int) -> Position:
        """Return the box in points."""
        left, top = (max(0, round(value / EMU_PER_POINT)) for value in (self.left, self.top))
        width, height = (
            max(0, round(value / EMU_PER_POINT)) for value in (self.width, self.height)
        )
        return Position(page, left, left + width, top, top + height)


NOWHERE = Box(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape and where it is; `inner` are the shapes of a group."""

    element: Any
    box: Box
    inner: tuple["Shape", ...] = ()


Placeholders = Callable[[], Mapping[tuple[str, str], Box]]
"""Returns where a layout has its placeholders, by type and by index."""


def nowhere() -> Mapping[tuple[str, str], Box]:
    """Return that no placeholder has a place."""
    return {}


def placeholder(shape: Any) -> tuple[str, str] | None:
    """Return type and index of the placeholder that a shape fills; None if it fills none."""
    mark = next(shape.iter("{*}ph"), None)
    if mark is None:
        return None
    return attribute(mark, "type", "body"), attribute(mark, "idx")


def layout_places(package: Package, slide: str) -> Mapping[tuple[str, str], Box]:
    """Return where the layout of a slide, or its master, has placeholders."""
    places: dict[tuple[str, str], Box] = {}
    for layout in package.related(slide, "slideLayout")[:1]:
        for part in (*package.related(layout, "slideMaster")[:1], layout):
            root = package.read(part)
            for shape in root.iter("{*}sp") if root is not None else ():
                mark, box = placeholder(shape), _own_box(shape)
                if mark is not None and box is not None:
                    places[(mark[0], "")] = box
                    places[("", mark[1])] = box
    return places


def shapes_of(root: Any, places: Placeholders) -> list[Shape]:
    """Return the shapes of a slide in reading order, the title first."""
    tree = next(root.iter("{*}spTree"), root)
    found = _ordered(list(_shapes(tree, places, NOWHERE, 0)))
    return sorted(found, key=lambda shape: not _is_title(shape.element))


def flat(shapes: Sequence[Shape]) -> Iterator[Shape]:
    """Yield shapes, and those of groups in place of these."""
    for shape in shapes:
        if shape.inner:
            yield from flat(shape.inner)
        else:
            yield shape


def _is_title(shape: Any) -> bool:
    mark = placeholder(shape) if local_name(shape) == "sp" else None
    return mark is not None and mark[0] in _TITLES


def _shapes(tree: Any, places: Placeholders, before: Box, depth: int) -> Iterator[Shape]:
    """Yield the shapes of a tree as they are drawn; one without a place has that of the last."""
    last = before
    for element in tree:
        name = local_name(element)
        if name in _SHAPES:
            last = _own_box(element) or _inherited(element, places) or last
            yield Shape(element, last)
        elif name == "grpSp" and depth < _DEEPEST:
            inner = list(_shapes(element, places, last, depth + 1))
            group = _group(element, inner)
            last = group.box
            if group.inner:
                yield group
        elif name in {"AlternateContent", "Choice"} and depth < _DEEPEST:
            yield from _shapes(element, places, last, depth + 1)


def _group(element: Any, inner: Sequence[Shape]) -> Shape:
    """Return a group, with the boxes of its shapes as they are on the slide."""
    transform = child(element, "grpSpPr", "xfrm")
    outer = _box(transform, "off", "ext")
    space = _box(transform, "chOff", "chExt")
    if outer is None or space is None or not space.width or not space.height:
        return Shape(element, inner[0].box if inner else NOWHERE, tuple(_ordered(inner)))
    across, down = outer.width / space.width, outer.height / space.height
    return Shape(
        element,
        outer,
        tuple(_ordered([_moved(shape, outer, space, across, down) for shape in inner])),
    )


def _moved(shape: Shape, outer: Box, space: Box, across: float, down: float) -> Shape:
    box = Box(
        outer.left + (shape.box.left - space.left) * across,
        outer.top + (shape.box.top - space.top) * down,
        shape.box.width * across,
        shape.box.height * down,
    )
    inner = tuple(_moved(one, outer, space, across, down) for one in shape.inner)
    return replace(shape, box=box, inner=inner)


def _own_box(shape: Any) -> Box | None:
    for path in (("spPr", "xfrm"), ("xfrm",)):
        transform = child(shape, *path)
        if transform is not None:
            return _box(transform, "off", "ext")
    return None


def _inherited(shape: Any, places: Placeholders) -> Box | None:
    mark = placeholder(shape)
    if mark is None:
        return None
    kind, index = mark
    known = places()
    return (known.get(("", index)) if index else None) or known.get((kind, ""))


def _box(transform: Any, corner: str, size: str) -> Box | None:
    if transform is None:
        return None
    begin, extent = child(transform, corner), child(transform, size)
    if begin is None or extent is None:
        return None
    values = [
        _number(attribute(element, name))
        for element, name in ((begin, "x"), (begin, "y"), (extent, "cx"), (extent, "cy"))
    ]
    return Box(*values)


def _number(said: str) -> float:
    digits = said.removeprefix("-")
    value = float(said) if digits.isdecimal() and len(digits) < len(str(_LARGEST)) + 1 else 0.0
    return max(-_LARGEST, min(value, _LARGEST))


def _ordered(shapes: Sequence[Shape]) -> list[Shape]:
    """Return shapes row by row: those beside each other from the left, then those below."""
    rows: list[list[Shape]] = []
    for shape in sorted(shapes, key=lambda shape: shape.box.top):
        if rows and _beside(rows[-1][0].box, shape.box):
            rows[-1].append(shape)
        else:
            rows.append([shape])
    return [shape for row in rows for shape in sorted(row, key=lambda one: one.box.left)]


def _beside(first: Box, other: Box) -> bool:
    """Return whether a box that begins no higher than the first is beside it."""
    shared = min(first.top + first.height, other.top + other.height) - other.top
    smaller = min(first.height, other.height)
    return other.top == first.top or (smaller > 0 and shared >= smaller / 2)
