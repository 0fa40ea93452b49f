"""Web pages: what is kept, as what, and what a hostile page cannot do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.web import webpage
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]


def test_title_headings_and_paragraphs_come_in_order(blocks_of: BlocksOf) -> None:
    page = b"""<html><head><title>The  Site</title><style>p {}</style></head><body>
        <h1>One <em>big</em>
        title</h1>before<p>A <b>bold</b>
        word<br>and more</p>between<div>in <span>a</span> div</div><h3>Three</h3></body></html>"""
    blocks = blocks_of("a.html", page)
    assert [(block.kind.value, block.level, block.text) for block in blocks] == [
        ("heading", 1, "The Site"),
        ("heading", 1, "One big title"),
        ("text", 0, "before"),
        ("text", 0, "A bold word\nand more"),
        ("text", 0, "between"),
        ("text", 0, "in a div"),
        ("heading", 3, "Three"),
    ]


def test_scripts_styles_navigation_and_hidden_parts_are_dropped(texts_of: TextsOf) -> None:
    page = b"""<body><script>var x = "script";</script><nav>menu</nav><p>kept</p>
        <style>style</style><!-- comment --><p style="color: red; display:none">hidden</p>
        <noscript>noscript</noscript><template><p>template</p></template></body>"""
    assert texts_of("a.htm", page) == ["kept"]


def test_lists_and_alternative_texts_are_kept(texts_of: TextsOf) -> None:
    page = b"<ul><li>one<li>two <img src=x.png alt='a cat'><img src=y.png></ul>"
    assert texts_of("a.xhtml", page) == ["- one", "- two a cat"]


def test_preformatted_text_keeps_its_lines(blocks_of: BlocksOf) -> None:
    before, code, after = blocks_of("a.html", b"<p>see</p><pre>a\n    b\n\n  c</pre>then")
    assert code.kind is BlockKind.CODE
    assert code.text == "a\n    b\n\n  c"
    assert (before.text, after.text) == ("see", "then")


def test_a_table_of_data_becomes_rows(blocks_of: BlocksOf) -> None:
    page = b"""<p>intro</p><table><thead><tr><th>Name</th><th>Points</th></tr></thead>
        <tr><td>Ann <b>B</b>.</td><td>7<p>of 9</p></td></tr>
        <tr><td colspan=2>Nobody</td></tr></table><p>end</p>"""
    intro, first, second, end = blocks_of("a.html", page)
    assert first.kind is BlockKind.ROW
    assert first.header == ("Name", "Points")
    assert first.cells == ("Ann B.", "7 of 9")
    assert second.cells == ("Nobody", "")
    assert (intro.text, end.text) == ("intro", "end")


@pytest.mark.parametrize(
    "page",
    [
        b"<table><tr><td><h1>Title</h1></td><td><p>text</p></td></tr></table>",
        b"<table><tr><td><table><tr><td>Title</td></tr></table></td><td>text</td></tr></table>",
        b"<table><tr><td>Title</td></tr><tr><td>text</td></tr></table>",
    ],
)
def test_a_table_that_only_lays_out_the_page_is_text(blocks_of: BlocksOf, page: bytes) -> None:
    blocks = blocks_of("a.html", page)
    assert [block.text for block in blocks] == ["Title", "text"]
    assert all(block.kind is not BlockKind.ROW for block in blocks)


@pytest.mark.parametrize("span", ["x", "-1", "0", "999999999999"])
def test_an_absurd_span_of_columns_is_bounded(blocks_of: BlocksOf, span: str) -> None:
    page = f"<table><tr><td colspan='{span}'>a</td><td>b</td></tr><tr><td>c<td>d</table>"
    assert all(len(block.cells) <= 101 for block in blocks_of("a.html", page.encode()))


@pytest.mark.parametrize(
    ("charset", "text"),
    [("shift_jis", "日本語"), ("gb2312", "中文"), ("windows-1251", "Привет"), ("utf-8", "größe")],
)
def test_the_encoding_that_a_page_declares_is_used(
    texts_of: TextsOf, charset: str, text: str
) -> None:
    page = f"<html><head><meta charset='{charset}'></head><body><p>{text}</p></body></html>"
    assert texts_of("a.html", page.encode(charset)) == [text]


def test_the_encoding_of_an_xml_declaration_is_used(texts_of: TextsOf) -> None:
    page = "<?xml version='1.0' encoding='koi8-r'?><html><body><p>да</p></body></html>"
    assert texts_of("a.xhtml", page.encode("koi8-r")) == ["да"]


def test_utf16_wins_over_what_the_page_declares(texts_of: TextsOf) -> None:
    page = "<meta http-equiv=Content-Type content='text/html; charset=utf-8'><p>größe 中文</p>"
    assert texts_of("a.html", page.encode("utf-16")) == ["größe 中文"]


def test_nesting_without_end_is_read_without_structure(texts_of: TextsOf) -> None:
    page = b"<p>first</p>" + b"<div>" * 50_000 + b"inside" + b"</div>" * 50_000
    assert " ".join(texts_of("a.html", page)).split() == ["first", "inside"]


def test_deep_but_sane_nesting_keeps_its_structure(texts_of: TextsOf) -> None:
    page = b"<div>" * 900 + b"<p>inside</p>" + b"</div>" * 900 + b"<br/><p>after</p>" * 2000
    assert texts_of("a.html", page)[:2] == ["inside", "after"]


def test_tags_without_end_take_no_time(parse: Parse) -> None:
    assert isinstance(parse("a.html", b"<a " * 300_000), list)


def test_a_page_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "object"
    with path.open("wb") as stream:
        stream.truncate(webpage.MAX_BYTES + 1)
    with pytest.raises(ParseError, match=r"a\.html is larger than the 64 MB"):
        list(webpage.parse_html(path, "a.html", ParseOptions()))


def test_nothing_yields_nothing(parse: Parse) -> None:
    assert parse("a.html", b"") == []
    assert parse("a.html", b"<html><body> </body></html>") == []


def test_a_very_long_paragraph_is_read_in_parts_that_end_between_words(texts_of: TextsOf) -> None:
    words = " ".join(f"word{number}" for number in range(60_000))
    texts = texts_of("a.html", f"<p>before</p><p>{words}</p><p>after</p>".encode())
    assert (texts[0], texts[-1]) == ("before", "after")
    assert len(texts) > 3
    assert " ".join(texts[1:-1]) == words


def test_a_very_long_word_is_read_whole_in_parts(texts_of: TextsOf) -> None:
    assert "".join(texts_of("a.html", f"<p>{'x' * 600_000}</p>".encode())) == "x" * 600_000


def test_a_cell_over_several_rows_is_part_of_each(texts_of: TextsOf) -> None:
    page = b"""<table><thead><tr><th>Region<th>City<th>People<th rowspan=9>Note</thead>
        <tr><td rowspan=2>North<td>Oslo<td>700<td>a
        <tr><td>Bergen<td>280<td rowspan=2>b
        <tr><td colspan=2>South<td>900</table>"""
    assert texts_of("a.html", page) == [
        "Region: North; City: Oslo; People: 700; Note: a",
        "Region: North; City: Bergen; People: 280; Note: b",
        "Region: South; People: 900; Note: b",
    ]


def test_a_span_of_thousands_of_digits_does_no_harm(texts_of: TextsOf) -> None:
    page = f"<table><tr><td colspan={'9' * 5000} rowspan=0>x<td>y</table>".encode()
    assert texts_of("a.html", page) == ["x; y"]


def test_a_table_in_a_table_that_lays_out_the_page_may_be_data(blocks_of: BlocksOf) -> None:
    data = "<table><tr><th>Fruit<th>Euro<tr><td>fig<td>2</table>"
    page = f"<table><tr><td>menu<td>{data}<td><table><tr><td>home<td>help</table></table>"
    found = [(block.kind, block.text) for block in blocks_of("a.html", page.encode())]
    assert found == [
        (BlockKind.TEXT, "menu"),
        (BlockKind.ROW, "Fruit: fig; Euro: 2"),
        (BlockKind.TEXT, "home"),
        (BlockKind.TEXT, "help"),
    ]


def test_the_caption_of_a_table_is_its_name(blocks_of: BlocksOf) -> None:
    page = (
        b"<table><caption>Prices <b>2024</b></caption><tr><th>Item<th>Euro<tr><td>pen<td>2</table>"
    )
    (row,) = blocks_of("a.html", page)
    assert (row.table, row.text) == ("Prices 2024", "Item: pen; Euro: 2")
