"""Rich text (rtf)."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from rag.errors import ParseError
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]

HEAD = (
    rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset204 Times;}}"
    rb"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 first;}{\s2 \'dcberschrift 2;}{\s3 Heading 3;}}"
    rb"{\info{\title no}}{\header running head\par}"
)


def document(body: bytes) -> bytes:
    return HEAD + body + b"}"


def test_headings_are_known_by_their_styles_and_levels(blocks_of: BlocksOf) -> None:
    body = rb"\pard\s1 Pumps\par\pard\s2 Care\par\pard\s3 Oil\par"
    body += rb"\pard\outlinelevel1 Own\par\pard text"
    found = [(one.text, one.level) for one in blocks_of("a.rtf", document(body))]
    assert found == [("Pumps", 1), ("Care", 2), ("Oil", 3), ("Own", 2), ("text", 0)]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (rb"was {\deleted 100}{\revised 200} EUR\par", ["was 200 EUR"]),
        (rb"{\listtext\tab 1.\tab}First\line second\~line", ["1. First\nsecond\xa0line"]),
        (rb"a{\super{\footnote \pard A note {\i here}.}} b\par", ["a b", "A note here."]),
        (rb"a{\*\annotation \pard why?} b\par", ["a b", "why?"]),
        (rb"\u8230? {\f1 \'cf\'f0\'e8} \u-10179?\u-8704? \{x\}\par", ["… При 😀 {x}"]),
        (rb"{\uc2\u228 \'61\'62}ok\par", ["äok"]),
        (
            rb'{\field{\*\fldinst HYPERLINK "https://e.org/x"}{\fldrslt the {\i link}}} end\par',
            ["the link (https://e.org/x) end"],
        ),
        (rb"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt boxed\par}}}after\par", ["boxed", "after"]),
        (rb"end{\*\unknown x}{\pict 0102}\bin3 {}}\par last", ["end", "last"]),
        (rb"kept{\deleted \par}together\par", ["kepttogether"]),
    ],
)
def test_what_a_paragraph_says_is_read(texts_of: TextsOf, body: bytes, texts: list[str]) -> None:
    assert texts_of("a.rtf", document(body)) == texts


def test_hidden_text_is_left_out_and_named(parse: Parse) -> None:
    page, last = parse("a.rtf", document(rb"shown{\v  secret}\par"))
    assert [block.text for block in page.blocks] == ["shown"]
    assert last.note == "hidden text was left out"


def test_tables_have_their_cells_in_columns(blocks_of: BlocksOf) -> None:
    body = (
        rb"\trowd\cellx1000\cellx2000\cellx3000\pard\intbl Item\cell Price\cell Note\cell\row"
        rb"\trowd\clvmgf\cellx1000\cellx2000\cellx3000\pard\intbl Fig\cell 2\cell a\par b\cell\row"
        rb"\trowd\clvmrg\cellx1000\cellx2010\cellx3000\pard\intbl\cell 3\cell c\cell\row"
        rb"\trowd\cellx1000\cellx3000\pard\intbl Oak\cell 4 {\footnote\pard n}\cell\row\pard after"
    )
    found = blocks_of("a.rtf", document(body))
    assert [block.text for block in found] == [
        "Item: Fig; Price: 2; Note: a\nb",
        "Item: Fig; Price: 3; Note: c",
        "Item: Oak; Price: 4\nn",
        "after",
    ]
    assert found[0].kind is BlockKind.ROW


def test_a_table_in_a_cell_is_part_of_it(texts_of: TextsOf) -> None:
    body = (
        rb"\trowd\cellx1000\pard\intbl\itap2 x\nestcell y\nestcell{\*\nesttableprops\trowd\cellx9"
        rb"\nestrow}{\nonesttables\par}\pard\intbl\itap1 z\cell\row"
    )
    assert texts_of("a.rtf", document(body)) == ["x | y | z"]


def test_other_content_is_read_as_what_it_is(texts_of: TextsOf) -> None:
    assert texts_of("a.rtf", b"<html><body><p>words</p></body></html>") == ["words"]


def test_damage_is_a_clear_error(parse: Parse) -> None:
    body = document(
        rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt a}}\trowd\clmgf\cellx1\clmrg\cellx2 a\cell b"
        rb"\cell\row{\footnote b}\u1 \'ff\bin2 ab\s9999999999 \outlinelevel9 c\par"
    )
    for at in range(6, len(body), 2):
        for data in (body[:at], body[:at] + b"}" + body[at:], body[:at] + b"{" + body[at + 1 :]):
            with suppress(ParseError):
                parse("a.rtf", data)


def test_deep_groups_take_no_more_than_their_length(texts_of: TextsOf) -> None:
    assert texts_of("a.rtf", document(b"{" * 50_000 + b"deep" + b"}" * 50_000)) == ["deep"]
