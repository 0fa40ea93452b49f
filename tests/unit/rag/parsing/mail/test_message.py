"""E-mail: headers, the right body, attachments, and messages that hide or break things."""

import gzip
from base64 import b64encode
from collections.abc import Callable
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.mail import message as mail
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]


def message(subject: str = "Hello", body: str = "The body.\n\nIts end.") -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = subject
    made["From"] = "Ann Ä. <ann@example.org>"
    made["To"] = "bob@example.org"
    made["Date"] = "Fri, 16 Dec 2022 17:04:16 -0500"
    made.set_content(body)
    return made


def test_subject_people_date_and_paragraphs_come_in_order(blocks_of: BlocksOf) -> None:
    subject, people, first, second = blocks_of("a.eml", message("Grüße 中文").as_bytes())
    assert subject.kind is BlockKind.HEADING
    assert subject.text == "Grüße 中文"
    assert people.text.split("\n") == [
        "From: Ann Ä. <ann@example.org>",
        "To: bob@example.org",
        "Date: Fri, 16 Dec 2022 17:04:16 -0500",
    ]
    assert (first.text, second.text) == ("The body.", "Its end.")


def test_of_two_forms_of_a_text_the_richer_one_is_read(blocks_of: BlocksOf) -> None:
    made = message(body="Night Price 14 March 120 EUR")
    table = "<table><tr><th>Night<th>Price<tr><td>14 March<td>120 EUR</table>"
    made.add_alternative(table, subtype="html")
    assert [block.text for block in blocks_of("a.eml", made.as_bytes())[2:]] == [
        "Night: 14 March; Price: 120 EUR"
    ]


def test_a_plain_form_that_only_points_to_the_other_is_left_out(texts_of: TextsOf) -> None:
    made = message(body="This message is in HTML.")
    made.add_alternative("<p>The door code of your room is 4471, as always.</p>", subtype="html")
    assert texts_of("a.eml", made.as_bytes())[2:] == [
        "The door code of your room is 4471, as always."
    ]


def test_a_paragraph_that_the_plain_form_words_otherwise_is_read_as_well(
    texts_of: TextsOf,
) -> None:
    said = "Did you know that the first {}message was sent by a man in 1971, over the first net?"
    link = "The rest of the story stands on our page of old letters and of what they tell"
    made = message(body=f"{said.format('')}\n\n{link} (https://example.org/old)")
    marked = f"<p>{said.format('<b>networked</b> ')}</p><p><a href=/old>{link}</a></p>"
    made.add_alternative(marked, subtype="html")
    assert texts_of("a.eml", made.as_bytes())[2:] == [
        said.format("networked "),
        link,
        said.format(""),
    ]


def test_a_marked_form_that_says_little_is_left_out(texts_of: TextsOf) -> None:
    made = message(body="The door code of your room is 4471, as always.")
    made.add_alternative("<p>Open in a browser</p>", subtype="html")
    assert texts_of("a.eml", made.as_bytes())[2:] == [
        "The door code of your room is 4471, as always."
    ]


def test_two_forms_that_say_different_things_are_both_read(texts_of: TextsOf) -> None:
    made = message(body="plain words are here")
    made.add_alternative("<p>marked text stands there</p>", subtype="html")
    assert set(texts_of("a.eml", made.as_bytes())[2:]) == {
        "plain words are here",
        "marked text stands there",
    }


def test_an_invitation_beside_a_text_is_read(texts_of: TextsOf) -> None:
    made = message(body="Please come.")
    made.add_alternative("<p>Please come.</p>", subtype="html")
    made.add_alternative(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Fire drill\r\nDTSTART;TZID=Europe/Oslo:"
        "20250314T090000\r\nLOCATION:Yard\r\nEND:VEVENT\r\nEND:VCALENDAR",
        subtype="calendar",
    )
    assert texts_of("a.eml", made.as_bytes())[2:] == [
        "Please come.",
        "Fire drill",
        "Begins: 2025-03-14 09:00 Oslo\nPlace: Yard",
    ]


def test_a_saved_page_is_read_without_its_style_sheets(texts_of: TextsOf) -> None:
    raw = b"""From: <Saved by Blink>
Subject: Leave
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="B"

--B
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable

<html><head><meta charset=3D"utf-8"><title>Leave</title></head>
<body><p>gr=C3=B6=C3=9Fer</p></body></html>
--B
Content-Type: text/css

p { color: red }
--B--
"""
    assert texts_of("a.mht", raw) == ["Leave", "From: <Saved by Blink>", "größer"]


def test_the_html_is_read_where_the_plain_form_says_nothing(texts_of: TextsOf) -> None:
    made = message(body=" \n")
    made.add_alternative("<style>x</style><p>marked <b>words</b></p>", subtype="html")
    assert texts_of("a.eml", made.as_bytes())[-1] == "marked words"


