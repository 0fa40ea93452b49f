"""Pages of a PDF that are pictures, read by OCR."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pypdfium2
from pypdfium2 import raw

from rag.errors import ParseError
from rag.parsing.base import Helpers, PictureOptions
from rag.parsing.ocr.tesseract import recognized, unavailable
from rag.parsing.pdf.raw_page import RawPage
from rag.parsing.pdf.scaling import scale_of

_DOTS_PER_POINT = 300 / 72
_LARGE = 1000.0
"""Points of the longer side from which on a page may be a picture whose pixels are its points."""

_LEAST_PIXELS = 2000.0


class PageOcr:
    """Reads pages by OCR, as far as there is one; why there is none is said once."""

    def __init__(self, helpers: Helpers) -> None:
        """Read with these helpers."""
        self._helpers = helpers
        self._reason = unavailable(helpers)
        self._told = False

    def read(self, page: pypdfium2.PdfPage, found: RawPage) -> RawPage:
        """Return a page with what OCR finds on it, in place of the text that it has."""
        if self._reason:
            note = found.note if self._told else f"{found.note} ({self._reason})"
            self._told = True
            return replace(found, note=note)
        what = f"page {found.number}"
        try:
            with TemporaryDirectory(prefix="ocr-") as folder:
                image = Path(folder) / "page.pgm"
                _draw(page, image)
                lines = recognized(image, found.frame, self._helpers, what=what)
        except ParseError as error:
            return replace(found, note=f"{found.note}; {error}")
        if not lines:
            return replace(found, note=f"{what} holds an image in which OCR finds no text")
        return replace(found, text=None, lines=tuple(lines), note="")


def _draw(page: pypdfium2.PdfPage, path: Path) -> None:
    """Write the picture of a page, in grey and not packed: that costs next to nothing."""
    options = PictureOptions(0, 0, 0, _dots_per_point(page))
    scale = scale_of(page.get_width(), page.get_height(), options)
    with closing(page.render(scale=scale, grayscale=True)) as bitmap:
        pixels = bitmap.to_numpy()
        pixels = np.ascontiguousarray(pixels.reshape(pixels.shape[0], pixels.shape[1]))
        path.write_bytes(b"P5 %d %d 255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes())


def _dots_per_point(page: pypdfium2.PdfPage) -> float:
    """Return how closely a page is drawn: a large one no closer than the picture on it.

    Letters that are drawn many times as large as they are in the picture are not recognized.
    """
    longer = float(max(page.get_width(), page.get_height()))
    if longer <= _LARGE:
        return _DOTS_PER_POINT
    own = 0.0
    for found in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, _, right, _ = found.get_bounds()
        across, _ = found.get_px_size()
        own = max(own, float(across / max(right - left, 1.0)))
    return min(_DOTS_PER_POINT, max(own, _LEAST_PIXELS / longer))
