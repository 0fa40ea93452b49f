"""Documents of Hangul Office 5 to 2022 (hwp): records in a compound file.

The format is that of Hancom's published specification of HWP 5.0. A record is a tag, a level and
bytes; records of a deeper level belong to the one before. Controls (tables, notes, boxes) stand in
the text as eight units, and their records follow in the same order.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import EmptyFileError, ParseError, UnsupportedFormatError
from rag.parsing.base import ParseOptions
from rag.parsing.mail.compound import CompoundFile
from rag.parsing.office.archive import encrypted
from rag.parsing.office.hangul.packed import parse_hwpx
from rag.parsing.office.hangul.writing import (
    DEEPEST,
    NO_HEAD,
    Cell,
    Head,
    Level,
    Numbers,
    Paragraph,
    Table,
    Writer,
)
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.parsing.signatures import HEAD_BYTES, OLE, ZIP, seems_to_be
from rag.types import Block, Page

MAX_BYTES = 256 * 1024**2
MAX_SECTION_BYTES = 64 * 1024**2
_OLD = b"HWP Document File V"
_PACKED, _LOCKED, _DISTRIBUTED = 0x1, 0x2, 0x4
_FLAGS_AT = 36
_LONG = 0xFFF
_NUMBERING, _SHAPE = 23, 25
_PARAGRAPH, _TEXT, _CONTROL, _LIST, _TABLE, _EQUATION = 66, 67, 71, 72, 77, 88
_LEVELS = 7
_SIGNS = {9: "\t", 10: "\n", 24: "-", 30: " ", 31: " "}
_ONE_UNIT = frozenset({0, 10, 13, *range(24, 32)})
_WITH_RECORD = frozenset({1, 2, 3, 11, 12, 14, 15, 16, 17, 18, 21, 22, 23})
_UNITS = 8
_NOTES = frozenset({b"fn  ", b"en  ", b"head", b"foot", b"tcmt", b"%%me"})
_LINK_END = 4
_NUMBERED = frozenset({3, 4, 5})
"""What automatic numbers count that are part of a caption: pictures, tables, equations."""


@dataclass(slots=True)
class _Record:
    """A record with those that belong to it."""

    tag: int
    data: bytes
    inner: "list[_Record]" = field(default_factory=list)


def _records(data: bytes) -> list[_Record]:
    """Return the topmost records of a stream; what is cut off at its end is left out."""
    top: list[_Record] = []
    open_records: list[tuple[int, _Record]] = []
    at = 0
    while at + 4 <= len(data):
        head = struct.unpack_from("<I", data, at)[0]
        at += 4
        tag, level, size = head & 0x3FF, head >> 10 & 0x3FF, head >> 20
        if size == _LONG and at + 4 <= len(data):
            size, at = struct.unpack_from("<I", data, at)[0], at + 4
        record = _Record(tag, data[at : at + size])
        at += size
        while open_records and open_records[-1][0] >= level:
            open_records.pop()
        (open_records[-1][1].inner if open_records else top).append(record)
        open_records.append((level, record))
    return top


def _wide(data: bytes, at: int) -> str:
    """Return a text with its length before it."""
    count = struct.unpack_from("<H", data, at)[0]
    return data[at + 2 : at + 2 + 2 * count].decode("utf-16-le", "replace")


class _Header:
    """What the stream of styles says: the heads of paragraphs, and how they are numbered."""

    def __init__(self, data: bytes) -> None:
        self.heads: list[Head] = []
        self.levels: dict[int, Sequence[Level]] = {}
        for record in _flat(_records(data)):
            if record.tag == _NUMBERING:
                self.levels[len(self.levels) + 1] = list(_numbering(record.data))
            elif record.tag == _SHAPE:
                self.heads.append(_head(record.data))

    def head(self, shape: int) -> Head:
        """Return the head of paragraphs of a shape."""
        return self.heads[shape] if shape < len(self.heads) else NO_HEAD


def _flat(records: Sequence[_Record]) -> Iterator[_Record]:
    pending = list(reversed(records))
    while pending:
        record = pending.pop()
        yield record
        pending.extend(reversed(record.inner))


def _head(data: bytes) -> Head:
    if len(data) < 32:  # noqa: PLR2004 - up to the numbering
        return NO_HEAD
    flags, numbering = struct.unpack_from("<I", data)[0], struct.unpack_from("<H", data, 30)[0]
    return Head(flags >> 23 & 3, numbering, flags >> 25 & 7)


def _numbering(data: bytes) -> Iterator[Level]:
    """Yield the levels of a numbering; the numbers that they begin with stand at the end."""
    at, found = 0, []
    try:
        for _ in range(_LEVELS):
            flags = struct.unpack_from("<I", data, at)[0]
            text = _wide(data, at + 12)
            at += 14 + 2 * len(text.encode("utf-16-le")) // 2
            found.append(Level(text, flags >> 5 & 0xF))
        starts = struct.unpack_from(f"<{_LEVELS}I", data, at + 2)
    except struct.error:
        starts = (1,) * _LEVELS
    for level, start in zip(found, starts, strict=False):
        yield level._replace(start=start if 0 < start < _LONG else 1)


class _Section:
    """Reads the paragraphs of a section."""

    def __init__(self, header: _Header) -> None:
        self._header = header
        self.outline = 1
        self._readers: Mapping[bytes, Callable[[Paragraph, _Record, int], str]] = {
            b"tbl ": self._table,
            b"gso ": self._drawing,
            b"eqed": self._equation,
            b"atno": self._number,
            b"tdut": self._reading,
            b"tcps": lambda _, control, __: _wide(control.data, 4),
            b"secd": self._definition,
            **dict.fromkeys(_NOTES, self._note),
        }

    def paragraphs(self, records: Sequence[_Record], depth: int = 0) -> list[Paragraph]:
        """Return the paragraphs among some records."""
        if depth > DEEPEST:
            return []
        return [self._paragraph(one, depth) for one in records if one.tag == _PARAGRAPH]

    def _paragraph(self, record: _Record, depth: int) -> Paragraph:
        shape = struct.unpack_from("<H", record.data, 8)[0] if len(record.data) >= 10 else 0xFFFF  # noqa: PLR2004 - up to the shape
        found = Paragraph(head=self._header.head(shape))
        said = next((one.data for one in record.inner if one.tag == _TEXT), b"")
        controls = iter([one for one in record.inner if one.tag == _CONTROL])
        links: list[str] = []
        parts: list[str] = []
        for sign in _pieces(said):
            if isinstance(sign, str):
                parts.append(sign)
            elif sign == _LINK_END:
                parts.append(links.pop() if links else "")
            elif sign in _WITH_RECORD and (control := next(controls, None)) is not None:
                if control.data[:4][::-1].startswith(b"%"):
                    links.append(_target(control.data))
                parts.append(self._control(found, control, depth))
        found.text = "".join(parts)
        return found

    def _control(self, found: Paragraph, control: _Record, depth: int) -> str:
        """Take what a control holds; return what it says within the text."""
        read = self._readers.get(control.data[:4][::-1])
        try:
            return read(found, control, depth) if read else ""
        except struct.error:
            return ""

    def _definition(self, _: Paragraph, control: _Record, __: int) -> str:
        self.outline = struct.unpack_from("<H", control.data, 18)[0] or 1
        return ""

    def _note(self, found: Paragraph, control: _Record, depth: int) -> str:
        found.notes.append(self.paragraphs(control.inner, depth + 1))
        return ""

    def _reading(self, _: Paragraph, control: _Record, __: int) -> str:
        main = _wide(control.data, 4)
        beside = _wide(control.data, 6 + 2 * len(main)).strip()
        return f"{main}({beside})" if beside else main

    def _number(self, _: Paragraph, control: _Record, __: int) -> str:
        flags, number = struct.unpack_from("<IH", control.data, 4)
        return str(number) if flags & 0xF in _NUMBERED else ""

    def _equation(self, _: Paragraph, control: _Record, __: int) -> str:
        script = next((one.data for one in control.inner if one.tag == _EQUATION), b"")
        return f" {_wide(script, 4).strip()} " if script else ""

    def _drawing(self, found: Paragraph, control: _Record, depth: int) -> str:
        """Take the texts of what is drawn, which may be a group, and its caption."""
        pending = [control]
        while pending:
            record = pending.pop()
            if any(one.tag == _PARAGRAPH for one in record.inner):
                found.boxes.append(self.paragraphs(record.inner, depth + 1))
            pending += [one for one in reversed(record.inner) if one.tag != _PARAGRAPH]
        return ""

    def _table(self, found: Paragraph, control: _Record, depth: int) -> str:
        table, place, heard = Table(), -1, False
        lists: list[tuple[bytes, list[_Record]]] = []
        for record in control.inner:
            if record.tag == _TABLE:
                heard, place = True, len(lists)
            elif record.tag == _LIST:
                lists.append((record.data, []))
            elif record.tag == _PARAGRAPH and lists:
                lists[-1][1].append(record)
        place = place if heard else 0
        for _, records in lists[:place]:
            table.caption += self.paragraphs(records, depth + 1)
        for data, records in lists[place:]:
            column, row, width, height = struct.unpack_from("<HHHH", data, 8)
            paragraphs = self.paragraphs(records, depth + 1)
            size = min(max(height, 1), 1000), min(max(width, 1), 1000)
            table.cells.append(Cell(row, min(column, 1000), *size, paragraphs))
        found.tables.append(table)
        return ""


def _pieces(data: bytes) -> Iterator[str | int]:
    """Yield the texts of a paragraph, and the codes of the controls between them."""
    units = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    at = start = 0
    while at < len(units):
        code = units[at]
        if code >= 32:  # noqa: PLR2004 - the blank: what is below is no letter
            at += 1
            continue
        if start < at:
            yield data[2 * start : 2 * at].decode("utf-16-le", "replace")
        if code in _SIGNS:
            yield _SIGNS[code]
        elif code not in _ONE_UNIT:
            yield code
        at += 1 if code in _ONE_UNIT else _UNITS
        start = at
    if start < at:
        yield data[2 * start : 2 * at].decode("utf-16-le", "replace")


def _target(data: bytes) -> str:
    """Return the address that a link leads to, as it is shown behind its text."""
    if data[:4][::-1] != b"%hlk" or len(data) < 11:  # noqa: PLR2004 - up to its command
        return ""
    said = _wide(data, 9).replace("\\:", ":").partition(";")[0].replace("\\", "")
    return f" ({said})" if said.startswith(("http://", "https://")) else ""


def _unpacked(data: bytes, name: str, *, is_packed: bool) -> bytes:
    if not is_packed:
        return data
    unpacker = zlib.decompressobj(-15)
    try:
        found = unpacker.decompress(data, MAX_SECTION_BYTES)
    except zlib.error as error:
        raise ParseError(f"{name} is damaged: a part of it cannot be unpacked.") from error
    if unpacker.unconsumed_tail:
        limit = MAX_SECTION_BYTES // 1024**2
        raise ParseError(f"{name} has a part over the limit of {limit} MB: split it.")
    return found


def _blocks(path: Path, name: str) -> Iterator[Block]:
    streams = CompoundFile(path.read_bytes(), name).streams
    said = streams.get("FileHeader", b"")
    if len(said) < _FLAGS_AT + 4 or "DocInfo" not in streams:
        raise UnsupportedFormatError(
            f"{name} is not a hwp file; it seems to be an old Office file of another kind."
            " Upload it under the suffix of its real format."
        )
    flags = struct.unpack_from("<I", said, _FLAGS_AT)[0]
    if flags & _LOCKED:
        raise encrypted(name)
    if flags & _DISTRIBUTED:
        raise ParseError(
            f"{name} is a file for distribution (배포용), whose text is locked: save it in Hangul"
            " Office as an ordinary document, and upload it again."
        )
    is_packed = bool(flags & _PACKED)
    header = _Header(_unpacked(streams["DocInfo"], name, is_packed=is_packed))
    numbers = Numbers(header.levels)
    writer = Writer(numbers)
    for part in sorted(_sections(streams), key=lambda part: int(part.rpartition("Section")[2])):
        section = _Section(header)
        records = _records(_unpacked(streams[part], name, is_packed=is_packed))
        paragraphs = section.paragraphs(records)
        numbers.outline = section.outline
        yield from writer.blocks(paragraphs)


def _sections(streams: Mapping[str, bytes]) -> list[str]:
    return [
        part
        for part in streams
        if part.startswith("BodyText/Section") and part.removeprefix("BodyText/Section").isdecimal()
    ]


def parse_hwp(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the paragraphs and tables of a document; pages are slices of them.

    What is hwpx under this name is read as that.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB: split it.")
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip():
        raise EmptyFileError(f"{name} is empty.")
    if head.startswith(ZIP):
        yield from parse_hwpx(path, name, options)
        return
    if not head.startswith(OLE):
        kind = (
            "of Hangul Office 3" if head.startswith(_OLD) else f"it seems to be {seems_to_be(head)}"
        )
        raise UnsupportedFormatError(
            f"{name} is no document of Hangul Office 5 or later, {kind}. Save it in a newer format."
        )
    with tables_of(name):
        yield from paginate(_blocks(path, name), options)
