"""PDF files: text, places, order of reading, and files that cannot or can partly be read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import EmptyFileError, EncryptedFileError, ParseError
from rag.parsing.registry import page_count
from rag.types import Block, Page

Pdf = Callable[..., bytes]
At = Callable[..., str]
Parse = Callable[..., list[Page]]
BlocksOf = Callable[[str, bytes], list[Block]]

PROSE = [
    "The lighthouse keeper wrote every evening into a book bound in",
    "green cloth, and what he wrote was read by nobody until the day",
    "the tower was sold.",
]


def column(at: At, x: int, top: int, lines: list[str]) -> str:
    return "".join(at(x, top - 14 * index, line) for index, line in enumerate(lines))


def test_lines_of_a_paragraph_become_one_block(make_pdf: Pdf, at: At, blocks_of: BlocksOf) -> None:
    (block,) = blocks_of("a.pdf", make_pdf([column(at, 50, 700, PROSE)]))
    assert block.text == " ".join(PROSE)


def test_a_position_is_a_box_in_points_from_the_top_left(
    make_pdf: Pdf, at: At, blocks_of: BlocksOf
) -> None:
    (block,) = blocks_of("a.pdf", make_pdf([at(100, 700, "Hello Harbour", size=20)]))
    (box,) = block.positions
    assert box.page == 1
    assert box.left == pytest.approx(101, abs=2)
    assert 200 < box.right < 240
    assert box.bottom == pytest.approx(100, abs=6)
    assert box.top == pytest.approx(85, abs=4)


@pytest.mark.parametrize(
    ("rotate", "left", "top"),
    [(0, 100, 90), (90, 700, 100), (180, 436, 700), (270, 90, 436)],
)
def test_positions_follow_the_rotation_of_the_page(
    make_pdf: Pdf, at: At, blocks_of: BlocksOf, rotate: int, left: int, top: int
) -> None:
    (block,) = blocks_of("a.pdf", make_pdf([at(100, 700, "Hello Harbour")], rotate=rotate))
    (box,) = block.positions
    assert box.left == pytest.approx(left, abs=15)
    assert box.top == pytest.approx(top, abs=15)
    assert box.left < box.right
    assert box.top < box.bottom


def test_words_broken_at_a_line_end_are_joined(make_pdf: Pdf, at: At, blocks_of: BlocksOf) -> None:
    lines = ["The committee came to a rather surpris-", "ing decision in the end of the day."]
    (block,) = blocks_of("a.pdf", make_pdf([column(at, 50, 700, lines)]))
    assert "rather surprising decision" in block.text


def test_a_hyphen_before_a_capital_stays(make_pdf: Pdf, at: At, blocks_of: BlocksOf) -> None:
    lines = ["They used the well known method of Levenberg-", "Marquardt and found a minimum."]
    (block,) = blocks_of("a.pdf", make_pdf([column(at, 50, 700, lines)]))
    assert "Levenberg-Marquardt" in block.text


def test_repeated_blanks_and_dot_leaders_are_squeezed(
    make_pdf: Pdf, at: At, blocks_of: BlocksOf
) -> None:
    line = "Preface   and    thanks" + " ." * 30 + " 7"
    (block,) = blocks_of("a.pdf", make_pdf([at(50, 700, line)]))
    assert block.text == "Preface and thanks ... 7"


def test_a_gap_a_short_line_an_indent_or_a_bullet_begins_a_paragraph(
    make_pdf: Pdf, at: At, blocks_of: BlocksOf
) -> None:
    content = (
        column(at, 50, 700, PROSE)
        + column(at, 50, 658, PROSE)
        + at(70, 616, "An indented line that opens the third paragraph of this page,")
        + at(50, 602, "and carries on here.")
        + at(50, 588, "- a listed item")
        + at(50, 500, "Far below")
    )
    texts = [block.text for block in blocks_of("a.pdf", make_pdf([content]))]
    assert [text.split()[0] for text in texts] == ["The", "The", "An", "-", "Far"]


def test_what_stands_on_one_line_after_a_raised_mark_stays_together(
    make_pdf: Pdf, at: At, blocks_of: BlocksOf
) -> None:
    content = at(50, 700, "Author") + at(86, 705, "1", size=7) + at(93, 700, "and others")
    (block,) = blocks_of("a.pdf", make_pdf([content]))
    assert block.text.startswith("Author1")
    assert block.text.endswith("and others")


def test_columns_written_one_after_the_other_are_read_so(
    make_pdf: Pdf, at: At, blocks_of: BlocksOf
) -> None:
    left = [f"left line number {index} fills it" for index in range(8)]
    right = [f"right line number {index} fills" for index in range(8)]
    content = column(at, 50, 700, left) + column(at, 320, 700, right)
    one, other = blocks_of("a.pdf", make_pdf([content]))
    assert one.text == " ".join(left)
    assert other.text == " ".join(right)


def test_a_jumbled_order_is_put_right_by_place(make_pdf: Pdf, at: At, blocks_of: BlocksOf) -> None:
    heights = [400, 700, 300, 600, 200, 500, 100]
    content = "".join(at(50, height, f"left at {height}") for height in heights)
    content += "".join(at(350, height, f"right at {height}") for height in heights)
    texts = [block.text for block in blocks_of("a.pdf", make_pdf([content]))]
    ordered = sorted(heights, reverse=True)
    assert texts == [f"left at {h}" for h in ordered] + [f"right at {h}" for h in ordered]


def test_pages_come_with_their_number_and_the_total(make_pdf: Pdf, at: At, parse: Parse) -> None:
    pages = parse("a.pdf", make_pdf([at(50, 700, f"page {n}") for n in range(1, 6)]))
    assert [(page.number, page.total) for page in pages] == [(n, 5) for n in range(1, 6)]
    assert [page.blocks[0].positions[0].page for page in pages] == [1, 2, 3, 4, 5]


def test_only_the_pages_asked_for_are_read(make_pdf: Pdf, at: At, parse: Parse) -> None:
    data = make_pdf([at(50, 700, f"page {n}") for n in range(1, 6)])
    assert [page.number for page in parse("a.pdf", data, 2, 3)] == [2, 3]
    assert [page.number for page in parse("a.pdf", data, 4, 99)] == [4, 5]
    assert parse("a.pdf", data, 9) == []


def test_a_page_without_text_says_so(make_pdf: Pdf, at: At, parse: Parse) -> None:
    image = "q 500 0 0 700 50 50 cm /Im1 Do Q"
    first, second, third = parse("a.pdf", make_pdf([at(50, 700, "words"), image, ""]))
    assert first.note == ""
    assert second.blocks == ()
    off = "(OCR is switched off: worker.ocr)"
    assert second.note == f"page 2 holds no text, only an image {off}"
    assert third.note == "page 3 is empty"


def test_a_password_is_asked_for(make_pdf: Pdf, at: At, parse: Parse) -> None:
    data = make_pdf([at(50, 700, "secret")], user="open sesame", owner="boss")
    with pytest.raises(EncryptedFileError, match=r"a\.pdf needs a password"):
        parse("a.pdf", data)


def test_a_file_locked_against_changes_only_is_read(
    make_pdf: Pdf, at: At, blocks_of: BlocksOf
) -> None:
    (block,) = blocks_of("a.pdf", make_pdf([at(50, 700, "public words")], owner="boss"))
    assert block.text == "public words"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7 and then nothing of use", "is damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "is not a PDF; it seems to be a PNG image"),
        (b"just some words", "is not a PDF; it seems to be plain text"),
    ],
)
def test_what_is_no_pdf_is_refused(parse: Parse, data: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse("a.pdf", data)


def test_an_empty_file_is_called_so(parse: Parse) -> None:
    with pytest.raises(EmptyFileError):
        parse("a.pdf", b"")


def test_a_damaged_page_does_not_hide_the_others(make_pdf: Pdf, at: At, parse: Parse) -> None:
    data = make_pdf([at(50, 700, "first"), at(50, 700, "second")])
    broken = data.replace(b"7 0 R] /Count", b"9 9 R] /Count")
    first, second = parse("a.pdf", broken)
    assert first.blocks[0].text == "first"
    assert second.note == "page 2 is damaged and could not be read"


def test_pages_are_counted(make_pdf: Pdf, tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_bytes(make_pdf(["", "", ""]))
    assert page_count(path, "A.PDF") == 3


def test_a_page_that_is_listed_again_and_again_is_refused(
    make_pdf: Pdf, at: At, parse: Parse, tmp_path: Path
) -> None:
    once = make_pdf([at(50, 700, "first")])
    data = once.replace(b"[5 0 R] /Count 1", b"[" + b"5 0 R " * 2000 + b"] /Count 2000")
    with pytest.raises(ParseError, match=r"a\.pdf lists 2,000 pages in 12 KB"):
        parse("a.pdf", data)
    path = tmp_path / "object"
    path.write_bytes(data)
    with pytest.raises(ParseError, match="2,000 pages"):
        page_count(path, "a.pdf")
