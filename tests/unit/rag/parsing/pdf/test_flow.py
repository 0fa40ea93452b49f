"""Sentences over page breaks, headings, and the order of columns, turned pages and side notes."""

from collections.abc import Callable

import pytest

from rag.types import Block, BlockKind, Page
from tests.pdfs import Extras

Pdf = Callable[..., bytes]
Show = Callable[..., str]
Parse = Callable[..., list[Page]]
BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]

LONG = [
    "The harbour master keeps the keys of the old lighthouse in a",
    "drawer of his desk, together with the letters that his father",
]
REST = ["wrote to the ministry about the lamp, which was never mended.", "Nobody asked again."]


def test_a_sentence_goes_on_over_the_page_break_with_both_places(
    make_pdf: Pdf, lines: Show, parse: Parse
) -> None:
    first, second = parse(
        "a.pdf", make_pdf([lines(60, 730, LONG), lines(60, 60, REST) + lines(60, 200, ["End."])])
    )
    (block,) = first.blocks
    assert block.text == " ".join(LONG + REST)
    assert [place.page for place in block.positions] == [1, 2]
    assert [block.text for block in second.blocks] == ["End."]


def test_a_footnote_does_not_part_the_sentence(
    make_pdf: Pdf, show: Show, lines: Show, texts_of: TextsOf
) -> None:
    filler = lines(60, 60, ["A line of plain text that tells the size of print."] * 4, pitch=30)
    note = show(60, 770, "1 See the letter of 12 May.", 7)
    found = texts_of("a.pdf", make_pdf([filler + lines(60, 700, LONG) + note, lines(60, 60, REST)]))
    assert " ".join(LONG + REST) in found
    assert "1 See the letter of 12 May." in found


@pytest.mark.parametrize("last", ["It ends here, and nobody knows why it does so at all.", "Short"])
def test_a_paragraph_that_has_ended_stays_alone(
    make_pdf: Pdf, lines: Show, texts_of: TextsOf, last: str
) -> None:
    data = make_pdf([lines(60, 730, [last]), lines(60, 60, REST)])
    assert texts_of("a.pdf", data) == [last, " ".join(REST)]


def test_a_word_broken_at_the_end_of_a_page_is_whole(
    make_pdf: Pdf, lines: Show, texts_of: TextsOf
) -> None:
    data = make_pdf([lines(60, 730, [*LONG, "had sent to every mi\xad"]), lines(60, 60, REST[1:])])
    assert "every miNobody" not in "".join(texts_of("a.pdf", data))


@pytest.mark.parametrize(
    ("text", "how", "level"),
    [
        ("Care of the pump", {"size": 20}, 1),
        ("Care of the pump", {"size": 14}, 2),
        ("Care of the pump", {"size": 12}, 3),
        ("Care of the pump", {"font": "F2"}, 4),
        ("2 Care of the pump", {"font": "F2"}, 1),
        ("2.3 Care of the pump", {"font": "F2"}, 2),
        ("2.3.1 Care of the pump", {}, 3),
    ],
)
def test_headings_are_told_by_size_weight_and_number(
    make_pdf: Pdf,
    show: Show,
    lines: Show,
    blocks_of: BlocksOf,
    text: str,
    how: dict[str, float],
    level: int,
) -> None:
    data = make_pdf([show(60, 60, text, **how) + lines(60, 90, LONG + REST)])
    heading, paragraph = blocks_of("a.pdf", data)
    assert (heading.kind, heading.level, heading.text) == (BlockKind.HEADING, level, text)
    assert paragraph.kind is BlockKind.TEXT


@pytest.mark.parametrize("text", ["12 bottles of red wine", "1. First of all, open the lid", "7"])
def test_text_that_begins_with_a_number_is_no_heading(
    make_pdf: Pdf, show: Show, lines: Show, blocks_of: BlocksOf, text: str
) -> None:
    data = make_pdf([show(60, 60, text) + lines(60, 120, LONG + REST)])
    assert {block.kind for block in blocks_of("a.pdf", data)} == {BlockKind.TEXT}


def test_the_outline_of_the_file_names_headings(
    make_pdf: Pdf, show: Show, lines: Show, blocks_of: BlocksOf
) -> None:
    extras = Extras(
        objects=[
            "<< /Type /Outlines /First 8 0 R /Last 8 0 R /Count 1 >>",
            "<< /Title (Before you start) /Parent 7 0 R /Dest [5 0 R /Fit] >>",
        ],
        catalog="/Outlines 7 0 R",
    )
    content = show(60, 60, "Before you start") + lines(60, 100, LONG + REST)
    heading, _ = blocks_of("a.pdf", make_pdf([content], extras=extras))
    assert (heading.kind, heading.level) == (BlockKind.HEADING, 1)


