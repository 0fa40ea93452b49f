"""OCR of pictures, of scanned pages, and of pictures inside of Office files."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from docx import Document
from pptx import Presentation

from rag.errors import ParseError, ParserLimitError, UnsupportedFormatError
from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.helpers.programs import TESSERACT, found
from rag.parsing.ocr.tesseract import MISSING
from rag.parsing.registry import find_parser
from rag.types import Page
from tests.pdfs import Extras, drawn_pdf
from tests.support.programs import needs
from tests.support.scans import Picture, png, printed, scan

WORDS = ("The pump ZX 4711 costs", "two hundred euros in Kiel")
SENTENCE = " ".join(WORDS)
OFF = Helpers(ocr=False)

Read = Callable[..., list[Page]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read bytes under a name with some helpers."""

    def pages(name: str, data: bytes, helpers: Helpers | None = None, last: int = 0) -> list[Page]:
        path = tmp_path / "file"
        path.write_bytes(data)
        options = ParseOptions(1, last, helpers=helpers or Helpers())
        return list(find_parser(name)(path, name, options))

    return pages


def text_of(pages: list[Page]) -> str:
    return " ".join(block.text for page in pages for block in page.blocks)


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_words_of_a_picture_come_with_their_places(read: Read, turns: int) -> None:
    needs(TESSERACT)
    picture = np.rot90(printed(WORDS), turns)
    pages = read("photo.png", png(picture))

    assert text_of(pages) == SENTENCE
    (place,) = pages[0].blocks[0].positions
    height, width = picture.shape
    assert 0 < place.left < place.right < width
    assert 0 < place.top < place.bottom < height
    assert (place.right - place.left > place.bottom - place.top) is (turns == 0)


def test_a_scanned_page_has_the_places_of_its_words_in_points(read: Read) -> None:
    needs(TESSERACT)
    pages = read("scan.pdf", scan(printed(WORDS)))

    assert text_of(pages) == SENTENCE
    (place,) = pages[0].blocks[0].positions
    assert (place.page, place.left) == (1, 50)
    assert abs(place.top - 46) < 6
    assert pages[0].note == ""


def test_a_scanned_page_that_stands_on_its_head_is_read(read: Read) -> None:
    needs(TESSERACT)
    assert text_of(read("scan.pdf", scan(np.rot90(printed(WORDS), 2)))) == SENTENCE


def test_a_large_page_is_drawn_no_larger_than_the_picture_on_it(read: Read) -> None:
    needs(TESSERACT)
    pages = read("scan.pdf", scan(printed(WORDS, scale=3.0, height=150), dots=1))

    assert text_of(pages) == SENTENCE


def test_only_the_pages_that_are_wanted_are_looked_at_and_text_stays_as_it_is(read: Read) -> None:
    needs(TESSERACT)
    stamped = scan(printed(WORDS), np.full((600, 1200), 255, np.uint8), stamp="Page 2 of 2")
    first, second = read("scan.pdf", stamped)
    assert text_of([first]) == SENTENCE
    assert "Page 2 of 2" in text_of([second]) or second.note
    assert [page.number for page in read("scan.pdf", stamped, last=1)] == [1]


def test_pictures_inside_of_documents_are_read(read: Read) -> None:
    picture = png(printed(WORDS))
    word, slides = with_picture_docx(picture), with_picture_pptx(picture)
    book = with_picture_xlsx(picture)
    for name, data in (("a.docx", word), ("a.pptx", slides), ("a.xlsx", book)):
        pages = read(name, data, OFF)
        assert "pictures were not read (OCR is switched off: worker.ocr)" in pages[-1].note
        if found(TESSERACT):
            assert SENTENCE in text_of(read(name, data))


def test_a_picture_in_word_is_read_where_it_stands(read: Read) -> None:
    needs(TESSERACT)
    picture = png(printed(WORDS))
    said = text_of(read("a.docx", with_picture_docx(picture, around=("before it", "behind it"))))
    assert said.index("before it") < said.index(SENTENCE) < said.index("behind it")
    assert said.count(SENTENCE) == 1


