"""Messages of Outlook (msg): people, date, the richest form of the text, attachments."""

import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.decoding import decode
from rag.parsing.inside import inner_blocks
from rag.parsing.mail.compound import CompoundFile
from rag.parsing.mail.message import MAX_ATTACHMENT_BYTES, MAX_BYTES
from rag.parsing.mail.rich_text import read_rich_text, unpacked
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.parsing.text.plain import prose_blocks
from rag.parsing.web.webpage import declared_charset, html_blocks
from rag.types import Block, BlockKind, Page

MAX_DEPTH = 10
_PROPERTY = "__substg1.0_"
_FIXED = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_"
_INNER = f"{_PROPERTY}3701000D/"
_SUBJECT, _CLASS, _BODY, _HTML, _RICH = "0037", "001A", "1000", "1013", "1009"
_SENDER, _ADDRESSES, _TO, _CC = "0C1A", ("5D01", "0C1F"), "0E04", "0E03"
_NAMES, _CONTENT = ("3707", "3704", "3001"), "3701"
_TIMES = (0x00390040, 0x0E060040)
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_LATEST = 250_000_000 * 10**9
"""Microseconds after 1601, some time before the year 9999."""

_FIXED_HEADERS = (32, 24, 8)


class _Message:
    """One message in a compound file: the streams below its place."""

    def __init__(self, streams: Mapping[str, bytes], place: str, name: str) -> None:
        self._streams = streams
        self._place = place
        self._name = name

    def text(self, *numbers: str, below: str = "") -> str:
        """Return the first of some properties that is a text."""
        for number in numbers:
            where = f"{self._place}{below}{_PROPERTY}{number}"
            if wide := self._streams.get(f"{where}001F"):
                return wide.decode("utf-16-le", "replace").rstrip("\0")
            if narrow := self._streams.get(f"{where}001E"):
                return decode(narrow.rstrip(b"\0"), self._name) if narrow.strip(b"\0 ") else ""
        return ""

    def data(self, number: str, below: str = "") -> bytes:
        """Return a property that is bytes."""
        return self._streams.get(f"{self._place}{below}{_PROPERTY}{number}0102", b"")

    def date(self) -> str:
        """Return when the message was sent; empty if it does not say."""
        fixed = self._streams.get(f"{self._place}{_FIXED}", b"")
        start = _FIXED_HEADERS[0] if not self._place else _FIXED_HEADERS[1]
        for at in range(start, len(fixed) - 15, 16):
            tag, _, ticks = struct.unpack_from("<IIQ", fixed, at)
            if tag in _TIMES and 0 < ticks < 1 << 62:
                said = _EPOCH + timedelta(microseconds=min(ticks // 10, _LATEST))
                return f"{said:%Y-%m-%d %H:%M} UTC"
        return ""

    def is_encrypted(self) -> bool:
        """Return whether the text is in an attachment that a key locks."""
        kind = self.text(_CLASS).upper()
        if ".SMIME" in kind:
            return "MULTIPARTSIGNED" not in kind
        names = (self.text(*_NAMES, below=folder) for folder in self.attachments())
        return any(name.endswith(".pgp-encrypted") for name in names)

    def attachments(self) -> list[str]:
        """Return the folders of the attachments."""
        found = (
            path[len(self._place) :].partition("/")[0]
            for path in self._streams
            if path.startswith(f"{self._place}{_ATTACHMENT}")
        )
        return sorted({f"{folder}/" for folder in found})

    def inner(self, folder: str) -> "_Message | None":
        """Return the message that is an attachment, if it is one."""
        place = f"{self._place}{folder}{_INNER}"
        is_message = any(path.startswith(place) for path in self._streams)
        return _Message(self._streams, place, self._name) if is_message else None

    def body(self) -> Iterator[Block]:
        """Yield the richest form of the text."""
        html = self.data(_HTML)
        if html.strip():
            return html_blocks(decode(html, self._name, declared_charset(html)))
        if self.text(_HTML).strip():
            return html_blocks(self.text(_HTML))
        said, is_html = read_rich_text(unpacked(self.data(_RICH)))
        if said.strip() and is_html:
            return html_blocks(said)
        return prose_blocks((self.text(_BODY) or said).replace("\r\n", "\n"))


class _Reader:
    """Reads a message with what is attached to it."""

    def __init__(self, name: str, options: ParseOptions) -> None:
        self._name = name
        self._options = options
        self.remarks: list[str] = []

    def message(self, message: _Message, depth: int = 0) -> Iterator[Block]:
        """Yield a message's subject, people and date, its text and its attachments."""
        if message.is_encrypted():
            raise EncryptedFileError(
                f"{self._name} is encrypted and needs a password or key: save it decrypted."
            )
        if subject := " ".join(message.text(_SUBJECT).split()):
            yield Block(text=subject, kind=BlockKind.HEADING, level=min(depth + 1, 6))
        sender, address = message.text(_SENDER), message.text(*_ADDRESSES)
        is_shown = "@" in address and address != sender
        people = {
            "From": f"{sender} <{address}>".strip() if is_shown else sender,
            "To": message.text(_TO),
            "Cc": message.text(_CC),
            "Date": message.date(),
        }
        lines = "\n".join(f"{label}: {said.strip()}" for label, said in people.items() if said)
        yield from [Block(text=lines)] if lines else []
        yield from message.body()
        for folder in message.attachments():
            yield from self._attachment(message, folder, depth)

    def _attachment(self, message: _Message, folder: str, depth: int) -> Iterator[Block]:
        filename = " ".join(message.text(*_NAMES, below=folder).split())
        inner = message.inner(folder)
        if filename:
            yield Block(text=f"Attachment: {filename}")
        if inner is not None:
            if depth < MAX_DEPTH:
                yield from self.message(inner, depth + 1)
            return
        data = message.data(_CONTENT, below=folder)
        if len(data) > MAX_ATTACHMENT_BYTES:
            self.remarks.append(f"attachment {filename} is over the limit")
            return
        try:
            if filename and data:
                yield from inner_blocks(data, filename, self._options, self.remarks)
        except ParseError as error:
            self.remarks.append(f"attachment {filename} was not read: {error}")


def parse_outlook(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield a message with its attachments; what was left out is said in a last page."""
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB for a message.")
    streams = CompoundFile(path.read_bytes(), name).streams
    reader = _Reader(name, options)
    number = 0
    with tables_of(name):
        for page in paginate(reader.message(_Message(streams, "", name)), options):
            number = page.number
            yield page
    if reader.remarks:
        note = "; ".join(dict.fromkeys(reader.remarks))
        yield Page(number=number + 1, total=0, blocks=(), note=note)
