"""Word documents: all that a reader sees, in order, as what it is."""

import io
from collections.abc import Callable, Mapping

import docx
import pytest
from docx.document import Document

from rag.errors import ParseError
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]

TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def written(zipped: Zipped) -> Callable[..., bytes]:
    """Make a docx from the XML inside its body, and further parts by kind of relation."""

    def write(body: str, namespace: str = TRANSITIONAL, **parts: str) -> bytes:
        kinds = "".join(
            f'<Relationship Id="r{kind}" Type="{RELATIONS}/{kind}" Target="{kind}.xml"/>'
            for kind in parts
        )
        return zipped(
            {
                "word/document.xml": f'<w:document xmlns:w="{namespace}" xmlns:m="urn:m" '
                f'xmlns:mc="urn:mc" xmlns:wp="urn:wp"><w:body>{body}</w:body></w:document>',
                "word/_rels/document.xml.rels": f"<Relationships>{kinds}</Relationships>",
                **{f"word/{kind}.xml": content for kind, content in parts.items()},
            }
        )

    return write


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def paragraph(text: str) -> str:
    return f"<w:p>{run(text)}</w:p>"


def test_headings_paragraphs_and_tables_come_in_order(blocks_of: BlocksOf) -> None:
    document = docx.Document()
    document.add_heading("The Title", 0)
    document.add_heading("Part one", 1)
    document.add_paragraph("Some words.")
    table = document.add_table(rows=3, cols=2)
    for row, texts in zip(table.rows, (("Name", "Age"), ("Ann", "7"), ("Bob", "")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_heading("Part two", 2)
    blocks = blocks_of("a.docx", saved(document))
    assert [(block.kind.value, block.level, block.text) for block in blocks] == [
        ("heading", 0, "The Title"),
        ("heading", 1, "Part one"),
        ("text", 0, "Some words."),
        ("row", 0, "Name: Ann; Age: 7"),
        ("row", 0, "Name: Bob"),
        ("heading", 2, "Part two"),
    ]
    assert blocks[3].header == ("Name", "Age")


def test_headers_come_first_and_footers_last_and_once(texts_of: TextsOf) -> None:
    document = docx.Document()
    document.add_paragraph("body")
    document.sections[0].header.paragraphs[0].text = "top"
    document.sections[0].footer.paragraphs[0].text = "foot"
    second = document.add_section()
    second.header.is_linked_to_previous = False
    second.header.paragraphs[0].text = "top"
    assert texts_of("a.docx", saved(document)) == ["top", "body", "foot"]


def test_comments_are_read(texts_of: TextsOf) -> None:
    document = docx.Document()
    words = document.add_paragraph("reviewed words")
    document.add_comment(words.runs, text="please check", author="Ann")
    assert texts_of("a.docx", saved(document)) == ["reviewed words", "please check"]


def test_the_strict_variant_reads_the_same(
    texts_of: TextsOf, written: Callable[..., bytes]
) -> None:
    assert texts_of("a.docx", written(paragraph("words"), namespace=STRICT)) == ["words"]


def test_tabs_breaks_and_hyphens_are_written_out(
    texts_of: TextsOf, written: Callable[..., bytes]
) -> None:
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t>"
        "<w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>"
    )
    assert texts_of("a.docx", written(body)) == ["a\tb\nc-d"]


def test_deleted_text_and_field_codes_are_silent_but_inserted_text_and_formulas_are_not(
    texts_of: TextsOf, written: Callable[..., bytes]
) -> None:
    body = (
        f"<w:p><w:del>{run('gone')}</w:del><w:ins>{run('new ')}</w:ins>"
        "<w:r><w:instrText>PAGEREF</w:instrText></w:r><m:oMath><m:r><m:t>x=y</m:t></m:r></m:oMath></w:p>"
    )
    assert texts_of("a.docx", written(body)) == ["new x=y"]


def test_content_controls_are_opened(texts_of: TextsOf, written: Callable[..., bytes]) -> None:
    inner = f"<w:sdt><w:sdtContent>{paragraph('two')}</w:sdtContent></w:sdt>"
    body = (
        f"<w:sdt><w:sdtContent>{paragraph('one')}{inner}</w:sdtContent></w:sdt>{paragraph('three')}"
    )
    assert texts_of("a.docx", written(body)) == ["one", "two", "three"]


def test_text_boxes_are_read_once(texts_of: TextsOf, written: Callable[..., bytes]) -> None:
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    body = (
        f"<w:p>{run('around')}<w:r><mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert texts_of("a.docx", written(body)) == ["around", "boxed"]


def test_a_text_box_in_the_line_stands_in_the_line(
    texts_of: TextsOf, written: Callable[..., bytes]
) -> None:
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    body = f"<w:p>{run('a ')}<w:r><wp:inline>{box}</wp:inline></w:r>{run(' b')}</w:p>"
    assert texts_of("a.docx", written(body)) == ["a boxed b"]


def test_heading_styles_are_known_by_name_outline_and_ancestry(
    blocks_of: BlocksOf, written: Callable[..., bytes]
) -> None:
    styles = f"""<w:styles xmlns:w="{TRANSITIONAL}"><w:docDefaults/>
        <w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
        <w:style w:styleId="Own"><w:name w:val="My Own"/><w:basedOn w:val="berschrift2"/></w:style>
        <w:style w:styleId="Out"><w:pPr><w:outlineLvl w:val="3"/></w:pPr></w:style>
        <w:style w:styleId="LoopA"><w:basedOn w:val="LoopB"/></w:style>
        <w:style w:styleId="LoopB"><w:basedOn w:val="LoopA"/></w:style></w:styles>"""
    names = ["berschrift2", "Own", "Out", "LoopA", "Unknown"]
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{name}"/></w:pPr>{run(name)}</w:p>' for name in names
    )
    body += f'<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr>{run("Direct")}</w:p>'
    blocks = blocks_of("a.docx", written(body, styles=styles))
    assert [block.level for block in blocks] == [2, 2, 4, 0, 0, 1]
    assert blocks[0].kind is BlockKind.HEADING


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def test_merged_cells_keep_the_columns_in_line(
    blocks_of: BlocksOf, written: Callable[..., bytes]
) -> None:
    merge, over, wide = '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="2"/>'
    body = (
        f"<w:tbl><w:tr>{cell('A')}{cell('B')}{cell('C')}</w:tr>"
        f"<w:tr>{cell('wide', wide)}{cell('x', merge)}</w:tr>"
        f"<w:tr>{cell('1')}{cell('2')}{cell('', over)}</w:tr></w:tbl>"
    )
    first, second = blocks_of("a.docx", written(body))
    assert first.text == "A: wide; C: x"
    assert second.text == "A: 1; B: 2; C: x"


def test_a_table_without_names_of_columns_has_no_header(
    blocks_of: BlocksOf, written: Callable[..., bytes]
) -> None:
    look = '<w:tblPr><w:tblLook w:firstRow="0"/></w:tblPr>'
    rows = f"<w:tr>{cell('a')}{cell('b')}</w:tr><w:tr>{cell('c')}{cell('d')}</w:tr>"
    blocks = blocks_of("a.docx", written(f"<w:tbl>{look}{rows}</w:tbl>"))
    assert [(block.text, block.header) for block in blocks] == [("a; b", ()), ("c; d", ())]
    marked = rows.replace("<w:tr>", "<w:tr><w:trPr><w:tblHeader/></w:trPr>", 1)
    (single,) = blocks_of("a.docx", written(f"<w:tbl><w:tr>{cell('a')}{cell('b')}</w:tr></w:tbl>"))
    assert (single.text, single.header) == ("a; b", ())
    bold = rows.replace("<w:r>", "<w:r><w:rPr><w:b/></w:rPr>", 2)
    for named in (marked, bold):
        (block,) = blocks_of("a.docx", written(f"<w:tbl>{look}{named}</w:tbl>"))
        assert block.text == "a: c; b: d"


def test_a_table_of_one_column_is_text(blocks_of: BlocksOf, written: Callable[..., bytes]) -> None:
    body = f"<w:tbl><w:tr>{cell('framed')}</w:tr><w:tr>{cell('')}</w:tr></w:tbl>"
    (block,) = blocks_of("a.docx", written(body))
    assert (block.kind, block.text) == (BlockKind.TEXT, "framed")


def test_a_table_in_a_cell_is_part_of_the_cell(
    texts_of: TextsOf, written: Callable[..., bytes]
) -> None:
    inner = f"<w:tbl><w:tr>{cell('x')}{cell('y')}</w:tr></w:tbl>"
    body = f"<w:tbl><w:tr><w:tc>{inner}{paragraph('z')}</w:tc>{cell('b')}</w:tr></w:tbl>"
    assert texts_of("a.docx", written(body)) == ["x\ny\nz; b"]


def test_notes_and_charts_follow_the_text(texts_of: TextsOf, written: Callable[..., bytes]) -> None:
    notes = f"""<w:footnotes xmlns:w="{TRANSITIONAL}">
        <w:footnote>{paragraph("note one")}</w:footnote>
        <w:footnote><w:p/></w:footnote>
        <w:footnote>{paragraph("note two")}</w:footnote></w:footnotes>"""
    chart = """<c:chart xmlns:c="urn:c" xmlns:a="urn:a"><c:title><a:t>Sales</a:t></c:title>
        <c:ser><c:tx><c:v>North</c:v></c:tx><c:cat><c:v>May</c:v><c:v>June</c:v></c:cat>
        <c:val><c:v>3</c:v><c:v>4</c:v></c:val></c:ser></c:chart>"""
    made = written(paragraph("body"), footnotes=notes, chart=chart)
    assert texts_of("a.docx", made) == [
        "body",
        "Sales\nNorth May: 3; June: 4",
        "note one",
        "note two",
    ]


def test_entities_are_not_expanded(parse: Parse, zipped: Zipped) -> None:
    document = f"""<!DOCTYPE d [<!ENTITY e "boom"><!ENTITY f SYSTEM "file:///etc/passwd">]>
        <w:document xmlns:w="{TRANSITIONAL}"><w:body>{paragraph("a&e;&f;b")}</w:body>
        </w:document>"""
    pages = parse("a.docx", zipped({"word/document.xml": document}))
    text = "".join(block.text for page in pages for block in page.blocks)
    assert "boom" not in text
    assert "root" not in text


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"other.xml": "<a/>"}, r"a\.docx is a zip archive, but not a docx file: it lacks word/"),
        ({"word/document.xml": "<w:document><w:body>"}, r"a\.docx is damaged: its part word/doc"),
        ({"word/document.xml": "<a>" * 500}, r"a\.docx is damaged"),
    ],
)
def test_a_package_without_a_document_is_refused(
    parse: Parse, zipped: Zipped, parts: dict[str, str], message: str
) -> None:
    with pytest.raises(ParseError, match=message):
        parse("a.docx", zipped(parts))


