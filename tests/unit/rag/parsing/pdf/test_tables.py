"""Tables: rows with their cells, the names of columns, wrapped cells, and what is no table."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from rag.types import Block, BlockKind

Pdf = Callable[..., bytes]
Show = Callable[..., str]
Grid = Callable[[Sequence[float], Sequence[float]], str]
BlocksOf = Callable[[str, bytes], list[Block]]

HEAD = ("Part", "Description", "Pieces", "Price")
XS = (60, 130, 270, 340, 420)


def rows_of(blocks: Sequence[Block]) -> list[tuple[str, ...]]:
    return [block.cells for block in blocks if block.kind is BlockKind.ROW]


def cells(show: Show, y: float, texts: Sequence[str], xs: Sequence[float] = XS) -> str:
    return "".join(
        show(x + 4, y + 12 * line, part)
        for x, text in zip(xs, texts, strict=False)
        for line, part in enumerate(text.split("\n"))
        if part
    )


WRAPPED = [
    ("H-1", "sealing ring\nof rubber", "12", "3.50"),
    ("H-2", "valve", "1", "118.00"),
    ("H-3", "hose with two\ncouplings, three\nmetres long", "4", "27.90"),
]
WHOLE = [
    ("H-1", "sealing ring of rubber", "12", "3.50"),
    ("H-2", "valve", "1", "118.00"),
    ("H-3", "hose with two couplings, three metres long", "4", "27.90"),
]


def table(
    show: Show, top: float, rows: Sequence[Sequence[str]], room: float
) -> tuple[str, list[float]]:
    """Return the texts of rows, and the heights of the rules around each."""
    content, y, heights = "", top, [top - 14]
    for row in rows:
        content += cells(show, y, row)
        y += room + 12 * (max(text.count("\n") for text in row))
        heights.append(y - 14)
    return content, heights


def test_a_ruled_table_with_wrapped_cells(
    make_pdf: Pdf, show: Show, grid: Grid, blocks_of: BlocksOf
) -> None:
    content, heights = table(show, 100, [HEAD, *WRAPPED], 20)
    blocks = blocks_of("a.pdf", make_pdf([content + grid(XS, heights)]))
    assert rows_of(blocks) == WHOLE
    assert {block.header for block in blocks} == {HEAD}
    assert blocks[0].text == (
        "Part: H-1; Description: sealing ring of rubber; Pieces: 12; Price: 3.50"
    )


def test_a_table_without_rules_and_gaps_between_its_rows(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    content, _ = table(show, 100, [HEAD, *WRAPPED], 22)
    blocks = blocks_of("a.pdf", make_pdf([content]))
    assert rows_of(blocks) == WHOLE
    assert {block.header for block in blocks} == {HEAD}


def test_a_dense_table_without_rules(make_pdf: Pdf, show: Show, blocks_of: BlocksOf) -> None:
    rows = [(f"H-{n}", f"part number {n}", f"{n + 1}", f"{n}.50") for n in range(12)]
    content, _ = table(show, 100, [HEAD, *rows], 12)
    assert rows_of(blocks_of("a.pdf", make_pdf([content]))) == rows


def test_a_dense_table_without_rules_whose_cells_are_wrapped(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    content, _ = table(show, 100, [HEAD, *WRAPPED], 12)
    assert rows_of(blocks_of("a.pdf", make_pdf([content]))) == WHOLE


def test_rules_below_the_head_and_around_alone(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    content, heights = table(show, 100, [HEAD, *WRAPPED], 14)
    rules = "".join(
        f"60 {800 - y} m 420 {800 - y} l S\n" for y in (heights[0], heights[1], heights[-1])
    )
    blocks = blocks_of("a.pdf", make_pdf([content + rules]))
    assert rows_of(blocks) == WHOLE


def test_each_row_has_its_place(make_pdf: Pdf, show: Show, grid: Grid, blocks_of: BlocksOf) -> None:
    content, heights = table(show, 100, [HEAD, *WRAPPED], 20)
    blocks = blocks_of("a.pdf", make_pdf([content + grid(XS, heights)]))
    places = [block.positions[0] for block in blocks]
    assert all(above.bottom < below.top for above, below in pairwise(places))
    assert all(60 < place.left < 70 and 340 < place.right < 420 for place in places)


def test_a_table_over_pages_with_its_head_repeated_or_not(
    make_pdf: Pdf, show: Show, grid: Grid, blocks_of: BlocksOf
) -> None:
    pages = []
    for page, head in enumerate([[HEAD], [HEAD], []]):
        rows = [(f"H-{page}{n}", "bolt", "2", f"{n}.00") for n in range(5)]
        content, heights = table(show, 60, [*head, *rows], 18)
        pages.append(content + grid(XS, heights))
    blocks = blocks_of("a.pdf", make_pdf(pages))
    assert [row[0] for row in rows_of(blocks)] == [f"H-{p}{n}" for p in range(3) for n in range(5)]
    assert {block.header for block in blocks} == {HEAD}


def test_a_row_that_the_page_break_cuts_is_whole(
    make_pdf: Pdf, show: Show, grid: Grid, blocks_of: BlocksOf
) -> None:
    one, above = table(show, 700, [HEAD, ("H-1", "sealing ring", "12", "3.50")], 18)
    other, below = table(show, 60, [HEAD, ("", "of rubber", "", ""), WRAPPED[1]], 18)
    blocks = blocks_of("a.pdf", make_pdf([one + grid(XS, above), other + grid(XS, below)]))
    assert rows_of(blocks) == WHOLE[:2]
    assert [place.page for place in blocks[0].positions] == [1, 2]


def test_names_over_several_columns_go_with_those_below(
    make_pdf: Pdf, show: Show, grid: Grid, blocks_of: BlocksOf
) -> None:
    xs = (60, 130, 200, 270)
    content = (
        cells(show, 100, ("Town", "Guests", ""), xs)
        + cells(show, 118, ("", "2023", "2024"), xs)
        + cells(show, 136, ("Lisbon", "411", "502"), xs)
        + cells(show, 154, ("Porto", "97", "88"), xs)
    )
    rules = grid(xs, (104, 122, 140, 158)) + grid((60, 270), (86, 86))
    rules += "".join(f"{x} 714 m {x} 696 l S\n" for x in (60, 130, 270))
    blocks = blocks_of("a.pdf", make_pdf([content + rules]))
    assert ("Lisbon", "411", "502") in rows_of(blocks)


def test_a_cell_that_spans_rows_is_said_in_each(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    xs = (60, 160, 260, 340)
    content = cells(show, 100, ("Fruit", "Kind", "Price"), xs)
    content += show(64, 127, "apples")
    content += cells(show, 118, ("", "red", "1.10"), xs) + cells(
        show, 136, ("", "green", "1.30"), xs
    )
    across = "".join(f"60 {800 - y} m 340 {800 - y} l S\n" for y in (86, 104, 140))
    down = "".join(f"{x} 714 m {x} 660 l S\n" for x in xs)
    blocks = blocks_of("a.pdf", make_pdf([content + across + down + "160 678 m 340 678 l S\n"]))
    assert rows_of(blocks) == [("apples", "red", "1.10"), ("apples", "green", "1.30")]


def test_the_caption_names_the_table(
    make_pdf: Pdf, show: Show, grid: Grid, blocks_of: BlocksOf
) -> None:
    content, heights = table(show, 120, [HEAD, *WRAPPED], 20)
    above = show(60, 92, "Table 3: Spare parts of the Heron pump")
    blocks = blocks_of("a.pdf", make_pdf([above + content + grid(XS, heights)]))
    assert {block.table for block in blocks} == {"Table 3: Spare parts of the Heron pump"}
    assert rows_of(blocks) == WHOLE


def test_prose_in_columns_is_no_table(make_pdf: Pdf, lines: Show, blocks_of: BlocksOf) -> None:
    left = [f"The left column goes on in line {n} of it" for n in range(9)]
    right = [f"and the right one in its own line {n} here" for n in range(9)]
    blocks = blocks_of("a.pdf", make_pdf([lines(60, 100, left) + lines(320, 100, right)]))
    assert {block.kind for block in blocks} == {BlockKind.TEXT}


def test_a_list_is_no_table(make_pdf: Pdf, show: Show, blocks_of: BlocksOf) -> None:
    items = [("-", "grease the pump"), ("-", "tighten the valve"), ("-", "sign the list")]
    content = "".join(
        show(60, 100 + 13 * at, mark) + show(76, 100 + 13 * at, text)
        for at, (mark, text) in enumerate(items)
    )
    blocks = blocks_of("a.pdf", make_pdf([content]))
    assert [block.text for block in blocks] == [f"{mark} {text}" for mark, text in items]


def test_drawn_boxes_of_prose_are_read_box_by_box(
    make_pdf: Pdf, lines: Show, grid: Grid, blocks_of: BlocksOf
) -> None:
    left = [f"left box, line {n} of what it tells" for n in range(24)]
    right = [f"right box, line {n} of what it tells" for n in range(24)]
    third = [f"third box, line {n} of what it tells" for n in range(24)]
    content = "".join(
        lines(64 + 180 * at, 100 + 13 * n, [texts[n]], size=8)
        for n in range(24)
        for at, texts in enumerate((left, right, third))
    )
    blocks = blocks_of("a.pdf", make_pdf([content + grid((60, 236, 416, 596), (80, 420))]))
    assert [block.text for block in blocks] == [" ".join(left), " ".join(right), " ".join(third)]


def test_a_chart_is_no_table(make_pdf: Pdf, show: Show, grid: Grid, blocks_of: BlocksOf) -> None:
    content = (
        grid(range(60, 460, 40), range(100, 400, 30)) + show(40, 410, "0") + show(44, 104, "9")
    )
    blocks = blocks_of("a.pdf", make_pdf([content + show(60, 440, "Figure 1: output of the pump")]))
    assert {block.kind for block in blocks} == {BlockKind.TEXT}


def test_boxes_side_by_side_are_read_box_by_box(
    make_pdf: Pdf, lines: Show, texts_of: Callable[[str, bytes], list[str]]
) -> None:
    bill = ["Bill to", "Heron Pumps", "4 Quay Street"]
    ship = ["Ship to", "Halls of Heron", "9 Dock Road"]
    text = " ".join(texts_of("a.pdf", make_pdf([lines(60, 100, bill) + lines(320, 100, ship)])))
    assert " ".join(bill) in text
    assert " ".join(ship) in text


def test_two_tables_of_other_columns_below_each_other(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    towns = [("Town", "Guests"), ("Lisbon", "411"), ("Porto", "97"), ("Faro", "52")]
    above, _ = table(show, 100, [HEAD, *WRAPPED], 22)
    below = "".join(
        show(100, 260 + 14 * at, town) + show(400, 260 + 14 * at, guests)
        for at, (town, guests) in enumerate(towns)
    )
    blocks = blocks_of("a.pdf", make_pdf([above + below]))
    assert rows_of(blocks) == [*WHOLE, *towns[1:]]
    assert blocks[-1].header == towns[0]


def test_rules_drawn_row_by_row_are_one_table_and_a_cell_beside_several_lines_is_said_with_each(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    xs = (60, 140, 220, 300)
    content = show(60, 70, "Table 4") + show(60, 83, "Prices of the pumps by year")
    content += cells(show, 103, ("Pump", "Year", "Price"), xs)
    for group, top in enumerate((120, 180)):
        content += show(64, top + 32, f"P-{group}")
        for line in range(2):
            row = (str(2020 + line), f"{group + 1}{line}.50")
            content += cells(show, top + 17 + 30 * line, row, xs[1:])
    content += "".join(f"60 {800 - y} m 300 {800 - y} l S\n" for y in (90, 120, 180, 240))
    for top in range(90, 240, 30):
        content += "".join(f"{x} {800 - top} m {x} {800 - top - 30} l S\n" for x in xs)
    blocks = blocks_of("a.pdf", make_pdf([content]))
    assert rows_of(blocks) == [
        ("P-0", "2020", "10.50"),
        ("P-0", "2021", "11.50"),
        ("P-1", "2020", "20.50"),
        ("P-1", "2021", "21.50"),
    ]
    assert {block.header for block in blocks} == {("Pump", "Year", "Price")}
    assert {block.table for block in blocks} == {"Table 4 Prices of the pumps by year"}


def test_rows_of_which_each_second_has_a_ground_are_one_table(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    rows = [HEAD, *((f"H-{number}", "steel ring", f"{number}", "1.50") for number in range(6))]
    content = ""
    for number, row in enumerate(rows):
        y = 100 + 20 * number
        if number % 2 == 0:
            sides = pairwise(XS)
            content += "".join(f"{x} {794 - y} {to - x} 20 re f\n" for x, to in sides)
        content += cells(show, y, row)
    blocks = blocks_of("a.pdf", make_pdf([f"0.9 g {content}"]))
    assert rows_of(blocks) == rows[1:]
    assert {block.header for block in blocks} == {HEAD}


def test_columns_that_stand_hardly_farther_apart_than_words_do(
    make_pdf: Pdf, show: Show, blocks_of: BlocksOf
) -> None:
    xs, head = (60, 103, 139, 195), ("Number", "Store", "Weight", "Kind")
    rows = [(f"A-{1000 + number}", "Malmö", f"{107 + number}.09", "new") for number in range(18)]
    names = "".join(show(x + 4, 60, name, font="F2") for x, name in zip(xs, head, strict=True))
    pages = [
        names + "".join(cells(show, 90 + 30 * y, rows[6 * page + y], xs) for y in range(6))
        for page in range(3)
    ]
    blocks = blocks_of("a.pdf", make_pdf(pages))
    assert rows_of(blocks) == rows
    assert {block.header for block in blocks} == {head}