def test_an_html_message_is_read(texts_of: TextsOf) -> None:
    raw = b"Content-Type: text/html\n\n<meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2</p>"
    assert texts_of("a.eml", raw) == ["Привет"]


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-8", "koi8-r", "gb2312"])
def test_bodies_in_any_charset_and_transfer_encoding_are_read(
    texts_of: TextsOf, charset: str
) -> None:
    text = {"iso-8859-8": "שלום עולם", "koi8-r": "Привет, мир"}.get(charset, "世界你好")
    assert texts_of("a.eml", MIMEText(text, "plain", charset).as_bytes()) == [text]


def test_a_wrong_charset_is_seen_through(texts_of: TextsOf) -> None:
    raw = b"Content-Type: text/plain; charset=no-such-thing\n\n" + "größer, schöner".encode()
    assert texts_of("a.eml", raw) == ["größer, schöner"]


def test_a_body_with_stray_zero_bytes_is_read(texts_of: TextsOf) -> None:
    raw = b"Content-Type: text/plain\n\nbefore\x00\xff\xd8after"
    assert texts_of("a.eml", raw)[0].startswith("before")


def test_broken_encoded_words_are_shown_as_they_are(texts_of: TextsOf) -> None:
    raw = (
        b"Subject: =?no-such?B?SGk=?= =?utf-8?B?!!!?=\nFrom: =?utf-8?b?A?=\n"
        b"To: =?utf-8?q?b=C3=B6b?=\n\nbody"
    )
    assert texts_of("a.eml", raw) == ["Hi", "From: =?utf-8?b?A?=\nTo: böb", "body"]


def test_a_message_saved_in_utf16_is_read(texts_of: TextsOf) -> None:
    raw = message().as_bytes().decode().encode("utf-16")
    assert texts_of("a.eml", raw)[0] == "Hello"


def test_digests_and_forwarded_messages_are_read(texts_of: TextsOf) -> None:
    digest = MIMEMultipart("digest")
    digest.attach(MIMEMessage(message("First", "one")))
    digest.attach(MIMEMessage(message("Second", "two")))
    texts = texts_of("a.eml", digest.as_bytes())
    assert [text for text in texts if "From:" not in text] == ["First", "one", "Second", "two"]


def test_attachments_are_named_and_read(parse: Parse, make_pdf: Callable[..., bytes]) -> None:
    made = message()
    made.add_attachment(
        b"Team,City\nLeafs,Toronto\n", maintype="text", subtype="csv", filename="t.csv"
    )
    made.add_attachment(
        make_pdf(["BT /F1 12 Tf 50 700 Td (inside a pdf) Tj ET"]),
        maintype="application",
        subtype="pdf",
        filename="ä b.pdf",
    )
    made.add_attachment(b"ID3", maintype="audio", subtype="mpeg", filename="song.mp3")
    pages = parse("a.eml", made.as_bytes())
    blocks = [block for page in pages for block in page.blocks]
    assert [block.text for block in blocks][-5:] == [
        "Attachment: t.csv",
        "Team: Leafs; City: Toronto",
        "Attachment: ä b.pdf",
        "inside a pdf",
        "Attachment: song.mp3",
    ]
    assert all(block.positions == () for block in blocks)
    assert "song.mp3" in pages[-1].note
    assert "no speech model is set" in pages[-1].note


def test_an_attached_message_is_read_with_its_own_attachments(texts_of: TextsOf) -> None:
    inner = message("Inner", "inner body")
    inner.add_attachment("deep words", filename="deep.txt")
    outer = message("Outer", "outer body")
    outer.add_attachment(
        inner.as_bytes(), maintype="application", subtype="octet-stream", filename="mail.eml"
    )
    texts = texts_of("a.eml", outer.as_bytes())
    assert texts[0] == "Outer"
    assert texts[-2:] == ["Attachment: deep.txt", "deep words"]


def test_a_part_without_name_or_text_is_passed_over(texts_of: TextsOf) -> None:
    made = message()
    made.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream")
    assert "Attachment" not in " ".join(texts_of("a.eml", made.as_bytes()))


def test_messages_within_messages_end_somewhere(parse: Parse) -> None:
    made: MIMEMessage | EmailMessage = message("innermost")
    for _ in range(40):
        made = MIMEMessage(made)
    pages = parse("a.eml", made.as_bytes())
    assert "left out" in pages[-1].note


def test_parts_without_end_are_left_out(parse: Parse) -> None:
    made = MIMEMultipart()
    for number in range(mail.MAX_PARTS + 50):
        made.attach(MIMEText(f"part {number}"))
    pages = parse("a.eml", made.as_bytes())
    assert sum(len(page.blocks) for page in pages) == mail.MAX_PARTS - 1
    assert "left out" in pages[-1].note


