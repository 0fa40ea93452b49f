"""Documents of Hangul Office 5 to 2022 (hwp), written record by record."""

import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from rag.errors import EncryptedFileError, ParseError, UnsupportedFormatError
from rag.types import Block, BlockKind, Page
from tests.support.outlook import compound

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]


def record(tag: int, level: int, data: bytes) -> bytes:
    size = len(data)
    head = struct.pack("<I", tag | level << 10 | min(size, 0xFFF) << 20)
    return head + (struct.pack("<I", size) if size >= 0xFFF else b"") + data


def wide(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode("utf-16-le")


def control(code: int) -> bytes:
    return struct.pack("<HIIHH", code, 0, 0, 0, 0) + struct.pack("<H", code)


def paragraph(level: int, *parts: str | int, shape: int = 0) -> bytes:
    said = b"".join(
        part.encode("utf-16-le") if isinstance(part, str) else control(part) for part in parts
    )
    head = struct.pack("<IIHBB", len(said) // 2, 0, shape, 0, 0)
    return record(66, level, head) + record(67, level + 1, said)


def header(level: int, name: bytes, data: bytes = b"") -> bytes:
    return record(71, level, name[::-1] + data)


def numbering(form: int, text: str) -> bytes:
    levels = struct.pack("<IHHI", form << 5, 0, 0, 0) + wide(text)
    empty = struct.pack("<IHHI", 0, 0, 0, 0) + wide("")
    return record(23, 0, levels + empty * 6 + struct.pack("<H7I", 0, *(1,) * 7))


def shape(kind: int, number: int = 1) -> bytes:
    return record(25, 0, struct.pack("<I", kind << 23) + bytes(26) + struct.pack("<HH", number, 0))


STYLES = numbering(8, "^1.") + shape(0) + shape(1) + shape(2)


def document(section: bytes, flags: int = 1) -> bytes:
    def packed(data: bytes) -> bytes:
        packer = zlib.compressobj(wbits=-15)
        return packer.compress(data) + packer.flush() if flags & 1 else data

    said = b"HWP Document File".ljust(32, b"\0") + bytes(4) + struct.pack("<I", flags)
    return compound(
        {
            "FileHeader": said.ljust(256, b"\0"),
            "DocInfo": packed(STYLES),
            "BodyText": {"Section0": packed(section)},
        }
    )


def cell(column: int, row: int, *paragraphs: bytes, rows: int = 1) -> bytes:
    data = struct.pack("<HIHHHHH", len(paragraphs), 0, 0, column, row, 1, rows)
    return record(72, 2, data) + b"".join(paragraphs)


@pytest.mark.parametrize("flags", [0, 1])
def test_headings_and_numbers_are_read(blocks_of: BlocksOf, flags: int) -> None:
    section = paragraph(0, "첫째", shape=1) + paragraph(0, "글") + paragraph(0, "둘째", shape=1)
    found = blocks_of("a.hwp", document(section + paragraph(0, "항목", shape=2), flags))

    assert [(block.text, block.kind) for block in found] == [
        ("가. 첫째", BlockKind.HEADING),
        ("글", BlockKind.TEXT),
        ("나. 둘째", BlockKind.HEADING),
        ("가. 항목", BlockKind.TEXT),
    ]


def test_every_letter_is_kept_beside_signs(texts_of: TextsOf) -> None:
    tab = control(9).decode("utf-16-le", "surrogatepass")
    said = f"가나{tab}다라\n마바\x18사아\x1e자차\x1f카타"
    assert texts_of("a.hwp", document(paragraph(0, said + "\r"))) == [
        "가나\t다라\n마바-사아 자차 카타"
    ]


def test_what_hangs_on_a_paragraph_stands_at_its_place(texts_of: TextsOf) -> None:
    section = (
        paragraph(0, "a", 17, "b", 11, "c", 23, "d", 3, "link", 4, 18, 2)
        + header(1, b"fn  ") + record(72, 2, bytes(8)) + paragraph(2, "a note")
        + header(1, b"eqed") + record(88, 2, struct.pack("<I", 0) + wide("x over y"))
        + header(1, b"tdut", wide("漢字") + wide("한자"))
        + header(1, b"%hlk", bytes(5) + wide("https\\://example.org;1;0;0;"))
        + header(1, b"atno", struct.pack("<IH", 1, 9))
        + header(1, b"secd", bytes(14) + struct.pack("<H", 1))
    )  # fmt: skip
    assert texts_of("a.hwp", document(section)) == [
        "ab x over y c漢字(한자)dlink (https://example.org)",
        "a note",
    ]


def test_tables_captions_and_boxes_are_read(blocks_of: BlocksOf) -> None:
    caption = record(72, 2, bytes(8)) + paragraph(2, "표 ", 18)
    caption += header(3, b"atno", struct.pack("<IH", 4, 2))
    table = (
        paragraph(0, 11) + header(1, b"tbl ") + caption + record(77, 2, bytes(8))
        + cell(0, 0, paragraph(2, "항목")) + cell(1, 0, paragraph(2, "값"))
        + cell(0, 1, paragraph(2, "가"), rows=2) + cell(1, 1, paragraph(2, "1"))
        + cell(1, 2, paragraph(2, "2"))
    )  # fmt: skip
    box = paragraph(0, 11) + header(1, b"gso ") + record(76, 2, b"") + record(72, 3, bytes(8))
    found = blocks_of("a.hwp", document(table + box + paragraph(3, "boxed")))

    assert [(block.text, block.table) for block in found] == [
        ("표 2", ""),
        ("항목: 가; 값: 1", "표 2"),
        ("항목: 가; 값: 2", "표 2"),
        ("boxed", ""),
    ]


def test_a_file_for_distribution_says_what_to_do(parse: Parse) -> None:
    with pytest.raises(ParseError, match="for distribution"):
        parse("a.hwp", document(paragraph(0, "x"), 5))


def test_a_locked_file_needs_a_password(parse: Parse) -> None:
    with pytest.raises(EncryptedFileError):
        parse("a.hwp", document(paragraph(0, "x"), 3))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"HWP Document File V3.00 \x1a\1\2\3\4\5", "of Hangul Office 3"),
        (b"words", "plain text"),
        (compound({"WordDocument": b"x"}), "not a hwp file"),
    ],
)
def test_other_content_is_refused(parse: Parse, data: bytes, says: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=says):
        parse("a.hwp", data)


def test_what_is_called_so_and_is_hwpx_is_read(texts_of: TextsOf, zipped: Zipped) -> None:
    data = zipped({"Contents/section0.xml": "<sec><p><run><t>x</t></run></p></sec>"})
    assert texts_of("a.hwp", data) == ["x"]


def test_damage_is_a_clear_error(parse: Parse) -> None:
    section = paragraph(0, "a", 11, "b") + header(1, b"tbl ") + record(77, 2, b"")
    section += cell(0, 0, paragraph(2, "x")) + header(1, b"%hlk", b"") + header(1, b"eqed")
    for at in range(len(section)):
        for data in (section[:at], section[:at] + b"\xff" + section[at + 1 :]):
            with suppress(ParseError):
                parse("a.hwp", document(data, 0))


def test_a_part_that_unpacks_to_too_much_is_refused(
    parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.parsing.office.hangul.records.MAX_SECTION_BYTES", 100)
    with pytest.raises(ParseError, match="over the limit"):
        parse("a.hwp", document(paragraph(0, "x" * 500)))
