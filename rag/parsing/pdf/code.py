"""Code on a page: lines in print of a fixed pitch, which stay lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rag.parsing.pdf.lines import HYPHEN, Line, Paragraph, around

_LARGEST_PITCH = 3.5
"""In heights of a line: an empty line may stand within a block."""

_MOST_INDENT = 40
TYPED = 0.6
"""The share of the letters of some pages from which on they are typewritten: that is no code."""


def code_blocks(lines: Iterable[Line]) -> Iterator[Paragraph]:
    """Yield the blocks that lines of code make, which stand one below the other."""
    kept: list[Line] = []
    for line in lines:
        if kept and not 0 < line.middle - kept[-1].middle <= _LARGEST_PITCH * line.height:
            yield _block(kept)
            kept = []
        kept.append(line)
    if kept:
        yield _block(kept)


def _block(lines: Sequence[Line]) -> Paragraph:
    """Return lines as a block, indented as they stand."""
    left = min(line.left for line in lines)
    wide = max((line.right - line.left) / max(len(line.text), 1) for line in lines)
    written = (" " * _indent(line.left - left, wide) + _written(line) for line in lines)
    return Paragraph("\n".join(written), *around(lines), tuple(lines), code=True)


def _indent(distance: float, wide: float) -> int:
    return min(round(distance / max(wide, 1.0)), _MOST_INDENT)


def _written(line: Line) -> str:
    return line.text.replace(HYPHEN, "-")


def as_prose(line: Line) -> Line:
    """Return a line of a typewritten page, which makes paragraphs as others do."""
    return replace(line, fixed=False) if line.fixed else line
