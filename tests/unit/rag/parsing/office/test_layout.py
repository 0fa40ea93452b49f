"""What Office files look like: pages that LibreOffice draws, as the chunks have them."""

import io
from pathlib import Path

import pypdfium2
import pytest
import xlsxwriter
from pptx import Presentation

from rag.errors import ParseError
from rag.parsing.base import Helpers
from rag.parsing.helpers.programs import LIBREOFFICE
from rag.parsing.office.layout import MOST_SHEET_BYTES
from rag.parsing.registry import lay_out
from tests.support.programs import needs
from tests.unit.rag.parsing.office.test_converted import contract


def deck() -> bytes:
    presentation = Presentation()
    for number in range(1, 4):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = f"Slide {number}"
    presentation.slides[1]._element.set("show", "0")  # noqa: SLF001 - python-pptx has no other way
    buffer = io.BytesIO()
    presentation.save(buffer)
    return buffer.getvalue()


def workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("shown").write(0, 0, "Pump")
        hidden = book.add_worksheet("hidden")
        hidden.write(0, 0, "Secret")
        hidden.hide()
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "texts"),
    [
        pytest.param("contract.docx", contract(), ["The price is 200 EUR."], id="tracked changes"),
        pytest.param("deck.pptx", deck(), ["Slide 1", "", "Slide 3"], id="a hidden slide"),
        pytest.param("stock.xlsx", workbook(), ["Pump"], id="a hidden sheet"),
    ],
)
def test_pages_show_what_chunks_have(
    tmp_path: Path, name: str, content: bytes, texts: list[str]
) -> None:
    needs(LIBREOFFICE)
    source, target = tmp_path / "file", tmp_path / "layout.pdf"
    source.write_bytes(content)
    lay_out(source, name, target, Helpers())
    with pypdfium2.PdfDocument(target) as document:
        shown = [page.get_textpage().get_text_bounded() for page in document]
    assert len(shown) == len(texts)
    for said, text in zip(shown, texts, strict=True):
        assert text in said if text else not said
        assert not {"100", "Secret"} & set(said.split())


def test_a_workbook_of_very_many_rows_has_none(tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(bytes(MOST_SHEET_BYTES + 1))
    with pytest.raises(ParseError, match=r"log\.xlsx is too large to be shown as pages: 4 MB"):
        lay_out(source, "log.xlsx", tmp_path / "layout.pdf", Helpers())
