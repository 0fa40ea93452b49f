"""Address cards (vcf): one paragraph a person, without pictures and keys."""

from collections.abc import Iterator
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.mail.calendar import MAX_BYTES, read_within
from rag.parsing.mail.content_lines import ContentLine, content_lines
from rag.parsing.paging import paginate
from rag.types import Block, BlockKind, Page

_LABELS = {
    "NICKNAME": "Nickname",
    "ORG": "Organization",
    "TITLE": "Title",
    "ROLE": "Role",
    "TEL": "Telephone",
    "EMAIL": "E-mail",
    "ADR": "Address",
    "LABEL": "Address",
    "URL": "Web",
    "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary",
    "CATEGORIES": "Categories",
    "IMPP": "Messages",
    "NOTE": "Note",
}
_PARTED = frozenset({"ADR", "ORG", "N"})


def _said(line: ContentLine) -> str:
    if line.name in _PARTED:
        return ", ".join(filter(None, line.parts()))
    return line.text().removeprefix("tel:").removeprefix("mailto:")


def _name(line: ContentLine) -> str:
    """Return a name in the order in which it is spoken."""
    family, given, *others = [*line.parts(), ""]
    further, before, after = [*others, "", "", ""][:3]
    return " ".join(filter(None, (before, given, further, family, after)))


class _Card:
    """One card while its properties are read."""

    def __init__(self) -> None:
        self.shown = ""
        self.named = ""
        self.lines: list[str] = []

    def add(self, line: ContentLine) -> None:
        if line.name == "FN":
            self.shown = line.text()
        elif line.name == "N":
            self.named = _name(line)
        elif line.name in _LABELS and (said := _said(line)):
            self.lines.append(f"{_LABELS[line.name]}: {said}")

    def blocks(self) -> Iterator[Block]:
        if title := self.shown or self.named:
            yield Block(text=title, kind=BlockKind.HEADING, level=2)
        if self.lines:
            yield Block(text="\n".join(self.lines))


def contact_blocks(data: bytes) -> Iterator[Block]:
    """Yield the cards of a file."""
    card = _Card()
    for line in content_lines(data):
        if line.name == "BEGIN":
            card = _Card()
        elif line.name == "END":
            yield from card.blocks()
            card = _Card()
        else:
            card.add(line)


def parse_contacts(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the cards of a vcf file."""
    return paginate(contact_blocks(read_within(path, name, MAX_BYTES)), options)
