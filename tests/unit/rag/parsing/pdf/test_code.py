"""Code on pages: lines in print of a fixed pitch."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.pdf.document import parse_pdf
from rag.types import Block, BlockKind
from tests.pdfs import Extras, drawn_pdf

FONTS = Extras(
    fonts="/F4 << /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
)
Show = Callable[..., str]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Block]]:
    def blocks(*contents: str) -> list[Block]:
        path = tmp_path / "code.pdf"
        path.write_bytes(drawn_pdf(contents, extras=FONTS))
        options = ParseOptions(helpers=Helpers(ocr=False))
        return [block for page in parse_pdf(path, "code.pdf", options) for block in page.blocks]

    return blocks


PROSE = [
    "The function below is called with two numbers, and returns what they are together.",
    "It is written in a print of its own, as most books do, and its lines stay lines here,",
    "each indented as it stands on the page, since some languages need that to be read.",
]


def test_lines_of_code_stay_lines(
    read: Callable[..., list[Block]], show: Show, lines: Show
) -> None:
    code = (
        show(50, 120, "def add(a, b):", font="F4")
        + show(74, 133, "c = a + b", font="F4")
        + show(74, 159, "return c", font="F4")
    )
    found = read(lines(50, 50, PROSE) + code + lines(50, 190, PROSE))
    assert [block.kind for block in found] == [BlockKind.TEXT, BlockKind.CODE, BlockKind.TEXT]
    assert found[1].text == "def add(a, b):\n    c = a + b\n    return c"
    place = found[1].positions[0]
    assert (place.left, place.page) == (50, 1)
    assert place.bottom - place.top > 40


def test_words_of_code_in_a_sentence_make_no_code(
    read: Callable[..., list[Block]], show: Show, lines: Show
) -> None:
    mixed = show(50, 89, "add()", font="F4") + show(83, 89, "is what the sentence is about, and")
    found = read(lines(50, 50, PROSE) + mixed + lines(50, 102, PROSE))
    assert {block.kind for block in found} == {BlockKind.TEXT}
    assert any("add() is what" in block.text for block in found)


def test_a_typewritten_letter_is_no_code(read: Callable[..., list[Block]], lines: Show) -> None:
    found = read(lines(50, 50, PROSE, font="F4"))
    assert [block.kind for block in found] == [BlockKind.TEXT]
    assert "numbers, and returns what they are together. It is" in found[0].text
