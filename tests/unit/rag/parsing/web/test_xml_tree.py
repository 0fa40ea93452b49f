"""XML of any vocabulary, and what hostile XML cannot do."""

from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.parsing.web import xml_tree
from rag.types import Page

TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]


def test_a_record_reads_as_names_and_values(texts_of: TextsOf) -> None:
    text = b"""<?xml version="1.0"?><c:all xmlns:c="urn:x"><!-- no -->
        <c:country><c:name>France</c:name><c:leader>Emmanuel  Macron</c:leader></c:country>
        <c:country><c:name>Canada</c:name><c:leader/></c:country></c:all>"""
    assert texts_of("a.xml", text) == ["name: France\nleader: Emmanuel Macron", "name: Canada"]


def test_running_text_is_one_paragraph_with_all_inside_it(texts_of: TextsOf) -> None:
    text = b"<doc><p>Some <b>bold</b> and <i>slanted <u>text</u></i>.</p><p>More.</p></doc>"
    assert texts_of("a.xml", text) == ["Some bold and slanted text.", "More."]


def test_text_that_begins_with_an_element_loses_nothing(texts_of: TextsOf) -> None:
    text = b"<doc><p><b>Bold</b> begins it, <i>and</i> more</p></doc>"
    assert texts_of("a.xml", text) == ["Bold begins it, and more"]


def test_the_order_of_values_and_sections_is_kept(texts_of: TextsOf) -> None:
    text = (
        b"<a><title>Title</title><sec><head><name>x</name></head><p>one</p></sec>"
        b"<note>last words</note></a>"
    )
    assert texts_of("a.xml", text) == ["Title", "name: x", "one", "note: last words"]


def test_long_values_and_prose_have_no_name_in_front(texts_of: TextsOf) -> None:
    long = "word " * 30
    assert texts_of("a.xml", f"<a><x>{long}</x></a>".encode()) == [long.strip()]


def test_a_document_of_attributes_alone_shows_them(texts_of: TextsOf) -> None:
    text = b"<list kind='short'><item name='bolt' size='8'/><item name='nut'/></list>"
    assert texts_of("a.xml", text) == ["list: kind=short\nitem: name=bolt, size=8\nitem: name=nut"]


def test_a_single_element_is_read(texts_of: TextsOf) -> None:
    assert texts_of("a.xml", b"<p>alone</p>") == ["alone"]


@pytest.mark.parametrize("codec", ["utf-16", "shift_jis", "utf-8"])
def test_the_declared_encoding_is_used(texts_of: TextsOf, codec: str) -> None:
    text = f"<?xml version='1.0' encoding='{codec}'?><p>日本</p>".encode(codec)
    assert texts_of("a.xml", text) == ["日本"]


def test_entities_are_not_expanded(parse: Parse) -> None:
    bomb = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "boom boom boom">
        <!ENTITY c "&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;">
        <!ENTITY f SYSTEM "file:///etc/passwd">]><a><p>x &d; y</p><p>&f;</p></a>"""
    text = "".join(block.text for page in parse("a.xml", bomb) for block in page.blocks)
    assert "boom" not in text
    assert "root:" not in text


def test_nesting_without_end_is_bounded(parse: Parse) -> None:
    assert isinstance(parse("a.xml", b"<a>" * 100_000), list)


@pytest.mark.parametrize(
    "row", [b"<r><n>value</n><m>other</m></r>", b"<n>value</n>", b"words <b>value</b> words "]
)
def test_a_long_document_streams_and_loses_nothing(parse: Parse, row: bytes) -> None:
    pages = parse("a.xml", b"<all>" + row * 20_000 + b"</all>")
    text = "".join(block.text for page in pages for block in page.blocks)
    assert len(pages) > 2
    assert text.count("value") == 20_000


def test_broken_xml_gives_what_can_be_read(texts_of: TextsOf) -> None:
    assert "good" in " ".join(texts_of("a.xml", b"<a><p>good</p><p>bad & worse</a>"))


def test_what_is_no_xml_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match=r"a\.xml is not XML; it seems to be plain text"):
        parse("a.xml", b"just words")


@pytest.mark.parametrize("data", [b"", b" \n", b"<a> <b/> </a>"])
def test_nothing_yields_nothing(parse: Parse, data: bytes) -> None:
    assert parse("a.xml", data) == []


def test_a_file_over_the_limit_is_refused(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MAX_BYTES", 1 << 20)
    data = b"<a>" + b" " * (1 << 20) + b"</a>"
    with pytest.raises(ParseError, match=r"a\.xml is over the limit of 1 MB for XML: split it"):
        parse("a.xml", data)


def test_records_before_and_after_deep_ones_stay_in_order(texts_of: TextsOf) -> None:
    inner = "<r><k>deep</k></r>"
    for depth in range(150):
        inner = f"<e><v>{depth}</v>{inner}<w>{depth}</w></e>"
    texts = texts_of("a.xml", f"<root>{inner}{inner}</root>".encode())
    once = [*(f"v: {n}" for n in reversed(range(150))), "k: deep", *(f"w: {n}" for n in range(150))]
    assert texts == [*once, *once]


def test_attributes_are_read_beside_texts_and_records_stay_together(texts_of: TextsOf) -> None:
    text = b"""<orders xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" shop="North"
        xsi:schemaLocation="a b"><order id="A-77" date="2025-03-14">
        <customer>Kestrel Parts</customer><total currency="EUR">120.50</total>
        <ship><name>Ann</name></ship><items><item sku="X1" qty="3">Bolt</item><item sku="X2"/>
        <item/></items></order><order id="A-78"><total currency="USD">9</total></order></orders>"""
    assert texts_of("a.xml", text) == [
        "orders: shop=North",
        (
            "order: id=A-77, date=2025-03-14\ncustomer: Kestrel Parts\n"
            "total: 120.50 (currency=EUR)\n"
            "ship:\nname: Ann\nitems:\nitem: Bolt (sku=X1, qty=3)\nitem: sku=X2"
        ),
        "order: id=A-78\ntotal: 9 (currency=USD)",
    ]


def test_a_single_record_has_its_attributes(texts_of: TextsOf) -> None:
    text = b"<invoice number='7'><total currency='EUR'>120</total></invoice>"
    assert texts_of("a.xml", text) == ["invoice: number=7\ntotal: 120 (currency=EUR)"]


def test_words_within_words_of_a_late_record_are_kept(texts_of: TextsOf) -> None:
    rows = "<r><n>value</n><m>x</m></r>" * 4000
    texts = texts_of("a.xml", f"<all>{rows}<r>some <b>bold</b> words</r></all>".encode())
    assert texts[-1] == "some bold words"
    assert len(texts) == 4001


def test_a_record_without_end_comes_in_parts(parse: Parse) -> None:
    inner = "<f k='v'>value</f>" * 20_000
    pages = parse("a.xml", f"<all><r><a>1</a>{inner}</r><r><a>2</a></r></all>".encode())
    text = "".join(block.text for page in pages for block in page.blocks)
    assert text.count("value (k=v)") == 20_000
