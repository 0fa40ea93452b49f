"""Text that stands for what is drawn: its box is that of all that it stands for."""

from collections.abc import Callable

import pytest

from rag.types import Block
from tests.pdfs import Extras

BlocksOf = Callable[[str, bytes], list[Block]]


def marked(words: str, parts: list[str]) -> str:
    """Write parts of a line, one operator each, for which other words stand."""
    shown = " ".join(f"({part}) Tj" for part in parts)
    return f"BT /F1 12 Tf 20 700 Td /Span << /ActualText ({words}) >> BDC {shown} EMC ET\n"


def test_words_that_stand_for_several_operators_have_the_box_of_all(
    blocks_of: BlocksOf, make_pdf: Callable[..., bytes]
) -> None:
    parts = ["Abc def ", "ghi jkl mno ", "pqr stu vwx yz"]
    (replaced,) = blocks_of("a.pdf", make_pdf([marked("Replaced words of the line", parts)]))
    (drawn,) = blocks_of("a.pdf", make_pdf([f"BT /F1 12 Tf 20 700 Td ({''.join(parts)}) Tj ET"]))
    assert replaced.text == "Replaced words of the line"
    (box,), (whole,) = replaced.positions, drawn.positions
    assert abs(box.left - whole.left) <= 1
    assert abs(box.right - whole.right) <= 1


def test_words_beside_a_marked_stretch_keep_their_box(
    blocks_of: BlocksOf, make_pdf: Callable[..., bytes]
) -> None:
    other = "BT /F1 12 Tf 20 600 Td (Other words) Tj ET"
    page = marked("Replaced words of the line", ["Abc ", "def ghi"]) + other
    _, beside = blocks_of("a.pdf", make_pdf([page]))
    (box,) = beside.positions
    assert (beside.text, box.right < 90) == ("Other words", True)


def test_a_stretch_within_another_one_is_replaced_by_the_outer(
    blocks_of: BlocksOf, make_pdf: Callable[..., bytes]
) -> None:
    inner = "/Span << /ActualText (inner) >> BDC (ghi) Tj EMC"
    outer = "/Span << /ActualText (Outer words) >> BDC {} EMC"
    shown = outer.format(f"(Abc def) Tj {inner} (jkl mno) Tj")
    (block,) = blocks_of("a.pdf", make_pdf([f"BT /F1 12 Tf 20 700 Td {shown} ET"]))
    assert block.text == "Outer words"


@pytest.mark.parametrize(
    "shown",
    [
        "(Abc def) Tj /Span << /MCID 1 >> BDC (ghi) Tj EMC (jkl mno) Tj",
        "(Abc def) Tj /Span << /MCID 1 >> BDC (ghi) Tj EMC",
        "(Abc def) Tj /Span << /MCID 1 >> BDC /Artifact BMC (ghi) Tj EMC EMC (jkl mno) Tj",
    ],
)
def test_marks_within_a_stretch_do_not_repeat_its_text(
    blocks_of: BlocksOf, make_pdf: Callable[..., bytes], shown: str
) -> None:
    stretch = f"/Span << /ActualText (Outer words) >> BDC {shown} EMC"
    page = (
        "BT /F1 12 Tf 20 700 Td (Before it) Tj ET"
        f" BT /F1 12 Tf 20 600 Td {stretch} ET"
        " BT /F1 12 Tf 20 500 Td (After it) Tj ET"
    )
    data = make_pdf([page], extras=Extras(catalog="/MarkInfo << /Marked true >>"))
    blocks = blocks_of("a.pdf", data)
    assert [block.text for block in blocks] == ["Before it", "Outer words", "After it"]
    (box,) = blocks[1].positions
    assert (box.left, 185 < box.top < box.bottom < 210) == (20, True)
