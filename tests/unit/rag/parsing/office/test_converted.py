"""Old Office files: what is made of them by LibreOffice, and what is refused without it."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from pptx import Presentation

from rag.errors import EmptyFileError, EncryptedFileError, ParseError, ParserLimitError
from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.helpers.libreoffice import converted
from rag.parsing.helpers.programs import LIBREOFFICE
from rag.parsing.registry import find_parser
from rag.types import Block, BlockKind, Page
from tests.support.outlook import compound
from tests.support.programs import needs

TRACKED = (
    '<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:r><w:t xml:space="preserve">The price is </w:t></w:r>'
    '<w:del w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z">'
    "<w:r><w:delText>100</w:delText></w:r></w:del>"
    '<w:ins w:id="2" w:author="A" w:date="2026-01-01T00:00:00Z">'
    "<w:r><w:t>200</w:t></w:r></w:ins>"
    '<w:r><w:t xml:space="preserve"> EUR.</w:t></w:r></w:p>'
)


def contract() -> bytes:
    document = Document()
    document.add_heading("Price", 1)
    document.element.body.insert(1, parse_xml(TRACKED))
    table = document.add_table(rows=2, cols=2)
    for place, text in enumerate(("Item", "Price", "Pump", "200")):
        table.cell(place // 2, place % 2).text = text
    document.add_paragraph("Signed in Kiel.")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def deck() -> bytes:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Quarterly figures"
    slide.placeholders[1].text = "Revenue grew by 12 percent"
    buffer = io.BytesIO()
    presentation.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes, str, str], bytes]:
    """Turn a new file into an old one."""
    needs(LIBREOFFICE)

    def convert(data: bytes, before: str, after: str) -> bytes:
        path = tmp_path_factory.mktemp("new") / "file"
        path.write_bytes(data)
        with converted(path, f"file.{before}", (before, after), Helpers()) as result:
            return result.read_bytes()

    return convert


def test_a_word_document_of_1997_is_read_as_a_new_one_is(
    old: Callable[[bytes, str, str], bytes],
    parse: Callable[..., list[Page]],
    blocks_of: Callable[[str, bytes], list[Block]],
) -> None:
    data = old(contract(), "docx", "doc")
    blocks = blocks_of("contract.doc", data)

    assert (blocks[0].kind, blocks[0].text) == (BlockKind.HEADING, "Price")
    assert blocks[1].text == "The price is 200 EUR."
    assert blocks[2].header == ("Item", "Price")
    assert blocks[2].cells == ("Pump", "200")
    assert [page.note for page in parse("contract.wps", data)] == [""]


def test_slides_of_1997_are_pages(
    old: Callable[[bytes, str, str], bytes], parse: Callable[..., list[Page]]
) -> None:
    (page,) = parse("deck.pps", old(deck(), "pptx", "ppt"))
    assert [block.text for block in page.blocks] == [
        "Quarterly figures",
        "Revenue grew by 12 percent",
    ]


def test_a_conversion_that_takes_too_long_or_makes_nothing_is_said(tmp_path: Path) -> None:
    needs(LIBREOFFICE)
    path = tmp_path / "file"
    path.write_bytes(compound({"WordDocument": b"\xec\xa5" + bytes(600)}))
    hasty = ParseOptions(helpers=Helpers(convert_seconds=0.1))
    with pytest.raises(ParserLimitError, match=r"conversion of a\.doc by LibreOffice took more"):
        list(find_parser("a.doc")(path, "a.doc", hasty))
    with pytest.raises(ParseError, match=r"LibreOffice can make nothing of a\.doc"):
        list(find_parser("a.doc")(path, "a.doc", ParseOptions()))


def test_what_a_file_is_wins_over_its_suffix(texts_of: Callable[[str, bytes], list[str]]) -> None:
    assert "Signed in Kiel." in texts_of("contract.doc", contract())
    assert texts_of("page.doc", b"<html><body><p>Some words</p></body></html>") == ["Some words"]
    assert texts_of("plain.doc", b"Only words.") == ["Only words."]


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("a.doc", {"WordDocument": struct.pack("<5HH", 0xA5EC, 193, 0, 0, 0, 0x0100)}),
        ("a.ppt", {"Current User": struct.pack("<2HIII", 0, 4086, 20, 20, 0xF3D1C4DF)}),
    ],
)
def test_locked_files_want_their_password(
    texts_of: Callable[[str, bytes], list[str]], name: str, streams: dict[str, bytes]
) -> None:
    with pytest.raises(EncryptedFileError, match="needs a password"):
        texts_of(name, compound(streams))


def test_an_empty_file_is_said_to_be_one(texts_of: Callable[[str, bytes], list[str]]) -> None:
    with pytest.raises(EmptyFileError):
        texts_of("a.ppt", b" ")


@pytest.mark.parametrize("kind", ["packing", "part"])
def test_a_locked_file_of_iwork_needs_a_password(tmp_path: Path, kind: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(".iwpv2" if kind == "part" else "index.xml", b"locked")
    data = bytearray(buffer.getvalue())
    if kind == "packing":
        entry = data.index(b"PK\1\2")
        data[entry + 10 : entry + 12] = struct.pack("<H", 0x636B)
    path = tmp_path / "file"
    path.write_bytes(data)

    with pytest.raises(EncryptedFileError, match=r"a\.pages needs a password"):
        list(find_parser("a.pages")(path, "a.pages", ParseOptions()))
