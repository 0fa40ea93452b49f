"""How large the picture of a page is."""

from rag.parsing.base import PictureOptions

MOST_PIXELS = 8_000_000
"""Of a picture; a page that would have more is drawn smaller. A4 has them at 290 dots an inch."""

LONGEST_SIDE = 10_000
"""Of a picture, in pixels."""

_EDGE = 0.01
"""Pixels: so much narrower a page is asked for, as PDFium rounds its width up."""


def scale_of(width: float, height: float, options: PictureOptions) -> float:
    """Return how many pixels a point gets."""
    wanted = options.scale or (options.width - _EDGE) / width
    by_area = (MOST_PIXELS / (width * height)) ** 0.5
    return float(min(wanted, by_area, LONGEST_SIDE / max(width, height)))