def test_long_documents_stream_in_pages(parse: Parse, written: Callable[..., bytes]) -> None:
    pages = parse("a.docx", written(paragraph("some words to read") * 5000))
    assert len(pages) > 3
    assert sum(len(page.blocks) for page in pages) == 5000


def test_an_empty_document_yields_nothing(parse: Parse, written: Callable[..., bytes]) -> None:
    assert parse("a.docx", written("<w:p/>")) == []


def test_a_row_that_begins_further_right_keeps_its_columns(
    blocks_of: BlocksOf, written: Callable[..., bytes]
) -> None:
    later = '<w:trPr><w:gridBefore w:val="1"/></w:trPr>'
    rows = (
        f"<w:tr>{cell('Town')}{cell('People')}</w:tr><w:tr>{later}{cell('280')}</w:tr>"
        f"<w:tr>{cell('Rome')}{cell('900')}</w:tr>"
    )
    blocks = blocks_of("a.docx", written(f"<w:tbl>{rows}</w:tbl>"))
    assert [block.text for block in blocks] == ["People: 280", "Town: Rome; People: 900"]


def test_a_span_of_thousands_of_digits_does_no_harm(
    texts_of: TextsOf, written: Callable[..., bytes]
) -> None:
    wide = cell("x", f'<w:gridSpan w:val="{"9" * 5000}"/>')
    level = f'<w:p><w:pPr><w:outlineLvl w:val="{"9" * 5000}"/></w:pPr>{run("words")}</w:p>'
    data = written(f"<w:tbl><w:tr>{wide}{cell('y')}</w:tr></w:tbl>{level}")
    assert texts_of("a.docx", data) == ["x; y", "words"]


def test_empty_and_broken_parts_beside_the_text_do_not_hide_it(
    texts_of: TextsOf, written: Callable[..., bytes]
) -> None:
    data = written(paragraph("words"), styles="", footnotes="", header="no XML", chart="")
    assert texts_of("a.docx", data) == ["words"]
