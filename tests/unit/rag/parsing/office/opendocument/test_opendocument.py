"""OpenDocument texts and slides, packed and flat."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rag.errors import EmptyFileError, EncryptedFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.registry import find_parser
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]

NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "style": "style",
        "draw": "drawing",
        "presentation": "presentation",
        "svg": "svg-compatible",
    }.items()
)
LINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
STYLES = """
<style:style style:name="P1" style:parent-style-name="Title"/><style:style style:name="Title"/>
<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>
<style:style style:name="dp1"><style:drawing-page-properties presentation:visibility="hidden"/>
</style:style>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>
</text:list-style>
<text:outline-style><text:outline-level-style text:level="1" style:num-format="I"/>
<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>
</text:outline-style>
"""


def flat(body: str, kind: str = "text") -> bytes:
    return (
        f"<office:document {NAMES} {LINK}><office:automatic-styles>{STYLES}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document>"
    ).encode()


def test_a_text_is_read_in_order_packed_and_flat(zipped: Zipped, blocks_of: BlocksOf) -> None:
    body = (
        '<text:p text:style-name="P1">Contract</text:p>'
        '<text:h text:outline-level="1">Price</text:h>'
        '<text:h text:outline-level="2">Net</text:h>'
        "<text:p>One<text:s text:c='2'/>two<text:tab/>three<text:line-break/>four</text:p>"
    )
    content = flat(body)
    blocks = blocks_of("a.fodt", content)
    assert blocks == blocks_of("a.odt", zipped({"content.xml": content}))
    assert [(block.kind, block.level, block.text) for block in blocks] == [
        (BlockKind.HEADING, 0, "Contract"),
        (BlockKind.HEADING, 1, "I Price"),
        (BlockKind.HEADING, 2, "I.1 Net"),
        (BlockKind.TEXT, 0, "One  two\tthree\nfour"),
    ]


def test_of_tracked_changes_the_new_text_is_read(texts_of: TextsOf) -> None:
    changed = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>100</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        '<text:p>It costs <text:change text:change-id="1"/><text:change-start/>200'
        "<text:change-end/> EUR.</text:p>"
    )
    assert texts_of("a.fodt", flat(changed)) == ["It costs 200 EUR."]


def test_what_hangs_on_a_paragraph_follows_it(texts_of: TextsOf) -> None:
    body = (
        "<text:p>Words<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>A note.</text:p></text:note-body></text:note>"
        "<office:annotation><text:p>A comment.</text:p></office:annotation>"
        "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
        ' and <text:a xlink:href="https://example.org/a">a link</text:a> and '
        "<text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>かんじ</text:ruby-text>"
        "</text:ruby>.</text:p>"
    )
    assert texts_of("a.fodt", flat(body)) == [
        "Words and a link (https://example.org/a) and 漢字(かんじ).",
        "A note.",
        "A comment.",
        "In a box.",
    ]


def test_items_have_the_numbers_that_are_shown(texts_of: TextsOf) -> None:
    item = "<text:list-item><text:p>{}</text:p>{}</text:list-item>"
    inner = "<text:list>" + item.format("a", "") + item.format("b", "") + "</text:list>"
    first = '<text:list text:style-name="L1">' + item.format("one", inner) + "</text:list>"
    goes_on = '<text:list text:style-name="L1" text:continue-numbering="true">'
    body = first + "<text:p>between</text:p>" + goes_on + item.format("two", "") + "</text:list>"
    assert texts_of("a.fodt", flat(body + first)) == [
        "1. one",
        "a) a",
        "b) b",
        "between",
        "2. two",
        "1. one",
        "a) a",
        "b) b",
    ]


def test_tables_have_names_of_columns_and_merged_cells(blocks_of: BlocksOf) -> None:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    tall = ' table:number-rows-spanned="2"'
    body = (
        "<table:table><table:table-header-rows><table:table-row>"
        + cell.format("", "Item")
        + cell.format("", "Price")
        + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell.format(tall, "Pump")
        + cell.format("", "200")
        + "</table:table-row><table:table-row><table:covered-table-cell/>"
        + cell.format("", "15")
        + "</table:table-row></table:table>"
    )
    assert [block.text for block in blocks_of("a.fodt", flat(body))] == [
        "Item: Pump; Price: 200",
        "Item: Pump; Price: 15",
    ]


@pytest.mark.parametrize("hidden", [False, True])
def test_hidden_text_is_left_out_and_said(tmp_path: Path, *, hidden: bool) -> None:
    body = (
        '<text:p>Seen<text:span text:style-name="T1"> secret</text:span></text:p>'
        '<text:section text:display="none"><text:p>unseen</text:p></text:section>'
    )
    path = tmp_path / "file"
    path.write_bytes(flat(body))
    pages = list(find_parser("a.odt")(path, "a.odt", ParseOptions(hidden=hidden)))
    text = " ".join(block.text for page in pages for block in page.blocks)
    assert text == ("Seen secret unseen" if hidden else "Seen")
    assert ("hidden text was left out" in pages[-1].note) is not hidden


def test_slides_are_pages_from_the_top(parse: Parse) -> None:
    shape = (
        '<draw:frame svg:x="1in" svg:y="{}in" svg:width="2in" svg:height="1in"{}>'
        "<draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    )
    body = (
        "<draw:page>"
        + shape.format(3, "", "Below")
        + shape.format(2, "", "Above")
        + shape.format(5, ' presentation:class="title"', "Figures")
        + "<presentation:notes>"
        + shape.format(1, "", "Say hello.")
        + '</presentation:notes></draw:page><draw:page draw:style-name="dp1">'
        + shape.format(1, "", "Not yet")
        + "</draw:page>"
    )
    first, second = parse("a.fodp", flat(body, "presentation"))
    assert [block.text for block in first.blocks] == ["Figures", "Above", "Below", "Say hello."]
    assert first.blocks[0].kind is BlockKind.HEADING
    assert first.blocks[1].positions[0].as_list() == [1, 72, 216, 144, 216]
    assert (second.blocks, second.note) == ((), "slide 2 is hidden and was left out")
    assert [page.number for page in parse("a.odp", flat(body, "presentation"), 2)] == [2]


def test_what_cannot_be_read_is_refused(zipped: Zipped, texts_of: TextsOf) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(EncryptedFileError):
        texts_of("a.odt", zipped({"META-INF/manifest.xml": manifest, "content.xml": b"?"}))
    with pytest.raises(EmptyFileError):
        texts_of("a.odp", b"")
    with pytest.raises(ParseError, match="it has no content"):
        texts_of("a.odt", zipped({"other.xml": "<a/>"}))
    with pytest.raises(ParseError, match="no OpenDocument file of this kind"):
        texts_of("a.odp", flat("<text:p>a text</text:p>"))
    with pytest.raises(ParseError, match="no OpenDocument file"):
        texts_of("a.fodt", b"only words")


def test_what_stands_too_deep_is_said(parse: Parse) -> None:
    deep = "<text:section>" * 90 + "<text:p>words</text:p>" + "</text:section>" * 90
    (page,) = parse("a.fodt", flat(deep))
    assert (page.blocks, page.note) == ((), "parts that stand over 40 deep in others were left out")
