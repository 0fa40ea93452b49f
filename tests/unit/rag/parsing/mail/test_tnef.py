"""Attachments of Outlook's own kind (winmail.dat)."""

import struct
from base64 import b64encode
from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.types import Page
from tests.support.outlook import packed

TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]

RICH = rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}Bring the \htmlrtf x\htmlrtf0 keys.}"


def attribute(number: int, data: bytes, level: int = 1) -> bytes:
    return struct.pack("<BII", level, number, len(data)) + data + bytes(2)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def properties(*found: bytes) -> bytes:
    return struct.pack("<I", len(found)) + b"".join(found)


def varying(kind: int, number: int, data: bytes, name: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, number) + name + struct.pack("<II", 1, len(data)) + padded(data)


def attachment(name: str, data: bytes) -> bytes:
    long = properties(varying(0x1F, 0x3707, (name + "\0").encode("utf-16-le")))
    return (
        attribute(0x00069002, bytes(14), 2)
        + attribute(0x00018010, b"SHORT~1.TXT\0", 2)
        + attribute(0x0006800F, data, 2)
        + attribute(0x00069005, long, 2)
    )


def tnef(*parts: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(parts)


NAMED = bytes(16) + struct.pack("<II", 1, 6) + padded(b"a\0b\0\0\0")
BODY = properties(
    struct.pack("<HHI", 0x0B, 0x0E1B, 1),
    struct.pack("<HHII", 0x1003, 0x6001, 2, 7) + bytes(4),
    varying(0x102, 0x8001, b"x", NAMED),
    varying(0x1F, 0x37, "Schlüssel\0".encode("utf-16-le")),
    varying(0x102, 0x1009, packed(RICH)),
)
WHOLE = tnef(attribute(0x00069003, BODY), attachment("notes of may.txt", b"The code is 4471."))


def test_the_text_and_the_files_are_read(texts_of: TextsOf) -> None:
    assert texts_of("winmail.dat", WHOLE) == [
        "Schlüssel",
        "Bring the keys.",
        "Attachment: notes of may.txt",
        "The code is 4471.",
    ]


def test_a_message_within_is_read(texts_of: TextsOf) -> None:
    inner = tnef(attribute(0x00018004, b"Inner\0"), attribute(0x0002800C, b"Inner words.\0"))
    within = properties(varying(0x0D, 0x3701, bytes(16) + inner))
    outer = tnef(attribute(0x00069002, bytes(14), 2), attribute(0x00069005, within, 2))

    assert texts_of("a.tnef", outer) == ["Inner", "Inner words."]


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/octet-stream"])
def test_a_mail_with_one_has_its_files_and_says_its_text_once(texts_of: TextsOf, kind: str) -> None:
    mail = (
        b"Subject: Keys\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
        b"Content-Type: text/plain\n\nBring the keys.\n--x\n"
        b"Content-Type: " + kind.encode() + b'; name="winmail.dat"\n'
        b"Content-Disposition: attachment; filename=winmail.dat\n"
        b"Content-Transfer-Encoding: base64\n\n" + b64encode(WHOLE) + b"\n--x--\n"
    )

    found = texts_of("a.eml", mail)

    assert "The code is 4471." in found
    assert found.count("Bring the keys.") == 1
    assert "Attachment: winmail.dat" not in found


def test_what_is_cut_off_ends_it(parse: Parse) -> None:
    for size in range(6, len(WHOLE), 7):
        parse("a.tnef", WHOLE[:size])


def test_other_content_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match=r"x\.dat is no attachment of Outlook .* plain text"):
        parse("x.dat", b"words")


def test_a_file_that_cannot_be_read_is_named(parse: Parse) -> None:
    *_, last = parse("a.tnef", tnef(attachment("a.exe", b"MZ")))
    assert "attachment a.exe was not read" in last.note
