"""Calendars (ics): one paragraph an event, task or note, with its times as they are written."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.mail.content_lines import ContentLine, content_lines
from rag.parsing.paging import paginate
from rag.parsing.web.webpage import html_blocks
from rag.types import Block, BlockKind, Page

MAX_BYTES = 64 * 1024**2
_KINDS = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"}
_LABELS = {
    "DTSTART": "Begins",
    "DTEND": "Ends",
    "DUE": "Due",
    "DURATION": "Takes",
    "LOCATION": "Place",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "STATUS": "Status",
    "CATEGORIES": "Categories",
    "RRULE": "Repeats",
    "EXDATE": "Not on",
    "RDATE": "Also on",
    "RECURRENCE-ID": "In place of",
    "COMMENT": "Comment",
    "CONTACT": "Contact",
    "RESOURCES": "Resources",
    "URL": "Address",
}
_TIMES = frozenset({"DTSTART", "DTEND", "DUE", "EXDATE", "RDATE", "RECURRENCE-ID"})
_PEOPLE = frozenset({"ORGANIZER", "ATTENDEE"})
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z?))?")


def _time(value: str, zone: str) -> str:
    """Return a time as people write it, in the zone in which the calendar has it."""
    written = []
    for one in value.split(","):
        found = _TIME.fullmatch(one.partition("/")[0].strip())
        if found is None:
            written.append(one.strip())
            continue
        day = "-".join(found.groups()[:3])
        name = "UTC" if found[6] else zone
        written.append(f"{day} {found[4]}:{found[5]} {name}".rstrip() if found[4] else day)
    return ", ".join(written)


def _person(line: ContentLine) -> str:
    address = re.sub(r"^mailto:", "", line.text(), flags=re.IGNORECASE)
    name = line.parameters.get("CN", "")
    return f"{name} ({address})" if name and name != address else address


def _said(line: ContentLine) -> str:
    if line.name in _TIMES:
        return _time(line.value, line.parameters.get("TZID", "").rpartition("/")[2])
    return _person(line) if line.name in _PEOPLE else line.text()


class _Entry:
    """One event while its properties are read."""

    def __init__(self) -> None:
        self.summary = ""
        self.description = ""
        self.markup = ""
        self.lines: dict[str, list[str]] = {}

    def add(self, line: ContentLine) -> None:
        if line.name == "SUMMARY":
            self.summary = line.text()
        elif line.name == "DESCRIPTION":
            self.description = line.text()
        elif line.name == "X-ALT-DESC":
            self.markup = line.text()
        elif line.name in _LABELS and (said := _said(line)):
            self.lines.setdefault(_LABELS[line.name], []).append(said)

    def blocks(self) -> Iterator[Block]:
        if self.summary:
            yield Block(text=self.summary.replace("\n", " "), kind=BlockKind.HEADING, level=2)
        lines = [f"{label}: {', '.join(said)}" for label, said in self.lines.items()]
        if lines:
            yield Block(text="\n".join(lines))
        if self.description:
            yield Block(text=self.description)
        elif self.markup:
            yield from html_blocks(self.markup)


def calendar_blocks(data: bytes) -> Iterator[Block]:
    """Yield the entries of a calendar."""
    entry: _Entry | None = None
    within: list[str] = []
    for line in content_lines(data):
        kind = line.value.strip().upper()
        if line.name == "BEGIN":
            within.append(kind)
            entry = _Entry() if kind in _KINDS else entry
        elif line.name == "END":
            within = within[:-1]
            if entry is not None and kind in _KINDS:
                yield from entry.blocks()
                entry = None
        elif line.name == "X-WR-CALNAME":
            yield Block(text=line.text(), kind=BlockKind.HEADING, level=1)
        elif entry is not None and within and within[-1] in _KINDS:
            entry.add(line)


def parse_calendar(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the entries of a calendar file."""
    return paginate(calendar_blocks(read_within(path, name, MAX_BYTES)), options)


def read_within(path: Path, name: str, most: int) -> bytes:
    """Return a file's bytes; raises ParseError where there are more than `most`."""
    if path.stat().st_size > most:
        raise ParseError(f"{name} is over the limit of {most // 1024**2} MB: split it.")
    return path.read_bytes()