def test_absurd_nesting_is_refused(parse: Parse) -> None:
    raw = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
        for number in range(2000)
    )
    with pytest.raises(ParseError, match=r"a\.eml nests its parts too deeply"):
        parse("a.eml", raw)


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/encrypted; boundary=x",
        "application/pkcs7-mime; smime-type=enveloped-data",
        "application/x-pkcs7-mime",
    ],
)
def test_an_encrypted_message_says_so(parse: Parse, kind: str) -> None:
    raw = f"Subject: secret\nContent-Type: {kind}\n\n--x\n\nabc\n--x--\n".encode()
    with pytest.raises(EncryptedFileError, match=r"a\.eml is encrypted"):
        parse("a.eml", raw)


def test_an_attachment_over_the_limit_is_left_out(parse: Parse) -> None:
    raw = (
        b"Subject: big\nContent-Type: application/octet-stream\n"
        b"Content-Disposition: attachment; filename=big.txt\n\n"
    )
    pages = parse("a.eml", raw + b"x" * (mail.MAX_ATTACHMENT_BYTES + 10))
    assert pages[-1].note == "attachment big.txt is over the limit of 32 MB"


def test_a_message_over_the_limit_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match=r"a\.eml is over the limit of 64 MB"):
        parse("a.eml", bytes(mail.MAX_BYTES + 1))


@pytest.mark.parametrize("data", [b"", b"\n \n", b"X-Nothing: here\n\n\n"])
def test_nothing_yields_nothing(parse: Parse, data: bytes) -> None:
    assert parse("a.eml", data) == []


@pytest.mark.parametrize(("codec", "charset"), [("utf-8", "utf-8"), ("gbk", "gbk"), ("utf-8", "")])
def test_headers_with_bytes_outside_of_encoded_words_are_read(
    texts_of: TextsOf, codec: str, charset: str
) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\n" if charset else ""
    raw = f"Subject: 会议纪要\nFrom: 张三 <a@example.org>\n{kind}\n今天的会议讨论了预算".encode(
        codec
    )
    assert texts_of("a.eml", raw) == [
        "会议纪要",
        "From: 张三 <a@example.org>",
        "今天的会议讨论了预算",
    ]


def test_the_name_of_an_attachment_may_be_bytes(texts_of: TextsOf) -> None:
    raw = (
        "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain\n"
        'Content-Disposition: attachment; filename="Übersicht.txt"\n\nwords\n--B--\n'
    )
    assert texts_of("a.eml", raw.encode()) == ["Attachment: Übersicht.txt", "words"]


@pytest.mark.parametrize(
    ("name", "said"), [('; filename="inner.eml"', ["Attachment: inner.eml"]), ("", [])]
)
def test_a_message_forwarded_as_attachment_is_read(
    texts_of: TextsOf, name: str, said: list[str]
) -> None:
    raw = (
        "Subject: outer\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
        f"Content-Type: message/rfc822\nContent-Disposition: attachment{name}\n\n"
        "Subject: inner\n\nits words\n--B--\n"
    )
    assert texts_of("a.eml", raw.encode()) == ["outer", *said, "inner", "its words"]


def test_a_very_long_header_is_kept_as_it_is(texts_of: TextsOf) -> None:
    subject = "=?utf-8?Q?a?= " * 10_000 + "end"
    assert texts_of("a.eml", f"Subject: {subject}\n\nbody".encode()) == [subject, "body"]


def test_a_forwarded_message_in_base64_is_decoded(texts_of: TextsOf) -> None:
    inner = b64encode(b"Subject: inner\n\nits words").decode()
    raw = (
        "Subject: outer\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
        f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}\n--B--\n"
    )
    assert texts_of("a.eml", raw.encode()) == ["outer", "inner", "its words"]


@pytest.mark.parametrize("name", ["a.eml", "a.mht"])
@pytest.mark.parametrize(
    ("data", "seems"),
    [(gzip.compress(b"Subject: packed", mtime=0), "a gzip archive"), (b"%PDF-1.7\n", "a PDF")],
)
def test_what_is_no_message_is_refused(parse: Parse, name: str, data: bytes, seems: str) -> None:
    with pytest.raises(ParseError, match=f"{name} is not a message; it seems to be {seems}"):
        parse(name, data)


def test_an_attached_message_that_is_none_is_named(parse: Parse) -> None:
    made = message()
    made.add_attachment(gzip.compress(b"x", mtime=0), "application", "x", filename="inner.eml")
    assert "inner.eml is not a message" in parse("a.eml", made.as_bytes())[-1].note


def test_parameters_past_the_limit_of_a_header_are_not_looked_for(texts_of: TextsOf) -> None:
    for padding, found in ((1000, ["Attachment: a.txt", "inside"]), (mail._LONGEST_DECODED, [])):  # noqa: SLF001
        texts = texts_of(
            "a.eml",
            b'Content-Disposition: attachment; note="%s"; filename="a.txt"\r\n\r\ninside'
            % (b"x" * padding),
        )
        assert texts == found
