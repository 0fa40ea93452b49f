"""Electronic books."""

import io
import zipfile
from collections.abc import Callable

import pytest

from rag.errors import EncryptedFileError, ParseError
from rag.types import Block, Page

BlocksOf = Callable[[str, bytes], list[Block]]
Parse = Callable[..., list[Page]]

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Lamp</dc:title><dc:creator>Ann Ek
 </dc:creator></metadata><manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="toc" href="old.xhtml" media-type="application/xhtml+xml"/>
<item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="css" href="a.css" media-type="text/css"/></manifest>
<spine><itemref idref="nav"/><itemref idref="toc"/><itemref idref="one"/><itemref idref="two"/>
<itemref idref="css"/><itemref idref="none"/></spine>
<guide><reference type="toc" href="old.xhtml"/></guide></package>"""
PAGE = """<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>
<body><a id="x"/><h1>{0}</h1><p>{1}</p></body></html>"""


def book(**parts: str) -> bytes:
    made = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": PACKAGE,
        "OEBPS/nav.xhtml": PAGE.format("Contents", "One, two"),
        "OEBPS/old.xhtml": PAGE.format("Table", "One, two"),
        "OEBPS/text/one.xhtml": PAGE.format("One", "größer"),
        "OEBPS/text/two b.xhtml": PAGE.format("Two", "<ol start='3'><li>item</li></ol>"),
        "OEBPS/a.css": "p {}",
        **parts,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in made.items():
            if text:
                archive.writestr(name, text)
    return stream.getvalue()


def test_chapters_come_in_their_order_without_the_contents(blocks_of: BlocksOf) -> None:
    found = [(block.kind.value, block.level, block.text) for block in blocks_of("a.epub", book())]
    assert found == [
        ("heading", 1, "The Lamp"),
        ("text", 0, "By Ann Ek"),
        ("heading", 1, "One"),
        ("text", 0, "größer"),
        ("heading", 1, "Two"),
        ("text", 0, "3. item"),
    ]


def test_a_locked_book_says_so_and_one_with_locked_fonts_is_read(
    parse: Parse, blocks_of: BlocksOf
) -> None:
    method = '<enc:EncryptionMethod Algorithm="{}"/>'
    part = "META-INF/encryption.xml"
    with pytest.raises(EncryptedFileError, match=r"a\.epub is locked"):
        parse(
            "a.epub", book(**{part: method.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")})
        )
    fonts = book(**{part: method.format("http://www.idpf.org/2008/embedding")})
    assert len(blocks_of("a.epub", fonts)) == 6


@pytest.mark.parametrize(
    "parts",
    [
        {"META-INF/container.xml": ""},
        {"META-INF/container.xml": "<container/>"},
        {"OEBPS/book.opf": ""},
    ],
)
def test_a_book_that_does_not_say_what_is_in_it_is_refused(
    parse: Parse, parts: dict[str, str]
) -> None:
    with pytest.raises(ParseError, match=r"a\.epub"):
        parse("a.epub", book(**parts))


def test_a_chapter_that_is_not_there_is_passed_over(blocks_of: BlocksOf) -> None:
    found = blocks_of("a.epub", book(**{"OEBPS/text/one.xhtml": ""}))
    assert [block.text for block in found][2:] == ["Two", "3. item"]
