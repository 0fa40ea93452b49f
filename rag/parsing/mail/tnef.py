"""Attachments of Outlook's own kind (winmail.dat, MS-OXTNEF): the message, and files within."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.decoding import decode
from rag.parsing.inside import inner_blocks
from rag.parsing.mail.message import MAX_ATTACHMENT_BYTES, MAX_BYTES
from rag.parsing.mail.rich_text import read_rich_text, unpacked
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.parsing.signatures import HEAD_BYTES, TNEF, seems_to_be
from rag.parsing.text.plain import prose_blocks
from rag.parsing.web.webpage import declared_charset, html_blocks
from rag.types import Block, BlockKind, Page

_HEADER = 6
_ATTRIBUTE = struct.Struct("<BII")
_CHECK = 2
_SUBJECT, _BODY, _PROPERTIES = 0x00018004, 0x0002800C, 0x00069003
_FILE_BEGINS, _FILE_NAME, _FILE_DATA, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x69005
_TEXT, _WIDE, _OBJECT, _BINARY, _MANY = 0x1E, 0x1F, 0x0D, 0x102, 0x1000
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of the values of each kind, with what fills them up to four."""

_VARYING = frozenset({_TEXT, _WIDE, _OBJECT, _BINARY})
_NAMED = 0x8000
_MOST_PROPERTIES = 10_000
_PROPERTY_SUBJECT, _PROPERTY_BODY, _PROPERTY_RICH, _PROPERTY_HTML = 0x37, 0x1000, 0x1009, 0x1013
_LONG_NAME, _CONTENT = 0x3707, 0x3701
_INTERFACE_BYTES = 16

Properties = dict[int, tuple[int, bytes]]
"""Kind and value of each property, by its number."""


@dataclass(slots=True)
class _File:
    """A file in the attachment."""

    name: str = ""
    data: bytes = b""


@dataclass(slots=True)
class _Message:
    """What an attachment holds."""

    subject: str = ""
    plain: bytes = b""
    properties: Properties = field(default_factory=dict)
    files: list[_File] = field(default_factory=list)


def _properties(data: bytes) -> Properties:
    """Return the properties of a list; what is cut off or of an unknown kind ends it."""
    found: Properties = {}
    try:
        count, at = struct.unpack_from("<I", data)[0], 4
        for _ in range(min(count, _MOST_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if number >= _NAMED else at + 4
            value, at = _value(data, at, kind)
            found[number] = (kind & ~_MANY, value)
    except (struct.error, KeyError):
        return found
    return found


def _after_name(data: bytes, at: int) -> int:
    """Return the place behind the name that a property of no number of its own has."""
    kind = struct.unpack_from("<I", data, at + 16)[0]
    if not kind:
        return at + 24
    size = int(struct.unpack_from("<I", data, at + 20)[0])
    return at + 24 + (size + 3 & ~3)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    """Return the first value of a property, and the place behind all."""
    base, count = kind & ~_MANY, 1
    if kind & _MANY or base in _VARYING:
        count, at = struct.unpack_from("<I", data, at)[0], at + 4
    first = b""
    for step in range(min(count, len(data) // 4 + 1)):
        if base in _VARYING:
            size, at = struct.unpack_from("<I", data, at)[0], at + 4
        else:
            size = _SIZES[base]
        if not step:
            first = data[at : at + size]
        at += size + 3 & ~3
    return first, at


def _text(properties: Properties, number: int, name: str) -> str:
    kind, data = properties.get(number, (0, b""))
    if kind == _WIDE:
        return data.decode("utf-16-le", "replace").rstrip("\0")
    return _decoded(data, name) if kind == _TEXT else ""


def _decoded(data: bytes, name: str) -> str:
    data = data.rstrip(b"\0")
    try:
        return decode(data, name) if data.strip() else ""
    except ParseError:
        return data.decode("cp1252", "replace")


def _message(data: bytes, name: str) -> _Message:
    """Return what the bytes of an attachment say; raises ParseError if they are none."""
    if not data.startswith(TNEF):
        raise ParseError(
            f"{name} is no attachment of Outlook (winmail.dat); it seems to be"
            f" {seems_to_be(data[:HEAD_BYTES])}. Upload it under the suffix of its real format."
        )
    found, at = _Message(), _HEADER
    while at + _ATTRIBUTE.size <= len(data):
        _, attribute, size = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        _take(found, attribute, data[at : at + size], name)
        at += size + _CHECK
    return found


def _take(found: _Message, attribute: int, data: bytes, name: str) -> None:
    if attribute == _SUBJECT:
        found.subject = _decoded(data, name)
    elif attribute == _BODY:
        found.plain = data
    elif attribute == _PROPERTIES:
        found.properties.update(_properties(data))
    elif attribute == _FILE_BEGINS:
        found.files.append(_File())
    elif found.files:
        _take_file(found.files[-1], attribute, data, name)


def _take_file(file: _File, attribute: int, data: bytes, name: str) -> None:
    if attribute == _FILE_NAME:
        file.name = file.name or _decoded(data, name)
    elif attribute == _FILE_DATA:
        file.data = data
    elif attribute == _FILE_PROPERTIES:
        properties = _properties(data)
        file.name = _text(properties, _LONG_NAME, name) or file.name
        kind, inner = properties.get(_CONTENT, (0, b""))
        if kind == _OBJECT and inner[_INTERFACE_BYTES:].startswith(TNEF):
            file.data = inner[_INTERFACE_BYTES:]


def _body(found: _Message, name: str) -> Iterator[Block]:
    """Yield the richest form of the text."""
    html = found.properties.get(_PROPERTY_HTML, (0, b""))[1]
    if html.strip():
        return html_blocks(decode(html, name, declared_charset(html)))
    rich = found.properties.get(_PROPERTY_RICH, (0, b""))[1]
    said, is_html = read_rich_text(unpacked(rich))
    if said.strip() and is_html:
        return html_blocks(said)
    plain = _text(found.properties, _PROPERTY_BODY, name) or _decoded(found.plain, name)
    return prose_blocks((plain or said).replace("\r\n", "\n"))


def tnef_blocks(
    data: bytes, name: str, options: ParseOptions, remarks: list[str]
) -> Iterator[Block]:
    """Yield the subject, text and files of an attachment; what was left out comes to `remarks`."""
    found = _message(data, name)
    subject = _text(found.properties, _PROPERTY_SUBJECT, name) or found.subject
    if subject.strip():
        yield Block(text=" ".join(subject.split()), kind=BlockKind.HEADING, level=1)
    yield from _body(found, name)
    for file in found.files:
        title = " ".join(file.name.split())
        inner = f"{title or 'message'}.tnef" if file.data.startswith(TNEF) else title
        if title:
            yield Block(text=f"Attachment: {title}")
        try:
            if len(file.data) > MAX_ATTACHMENT_BYTES:
                remarks.append(f"attachment {title} is over the limit")
            elif inner and file.data:
                yield from inner_blocks(file.data, inner, options, remarks)
        except ParseError as error:
            remarks.append(f"attachment {title} was not read: {error}")


def parse_tnef(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield a message with its files; what was left out is said in a last page."""
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB for a message.")
    remarks: list[str] = []
    number = 0
    with tables_of(name):
        for page in paginate(tnef_blocks(path.read_bytes(), name, options, remarks), options):
            number = page.number
            yield page
    if remarks:
        yield Page(number=number + 1, total=0, blocks=(), note="; ".join(dict.fromkeys(remarks)))
