"""What a file repeats is read once, or shortened, or the file is refused with what to do."""

import gzip
from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.parsing.mail.message import MAX_BYTES as LARGEST_MAIL
from rag.types import Block, BlockKind, Page
from tests.pdfs import drawn_pdf
from tests.support.hostile import pdfs, sheets, slides, word
from tests.support.hostile.kinds import KINDS
from tests.support.hostile.packages import words

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]

LONG = "long name " * 60
CUT = f"{LONG[:100]}..."


def box(inside: str, place: str = "inline") -> str:
    return f"<w:r><wp:{place}><w:txbxContent>{inside}</w:txbxContent></wp:{place}></w:r>"


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_boxes_inside_of_boxes_are_read_once(texts_of: TextsOf) -> None:
    inner = f"<w:p>{run('third')}</w:p>"
    second = f"<w:p>{run('second')}{box(inner, 'anchor')}</w:p>"

    texts = texts_of("a.docx", word.document(f"<w:p>{run('first')}{box(second)}</w:p>"))

    assert " ".join(" ".join(texts).split()) == "firstsecond third"


def test_a_box_in_a_cell_is_read_once(blocks_of: BlocksOf) -> None:
    boxed = box(f"<w:p>{run('boxed')}</w:p>")
    cells = (f"<w:tc><w:p>{inside}</w:p></w:tc>" for inside in (run("cell") + boxed, run("b")))
    table = f"<w:tbl><w:tr>{''.join(cells)}</w:tr></w:tbl>"

    (block,) = blocks_of("a.docx", word.document(table))

    assert block.cells == ("cellboxed", "b")


def test_a_table_in_a_box_keeps_the_boxes_of_its_cells_to_itself(texts_of: TextsOf) -> None:
    boxed = box(f"<w:p>{run('inner')}</w:p>", "anchor")
    table = f"<w:tbl><w:tr><w:tc><w:p>{run('cell')}{boxed}</w:p></w:tc></w:tr></w:tbl>"

    texts = texts_of("a.docx", word.document(f"<w:p>{run('text')}{box(table, 'anchor')}</w:p>"))

    assert texts == ["text", "cell\ninner"]


def test_a_chart_that_is_related_again_is_read_once(texts_of: TextsOf) -> None:
    texts = texts_of("a.docx", word.repeated_chart(0.01))

    assert texts == ["text", words(15_000).strip()]


def test_a_paragraph_of_very_many_runs_is_read_to_its_end(texts_of: TextsOf) -> None:
    runs = "".join(run(f"{number} ") for number in range(45_000))

    texts = texts_of("a.docx", word.document(f"<w:p>{runs}</w:p><w:p>{run('after')}</w:p>"))

    assert " ".join(texts).split() == [*map(str, range(45_000)), "after"]


def test_a_cell_merged_over_rows_is_repeated_in_short(blocks_of: BlocksOf) -> None:
    _, first, *rest = blocks_of("a.docx", word.merged_rows(0.002))

    assert first.cells[1] == "a cell"
    assert {len(block.cells[0]) for block in rest} == {103}


def test_a_cell_of_a_web_page_is_repeated_in_short(blocks_of: BlocksOf) -> None:
    page = f"<table><tr><td rowspan=3>{LONG}<td>a<tr><td>b<tr><td>c</table>"

    blocks = blocks_of("a.html", page.encode())

    assert [block.cells for block in blocks if block.kind is BlockKind.ROW] == [
        (CUT, "b"),
        (CUT, "c"),
    ]
    assert LONG.strip() in [block.text for block in blocks]


def test_a_merged_cell_of_a_sheet_is_repeated_in_short(blocks_of: BlocksOf) -> None:
    rows = [block for block in blocks_of("a.xlsx", sheets.merged_rows(0.01)) if block.cells]

    lengths = [len(block.cells[0]) for block in rows]
    assert lengths[0] == 1024**2
    assert set(lengths[1:]) == {103}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", f"{LONG},b\n1,2\n3,4\n".encode()),
        ("a.json", f'[{{"{LONG}": "1", "b": "2"}}, {{"{LONG}": "3", "b": "4"}}]'.encode()),
    ],
)
def test_a_long_name_of_a_column_comes_whole_once(
    blocks_of: BlocksOf, name: str, data: bytes
) -> None:
    title, *rows = blocks_of(name, data)

    assert title.text.strip() == LONG.strip()
    assert [block.header for block in rows] == [(CUT, "b")] * 2


def test_a_long_key_comes_whole_once(texts_of: TextsOf) -> None:
    values = ",".join(f'"k{number}": {{"v": {number}}}' for number in range(9))

    lines = "\n".join(texts_of("a.json", f'{{"{LONG}": {{{values}}}}}'.encode())).split("\n")

    assert lines == [LONG, *(f"{CUT}.k{number}.v: {number}" for number in range(9))]


