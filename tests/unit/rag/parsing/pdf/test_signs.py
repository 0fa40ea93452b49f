"""Letters of fonts without a map: signs by their shape, and text that is nothing but codes."""

from collections.abc import Callable

from rag.types import Block, Page
from tests.pdfs import Extras

Pdf = Callable[..., bytes]
Show = Callable[..., str]
BlocksOf = Callable[[str, bytes], list[Block]]

BAR, DOT, CODE = "\x03", "\x04", "\x05"
_MAP = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
    "1 begincodespacerange <00> <FF> endcodespacerange "
    "2 beginbfchar <03> <0003> <04> <0004> endbfchar endcmap end end"
)
_FONT = (
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R "
    "/Encoding << /Type /Encoding /Differences [3 /minus /bullet] >> >>"
)
CODES = Extras([f"<< /Length {len(_MAP)} >>\nstream\n{_MAP}\nendstream", _FONT], fonts="/F4 8 0 R")
"""A font that draws a minus and a bullet, and says of both nothing but their codes."""


def test_a_minus_without_a_map_is_not_lost(make_pdf: Pdf, show: Show, blocks_of: BlocksOf) -> None:
    content = show(60, 100, "Potential") + show(130, 100, BAR, font="F4") + show(136, 100, "0.94 V")
    (block,) = blocks_of("a.pdf", make_pdf([content], extras=CODES))
    assert block.text == "Potential \u22120.94 V"


def test_a_dot_before_an_item_is_its_mark(make_pdf: Pdf, show: Show, blocks_of: BlocksOf) -> None:
    content = show(60, 100, "To be brought along by each of the guests:")
    for y, item in ((114, "one pump with a hose"), (128, "two valves of brass")):
        content += show(60, y, DOT, font="F4") + show(66, y, f" {item}")
    blocks = blocks_of("a.pdf", make_pdf([content], extras=CODES))
    assert [block.text for block in blocks[1:]] == [
        "• one pump with a hose",
        "• two valves of brass",
    ]


def test_a_line_of_nothing_but_codes_is_named(
    make_pdf: Pdf, show: Show, parse: Callable[..., list[Page]]
) -> None:
    content = show(60, 100, "Words of a page that are read as they stand on it.")
    content += show(60, 200, f"{CODE * 5}!{CODE * 9}", font="F1")
    (page,) = parse("a.pdf", make_pdf([content]))
    assert [block.text for block in page.blocks] == [
        "Words of a page that are read as they stand on it."
    ]
    assert "page 1 holds text that cannot be read, in a font without a map" in page.note


def test_what_stands_beyond_the_edges_of_the_page_is_left_out(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    content = show(60, 100, "Seen by all readers") + show(700, 100, "cut off by the printer")
    assert [block.text for block in blocks_of("a.pdf", make_pdf([content]))] == [
        "Seen by all readers"
    ]
