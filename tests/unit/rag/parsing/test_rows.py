"""Which row names the columns, and how a row reads."""

import pytest

from rag.parsing.rows import row_block, table_blocks
from rag.types import BlockKind


def test_a_row_reads_as_names_and_values() -> None:
    block = row_block(["Ann", "", "7", "x"], ["Name", "Town", "Age"], "people")
    assert block.text == "Name: Ann; Age: 7; x"
    assert block.cells == ("Ann", "", "7", "x")
    assert block.table == "people"


def test_rows_go_by_in_order_without_the_blank_ones() -> None:
    rows = [["", ""], ["Name", "Age"], [" ", ""], ["Ann", "7"], ["", ""], ["Bob", "8"]]
    assert [block.text for block in table_blocks(rows)] == [
        "Name: Ann; Age: 7",
        "Name: Bob; Age: 8",
    ]


@pytest.mark.parametrize("number", ["7", "-1.5", "1,000", "12 %", "$ 3.50", "(4)", "2019"])
def test_a_row_of_numbers_names_nothing(number: str) -> None:
    first, _ = table_blocks([[number, number], ["Ann", "Bob"]])
    assert first.header == ()


def test_a_header_may_hold_years_beside_names() -> None:
    (block,) = table_blocks([["Region", "2019", "2020"], ["North", "1", "2"]])
    assert block.text == "Region: North; 2019: 1; 2020: 2"


def test_a_row_that_is_mostly_empty_names_nothing() -> None:
    rows = [["a", "b", "", "", ""], ["1", "2", "3", "4", "5"]]
    assert [block.header for block in table_blocks(rows)] == [(), ()]


def test_a_very_long_cell_of_digits_is_looked_at_in_no_time() -> None:
    long = "1" * 100_000 + "x"
    assert next(table_blocks([[long], ["a"]])).text == long


def test_white_space_in_cells_is_squeezed_but_line_ends_stay() -> None:
    (block,) = table_blocks([["a   b\t c", " x\ny "]])
    assert block.cells == ("a b c", "x\ny")


def test_rows_past_those_looked_at_first_are_not_lost() -> None:
    rows = [["Name"], *[[f"n{number}"] for number in range(100)]]
    blocks = list(table_blocks(iter(rows), "sheet"))
    assert [block.cells[0] for block in blocks] == [f"n{number}" for number in range(100)]
    assert all(block.kind is BlockKind.ROW for block in blocks)


def test_no_rows_make_no_blocks() -> None:
    assert list(table_blocks([])) == []
