"""A page drawn in grey."""

from contextlib import closing

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

Pixels = NDArray[np.uint8]


def grey_pixels(page: pypdfium2.PdfPage, scale: float) -> Pixels:
    """Return a page with so many pixels for each point, row by row.

    PDFium's own flag for grey turns each picture of the page as it is in the file, however large;
    drawn into a grey bitmap without it, a page looks the same and takes half of the time.
    """
    with closing(page.render(scale=scale, force_bitmap_format=raw.FPDFBitmap_Gray)) as bitmap:
        pixels = bitmap.to_numpy()
        return np.array(pixels.reshape(pixels.shape[0], pixels.shape[1]))
