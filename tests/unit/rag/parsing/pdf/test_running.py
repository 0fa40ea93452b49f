"""Running heads, feet and page numbers are left out; what only looks like them stays."""

from collections.abc import Callable

import pytest

from rag.types import Block, Page

Pdf = Callable[..., bytes]
Show = Callable[..., str]
Parse = Callable[..., list[Page]]
TextsOf = Callable[[str, bytes], list[str]]

SENTENCE = "The pump of hall {n} is looked after by its own crew and by nobody else."


def body(lines: Show, number: int, y: float = 120) -> str:
    texts = [SENTENCE.format(n=f"{number}{letter}") for letter in "abcdef"]
    return lines(60, y, texts, pitch=40)


def text_of(texts_of: TextsOf, data: bytes) -> str:
    return "\n".join(texts_of("a.pdf", data))


def test_heads_and_feet_with_page_numbers_are_left_out(
    make_pdf: Pdf, show: Show, lines: Show, texts_of: TextsOf
) -> None:
    pages = [
        show(60, 40, "Heron Pumps - Handbook")
        + body(lines, number)
        + show(60, 770, f"Issue 3, page {number} of 5")
        for number in range(1, 6)
    ]
    text = text_of(texts_of, make_pdf(pages))
    assert "Heron Pumps" not in text
    assert "Issue 3" not in text
    assert text.count("own crew") == 30


@pytest.mark.parametrize(
    "form", ["{n}", "- {n} -", "{n} / 4", "Page {n} of 4", "Seite {n}", "{n} | Annual report"]
)
def test_page_numbers_are_known_by_growing_with_the_pages(
    make_pdf: Pdf, show: Show, lines: Show, texts_of: TextsOf, form: str
) -> None:
    pages = [body(lines, number) + show(280, 770, form.format(n=number)) for number in range(1, 5)]
    found = texts_of("a.pdf", make_pdf(pages))
    assert all("own crew" in text for text in found)


def test_roman_page_numbers_and_a_first_page_without_a_head(
    make_pdf: Pdf, show: Show, lines: Show, texts_of: TextsOf
) -> None:
    pages = [show(60, 60, "The Heron Story", 24) + body(lines, 1)]
    pages += [
        show(60, 40, "The Heron Story") + body(lines, number) + show(290, 770, roman)
        for number, roman in enumerate(["ii", "iii", "iv", "v"], 2)
    ]
    found = texts_of("a.pdf", make_pdf(pages))
    assert found.count("The Heron Story") == 1
    assert not {"ii", "iii", "iv", "v"} & set(found)


def test_heads_of_left_and_right_pages_may_differ(
    make_pdf: Pdf, show: Show, lines: Show, texts_of: TextsOf
) -> None:
    heads = [(60, "Heron Pumps"), (430, "Care and repair")]
    pages = [show(*heads[n % 2][:1], 40, heads[n % 2][1]) + body(lines, n) for n in range(8)]
    text = text_of(texts_of, make_pdf(pages))
    assert "Heron Pumps" not in text
    assert "Care and repair" not in text


def test_two_pages_are_enough(make_pdf: Pdf, show: Show, lines: Show, texts_of: TextsOf) -> None:
    pages = [
        show(60, 40, "Minutes of the board") + body(lines, n) + show(60, 770, f"Page {n}")
        for n in (1, 2)
    ]
    text = text_of(texts_of, make_pdf(pages))
    assert "Minutes" not in text
    assert "Page" not in text


def test_lines_of_the_text_that_differ_in_a_number_stay(
    make_pdf: Pdf, show: Show, texts_of: TextsOf
) -> None:
    pages = [
        "".join(
            show(60, 60 + 14 * row, f"Remark {20 * n + row} is noted here.") for row in range(20)
        )
        for n in range(6)
    ]
    text = text_of(texts_of, make_pdf(pages))
    assert all(f"Remark {number} is" in text for number in range(120))


def test_headings_at_the_top_of_each_page_stay_though_they_are_counted(
    make_pdf: Pdf, show: Show, lines: Show, texts_of: TextsOf
) -> None:
    pages = [show(60, 50, f"Exercise {n}", 16) + body(lines, n) for n in range(1, 7)]
    found = texts_of("a.pdf", make_pdf(pages))
    assert [f"Exercise {n}" for n in range(1, 7)] == [t for t in found if "Exercise" in t]


def test_the_head_of_a_table_on_each_page_is_no_running_head(
    make_pdf: Pdf, show: Show, blocks_of: Callable[[str, bytes], list[Block]]
) -> None:
    pages = []
    for n in range(4):
        rows = [("Article", "Stock"), *((f"bolt {n}{row}", f"{row + 3}") for row in range(8))]
        pages.append(
            "".join(
                show(60, 50 + 14 * at, name) + show(260, 50 + 14 * at, stock)
                for at, (name, stock) in enumerate(rows)
            )
        )
    blocks = blocks_of("a.pdf", make_pdf(pages))
    assert {block.header for block in blocks} == {("Article", "Stock")}
    assert [block.cells for block in blocks if block.cells[0].startswith("bolt 2")] == [
        (f"bolt 2{row}", f"{row + 3}") for row in range(8)
    ]


def test_a_part_of_the_pages_is_read_as_in_the_whole(
    make_pdf: Pdf, show: Show, lines: Show, parse: Parse
) -> None:
    data = make_pdf(
        [
            show(60, 40, "Heron Pumps") + body(lines, n) + show(60, 770, f"page {n}")
            for n in range(1, 31)
        ]
    )
    whole = parse("a.pdf", data)
    assert [*parse("a.pdf", data, 1, 14), *parse("a.pdf", data, 15, 30)] == whole


def test_a_page_of_nothing_but_one_line_keeps_it(
    make_pdf: Pdf, show: Show, texts_of: TextsOf
) -> None:
    data = make_pdf([show(60, 60, "Handle with care")] * 5)
    assert texts_of("a.pdf", data) == ["Handle with care"] * 5
