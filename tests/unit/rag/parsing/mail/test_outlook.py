"""Messages of Outlook."""

import struct
from collections.abc import Callable

import pytest

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.mail.rich_text import read_rich_text, unpacked
from rag.types import Page
from tests.support.outlook import Tree, compound, packed

TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]

HTML = (
    rb"{\rtf1\ansi\ansicpg1250\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}"
    rb"{\*\htmltag64 <p>}\htmlrtf {\f0 \htmlrtf0 F\'f5n\u246\'f6k {\*\htmltag84 <b>}\htmlrtf {\b"
    rb" \htmlrtf0 4471{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 \{x\}{\*\htmltag72 </p>}"
    rb"\htmlrtf }\htmlrtf0{\*\mhtmltag <i>}}"
)
WORDS = rb"{\rtf1\ansi\ansicpg1252\fromtext {\colortbl;}The code\par is 4471\~now.\par {\pict 00}}"


def text(number: str, said: str) -> dict[str, bytes]:
    return {f"__substg1.0_{number}001F": said.encode("utf-16-le")}


def times() -> dict[str, bytes]:
    ticks = 133_864_164_000_000_000
    return {"__properties_version1.0": bytes(32) + struct.pack("<IIQ", 0x00390040, 0, ticks)}


def message(**more: Tree | bytes) -> bytes:
    return compound(
        {
            **text("0037", "Your booking"),
            **text("0C1A", "Ann Ek"),
            **text("5D01", "ann@example.org"),
            **text("0E04", "Bob"),
            **times(),
            **more,
        }
    )


HEAD = ["Your booking", "From: Ann Ek <ann@example.org>\nTo: Bob\nDate: 2025-03-14 09:00 UTC"]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (text("1000", "The door code\r\nis 4471."), ["The door code\nis 4471."]),
        ({"__substg1.0_10130102": b"<p>code <b>4471</b></p>"}, ["code 4471"]),
        ({"__substg1.0_1000001E": "Főnök".encode("cp1250") + b" az nem\0"}, ["Főnök az nem"]),
        ({"__substg1.0_10090102": packed(HTML)}, ["Főnök 4471{x}"]),
        ({"__substg1.0_10090102": packed(WORDS)}, ["The code\nis 4471\xa0now."]),
        ({**text("1000", "long " * 2000)}, [("long " * 2000).strip()]),
    ],
    ids=["words", "html", "code page", "rich html", "rich words", "large"],
)
def test_the_text_is_read_in_whatever_form(
    texts_of: TextsOf, body: dict[str, bytes], texts: list[str]
) -> None:
    assert texts_of("a.msg", message(**body)) == [*HEAD, *texts]


def test_attachments_and_messages_within_are_read(parse: Parse) -> None:
    attached = {**text("3707", "a.txt"), "__substg1.0_37010102": b"attached words"}
    unread = {**text("3704", "a.exe"), "__substg1.0_37010102": b"MZ"}
    inner = {"__substg1.0_3701000D": {**text("0037", "Inner"), **text("1000", "Inner words")}}
    page, last = parse(
        "a.msg",
        message(
            **{
                "__attach_version1.0_#00000000": attached,
                "__attach_version1.0_#00000001": inner,
                "__attach_version1.0_#00000002": unread,
            }
        ),
    )
    assert [block.text for block in page.blocks][2:] == [
        *("Attachment: a.txt", "attached words"),
        *("Inner", "Inner words", "Attachment: a.exe"),
    ]
    assert "a.exe was not read" in last.note


def test_an_encrypted_message_says_so(parse: Parse) -> None:
    with pytest.raises(EncryptedFileError, match=r"a\.msg is encrypted"):
        parse("a.msg", message(**text("001A", "IPM.Note.SMIME")))


@pytest.mark.parametrize("cut", [4, 100, 600])
def test_a_damaged_message_says_so(parse: Parse, cut: int) -> None:
    with pytest.raises(ParseError, match=r"^a\.msg"):
        parse("a.msg", message()[:cut])


def test_a_message_that_is_locked_for_pgp_says_so(parse: Parse) -> None:
    part = {**text("3707", "a.pgp-encrypted"), "__substg1.0_37010102": b"Version: 1"}
    with pytest.raises(EncryptedFileError, match=r"a\.msg is encrypted"):
        parse("a.msg", message(**{"__attach_version1.0_#00000000": part}))


def test_repeated_pieces_are_unpacked() -> None:
    # The last letter again, by a reference that runs into what it makes.
    body = bytes([0b10]) + b"a" + struct.pack(">H", 207 << 4 | 4)
    data = struct.pack("<II4sI", 0, 7, b"LZFu", 0) + body
    assert unpacked(data) == b"aaaaaaa"
    assert unpacked(struct.pack("<II4sI", 0, 3, b"MELA", 0) + b"abcd") == b"abc"
    assert unpacked(b"LZFu") == b""


def test_rich_text_of_an_unknown_code_page_is_read() -> None:
    assert read_rich_text(rb"{\rtf1\ansicpg99999 gr\'f6\'dfer\emdash\u8364?}") == (
        "größer—€",
        False,
    )
