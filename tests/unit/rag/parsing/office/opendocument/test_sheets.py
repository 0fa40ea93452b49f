"""OpenDocument sheets, packed and flat."""

from collections.abc import Callable, Mapping

import pytest

from rag.errors import EncryptedFileError, ParseError
from rag.types import Block, Page

BlocksOf = Callable[[str, bytes], list[Block]]
Parse = Callable[..., list[Page]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]

NAMES = "".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" '
    for name in ("office", "table", "text", "style", "drawing")
)
STYLES = (
    '<office:automatic-styles><style:style style:name="hid" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


def flat(*tables: str) -> bytes:
    body = f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
    return f"<office:document {NAMES}>{STYLES}{body}</office:document>".encode()


def table(*rows: str, more: str = "") -> str:
    return f'<table:table table:name="Prices" {more}>{"".join(rows)}</table:table>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def cell(text: str = "", more: str = "") -> str:
    said = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {more}>{said}</table:table-cell>"


def valued(kind: str, said: str = "", **values: str) -> str:
    more = " ".join(f'office:{key}-value="{value}"' for key, value in values.items())
    return cell(said, f'office:value-type="{kind}" {more}')


PRICES = table(
    row(*map(cell, ("Item", "Share", "Price", "When", "Work", "Sold"))),
    row(
        valued("string", "Fig"),
        valued("percentage", "19%"),
        valued("currency", "1,249.50 €"),
        valued("date", "2 Jan 26", date="2026-01-02T00:00:00"),
        valued("time", "6:15", time="PT30H15M00S"),
        valued("boolean", "yes", boolean="true"),
    ),
)


def test_values_are_read_as_they_are_shown_and_dates_in_iso_form(blocks_of: BlocksOf) -> None:
    (block,) = blocks_of("a.fods", flat(PRICES))

    assert block.text == (
        "Item: Fig; Share: 19%; Price: 1,249.50 €; When: 2026-01-02; Work: 30:15; Sold: TRUE"
    )
    assert block.table == "Prices"


@pytest.mark.parametrize("name", ["a.ods", "a.ots"])
def test_packed_ones_read_the_same(blocks_of: BlocksOf, zipped: Zipped, name: str) -> None:
    packed = zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": flat(PRICES),
        }
    )
    assert blocks_of(name, packed) == blocks_of("a.fods", flat(PRICES))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (valued("time", time="-PT06H00M00S"), "-6:00"),
        (valued("time", time="PT1H"), "PT1H"),
        (cell(more='office:value-type="float" office:value="3.0"'), "3"),
        (cell(more='office:value-type="percentage" office:value="0.125"'), "12.5%"),
        (cell(more='office:value-type="float" office:value="many"'), "many"),
        (valued("string", string="kept"), "kept"),
        (cell("one</text:p><text:p>two"), "one\ntwo"),
        (cell('<text:a xmlns:x="http://www.w3.org/1999/xlink" x:href="https://e.org">it</text:a>'),
         "it (https://e.org)"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_a_person_sees_it(
    blocks_of: BlocksOf, written: str, text: str
) -> None:
    assert [block.text for block in blocks_of("a.fods", flat(table(row(written))))] == [text]


def test_what_is_hidden_is_left_out_and_named(parse: Parse) -> None:
    shown = table(
        "<table:table-column/><table:table-column table:visibility='collapse'/>",
        row(cell("shown"), cell("column")),
        row(cell("row"), more='table:visibility="filter"'),
    )
    hidden = table(row(cell("sheet")), more='table:style-name="hid"')
    page, last = parse("a.fods", flat(shown, hidden))

    assert [block.text for block in page.blocks] == ["shown"]
    for what in ("hidden sheets", "hidden rows", "hidden columns"):
        assert what in last.note


def test_repeated_and_merged_cells_are_spread(blocks_of: BlocksOf) -> None:
    found = blocks_of(
        "a.fods",
        flat(
            table(
                row(cell("Year"), cell("Sum", 'table:number-columns-repeated="2"')),
                row(cell("1999", 'table:number-rows-spanned="2"'), cell("a"), cell("1")),
                row("<table:covered-table-cell/>", cell("b"), cell("2")),
                row(
                    cell(more='table:number-columns-repeated="16384"'),
                    more='table:number-rows-repeated="1048000"',
                ),
            )
        ),
    )
    assert [block.cells for block in found] == [("1999", "a", "1"), ("1999", "b", "2")]


def test_the_same_row_may_stand_for_several(blocks_of: BlocksOf) -> None:
    rows = [row(cell("1"), cell("2"), more='table:number-rows-repeated="3"')]
    assert len(blocks_of("a.fods", flat(table(*rows)))) == 3


def test_comments_boxes_and_formulas_without_a_value_are_told(parse: Parse) -> None:
    note = "<office:annotation><text:p>look</text:p></office:annotation>"
    box = (
        "<drawing:frame><drawing:text-box><text:p>boxed</text:p></drawing:text-box></drawing:frame>"
    )
    page, last = parse(
        "a.fods",
        flat(
            table(
                f"<table:shapes>{box}</table:shapes>",
                row(f"<table:table-cell>{note}<text:p>A</text:p></table:table-cell>"),
                row(f"<table:table-cell table:formula='of:=1'>{box}</table:table-cell>"),
            )
        ),
    )
    assert [block.text for block in page.blocks] == ["A", "boxed", "Comment on A1: look", "boxed"]
    assert "formulas have no stored values" in last.note


@pytest.mark.parametrize(
    "cells",
    [
        row(cell("x", 'table:number-columns-repeated="20000"')),
        row(cell("x"), more='table:number-rows-repeated="2000000"'),
        row(cell("x", 'table:number-columns-repeated="16000"'),
            more='table:number-rows-repeated="1000000"'),
    ],
    ids=["columns", "rows", "both"],
)  # fmt: skip
def test_a_few_bytes_do_not_become_millions_of_cells(parse: Parse, cells: str) -> None:
    with pytest.raises(ParseError, match=r"a\.fods has a (sheet with a cell in|table of)"):
        parse("a.fods", flat(table(cells)))


def test_what_is_no_sheet_is_refused(parse: Parse, zipped: Zipped) -> None:
    with pytest.raises(ParseError, match=r"a\.fods is damaged"):
        parse("a.fods", b"<office:document")
    with pytest.raises(ParseError, match=r"no content\.xml"):
        parse("a.ods", zipped({"x": "y"}))


def test_a_locked_one_needs_a_password(parse: Parse, zipped: Zipped) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    data = zipped({"content.xml": b"\0", "META-INF/manifest.xml": manifest})
    with pytest.raises(EncryptedFileError):
        parse("a.ods", data)
