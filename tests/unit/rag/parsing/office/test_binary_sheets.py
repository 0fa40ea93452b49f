"""Binary workbooks of Excel (xlsb): every kind of cell, and what stands around them."""

import struct
from collections.abc import Callable
from contextlib import suppress

import pytest

from rag.errors import ParseError
from rag.types import Block, Page
from tests.support.binary_sheets import cell, records, relations, row, short, small, wide, workbook

BlocksOf = Callable[[str, bytes], list[Block]]
Parse = Callable[..., list[Page]]

NUMBER = struct.pack("<d", 1249.5)
CELLS = records(
    row(0),
    cell(7, 0, struct.pack("<I", 0)),
    short(17, wide("Share")),
    short(17, wide("Price")),
    short(17, wide("Sold")),
    short(17, wide("Note")),
    row(1),
    cell(6, 0, wide("Fig")),
    short(13, small(19, cents=True), 1),
    short(16, NUMBER, 2),
    short(15, b"\1"),
    short(14, b"\x2a"),
    row(2),
    cell(62, 0, b"\0" + wide("Oak")),
    cell(2, 1, small(2), 1),
    cell(5, 2, struct.pack("<d", 12.0), 2),
    cell(10, 3, b"\0\0\0"),
    cell(8, 4, wide("cut") + b"\0\0"),
    row(3),
    cell(1, 0, b""),
    short(12, b""),
    cell(9, 2, struct.pack("<d", 61.0) + b"\0\0", 3),
    cell(11, 3, b"\x07\0\0"),
    cell(2, 4, struct.pack("<i", struct.unpack("<q", struct.pack("<d", 1.5))[0] >> 32 & ~3)),
)
BOOK = workbook(
    [("Prices", 0, CELLS)],
    formats=[(164, '#,##0.00 "€"')],
    styles=[0, 9, 164, 14],
    texts=["Fruit"],
)


def test_every_kind_of_cell_is_read_as_its_format_shows_it(blocks_of: BlocksOf) -> None:
    assert [block.text for block in blocks_of("a.xlsb", BOOK)] == [
        "Fruit: Fig; Share: 19%; Price: 1,249.50 €; Sold: TRUE; Note: #N/A",
        "Fruit: Oak; Share: 200%; Price: 12.00 €; Sold: FALSE; Note: cut",
        "Price: 1900-03-01; Sold: #DIV/0!; Note: 1.5",
    ]


def test_days_may_count_from_1904(blocks_of: BlocksOf) -> None:
    sheet = records(row(0), cell(5, 0, struct.pack("<d", 1.0)))
    found = blocks_of("a.xlsb", workbook([("A", 0, sheet)], styles=[14], since_1904=True))
    assert [block.text for block in found] == ["1904-01-02"]


def test_hidden_sheets_rows_and_columns_are_left_out_and_named(parse: Parse) -> None:
    sheet = records(
        (60, struct.pack("<IIIIH", 1, 1, 0, 0, 1)),
        row(0),
        cell(6, 0, wide("shown")),
        cell(6, 1, wide("column")),
        row(1, hidden=True),
        cell(6, 0, wide("row")),
    )
    page, last = parse("a.xlsb", workbook([("A", 0, sheet), ("B", 2, sheet)]))

    assert [block.text for block in page.blocks] == ["shown"]
    for what in ("hidden sheets", "hidden rows", "hidden columns"):
        assert what in last.note


def test_merged_cells_links_and_comments_are_told(blocks_of: BlocksOf) -> None:
    sheet = records(
        row(0), cell(6, 0, wide("Year")), cell(6, 1, wide("Sum")),
        row(1), cell(6, 0, wide("1999")), cell(6, 1, wide("a")),
        row(2), cell(6, 1, wide("b")),
        (176, struct.pack("<IIII", 1, 2, 0, 0)),
        (494, struct.pack("<IIII", 2, 2, 1, 1) + wide("rId1")),
    )  # fmt: skip
    comments = records(
        (635, struct.pack("<IIIII", 0, 1, 1, 1, 1)), (637, b"\0" + wide("look here"))
    )
    parts: dict[str, str | bytes] = {
        "xl/worksheets/_rels/sheet1.bin.rels": relations(
            ("hyperlink", "https://example.org/b", True), ("comments", "../comments1.bin", False)
        ),
        "xl/comments1.bin": comments,
    }
    found = [block.text for block in blocks_of("a.xlsb", workbook([("A", 0, sheet)], parts=parts))]

    assert found == [
        "Year: 1999; Sum: a",
        "Year: 1999; Sum: b (https://example.org/b)",
        "Comment on B2: look here",
    ]


@pytest.mark.parametrize(
    "sheet",
    [
        records(row(2**20), cell(6, 0, wide("x"))),
        records(row(0), cell(6, 2**14, wide("x"))),
        records(row(0), cell(5, 0, b"\0\0")),
        b"\x06\xff\xff\xff\x7f",
    ],
    ids=["far row", "far column", "cut cell", "endless record"],
)
def test_what_makes_no_sense_is_refused(parse: Parse, sheet: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.xlsb (has a sheet with a cell in row|is damaged)"):
        parse("a.xlsb", workbook([("A", 0, sheet)]))


def test_a_large_sheet_streams_over_the_edges_of_pieces(blocks_of: BlocksOf) -> None:
    rows = [one for n in range(6000) for one in (row(n), cell(6, 0, wide(f"word {n} " * 3)))]
    found = blocks_of("a.xlsb", workbook([("A", 0, records(*rows))]))
    assert [block.text for block in found][-1].endswith("word 5999 word 5999 word 5999")
    assert len(found) == 5999


def test_damage_is_a_clear_error(parse: Parse) -> None:
    for at in range(0, len(CELLS), 2):
        for sheet in (CELLS[:at], CELLS[:at] + b"\xff" + CELLS[at + 1 :]):
            with suppress(ParseError):
                parse("a.xlsb", workbook([("A", 0, sheet)]))
