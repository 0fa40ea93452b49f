"""What Word makes itself, or keeps beside the text: numbers, notes, signs, equations."""

from collections.abc import Callable, Mapping

import pytest
from lxml import etree

from rag.parsing.office.words.equations import equation
from rag.parsing.office.words.numbering import written_number
from rag.parsing.office.words.symbols import sign, signs
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def document(zipped: Zipped, body: str, **parts: str) -> bytes:
    """Make a docx of the XML of its body, and of parts by the kinds of their relations."""
    kinds = "".join(
        f'<Relationship Id="r{kind}" Type="{R}/{kind}" Target="{kind}.xml"/>' for kind in parts
    )
    files: dict[str, str | bytes] = {
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:m="{M}" xmlns:r="{R}">'
        f"<w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f"<Relationships>{kinds}</Relationships>",
    }
    for kind, content in parts.items():
        files[f"word/{kind}.xml"] = f'<w:{kind} xmlns:w="{W}">{content}</w:{kind}>'
    return zipped(files)


def line(text: str, properties: str = "", *, run: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r>{run}<w:t>{text}</w:t></w:r></w:p>"


def level(index: int, form: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


NUMBERING = (
    f'<w:abstractNum w:abstractNumId="0">{level(0, "decimal", "%1.")}'
    f"{level(1, 'decimal', '%1.%2')}{level(2, 'lowerLetter', '(%3)')}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="1">{level(0, "upperRoman", "Part %1")}</w:abstractNum>'
    f'<w:abstractNum w:abstractNumId="2">{level(0, "bullet", "x")}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
    '<w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num>'
)


def numbered(text: str, number: int, index: int = 0) -> str:
    return line(text, f'<w:numPr><w:ilvl w:val="{index}"/><w:numId w:val="{number}"/></w:numPr>')


def test_clauses_have_the_numbers_that_word_shows(texts_of: TextsOf, zipped: Zipped) -> None:
    body = "".join(
        numbered(text, 1, index)
        for text, index in (
            ("Rent", 0), ("Due on the first", 1), ("Late", 1), ("Deposit", 0), ("Paid", 1),
            ("back", 2), ("kept", 2), ("Held", 1), ("anew", 2),
        )
    )  # fmt: skip
    assert texts_of("a.docx", document(zipped, body, numbering=NUMBERING)) == [
        "1. Rent", "1.1 Due on the first", "1.2 Late", "2. Deposit", "2.1 Paid", "(a) back",
        "(b) kept", "2.2 Held", "(a) anew",
    ]  # fmt: skip


def test_a_list_begins_where_it_says_and_others_go_on(texts_of: TextsOf, zipped: Zipped) -> None:
    body = numbered("a", 1) + numbered("b", 2) + numbered("c", 2) + numbered("d", 4)
    assert texts_of("a.docx", document(zipped, body, numbering=NUMBERING)) == [
        "1. a", "5. b", "6. c", "• d",
    ]  # fmt: skip


def test_a_style_numbers_its_headings(blocks_of: BlocksOf, zipped: Zipped) -> None:
    styles = (
        '<w:style w:styleId="Part"><w:name w:val="Überschrift 1"/>'
        '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Own"><w:basedOn w:val="Part"/></w:style>'
    )
    body = "".join(line(text, f'<w:pStyle w:val="{style}"/>') for text, style in
                   (("One", "Part"), ("Two", "Own")))  # fmt: skip
    found = blocks_of("a.docx", document(zipped, body, numbering=NUMBERING, styles=styles))
    assert [(block.kind, block.level, block.text) for block in found] == [
        (BlockKind.HEADING, 1, "Part I One"),
        (BlockKind.HEADING, 1, "Part II Two"),
    ]


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (4, "upperRoman", "IV"), (28, "lowerLetter", "bb"), (3, "decimalZero", "03"),
        (12, "chineseCounting", "十二"), (20, "japaneseCounting", "二十"), (2, "ordinal", "2nd"),
        (11, "ordinal", "11th"), (3, "decimalEnclosedCircle", "③"), (2, "ganada", "나"),
        (7, "unheard", "7"), (5, "none", ""), (0, "lowerLetter", "0"),
    ],
)  # fmt: skip
def test_numbers_are_written_in_the_forms_of_word(number: int, form: str, text: str) -> None:
    assert written_number(number, form) == text


def test_a_note_follows_the_paragraph_that_refers_to_it(texts_of: TextsOf, zipped: Zipped) -> None:
    note = f'<w:footnote w:id="2">{line("up to 187 euro")}</w:footnote>'
    rest = f'<w:footnote w:id="3">{line("never referred to")}</w:footnote>'
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = f"<w:p><w:r><w:t>Rule 7</w:t></w:r>{mark}<w:r><w:t> holds.</w:t></w:r></w:p>{line('x')}"
    assert texts_of("a.docx", document(zipped, body, footnotes=note + rest)) == [
        "Rule 7[1] holds. [1] up to 187 euro", "x", "never referred to",
    ]  # fmt: skip


