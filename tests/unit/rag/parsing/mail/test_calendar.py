"""Calendars and address cards."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.mail import calendar
from rag.types import Block

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]

EVENT = """BEGIN:VCALENDAR
X-WR-CALNAME:Duties
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.org
SUMMARY:Board\\, part two
DTSTART;TZID=Europe/Berlin:20250314T090000
DTEND:20250314T093000Z
LOCATION:Room 4
ORGANIZER;CN="Ann Ek":mailto:ann@example.org
ATTENDEE:mailto:bob@example.org
ATTENDEE;CN=Cy:mailto:cy@example.org
RRULE:FREQ=WEEKLY;BYDAY=FR
EXDATE:20250321,20250328
DESCRIPTION:First line\\nsecond line that is fol
 ded\\; end
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
BEGIN:VTODO
SUMMARY:Order toner
DUE;VALUE=DATE:20250401
X-ALT-DESC;FMTTYPE=text/html:<p>Two <b>boxes</b></p>
END:VTODO
END:VCALENDAR
"""


def test_entries_of_a_calendar_are_read(blocks_of: BlocksOf) -> None:
    found = blocks_of("a.ics", EVENT.replace("\n", "\r\n").encode())
    assert [(block.kind.value, block.level, block.text) for block in found] == [
        ("heading", 1, "Duties"),
        ("heading", 2, "Board, part two"),
        (
            "text",
            0,
            (
                "Begins: 2025-03-14 09:00 Berlin\nEnds: 2025-03-14 09:30 UTC\nPlace: Room 4\n"
                "Organizer: Ann Ek (ann@example.org)\n"
                "Attendee: bob@example.org, Cy (cy@example.org)\n"
                "Repeats: FREQ=WEEKLY;BYDAY=FR\nNot on: 2025-03-21, 2025-03-28"
            ),
        ),
        ("text", 0, "First line\nsecond line that is folded; end"),
        ("heading", 2, "Order toner"),
        ("text", 0, "Due: 2025-04-01"),
        ("text", 0, "Two boxes"),
    ]


def test_a_fold_may_stand_within_a_letter(texts_of: TextsOf) -> None:
    head, tail = "Grö".encode()[:3], "Grö".encode()[3:] + "ße".encode()
    data = b"BEGIN:VEVENT\r\nSUMMARY:" + head + b"\r\n " + tail + b"\r\nEND:VEVENT\r\n"
    assert texts_of("a.ics", data) == ["Größe"]


def test_a_time_of_another_form_is_kept_as_it_is(texts_of: TextsOf) -> None:
    data = b"BEGIN:VEVENT\nDTSTART:soon\nRDATE:20250314T0900,x\nEND:VEVENT"
    assert texts_of("a.ics", data) == ["Begins: soon\nAlso on: 2025-03-14 09:00, x"]


@pytest.mark.parametrize("data", [b"", b"none", b"END:VEVENT\nSUMMARY:x\n", b"BEGIN:VEVENT\n"])
def test_nothing_yields_nothing(texts_of: TextsOf, data: bytes) -> None:
    assert texts_of("a.ics", data) == []


def test_a_calendar_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "object"
    with path.open("wb") as stream:
        stream.truncate(calendar.MAX_BYTES + 1)
    with pytest.raises(ParseError, match=r"a\.ics is over the limit of 64 MB"):
        list(calendar.parse_calendar(path, "a.ics", ParseOptions()))


CARDS = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=utf-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Eva;;Dr.;
TEL;WORK:+49 30 1234
NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=iso-8859-1:gr=F6=
=DFer
PHOTO;ENCODING=BASE64:AAAA
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Bo Li
item1.EMAIL;TYPE=work:bo@example.org
ORG:Kestrel;Parts
ADR:;;Main St 1;Oslo;;0150;Norway
TEL;VALUE=uri:tel:+47-1
END:VCARD
"""


def test_cards_are_read_one_by_one(blocks_of: BlocksOf) -> None:
    found = blocks_of("a.vcf", CARDS.encode())
    assert [(block.kind.value, block.text) for block in found] == [
        ("heading", "Dr. Eva Müller"),
        ("text", "Telephone: +49 30 1234\nNote: größer"),
        ("heading", "Bo Li"),
        (
            "text",
            (
                "E-mail: bo@example.org\nOrganization: Kestrel, Parts\n"
                "Address: Main St 1, Oslo, 0150, Norway\nTelephone: +47-1"
            ),
        ),
    ]


def test_a_card_in_utf16_or_with_an_unknown_charset_is_read(texts_of: TextsOf) -> None:
    card = "BEGIN:VCARD\nFN;CHARSET=x-none;ENCODING=QUOTED-PRINTABLE:=C3=A4\nEND:VCARD\n"
    assert texts_of("a.vcf", card.encode("utf-16")) == ["ä"]
