"""The tables of a sheet: what names columns, what stands above, beside and below."""

from rag.parsing.tables.headers import Row
from rag.parsing.tables.sheets import BAND_ROWS, sheet_blocks, table_of
from rag.types import Block, BlockKind


def blocks(*rows: str, spans: dict[int, tuple[tuple[int, int], ...]] | None = None) -> list[Block]:
    """Return the blocks of rows, whose cells are parted by bars."""
    made = [
        Row([cell.strip() for cell in row.split("|")] if row else [], (spans or {}).get(number, ()))
        for number, row in enumerate(rows)
    ]
    return list(sheet_blocks(made, "S"))


def texts(*rows: str) -> list[str]:
    return [block.text for block in blocks(*rows)]


def headers(*rows: str) -> set[tuple[str, ...]]:
    return {block.header for block in blocks(*rows) if block.kind is BlockKind.ROW}


def test_lines_above_a_table_are_text_and_name_no_columns() -> None:
    found = blocks(
        "Report: | Open invoices", "Created: | 2025-05-02", "", "Invoice | Customer | Amount",
        "I-1 | Heron | 37.5", "I-2 | Osprey | 75",
    )  # fmt: skip
    assert [block.text for block in found] == [
        "Report: Open invoices", "Created: 2025-05-02",
        "Invoice: I-1; Customer: Heron; Amount: 37.5",
        "Invoice: I-2; Customer: Osprey; Amount: 75",
    ]  # fmt: skip
    close = blocks(
        "Open invoices", "By | Finance", "No | Who | Sum | Due", "1 | A | 2 | 3", "2|B|3|4"
    )
    assert [block.text for block in close[:2]] == ["Open invoices", "By | Finance"]
    assert close[2].header == ("No", "Who", "Sum", "Due")


def test_a_single_line_above_is_the_caption_of_a_table() -> None:
    found = blocks("Staff list", "Employee | Role", "Ann | Cook", "Bob | Cook")
    assert [block.table for block in found if block.kind is BlockKind.ROW] == ["S: Staff list"] * 2


def test_names_over_two_rows_are_joined() -> None:
    found = blocks(
        "Station | 2023 | | 2024 |", "Station | Office | Plant | Office | Plant",
        "S1 | 101 | 501 | 301 | 901", "S2 | 102 | 502 | 302 | 902",
        spans={0: ((1, 2), (3, 4))},
    )  # fmt: skip
    assert {block.header for block in found} == {
        ("Station", "2023 Office", "2023 Plant", "2024 Office", "2024 Plant")
    }
    plain = headers("Station | 2023 | | 2024 |", " | Office | Plant | Office | Plant", "S1|1|2|3|4")
    assert plain == {("Station", "2023 Office", "2023 Plant", "2024 Office", "2024 Plant")}


def test_tables_below_each_other_have_names_of_their_own() -> None:
    found = blocks(
        "Region | Revenue", "North | 1200", "South | 1300", "", "Staff", "Employee | Role",
        "Ann | Cook", "Bob | Cook",
    )  # fmt: skip
    assert [block.header for block in found if block.kind is BlockKind.ROW] == [
        ("Region", "Revenue"), ("Region", "Revenue"), ("Employee", "Role"), ("Employee", "Role"),
    ]  # fmt: skip


def test_rows_after_a_blank_one_go_on_with_the_table() -> None:
    assert headers("Item | Price", "Lamp | 12", "Desk | 15", "", "Chair | 9", "Sofa | 99") == {
        ("Item", "Price")
    }


def test_tables_beside_each_other_come_one_after_the_other() -> None:
    found = texts(
        "Item | Price | | Shop | Town", "Lamp | 12 | | A | Lyon", "Desk | 15 | | B | Bonn",
        " | | | C | Rome",
    )  # fmt: skip
    assert found == [
        "Item: Lamp; Price: 12", "Item: Desk; Price: 15", "Shop: A; Town: Lyon",
        "Shop: B; Town: Bonn", "Shop: C; Town: Rome",
    ]  # fmt: skip


def test_rows_that_are_alike_from_the_first_on_have_no_names() -> None:
    days = [f"2025-01-{day:02d} | Lyon | {day}.5" for day in range(1, 9)]
    assert headers(*days) == {()}
    assert texts(*days)[0] == "2025-01-01; Lyon; 1.5"


def test_a_form_has_labels_and_no_names() -> None:
    assert texts("Name: | Ann Lee", "Born: | 1990-01-02", "Town: | Lyon") == [
        "Name: Ann Lee", "Born: 1990-01-02", "Town: Lyon",
    ]  # fmt: skip


def test_years_and_counts_name_columns_above_numbers() -> None:
    assert headers("Region | 2023 | 2024", "North | 1 | 2", "South | 3 | 4") == {
        ("Region", "2023", "2024")
    }
    assert headers("Region | 1 | 2 | 3", "North | 10 | 20 | 5", "South | 7 | 8 | 9") == {
        ("Region", "1", "2", "3")
    }


def test_a_column_of_sentences_has_no_name_and_one_of_words_has() -> None:
    assert headers("Where is it, and when?", "At home.", "Here.") == {()}
    assert headers("Team", "Leafs", "Bruins") == {("Team",)}


def test_a_long_table_streams_and_loses_no_row() -> None:
    rows = (Row([f"Item {n}", str(n)]) for n in range(3 * BAND_ROWS))
    found = list(sheet_blocks((Row(["Item", "Number"]), *rows)))
    assert len(found) == 3 * BAND_ROWS
    assert {block.header for block in found} == {("Item", "Number")}


def test_rows_with_blank_ones_between_all_of_them_are_one_table() -> None:
    spaced = [line for n in range(50) for line in (f"Item {n} | {n}", "")]
    assert headers("Item | Number", "", *spaced) == {("Item", "Number")}


def test_empty_cells_stay_in_place() -> None:
    *_, last = blocks("A | B | C", "1 | 2 | 3", "4 | | 6")
    assert last.cells == ("4", "", "6")


def test_a_table_whose_header_is_marked_has_it_in_these_rows() -> None:
    rows = [Row(["", "Price", ""], ((1, 2),)), Row(["Item", "net", "gross"]), Row(["a", "b", "c"])]
    (block,) = table_of(rows, "T", 2)
    assert (block.header, block.table) == (("Item", "Price net", "Price gross"), "T")


def test_names_that_a_blank_row_parts_from_their_values_name_them() -> None:
    rows = (
        "CHF | | | 2023",
        " | Sales | Profit | Staff",
        "",
        "Zone A | 12 | 3 | 4",
        "Zone B | 13|4|5",
    )
    assert texts(*rows)[0] == "CHF: Zone A; CHF Sales: 12; CHF Profit: 3; 2023 Staff: 4"


def test_a_small_table_of_words_is_no_header_of_the_next_one() -> None:
    found = texts(
        "Key | Sign | Use", "lamp | L | light", "", "Year | Oil | Wick", "1999 | 2 | 3", "2000|4|5"
    )
    assert found == [
        "Key: lamp; Sign: L; Use: light",
        "Year: 1999; Oil: 2; Wick: 3",
        "Year: 2000; Oil: 4; Wick: 5",
    ]


def test_truth_values_are_no_names_of_columns() -> None:
    spans = {0: ((1, 3),), 1: ((1, 2),)}
    found = blocks(
        "| Class | |", "| A | | B", "R1 | True | False | True", "R2 | False | |", spans=spans
    )
    assert {block.header for block in found} == {("", "Class A", "Class A", "Class B")}
    assert [block.cells[0] for block in found] == ["R1", "R2"]
