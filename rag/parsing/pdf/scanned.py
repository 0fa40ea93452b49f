"""Pages of a PDF that are pictures, and pictures on pages that have text, read by OCR."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pypdfium2
from pypdfium2 import raw

from rag.errors import ParseError
from rag.parsing.base import Helpers, PictureOptions
from rag.parsing.ocr.tesseract import DRAWN, LEAST_CERTAIN, recognized, unavailable
from rag.parsing.pdf.drawing import Pixels, grey_pixels
from rag.parsing.pdf.glyphs import Frame
from rag.parsing.pdf.layout import paragraphs
from rag.parsing.pdf.lines import Line, Paragraph
from rag.parsing.pdf.raw_page import RawPage
from rag.parsing.pdf.reading import Sides, as_seen
from rag.parsing.pdf.scaling import scale_of
from rag.types import Block, Position

_DOTS_PER_POINT = 300 / 72
_LARGE = 1000.0
"""Points of the longer side from which on a page may be a picture whose pixels are its points."""

_LEAST_PIXELS = 2000.0
MOST_PAGES = 100
"""Of a file, on which pictures beside text are read."""

_CERTAIN = 60.0
"""Photographs hold much that looks a little like letters."""

_WORD = re.compile(r"\w{3}")
_WHITE = 255
_MARGIN = 1.5
"""Points around a run that are left blank with it."""


class PageOcr:
    """Reads pages by OCR, as far as there is one; why there is none is said once."""

    def __init__(self, helpers: Helpers) -> None:
        """Read with these helpers."""
        self._helpers = helpers
        self._reason = unavailable(helpers)
        self._told = False
        self._left = MOST_PAGES

    def read(self, page: pypdfium2.PdfPage, found: RawPage) -> RawPage:
        """Return a page with what OCR finds on it: instead of the text that it has, or beside."""
        beside = bool(found.pictures)
        if not found.is_scan and not (beside and (found.note or self._helpers.ocr_page_pictures)):
            return found
        if self._reason:
            return self._without(found)
        if beside:
            self._left -= 1
        if beside and self._left < 0:
            said = f"of the pages with pictures only {MOST_PAGES} were read by OCR"
            return _noted(found, said) if self._left == -1 else found
        try:
            with TemporaryDirectory(prefix="ocr-") as folder:
                image = Path(folder) / f"page{DRAWN}"
                return (self._beside if beside else self._instead)(page, found, image)
        except ParseError as error:
            return _noted(found, str(error))

    def _without(self, found: RawPage) -> RawPage:
        """Return a page with what is not read of it, and once with the reason."""
        told, self._told = self._told, True
        note = found.note or "pictures were not read"
        return replace(found, note=found.note if told else f"{note} ({self._reason})")

    def _instead(self, page: pypdfium2.PdfPage, found: RawPage, image: Path) -> RawPage:
        what = f"page {found.number}"
        pixels, _ = _drawn(page)
        _write(image, pixels)
        lines = recognized(image, found.frame, self._helpers, what=what)
        if not lines:
            return replace(found, note=f"{what} holds an image in which OCR finds no text")
        return replace(found, text=None, lines=tuple(lines), note="")

    def _beside(self, page: pypdfium2.PdfPage, found: RawPage, image: Path) -> RawPage:
        """Return a page with what OCR finds in its pictures, after all else."""
        pixels, scale = _drawn(page)
        area = _around(found.pictures, found.frame)
        _write(image, _cut(_masked(pixels, found, scale), area, scale))
        frame = Frame((0.0, 0.0, area[2] - area[0], area[3] - area[1]), 0)
        least = LEAST_CERTAIN if found.note else _CERTAIN
        what = f"the pictures of page {found.number}"
        lines = recognized(image, frame, self._helpers, what=what, least=least)
        lines = [line for line in lines if _WORD.search(line.text)]
        blocks = tuple(_block(one, found.number, area, frame) for one in paragraphs(lines))
        return replace(found, beside=found.beside + blocks, note="" if blocks else found.note)


def _noted(found: RawPage, note: str) -> RawPage:
    return replace(found, note="; ".join(filter(None, (found.note, note))))


def _drawn(page: pypdfium2.PdfPage) -> tuple[Pixels, float]:
    """Return the picture of a page in grey, and how many pixels a point has."""
    options = PictureOptions(0, 0, 0, _dots_per_point(page))
    scale = scale_of(page.get_width(), page.get_height(), options)
    return grey_pixels(page, scale), scale


def _write(path: Path, pixels: Pixels) -> None:
    """Write a picture that is not packed: that costs next to nothing."""
    with path.open("wb") as file:
        file.write(b"P5 %d %d 255\n" % (pixels.shape[1], pixels.shape[0]))
        file.write(pixels.tobytes())


def _around(boxes: tuple[Sides, ...], frame: Frame) -> Sides:
    """Return the part of a page around some boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (
        max(min(lefts), 0.0),
        max(min(tops), 0.0),
        min(max(rights), frame.width),
        min(max(bottoms), frame.height),
    )


def _stretches(box: Sides, scale: float, margin: float = 0.0) -> tuple[slice, slice]:
    left, top, right, bottom = box
    return (
        slice(max(int((top - margin) * scale), 0), max(int((bottom + margin) * scale) + 1, 0)),
        slice(max(int((left - margin) * scale), 0), max(int((right + margin) * scale) + 1, 0)),
    )


def _masked(pixels: Pixels, found: RawPage, scale: float) -> Pixels:
    """Return the pictures of a page alone, without the text that is known."""
    alone = np.full_like(pixels, _WHITE)
    for box in found.pictures:
        part = _stretches(box, scale)
        alone[part] = pixels[part]
    for line in found.lines:
        alone[_stretches(_box(line, found.frame), scale, _MARGIN)] = _WHITE
    return alone


def _cut(pixels: Pixels, area: Sides, scale: float) -> Pixels:
    return pixels[_stretches(area, scale)]


def _box(box: Line | Paragraph, frame: Frame) -> Sides:
    return as_seen((box.left, box.top, box.right, box.bottom), box.turn, frame)


def _block(paragraph: Paragraph, page: int, area: Sides, frame: Frame) -> Block:
    left, top, right, bottom = map(round, _box(paragraph, frame))
    across, down = round(area[0]), round(area[1])
    place = Position(page, left + across, right + across, top + down, bottom + down)
    return Block(text=paragraph.text, positions=(place,), in_picture=True)


def _dots_per_point(page: pypdfium2.PdfPage) -> float:
    """Return how closely a page is drawn: a large one no closer than the picture on it.

    Letters that are drawn many times as large as they are in the picture are not recognized.
    """
    longer = float(max(page.get_width(), page.get_height()))
    if longer <= _LARGE:
        return _DOTS_PER_POINT
    return min(_DOTS_PER_POINT, max(max(_own_dots(page), default=0.0), _LEAST_PIXELS / longer))


def _own_dots(page: pypdfium2.PdfPage) -> Iterator[float]:
    for found in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, _, right, _ = found.get_bounds()
        across, _ = found.get_px_size()
        yield float(across / max(right - left, 1.0))
