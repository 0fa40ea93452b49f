"""Encodings found from the bytes alone, and files that are no text."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import ParseError
from rag.parsing.decoding import SLICE_CHARS, decode, detect, lines, open_text, slices

SAMPLES = {
    "gb18030": "这是第一段中文。逗号不是分隔符，第二句以感叹号结尾！",
    "big5": "這是一份繁體中文的文件，內容關於台灣的歷史與文化，請大家仔細閱讀。",
    "shift_jis": "これは日本語のテキストです。東京は日本の首都であり、人口は約千四百万人です。",
    "euc_jp": "これは日本語のテキストです。東京は日本の首都であり、人口は約千四百万人です。",
    "iso2022_jp": "これは日本語のテキストです。",
    "euc_kr": "이것은 한국어 텍스트입니다. 서울은 대한민국의 수도이며 인구는 약 천만.",
    "cp1252": "Zürich ist die größte Stadt der Schweiz. Café, naïve, “quoted” – dash. Où?",
    "latin_1": "Straße nach München, schöne Grüße",
    "koi8_r": "Москва является столицей Российской Федерации. Население города растёт.",
    "cp1251": "Москва является столицей Российской Федерации. Население города растёт.",
    "cp1253": "η πόλη της Αθήνας είναι η πρωτεύουσα της Ελλάδας και η μεγαλύτερη πόλη της χώρας.",
    "cp1250": "Praha je hlavní město České republiky. Příliš žluťoučký kůň úpěl ďábelské ódy. Łódź",
    "utf-8": "Ünïcödé 中文 русский",
    "utf-8-sig": "Ünïcödé 中文 русский",
    "utf-16": "Ünïcödé 中文 русский",
    "utf-32": "Ünïcödé 中文 русский",
    "utf-16-le": "Plain words, and 中文 as well.\n",
    "utf-16-be": "Plain words, and 中文 as well.\n",
    "utf-32-le": "Plain words, and 中文 as well.\n",
    "utf-32-be": "Plain words, and 中文 as well.\n",
}

TextsOf = Callable[[str, bytes], list[str]]


@pytest.mark.parametrize("codec", SAMPLES)
def test_an_encoding_is_found_from_the_bytes(codec: str) -> None:
    text = SAMPLES[codec]
    assert decode(text.encode(codec), "a.txt").removeprefix("\ufeff") == text


def test_a_byte_order_mark_in_gb18030_is_known() -> None:
    assert detect("\ufeff中文".encode("gb18030")) == "gb18030"


def test_an_encoding_that_begins_to_matter_late_is_found_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a"
    text = "plain ascii line\n" * 150_000 + SAMPLES["gb18030"]
    path.write_bytes(text.encode("gb18030"))
    with open_text(path, "a.txt") as stream:
        assert stream.read().endswith(SAMPLES["gb18030"])


def test_the_first_letters_after_ascii_are_no_byte_order_mark() -> None:
    text = "name: \u044e\u044f, " + SAMPLES["cp1251"]
    assert decode(text.encode("cp1251"), "a.txt") == text


def test_a_rare_broken_byte_is_replaced() -> None:
    data = "grüße aus köln, mit vielen schönen ümläuten und größen".encode() * 9 + b"\xff end"
    text = decode(data, "a.txt")
    assert text.startswith("grüße aus köln")
    assert text.endswith("\ufffd end")


def test_a_declared_encoding_decides_where_the_bytes_allow_it() -> None:
    data = "Ärger".encode("cp1252")
    assert decode(data, "a.html", "windows-1252") == "Ärger"
    assert decode("中文字".encode("gbk"), "a.html", "gb2312") == "中文字"


@pytest.mark.parametrize("declared", ["no-such-charset", "base64", "undefined", ""])
def test_a_useless_declaration_is_ignored(declared: str) -> None:
    assert decode(SAMPLES["cp1251"].encode("cp1251"), "a.html", declared) == SAMPLES["cp1251"]


def test_a_declaration_that_contradicts_the_bytes_is_ignored() -> None:
    assert decode(SAMPLES["gb18030"].encode("gb18030"), "a.html", "ascii") == SAMPLES["gb18030"]


def test_line_ends_of_all_systems_read_the_same() -> None:
    assert decode(b"a\r\nb\rc\n", "a.txt") == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("data", "seems"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG image"),
        (b"PK\x03\x04" + b"\x14\x00" * 20, "a zip archive"),
        (bytes(range(256)) * 40, "a binary file of another kind"),
        (b"\x01\x02\x00\xd8\x03\xd8" * 50, "a binary file of another kind"),
        (b"\x05\x06\x07\x01\x02\xfe\xff" * 50, "a binary file of another kind"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, seems: str) -> None:
    with pytest.raises(ParseError, match=rf"notes\.txt is not text; it seems to be {seems}"):
        decode(data, "notes.txt")


def test_a_refused_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(codecs.BOM_UTF8[:1] + bytes(50))
    with pytest.raises(ParseError):
        open_text(path, "a.txt")


def test_slices_end_at_line_ends_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    text = "".join(f"line number {number}\n" for number in range(20_000))
    path.write_text(text)
    with open_text(path, "a.txt") as stream:
        pieces = list(slices(stream))
    assert len(pieces) > 3
    assert "".join(pieces) == text
    assert all(piece.endswith("\n") for piece in pieces)


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x" * (3 * SLICE_CHARS))
    with open_text(path, "a.txt") as stream:
        assert [len(line) for line in lines(stream)] == [SLICE_CHARS] * 3


@pytest.mark.parametrize("before", [b"even", b"uneven "])
def test_a_stray_nul_does_not_make_ascii_utf16(texts_of: TextsOf, before: bytes) -> None:
    line = b"2024-01-01 an ordinary line of a log\n"
    data = line * 20 + before + b"\x00words\n" + line
    assert "an ordinary line of a log" in texts_of("a.log", data)[0]