def test_pictures_on_a_page_with_text_are_read_beside_it(read: Read) -> None:
    text = "These words stand on the page itself. " * 4
    pages = with_picture_pdf(printed(WORDS), text)
    (page,) = read("a.pdf", pages, Helpers(ocr=False, ocr_page_pictures=True))
    assert page.note == "pictures were not read (OCR is switched off: worker.ocr)"
    (page,) = read("a.pdf", pages)
    assert (text_of([page]), page.note) == (text.strip(), "")
    if found(TESSERACT):
        (page,) = read("a.pdf", pages, Helpers(ocr_page_pictures=True))
        assert text_of([page]) == f"{text}{SENTENCE}"
        (place,) = page.blocks[1].positions
        assert place.top > page.blocks[0].positions[0].bottom


def test_without_ocr_it_is_said_once_what_is_missing(read: Read) -> None:
    pages = read("scan.pdf", scan(printed(WORDS), printed(WORDS)), OFF)
    assert [page.note for page in pages] == [
        "page 1 holds no text, only an image (OCR is switched off: worker.ocr)",
        "page 2 holds no text, only an image",
    ]
    with pytest.raises(UnsupportedFormatError, match=r"a\.png is a picture, and is read by OCR"):
        read("a.png", png(printed(WORDS)), OFF)
    assert "apt-get install tesseract-ocr" in MISSING


def test_a_language_that_is_not_installed_is_named(read: Read) -> None:
    needs(TESSERACT)
    with pytest.raises(ParseError, match=r"apt-get install tesseract-ocr-xx-yy$"):
        read("a.png", png(printed(WORDS)), Helpers(ocr_languages="eng+xx_yy"))
    (page,) = read("a.pdf", scan(printed(WORDS)), Helpers(ocr_languages="xx_yy"))
    assert "tesseract-ocr-xx-yy" in page.note


def test_a_page_that_takes_too_long_is_named_and_the_others_are_read(read: Read) -> None:
    needs(TESSERACT)
    with pytest.raises(ParserLimitError, match=r"OCR of a\.png took more than 0\.001 seconds"):
        read("a.png", png(printed(WORDS)), Helpers(ocr_seconds=0.001))


def test_what_is_no_picture_is_refused(read: Read) -> None:
    needs(TESSERACT)
    with pytest.raises(UnsupportedFormatError, match="it seems to be plain text"):
        read("a.jpg", b"just words")
    huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2
    with pytest.raises(ParseError, match=r"3,600 million pixels; the limit is 100 million"):
        read("a.png", huge)
    with pytest.raises(ParseError, match=r"OCR of a\.png failed"):
        read("a.png", huge[:16] + (60).to_bytes(4, "big") * 2)
    with pytest.raises(ParseError, match="damaged"):
        read("a.tif", b"II*\0\x08")


def with_picture_pdf(picture: Picture, text: str) -> bytes:
    """Return a page with lines of text above a picture."""
    height, width = picture.shape
    image = (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
        f" /BitsPerComponent 8 /Filter /ASCIIHexDecode /Length {2 * picture.size} >>\n"
        f"stream\n{picture.tobytes().hex()}\nendstream"
    )
    half = len(text) // 2
    content = (
        f"BT /F1 10 Tf 14 TL 60 700 Td ({text[:half]}) Tj T* ({text[half:]}) Tj ET "
        f"q {width / 4} 0 0 {height / 4} 60 400 cm /Im2 Do Q"
    )
    return drawn_pdf([content], extras=Extras([image], images="/Im2 7 0 R"))


def with_picture_docx(picture: bytes, around: tuple[str, str] = ("", "")) -> bytes:
    document = Document()
    document.add_paragraph(around[0])
    document.add_picture(io.BytesIO(picture))
    document.add_paragraph(around[1])
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_picture_xlsx(picture: bytes) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Text")
        sheet.insert_image(2, 0, "p.png", {"image_data": io.BytesIO(picture)})
    return buffer.getvalue()


def with_picture_pptx(picture: bytes) -> bytes:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    slide.shapes.add_picture(io.BytesIO(picture), 0, 0)
    buffer = io.BytesIO()
    presentation.save(buffer)
    return buffer.getvalue()
