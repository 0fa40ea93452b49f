"""Pictures of the pages of a PDF, and how large these are."""

import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from struct import Struct

import numpy as np
import pypdfium2

from rag.errors import ParseError
from rag.parsing.base import PageSize, PictureOptions
from rag.parsing.pdf.document import open_pdf
from rag.parsing.pdf.drawing import Pixels, grey_pixels
from rag.parsing.pdf.scaling import scale_of

_CHUNK = Struct(">I4s")
_CHECK = Struct(">I")
_HEADER = Struct(">IIBBBBB")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY = 0
_UP = 2
"""The filter by which a row of a PNG is the difference to the one above: most of a page is blank
or upright strokes."""


def page_sizes(path: Path, name: str) -> list[PageSize]:
    """Return how large the pages of a PDF are as they are shown, in points; 0 if damaged."""
    with open_pdf(path, name) as document:
        return [_size_of(document, number) for number in range(1, len(document) + 1)]


def draw_pages(path: Path, name: str, options: PictureOptions) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers of the pages asked for, as far as there are such, with PNG pictures.

    The first one that is damaged raises ParseError; the others are left out.
    """
    with open_pdf(path, name) as document:
        last = min(options.last_page, len(document))
        for number in range(options.first_page, last + 1):
            try:
                with closing(document[number - 1]) as page:
                    yield number, _drawn(page, options)
            except pypdfium2.PdfiumError as error:
                if number == options.first_page:
                    raise ParseError(f"Page {number} of {name} is damaged.") from error


def _size_of(document: pypdfium2.PdfDocument, number: int) -> PageSize:
    try:
        width, height = document.get_page_size(number - 1)
    except pypdfium2.PdfiumError:
        return 0.0, 0.0
    return round(width, 2), round(height, 2)


def _drawn(page: pypdfium2.PdfPage, options: PictureOptions) -> bytes:
    scale = scale_of(page.get_width(), page.get_height(), options)
    return grey_png(grey_pixels(page, scale))


def grey_png(pixels: Pixels) -> bytes:
    """Return the PNG of a grey picture, whose rows are those of an array."""
    height, width = pixels.shape
    above = np.zeros_like(pixels)
    above[1:] = pixels[:-1]
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0] = _UP
    np.subtract(pixels, above, out=rows[:, 1:])  # modulo 256, as the format has it
    header = _HEADER.pack(width, height, 8, _GREY, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    parts = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return _SIGNATURE + b"".join(_part(kind, data) for kind, data in parts)


def _part(kind: bytes, data: bytes) -> bytes:
    return _CHUNK.pack(len(data), kind) + data + _CHECK.pack(zlib.crc32(kind + data))
