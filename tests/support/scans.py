"""Pictures of printed words, and PDF files that are nothing but such pictures."""

import ctypes
import io
from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from rag.parsing.pdf.pictures import grey_png
from tests.pdfs import drawn_pdf

Picture = NDArray[np.uint8]
"""Shape (height, width): grey values."""


def printed(texts: Sequence[str], *, scale: float = 2.0, height: int = 300) -> Picture:
    """Return the picture of lines of text, cut off below `height` points."""
    content = "".join(
        f"BT /F1 18 Tf 50 {740 - 40 * index} Td ({text}) Tj ET\n"
        for index, text in enumerate(texts)
    )
    with closing(pypdfium2.PdfDocument(drawn_pdf([content]))) as document:
        bitmap = document[0].render(scale=scale, grayscale=True)
        pixels = bitmap.to_numpy()
        return pixels.reshape(pixels.shape[0], pixels.shape[1])[: int(height * scale)].copy()


def png(picture: Picture) -> bytes:
    """Return a picture as PNG."""
    return grey_png(np.ascontiguousarray(picture))


def scan(*pictures: Picture, stamp: str = "", dots: int = 2) -> bytes:
    """Return a PDF with a picture on each page, of so many dots a point, a text over the last."""
    document = pypdfium2.PdfDocument.new()
    for picture in pictures:
        height, width = picture.shape[0] / dots, picture.shape[1] / dots
        page = document.new_page(width, height)
        image = pypdfium2.PdfImage.new(document)
        bitmap = pypdfium2.PdfBitmap.new_native(picture.shape[1], picture.shape[0], 1)
        target = bitmap.to_numpy()
        target[...] = picture.reshape(target.shape)
        image.set_bitmap(bitmap)
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        page.insert_obj(image)
        if stamp and picture is pictures[-1]:
            _write(document, page, stamp)
        page.gen_content()
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _write(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, text: str) -> None:
    font = raw.FPDFText_LoadStandardFont(document, b"Helvetica")
    item = raw.FPDFPageObj_CreateTextObj(document, font, 9.0)
    wide = ctypes.create_string_buffer((text + "\0").encode("utf-16-le"))
    raw.FPDFText_SetText(item, ctypes.cast(wide, ctypes.POINTER(ctypes.c_ushort)))
    raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, 20, 20)
    raw.FPDFPage_InsertObject(page, item)
