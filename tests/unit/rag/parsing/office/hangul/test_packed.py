"""Documents of Hangul Office since 2014 (hwpx)."""

from collections.abc import Callable, Mapping

import pytest

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.office.hangul.writing import written_number
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]

HEADER = """<head><refList>
<numberings><numbering id="1">
<paraHead level="1" numFormat="DIGIT">^1.</paraHead>
<paraHead level="2" numFormat="HANGUL_SYLLABLE" start="1">^1.^2.</paraHead></numbering>
<numbering id="2"><paraHead numFormat="CIRCLED_DIGIT">^1</paraHead></numbering></numberings>
<paraProperties><paraPr id="0"><heading type="NONE"/></paraPr>
<paraPr id="1"><heading type="OUTLINE" idRef="0" level="0"/></paraPr>
<paraPr id="2"><heading type="OUTLINE" idRef="0" level="1"/></paraPr>
<paraPr id="3"><heading type="NUMBER" idRef="2" level="0"/></paraPr></paraProperties>
</refList></head>"""


def document(zipped: Zipped, *sections: str) -> bytes:
    parts: dict[str, str | bytes] = {
        "mimetype": "application/hwp+zip",
        "Contents/header.xml": HEADER,
    }
    for number, section in enumerate(sections):
        parts[f"Contents/section{number}.xml"] = f"<sec>{section}</sec>"
    return zipped(parts)


def said(text: str, style: int = 0) -> str:
    return f'<p paraPrIDRef="{style}"><run><t>{text}</t></run></p>'


def run(inner: str) -> str:
    return f"<p><run>{inner}</run></p>"


def listed(*paragraphs: str) -> str:
    return f"<subList>{''.join(paragraphs)}</subList>"


def cell(row: int, column: int, text: str, rows: int = 1, columns: int = 1) -> str:
    return (
        f'<tc>{listed(said(text))}<cellAddr colAddr="{column}" rowAddr="{row}"/>'
        f'<cellSpan colSpan="{columns}" rowSpan="{rows}"/></tc>'
    )


def test_headings_and_lists_have_the_numbers_that_the_program_shows(
    blocks_of: BlocksOf, zipped: Zipped
) -> None:
    paragraphs = [said("일", 1), said("이", 2), said("삼", 2), said("사", 1), said("오", 2)]
    found = blocks_of("a.hwpx", document(zipped, *paragraphs[:3], "".join(paragraphs[3:])))

    assert [(block.text, block.kind, block.level) for block in found] == [
        ("1. 일", BlockKind.HEADING, 1),
        ("1.가. 이", BlockKind.HEADING, 2),
        ("1.나. 삼", BlockKind.HEADING, 2),
        ("2. 사", BlockKind.HEADING, 1),
        ("2.가. 오", BlockKind.HEADING, 2),
    ]


def test_numbered_paragraphs_are_no_headings(blocks_of: BlocksOf, zipped: Zipped) -> None:
    found = blocks_of("a.hwpx", document(zipped, said("a", 3) + said("", 3) + said("b", 3)))
    assert [(block.text, block.kind) for block in found] == [
        ("① a", BlockKind.TEXT),
        ("② b", BlockKind.TEXT),
    ]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("a<tab/>b<lineBreak/>c<nbSpace/>d<fwSpace/>e<hyphen/>f", "a\tb\nc d e-f"),
        ("was <deleteBegin/>100<deleteEnd/><insertBegin/>200<insertEnd/> won", "was 200 won"),
        ("a<markpenBegin/>b<markpenEnd/>c", "abc"),
    ],
)  # fmt: skip
def test_every_letter_of_a_text_is_kept_but_what_is_deleted(
    texts_of: TextsOf, zipped: Zipped, inner: str, text: str
) -> None:
    assert texts_of("a.hwpx", document(zipped, said(inner))) == [text]


def test_a_deletion_may_end_in_another_paragraph(texts_of: TextsOf, zipped: Zipped) -> None:
    section = said("kept <deleteBegin/>gone") + said("gone<deleteEnd/> kept")
    assert texts_of("a.hwpx", document(zipped, section)) == ["kept", "kept"]


