"""Delimited values in the dialects that people export."""

import csv
from collections.abc import Callable

import pytest

from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(texts_of: TextsOf, delimiter: str) -> None:
    rows = ["Name,Town,Note", "Ann,Bonn,x", "Bob,Rome,y"]
    data = "\n".join(rows).replace(",", delimiter).encode()
    assert texts_of("a.csv", data) == [
        "Name: Ann; Town: Bonn; Note: x",
        "Name: Bob; Town: Rome; Note: y",
    ]


def test_a_row_has_cells_and_header(blocks_of: BlocksOf) -> None:
    (block,) = blocks_of("a.tsv", b"Name\tAge\nAnn\t7\n")
    assert block.kind is BlockKind.ROW
    assert block.header == ("Name", "Age")
    assert block.cells == ("Ann", "7")


def test_quotes_hold_delimiters_quotes_and_line_ends(blocks_of: BlocksOf) -> None:
    data = b'Name,Note\nAnn,"a, ""b""\nand c"\n'
    (block,) = blocks_of("a.csv", data)
    assert block.cells == ("Ann", 'a, "b"\nand c')


def test_the_line_that_names_the_delimiter_is_obeyed(texts_of: TextsOf) -> None:
    assert texts_of("a.csv", b"sep=;\nA;B\n1,5;2,5\n") == ["A: 1,5; B: 2,5"]


def test_rows_of_any_length_are_kept_whole(texts_of: TextsOf) -> None:
    data = b"Name,Age\nAnn\nBob,7,extra,more\n"
    assert texts_of("a.csv", data) == ["Name: Ann", "Name: Bob; Age: 7; extra; more"]


def test_numbers_alone_are_no_header(texts_of: TextsOf) -> None:
    assert texts_of("a.csv", b"1,2\n3,4\n") == ["1; 2", "3; 4"]


def test_a_single_row_is_shown(texts_of: TextsOf) -> None:
    assert texts_of("a.csv", b"Name,Age\n") == ["Name; Age"]


def test_a_column_without_values_is_named_in_the_end(texts_of: TextsOf) -> None:
    assert texts_of("a.csv", b"Name,Fax\nAnn,\n") == ["Name: Ann", "Fax"]


def test_titles_above_a_table_are_text(blocks_of: BlocksOf) -> None:
    blocks = blocks_of("a.csv", b"Report 2023,,\n,,\nName,Age,Town\nAnn,7,Bonn\n")
    assert [block.kind for block in blocks] == [BlockKind.TEXT, BlockKind.ROW]
    assert blocks[0].text == "Report 2023"
    assert blocks[1].text == "Name: Ann; Age: 7; Town: Bonn"


def test_one_column_has_its_first_cell_as_header(texts_of: TextsOf) -> None:
    assert texts_of("a.csv", b"Team\nLeafs\nBruins\n") == ["Team: Leafs", "Team: Bruins"]


def test_an_unclosed_quote_loses_nothing(parse: Parse) -> None:
    lines = [f"row {number},value {number}" for number in range(30_000)]
    data = "\n".join(["Name,Value", '"open,quote', *lines]).encode()
    text = " ".join(block.text for page in parse("a.csv", data) for block in page.blocks)
    assert all(f"value {number}" in text for number in (0, 1, 15_000, 29_999))


def test_the_field_limit_of_the_csv_module_is_left_alone(texts_of: TextsOf) -> None:
    before = csv.field_size_limit()
    long = "x" * (before + 1000)
    assert long in "".join(texts_of("a.csv", f"a,b\n1,{long}\n2,3\n".encode()))
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("data", [b"", b"\n\n", b",,,\n,,\n"])
def test_nothing_yields_nothing(parse: Parse, data: bytes) -> None:
    assert parse("a.csv", data) == []


def test_utf16_from_a_spreadsheet_is_read(texts_of: TextsOf) -> None:
    assert texts_of("a.csv", "Team\tCity\nLeafs\tToronto".encode("utf-16")) == [
        "Team: Leafs; City: Toronto"
    ]


def test_many_rows_come_in_pages(parse: Parse) -> None:
    data = b"Name,Number\n" + b"".join(b"row,%d\n" % number for number in range(20_000))
    pages = parse("a.csv", data)
    assert len(pages) > 3
    assert sum(len(page.blocks) for page in pages) == 20_000
    assert {block.header for page in pages for block in page.blocks} == {("Name", "Number")}