def test_signs_of_symbol_fonts_are_read(texts_of: TextsOf, zipped: Zipped) -> None:
    body = (
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:t> agreed </w:t></w:r>'
        '<w:r><w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>W</w:t></w:r>'
        "<w:r><w:fldChar><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar>"
        "</w:r></w:p>"
    )
    assert texts_of("a.docx", document(zipped, body)) == ["☑ agreed Ω☒"]
    assert [sign("Symbol", "F0B3"), sign("Wingdings", "A8"), sign("Symbol", "zz")] == ["≥", "☐", ""]
    assert signs("Symbol", "a\uf062") == "αβ"


def test_hidden_text_is_left_out_and_named(parse: Parse, zipped: Zipped) -> None:
    body = line("seen") + line("secret", run="<w:rPr><w:vanish/></w:rPr>")
    pages = parse("a.docx", document(zipped, body))
    assert [block.text for page in pages for block in page.blocks] == ["seen"]
    assert pages[-1].note == "hidden text was left out"


def test_a_document_inside_a_document_is_read(texts_of: TextsOf, zipped: Zipped) -> None:
    relations = f'<Relationship Id="r9" Type="{R}/aFChunk" Target="part.html"/>'
    data = zipped(
        {
            "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>'
            f'{line("Minutes")}<w:altChunk r:id="r9"/>{line("End")}</w:body></w:document>',
            "word/_rels/document.xml.rels": f"<Relationships>{relations}</Relationships>",
            "word/part.html": "<html><body><p>The board buys the press.</p></body></html>",
        }
    )
    assert texts_of("a.docx", data) == ["Minutes", "The board buys the press.", "End"]


def test_a_caption_names_the_table_below_it(blocks_of: BlocksOf, zipped: Zipped) -> None:
    styles = '<w:style w:styleId="C"><w:name w:val="caption"/></w:style>'
    cells = "".join(
        f"<w:tr>{''.join(f'<w:tc>{line(text)}</w:tc>' for text in row)}</w:tr>"
        for row in (("Model", "Price"), ("KX-1", "7"))
    )
    caption = line("Table 1: Prices", '<w:pStyle w:val="C"/>')
    body = f"{caption}<w:tbl>{cells}</w:tbl>{caption}{line('after')}"
    found = blocks_of("a.docx", document(zipped, body, styles=styles))
    assert [(block.text, block.table) for block in found] == [
        ("Model: KX-1; Price: 7", "Table 1: Prices"), ("Table 1: Prices", ""), ("after", ""),
    ]  # fmt: skip


def math(inner: str) -> str:
    return equation(etree.fromstring(f'<m:oMath xmlns:m="{M}">{inner}</m:oMath>'))


def run(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (f"<m:f><m:num>{run('1')}</m:num><m:den>{run('2')}</m:den></m:f>{run('m')}", "1/2m"),
        (f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('c')}</m:den></m:f>", "(a+b)/c"),
        (
            f'<m:f><m:fPr><m:type m:val="noBar"/></m:fPr><m:num>{run("n")}</m:num></m:f>',
            "(n¦)",
        ),
        (f"<m:sSup><m:e>{run('v')}</m:e><m:sup>{run('2')}</m:sup></m:sSup>", "v^2"),
        (f"<m:sSub><m:e>{run('x')}</m:e><m:sub>{run('i+1')}</m:sub></m:sSub>", "x_(i+1)"),
        (f"<m:rad><m:deg>{run('3')}</m:deg><m:e>{run('a+b')}</m:e></m:rad>", "√[3](a+b)"),
        (f"<m:rad><m:e>{run('a+b')}</m:e></m:rad>", "√(a+b)"),
        (
            "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr>"
            + "".join(
                f"<m:{name}>{run(text)}</m:{name}>"
                for name, text in (("sub", "i=1"), ("sup", "n"), ("e", "i"))
            )
            + "</m:nary>",
            "∑_(i=1)^n i",
        ),
        (f"<m:d><m:e>{run('x')}</m:e><m:e>{run('y')}</m:e></m:d>", "(x|y)"),
        (f"<m:func><m:fName>{run('sin')}</m:fName><m:e>{run('x')}</m:e></m:func>", "sin x"),
        (f"<m:m><m:mr><m:e>{run('1')}</m:e><m:e>{run('0')}</m:e></m:mr></m:m>", "[1, 0]"),
        (f"<m:bar><m:e>{run('x')}</m:e></m:bar>", "bar(x)"),
        (f"<m:acc><m:e>{run('x')}</m:e></m:acc>", "hat(x)"),
    ],
)
def test_an_equation_reads_in_a_line(inner: str, text: str) -> None:
    assert math(inner) == text