def test_a_path_of_many_keys_keeps_its_end(texts_of: TextsOf) -> None:
    keys = [f"{number}{'k' * 90}" for number in range(9)]
    document = "".join(f'{{"{key}":' for key in keys) + '"value"' + "}" * 9

    (text,) = texts_of("a.json", document.encode())

    assert text.startswith(keys[0])
    assert text.endswith(f"{keys[-1]}: value")
    assert len(text) <= 500 + len(": value")


def test_a_slide_shown_again_leaves_a_note(parse: Parse) -> None:
    pages = parse("a.pptx", slides.repeated_slide(0.001))

    assert [page.note for page in pages] == [
        "",
        *(f"slide {n} is slide 1 again" for n in (2, 3, 4)),
    ]
    assert [len(page.blocks) for page in pages] == [1, 0, 0, 0]
    assert [page.note for page in parse("a.pptx", slides.repeated_slide(0.001), 3, 3)] == [
        "slide 3 is slide 1 again"
    ]


def test_tables_in_tables_of_a_slide_are_read_once(texts_of: TextsOf) -> None:
    def table(text: str, inner: str = "") -> str:
        body = f"<a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody>"
        return f"<a:tbl><a:tr><a:tc>{body}{inner}</a:tc></a:tr></a:tbl>"

    frame = f"<p:graphicFrame>{table('outer', table('middle', table('inner')))}</p:graphicFrame>"

    assert texts_of("a.pptx", slides.presentation(frame)) == ["outer", "middle", "inner"]


def test_a_chart_is_said_once_on_a_slide(texts_of: TextsOf) -> None:
    assert texts_of("a.pptx", slides.frames(0.01)) == ["text", words(36)]


@pytest.mark.parametrize(
    ("kind", "scale", "why"),
    [
        ("docx_wide_cells", 0.3, "a table of .* cells that span"),
        ("html_square_cells", 1, "a table of .* cells that span"),
        ("docx_headers", 1.5, "is packed .* to 1 in all its parts together"),
        ("eml_gzip", 1, "not a message; it seems to be a gzip archive"),
    ],
)
def test_what_is_nearly_empty_or_no_such_file_is_refused(
    parse: Parse, kind: str, scale: float, why: str
) -> None:
    suffix = KINDS[kind].suffix

    with pytest.raises(ParseError, match=rf"^a\.{suffix} .*{why}"):
        parse(f"a.{suffix}", KINDS[kind].make(scale))


def test_a_gzip_archive_is_no_xml(parse: Parse) -> None:
    packed = gzip.compress(b"<a>" + bytes(range(256)) * 40)

    with pytest.raises(ParseError, match="it seems to be a gzip archive"):
        parse("a.xml", packed)


def test_a_pdf_with_more_pages_than_it_can_hold_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match=r"a\.pdf lists 900 pages in \d+ KB"):
        parse("a.pdf", pdfs.repeated_page(4.5))


def test_a_pdf_of_six_hundred_pages_is_read(parse: Parse) -> None:
    pages = parse("a.pdf", drawn_pdf(["BT /F1 12 Tf 50 700 Td (text) Tj ET"] * 600))

    assert [page.blocks[0].text for page in pages] == ["text"] * 600


def test_rows_of_a_table_share_the_names_of_its_columns(blocks_of: BlocksOf) -> None:
    first, *rest = [
        block for block in blocks_of("a.csv", KINDS["csv_wide"].make(0.001)) if block.cells
    ]

    assert all(block.header is first.header for block in rest)


def test_a_long_header_of_a_message_is_not_taken_apart(parse: Parse) -> None:
    long = "; ".join(f'x{number}="y"' for number in range(9000))
    message = f'Subject: hello\nContent-Type: text/plain; charset="utf-8"; {long}\n\nbody\n'
    assert len(message) < LARGEST_MAIL

    (page,) = parse("a.eml", message.encode())

    assert [block.text for block in page.blocks] == ["hello", "body"]


@pytest.mark.parametrize(
    "tag", [f"<p {' '.join(f'a{n}=1' for n in range(2500))}>", "<b></i>" * 1100]
)
def test_markup_that_wears_out_the_parser_is_read_as_text(texts_of: TextsOf, tag: str) -> None:
    (text,) = texts_of("a.html", f"{tag}<h1>Title</h1>text".encode())

    assert text.split() == ["Title", "text"]


def test_a_picture_written_into_a_page_is_one_attribute(texts_of: TextsOf) -> None:
    page = f'<img src="data:image/png;base64,{"a b=" * 9000}"><p>one<p>two'

    assert texts_of("a.html", page.encode()) == ["one", "two"]
