"""Workbooks: formats, links, comments, boxes, what is hidden, and the old XML form."""

import io
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import xlsxwriter

from rag.parsing.base import ParseOptions
from rag.parsing.office.spreadsheet import parse_workbook
from rag.types import Page

Build = Callable[[xlsxwriter.Workbook], None]


def read(tmp_path: Path, data: bytes, name: str = "a.xlsx", *, hidden: bool = False) -> list[Page]:
    path = tmp_path / "object"
    path.write_bytes(data)
    return list(parse_workbook(path, name, ParseOptions(hidden=hidden)))


def texts(pages: list[Page]) -> list[str]:
    return [block.text for page in pages for block in page.blocks]


def notes(pages: list[Page]) -> str:
    return " ".join(page.note for page in pages)


def book(build: Build) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as made:
        build(made)
    return buffer.getvalue()


def test_numbers_are_read_as_their_formats_show_them(tmp_path: Path) -> None:
    def build(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("Prices")
        sheet.write_row(0, 0, ["Item", "VAT", "Price", "No", "Time"])
        for column, (value, code) in enumerate(
            [(0.19, "0%"), (1249.5, "#,##0.00 €"), (427, "00000"), (1.2604166666, "[h]:mm")], 1
        ):
            sheet.write(1, column, value, made.add_format({"num_format": code}))
        sheet.write(1, 0, "Lamp")

    assert texts(read(tmp_path, book(build))) == [
        "Item: Lamp; VAT: 19%; Price: 1,249.50 €; No: 00427; Time: 30:15"
    ]


def test_links_comments_boxes_and_charts_are_read(tmp_path: Path) -> None:
    def build(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("Sales")
        sheet.write_row(0, 0, ["Month", "Sold"])
        sheet.write_row(1, 0, ["Jan", 12])
        sheet.write_url(2, 0, "https://example.org/ticket/4711", string="Ticket")
        sheet.write_comment(1, 1, "Without returns.")
        sheet.insert_textbox(4, 4, "Preliminary figures")
        chart = made.add_chart({"type": "column"})
        chart.add_series({"values": "=Sales!$B$2:$B$2"})
        chart.set_title({"name": "Sales of Lyon"})
        sheet.insert_chart(6, 4, chart)

    found = texts(read(tmp_path, book(build)))
    assert found[1] == "Month: Ticket (https://example.org/ticket/4711)"
    assert "Comment on B2: Without returns." in found
    assert "Preliminary figures" in found
    assert any("Sales of Lyon" in text for text in found)


def hidden(made: xlsxwriter.Workbook) -> None:
    sheet = made.add_worksheet("Open")
    for row, cells in enumerate([["Name", "Town", "Pay"], ["Ann", "Lyon", 1], ["Bob", "Bonn", 2]]):
        sheet.write_row(row, 0, cells)
    sheet.set_column(2, 2, None, None, {"hidden": True})
    sheet.set_row(2, None, None, {"hidden": True})
    secret = made.add_worksheet("Secret")
    secret.write(0, 0, "salaries")
    secret.hide()


def test_what_is_hidden_is_left_out_and_named(tmp_path: Path) -> None:
    pages = read(tmp_path, book(hidden))
    assert texts(pages) == ["Name: Ann; Town: Lyon"]
    for word in ("sheets", "rows", "columns"):
        assert f"hidden {word} were left out" in notes(pages)
    assert "Secret" in notes(pages)


def test_what_is_hidden_is_read_where_that_is_wanted(tmp_path: Path) -> None:
    pages = read(tmp_path, book(hidden), hidden=True)
    assert texts(pages) == [
        "Name: Ann; Town: Lyon; Pay: 1", "Name: Bob; Town: Bonn; Pay: 2", "salaries",
    ]  # fmt: skip
    assert notes(pages) == ""


def test_formulas_without_values_are_named(tmp_path: Path) -> None:
    def build(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("Budget")
        sheet.write_row(0, 0, ["Team", "Total"])
        sheet.write(1, 0, "Sales")
        sheet.write_formula(1, 1, "=1+1", None, "")

    pages = read(tmp_path, book(build))
    assert texts(pages)[0] == "Team: Sales"
    assert "formulas have no stored values" in notes(pages)
    assert "Budget" in notes(pages)


def test_a_formula_that_is_a_link_says_where_it_leads(tmp_path: Path) -> None:
    def build(made: xlsxwriter.Workbook) -> None:
        formula = '=HYPERLINK("https://example.org/a","see")'
        made.add_worksheet().write_formula(0, 0, formula, None, "see")

    assert texts(read(tmp_path, book(build))) == ["see (https://example.org/a)"]


def test_merged_names_of_groups_are_part_of_each_column(tmp_path: Path) -> None:
    def build(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("Heads")
        sheet.merge_range(0, 0, 1, 0, "Station")
        sheet.merge_range(0, 1, 0, 2, 2023)
        sheet.write_row(1, 1, ["Office", "Plant"])
        for row in range(2, 6):
            sheet.write_row(row, 0, [f"Station {row}", 100 + row, 200 + row])

    first = read(tmp_path, book(build))[0].blocks[0]
    assert first.header == ("Station", "2023 Office", "2023 Plant")


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="p">
<NumberFormat ss:Format="0%"/></Style></Styles><Worksheet ss:Name="Stock"><Table>
<Row><Cell><Data ss:Type="String">Article</Data></Cell><Cell><Data ss:Type="String">Share</Data>
</Cell></Row><Row ss:Index="3"><Cell><Data ss:Type="String">Hex bolt M8</Data></Cell>
<Cell ss:StyleID="p"><Data ss:Type="Number">0.4</Data></Cell></Row>
<Row ss:Hidden="1"><Cell><Data ss:Type="String">gone</Data></Cell></Row></Table></Worksheet>
</Workbook>"""


def test_the_xml_form_of_2003_is_a_workbook_whatever_it_is_called(tmp_path: Path) -> None:
    pages = read(tmp_path, XML.encode(), "a.xls")
    assert texts(pages) == ["Article: Hex bolt M8; Share: 40%"]
    assert "hidden rows were left out" in notes(pages)


def test_cells_without_a_place_count_the_empty_ones_before_them(tmp_path: Path) -> None:
    def build(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["Part", "Pieces", "Store"])
        sheet.write_row(1, 0, ["Pump", 7, "North"])

    plain = '<row r="3"><c t="inlineStr"><is><t>Hose</t></is></c><c/><c><v>12</v></c></row>'
    walked = '<row r="4"><c><v>13</v><extLst/></c><c/><c><v>14</v></c></row>'
    with_rows = rewritten(book(build), "</sheetData>", f"{plain}{walked}</sheetData>")
    found = [block.cells for page in read(tmp_path, with_rows) for block in page.blocks]
    assert found[1:] == [("Hose", "", "12"), ("13", "", "14")]


def rewritten(data: bytes, old: str, new: str) -> bytes:
    """Return a workbook with something else in the part of its first sheet."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as source, ZipFile(buffer, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            if part.endswith("sheet1.xml"):
                content = content.replace(old.encode(), new.encode())
            target.writestr(part, content)
    return buffer.getvalue()