def test_columns_that_the_file_writes_line_by_line_are_read_one_by_one(
    make_pdf: Pdf, show: Show, texts_of: TextsOf
) -> None:
    left = [
        "The left column tells of the",
        "founders of the firm and of",
        "their first shop in the town,",
        "which burned down in 1931.",
    ]
    right = [
        "The right column lists what",
        "the firm makes today, pumps",
        "and valves of any size, and",
        "where these may be bought.",
    ]
    content = "".join(
        show(60, 100 + 13 * row, one) + show(330, 100 + 13 * row, other)
        for row, (one, other) in enumerate(zip(left, right, strict=True))
    )
    assert texts_of("a.pdf", make_pdf([content])) == [" ".join(left), " ".join(right)]


@pytest.mark.parametrize("turn", ["0 1 -1 0", "0 -1 1 0", "-1 0 0 -1"])
def test_text_that_stands_turned_on_its_page_keeps_its_blanks_and_order(
    make_pdf: Pdf, texts_of: TextsOf, turn: str
) -> None:
    step = {"0 1 -1 0": (14, 0), "0 -1 1 0": (-14, 0), "-1 0 0 -1": (0, 14)}[turn]
    content = "".join(
        f"BT /F1 10 Tf {turn} {300 + step[0] * n} {400 + step[1] * n} Tm ({text}) Tj ET\n"
        for n, text in enumerate([*LONG, *REST])
    )
    assert texts_of("a.pdf", make_pdf([content])) == [" ".join(LONG + REST)]


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_turned_pages_are_read_from_the_top(make_pdf: Pdf, texts_of: TextsOf, rotate: int) -> None:
    turn, x, y, dx, dy = {
        90: ("0 1 -1 0", 100, 60, 14, 0),
        180: ("-1 0 0 -1", 540, 100, 0, 14),
        270: ("0 -1 1 0", 500, 740, -14, 0),
    }[rotate]
    content = "".join(
        f"BT /F1 10 Tf {turn} {x + dx * n} {y + dy * n} Tm ({text}) Tj ET\n"
        for n, text in enumerate([*LONG, *REST])
    )
    assert texts_of("a.pdf", make_pdf([content], rotate=rotate)) == [" ".join(LONG + REST)]


def test_texts_far_apart_on_one_line_are_not_glued(
    make_pdf: Pdf, show: Show, texts_of: TextsOf
) -> None:
    content = show(60, 100, "TWICE") + show(400, 100, "TWICE") + show(60, 160, "see the note")
    assert texts_of("a.pdf", make_pdf([content])) == ["TWICE", "TWICE", "see the note"]


def test_an_upright_line_on_a_page_of_turned_text_keeps_its_words(
    make_pdf: Pdf, show: Show, texts_of: TextsOf
) -> None:
    content = show(60, 40, "Falcon service guide") + "".join(
        f"BT /F1 10 Tf 0 1 -1 0 {300 + 14 * n} 400 Tm ({text}) Tj ET\n"
        for n, text in enumerate([*LONG, *REST])
    )
    texts = texts_of("a.pdf", make_pdf([content]))
    assert sorted(texts) == sorted(["Falcon service guide", " ".join(LONG + REST)])


def test_headings_that_the_file_names_need_no_other_print(
    make_pdf: Pdf, show: Show, blocks_of: Callable[[str, bytes], list[Block]]
) -> None:
    content = "".join(
        f"/Any << /MCID {mark} >> BDC {show(60, 100 + 14 * mark, text)} EMC\n"
        for mark, text in enumerate(("Care of the pump", "Oil the pump each week."))
    )
    parents, roles = "<< /Nums [0 [9 0 R 10 0 R]] >>", "/RoleMap << /Kapitel /H2 >>"
    elements = [
        f"<< /Type /StructTreeRoot /K [8 0 R] /ParentTree {parents} {roles} >>",
        "<< /Type /StructElem /S /Document /P 7 0 R /K [9 0 R 10 0 R] >>",
        "<< /Type /StructElem /S /Kapitel /P 8 0 R /Pg 5 0 R /K 0 >>",
        "<< /Type /StructElem /S /P /P 8 0 R /Pg 5 0 R /K 1 >>",
    ]
    tree = "/MarkInfo << /Marked true >> /StructTreeRoot 7 0 R"
    data = make_pdf([content], extras=Extras(elements, catalog=tree, page="/StructParents 0"))
    heading, text = blocks_of("a.pdf", data)
    assert (heading.kind, heading.level, heading.text) == (
        BlockKind.HEADING,
        2,
        "Care of the pump",
    )
    assert (text.kind, text.text) == (BlockKind.TEXT, "Oil the pump each week.")