def test_notes_equations_readings_and_links_stand_at_their_place(
    texts_of: TextsOf, zipped: Zipped
) -> None:
    link = '<ctrl><fieldBegin type="HYPERLINK"><parameters><stringParam name="Path">'
    link += "https\\://example.org</stringParam></parameters></fieldBegin></ctrl>"
    section = run(
        "<t>before</t><ctrl><footNote>"
        + listed(said("a note"))
        + "</footNote></ctrl><t> after </t>"
        "<equation><script>a over b</script></equation>"
        "<dutmal><mainText>漢字</mainText><subText>한자</subText></dutmal>"
        f"<compose composeText='12'/><t> </t>{link}<t>link</t><ctrl><fieldEnd/></ctrl>"
        "<ctrl><autoNum num='7' numType='FOOTNOTE'/></ctrl>"
    )
    assert texts_of("a.hwpx", document(zipped, section)) == [
        "before after  a over b 漢字(한자)12 link (https://example.org)",
        "a note",
    ]


def test_boxes_groups_and_memos_are_read(texts_of: TextsOf, zipped: Zipped) -> None:
    box = f"<rect><drawText>{listed(said('boxed'))}</drawText></rect>"
    memo = f"<ctrl><fieldBegin type='MEMO'>{listed(said('memo'))}</fieldBegin></ctrl>"
    section = run(f"{box}<container>{box}</container>{memo}<t>text</t><ctrl><fieldEnd/></ctrl>")
    assert texts_of("a.hwpx", document(zipped, section)) == ["text", "memo", "boxed", "boxed"]


def test_tables_have_captions_and_merged_cells(blocks_of: BlocksOf, zipped: Zipped) -> None:
    number = "<ctrl><autoNum num='3' numType='TABLE'/></ctrl>"
    caption = f"<caption>{listed(f'<p><run><t>표 </t>{number}<t> 값</t></run></p>')}</caption>"
    rows = (
        f"<tr>{cell(0, 0, '항목')}{cell(0, 1, '값')}</tr>"
        f"<tr>{cell(1, 0, '가', rows=2)}{cell(1, 1, '1')}</tr><tr>{cell(2, 1, '2')}</tr>"
    )
    found = blocks_of("a.hwpx", document(zipped, run(f"<tbl>{caption}{rows}</tbl>")))

    assert [(block.text, block.table) for block in found] == [
        ("표 3 값", ""),
        ("항목: 가; 값: 1", "표 3 값"),
        ("항목: 가; 값: 2", "표 3 값"),
    ]


def test_a_table_in_a_table_is_part_of_its_cell(texts_of: TextsOf, zipped: Zipped) -> None:
    inner = f"<tbl><tr>{cell(0, 0, 'x')}{cell(0, 1, 'y')}</tr></tbl>"
    outer = cell(0, 0, "a").replace("<t>a</t>", f"<t>a</t>{inner}")
    section = run(f"<tbl><tr>{outer}</tr></tbl>")
    assert texts_of("a.hwpx", document(zipped, section)) == ["a\nx | y"]


def test_deep_nesting_and_wide_spans_end(parse: Parse, zipped: Zipped) -> None:
    nested = "x"
    for _ in range(120):
        nested = f"<p><run><rect><drawText><subList>{nested}</subList></drawText></rect></run></p>"
    parse("a.hwpx", document(zipped, nested))
    far = f"<tbl><tr>{cell(0, 900, 'x', rows=100, columns=100)}</tr></tbl>"
    parse("a.hwpx", document(zipped, run(far)))


def test_other_archives_and_locked_ones_are_refused(parse: Parse, zipped: Zipped) -> None:
    with pytest.raises(ParseError, match="no hwpx file: it has no section"):
        parse("a.hwpx", zipped({"x": "y"}))
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(EncryptedFileError):
        parse("a.hwpx", zipped({"META-INF/manifest.xml": manifest}))


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [(4, 2, "IV"), (4, 3, "iv"), (3, 4, "C"), (2, 9, "㉯"), (14, 8, "하"), (15, 8, "15")],
)  # fmt: skip
def test_numbers_are_written_in_the_forms_of_the_program(number: int, form: int, text: str) -> None:
    assert written_number(number, form) == text
