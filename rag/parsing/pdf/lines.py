"""Runs of text on one base line, and paragraphs of them: the boxes that the layout works on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import NamedTuple

HYPHEN = "\ufffe"
"""What PDFium puts for a hyphen at the end of a line, in place of the line end."""


class Word(NamedTuple):
    """A word and its box, in points from the top left corner, as it is read."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True, eq=False)
class Line:
    """A run of text on one base line and the box around it; never changed once it is made.

    Coordinates are those of the page turned so that the text is upright: `turn` is how many
    degrees clockwise the text itself stands turned on the page. `size` is that of the print, in
    points. `words` is where the run was read letter by letter; of others `first` and `last` are
    the numbers of their words on the page. `level` is that of the heading which the file says it
    is of. `fixed` says that all its letters are equally wide. `height` is that of the box, at least
    a point, and `middle` the distance of its middle from the top of the page.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    turn: int = 0
    size: float = 0.0
    bold: bool = False
    first: int = -1
    last: int = -1
    words: tuple[Word, ...] = ()
    level: int = 0
    fixed: bool = False
    height: float = field(init=False)
    middle: float = field(init=False)

    def __post_init__(self) -> None:
        """Compute what every look at a page asks for many times."""
        self.height = max(self.bottom - self.top, 1.0)
        self.middle = (self.top + self.bottom) / 2

    @property
    def several(self) -> bool:
        """Return whether it may be of more than one word."""
        return self.first < self.last or bool(self.words)

    def spanning(
        self, text: str, boxes: "Sequence[Line] | Sequence[Word]", words: tuple[Word, ...] = ()
    ) -> "Line":
        """Return a run of the same print with another text, around some boxes."""
        left, top, right, bottom = around(boxes)
        return replace(self, text=text, left=left, top=top, right=right, bottom=bottom, words=words)


class Paragraph(NamedTuple):
    """Lines that belong together: their text and the box around all of it.

    Those of code stay lines.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    lines: tuple[Line, ...] = ()
    code: bool = False

    @property
    def middle(self) -> float:
        """Return the distance of the box's middle from the top of the page."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """Return the height of the first line, or of its own box."""
        return self.lines[0].height if self.lines else max(self.bottom - self.top, 1.0)

    @property
    def size(self) -> float:
        """Return the size of the print."""
        return self.lines[0].size if self.lines else 0.0

    @property
    def turn(self) -> int:
        """Return how its text stands turned on the page."""
        return self.lines[0].turn if self.lines else 0


class Rule(NamedTuple):
    """A thin line that is drawn on a page, or the edge of a filled or framed box."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def across(self) -> bool:
        """Return whether it runs from left to right."""
        return self.right - self.left > self.bottom - self.top


_left, _top = attrgetter("left"), attrgetter("top")
_right, _bottom = attrgetter("right"), attrgetter("bottom")


def around(
    boxes: Sequence[Line] | Sequence[Paragraph] | Sequence[Word],
) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom around some boxes."""
    return (
        min(map(_left, boxes)),
        min(map(_top, boxes)),
        max(map(_right, boxes)),
        max(map(_bottom, boxes)),
    )
