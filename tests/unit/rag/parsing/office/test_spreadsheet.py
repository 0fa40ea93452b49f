"""Workbooks: cells as a person sees them, sheet by sheet, and workbooks that go too far."""

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import pytest
import xlsxwriter

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.office import spreadsheet
from rag.parsing.office.sheets.old import Value, cell_text
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]
Rows = list[list[object]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]
END = 0xFFFFFFFE


def workbook(**sheets: Rows) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-3.0, "-3"),
        (0.1 + 0.2, "0.3"),
        (3.25, "3.25"),
        (1e20, "1e+20"),
        (7, "7"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("words", "words"),
        (dt.datetime.fromisoformat("2023-04-05"), "2023-04-05"),
        (dt.datetime.fromisoformat("2023-04-05T06:07"), "2023-04-05 06:07:00"),
        (dt.date(2023, 4, 5), "2023-04-05"),
        (dt.time(6, 7), "06:07:00"),
        (dt.timedelta(hours=30), "30:00"),
    ],
)
def test_a_value_is_written_as_a_person_sees_it(value: Value, text: str) -> None:
    assert cell_text(value) == text


def test_each_sheet_is_a_table_with_its_name(blocks_of: BlocksOf) -> None:
    data = workbook(
        People=[["Name", "Age", "Born"], ["Ann", 7, dt.datetime.fromisoformat("2016-01-02")]],
        Empty=[],
        Towns=[["Town"], ["Bonn"]],
    )
    ann, bonn = blocks_of("a.xlsx", data)
    assert ann.kind is BlockKind.ROW
    assert (ann.table, ann.header) == ("People", ("Name", "Age", "Born"))
    assert ann.text == "Name: Ann; Age: 7; Born: 2016-01-02"
    assert (bonn.table, bonn.text) == ("Towns", "Town: Bonn")


def test_a_macro_workbook_is_read(texts_of: TextsOf) -> None:
    assert texts_of("a.XLSM", workbook(S=[["only"]])) == ["only"]


def test_a_chart_sheet_does_not_hide_the_others(texts_of: TextsOf) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        chart = book.add_chart({"type": "column"})
        book.add_worksheet("Data").write_column(0, 0, ["Head", 1, 2])
        chart.add_series({"values": "=Data!$A$2:$A$3"})
        book.add_chartsheet("Chart").set_chart(chart)
    assert texts_of("a.xlsx", buffer.getvalue()) == ["Head: 1", "Head: 2"]


def test_many_rows_come_in_pages(parse: Parse) -> None:
    rows: Rows = [["Name", "Number"], *[["row", number] for number in range(20_000)]]
    pages = parse("a.xlsx", workbook(S=rows))
    assert len(pages) > 3
    assert sum(len(page.blocks) for page in pages) == 20_000


@pytest.mark.long
def test_a_cell_far_away_is_read_without_what_lies_between(texts_of: TextsOf) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "near")
        sheet.write(1_048_575, 16_383, "far")
    assert texts_of("a.xlsx", buffer.getvalue()) == ["near", "far"]


def test_formats_of_empty_cells_far_away_do_no_harm(texts_of: TextsOf) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "near")
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))
    assert texts_of("a.xlsx", buffer.getvalue()) == ["near"]


def test_a_sheet_of_broken_tags_is_looked_over_in_no_time(
    parse: Parse, zipped: Callable[[dict[str, bytes]], bytes]
) -> None:
    sheet = b'<c r="A1" ' * 200_000
    with pytest.raises(ParseError):
        parse("a.xlsx", zipped({"xl/worksheets/sheet1.xml": sheet, "xl/other.xml": b""}))


def test_a_web_page_or_text_named_xls_is_read_as_what_it_is(texts_of: TextsOf) -> None:
    page = b"<html><table><tr><th>Name</th><th>Age</th></tr><tr><td>Ann</td><td>7</td></tr></table>"
    assert texts_of("a.xls", page) == ["Name: Ann; Age: 7"]
    assert texts_of("a.xls", b"Name\tAge\nAnn\t7\n") == ["Name: Ann; Age: 7"]


def test_what_is_no_workbook_is_refused(
    parse: Parse, zipped: Callable[[dict[str, str]], bytes]
) -> None:
    with pytest.raises(ParseError, match=r"a\.xlsx is a zip archive, but not a xlsx file"):
        parse("a.xlsx", zipped({"other.xml": "<a/>"}))
    with pytest.raises(ParseError, match=r"a\.xlsx is not a xlsx file; it seems to be a PDF"):
        parse("a.xlsx", b"%PDF-1.4")
    with pytest.raises(ParseError, match=r"a\.xls is damaged or no Excel workbook"):
        parse("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))


def test_a_locked_workbook_says_so(parse: Parse) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    with pytest.raises(EncryptedFileError, match=r"a\.xlsx needs a password"):
        parse("a.xlsx", ole + "EncryptedPackage".encode("utf-16-le"))


def test_an_old_workbook_that_is_cut_short_is_damaged(parse: Parse) -> None:
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    # Version 3, sectors of 512 bytes, one sector of allocation table; the directory is in sector 2.
    header += struct.pack("<5H6x10I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 2, 0, 4096, END, 0, END, 0, 0)
    table = struct.pack("<2I", 0xFFFFFFFD, END)
    with pytest.raises(ParseError, match=r"a\.xls is damaged: its sheets cannot be read"):
        parse("a.xls", header.ljust(512, b"\xff") + table.ljust(612, b"\xff"))


def test_what_a_consumer_raises_is_not_taken_for_damage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "object"
    path.write_bytes(workbook(S=[["Name"], *[["row"]] * 20_000]))
    pages = spreadsheet.parse_workbook(path, "a.xlsx", ParseOptions())
    assert isinstance(pages, Generator)
    next(pages)
    pages.close()
    assert capfd.readouterr().err == ""


def test_a_cell_merged_over_rows_is_part_of_each_that_says_more(texts_of: TextsOf) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(2, 1, ["Region", "City"])
        sheet.merge_range(3, 1, 5, 1, "North")
        sheet.merge_range(6, 1, 6, 2, "South")
        sheet.merge_range(7, 5, 8, 5, "")
        for row, city in ((3, "Oslo"), (5, "Bergen"), (7, "Rome")):
            sheet.write(row, 2, city)
    assert texts_of("a.xlsx", buffer.getvalue()) == [
        "Region: North; City: Oslo",
        "Region: North; City: Bergen",
        "Region: South",
        "City: Rome",
    ]


@pytest.mark.parametrize(
    ("said", "place"),
    [('<row r="2"', '<row r="4294967295"'), ('r="A2"', 'r="ZZZZZ2"'), ('r="2"', 'r="1048577"')],
)
def test_a_row_that_no_sheet_has_is_refused(
    parse: Parse, zipped: Zipped, said: str, place: str
) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(S=[["near"], ["far"]]))) as book:
        parts: dict[str, bytes] = {part: book.read(part) for part in book.namelist()}
    part = "xl/worksheets/sheet1.xml"
    parts[part] = parts[part].replace(said.encode(), place.encode())
    with pytest.raises(ParseError, match="the limit is 1048576 rows and 16384 columns"):
        parse("a.xlsx", zipped(parts))
