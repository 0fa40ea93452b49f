"""Archives of 7-Zip (7z): what stands in them, unpacked one folder of files after the other.

The format is that of 7zFormat.txt in the LZMA SDK, which is in the public domain. A "folder" of it
is a stream that holds the contents of several files one behind the other, packed by one method or
by several in a row. Read are those that Python's own library unpacks.
"""

import lzma
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from rag.errors import ParseError
from rag.parsing.archives.unpacking import (
    LOCK,
    PIECE,
    Coder,
    Folder,
    MethodError,
    Part,
    Readable,
    unpacked,
)
from rag.parsing.office.archive import encrypted
from rag.parsing.signatures import SEVEN_ZIP

MOST_FILES = 20_000
MOST_HEADER_BYTES = 64 * 1024**2
_START = struct.Struct("<6s2xIQQI")
_MOST_PARTS = 32
_HEADER, _PACKED_HEADER = 0x01, 0x17
_END, _ARCHIVE_PROPERTIES, _MORE_STREAMS, _MAIN_STREAMS, _FILES = 0x00, 0x02, 0x03, 0x04, 0x05
_PACK_INFO, _UNPACK_INFO, _SUB_STREAMS, _SIZES, _CHECKS = 0x06, 0x07, 0x08, 0x09, 0x0A
_FOLDERS, _UNPACK_SIZES, _COUNTS, _NO_STREAM, _NO_FILE, _NAMES = 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x11
_DAMAGE = (struct.error, IndexError, lzma.LZMAError, zlib.error, OSError, EOFError, ValueError)


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    has_content: bool


class _Bytes:
    """Reads the numbers of a header."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes; raises IndexError where there are fewer."""
        if count < 0 or self._at + count > len(self._data):
            raise IndexError("the header ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return a number whose first byte says how many follow (of low bytes, the first first)."""
        first = self.byte()
        value, mask = 0, 0x80
        for step in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * step)
            value |= self.byte() << (8 * step)
            mask >>= 1
        return value

    def count(self) -> int:
        """Return a number of things in the archive."""
        found = self.number()
        if found > MOST_FILES:
            raise ParseError(f"holds more than {MOST_FILES} files, the limit for an archive.")
        return found

    def bits(self, count: int) -> list[bool]:
        """Return so many bits, the high ones of a byte first."""
        data = self.take((count + 7) // 8)
        return [bool(data[place // 8] >> (7 - place % 8) & 1) for place in range(count)]

    def marks(self, count: int) -> list[bool]:
        """Return for each of some things whether it is meant."""
        return [True] * count if self.byte() else self.bits(count)

    def checks(self, count: int) -> list[int | None]:
        """Return for each of some streams its CRC, if it has one."""
        marks = self.marks(count)
        return [struct.unpack("<I", self.take(4))[0] if mark else None for mark in marks]


class _Window:
    """A piece of a file."""

    def __init__(self, stream: IO[bytes], start: int, size: int) -> None:
        self._stream = stream
        self._at = start
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        wanted = self._left if size < 0 else min(size, self._left)
        self._stream.seek(self._at)
        found = self._stream.read(wanted)
        self._at += len(found)
        self._left -= len(found)
        return found


class SevenZip:
    """An open archive, whose files are read in the order in which they are packed."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        """Read the header. Raises ParseError for one that makes no sense, or that is locked."""
        self._stream = stream
        self._name = name
        self._places: list[tuple[int, int]] = []
        self._folders: list[Folder] = []
        self._files: list[_File] = []
        try:
            self._open()
        except MethodError as error:
            raise ParseError(f"{name} cannot be unpacked: {error}.") from error
        except _DAMAGE as error:
            raise ParseError(f"{name} is damaged: its header cannot be read ({error}).") from error

    def members(self) -> Iterator[tuple[str, int, Part | MethodError]]:
        """Yield name, size and content of each file; it is to be read before the next is asked for.

        For files that are packed by a method that is not read there is the error in place of them.
        """
        named = iter([file.name for file in self._files if file.has_content])
        first = 0
        for folder in self._folders:
            places = self._places[first : first + folder.packed]
            first += folder.packed
            self._refuse_locked(folder)
            yield from self._members(folder, places, named)

    def _members(
        self, folder: Folder, places: Sequence[tuple[int, int]], named: Iterator[str]
    ) -> Iterator[tuple[str, int, Part | MethodError]]:
        error: MethodError | None = None
        stream: Readable = BytesIO()
        try:
            stream = unpacked(self._window(*places[0]), folder)
        except MethodError as found:
            error = found
        for size, check in zip(folder.parts, folder.checks, strict=True):
            name = next(named, "")
            if error is not None:
                yield name, size, error
                continue
            part = Part(stream, size, check)
            yield name, size, part
            part.close()

    def _window(self, start: int, size: int) -> Readable:
        return _Window(self._stream, start, size)

    def _open(self) -> None:
        magic, _, start, size, check = _START.unpack(self._stream.read(_START.size))
        if magic != SEVEN_ZIP:
            raise ParseError(f"{self._name} is no 7z archive: it does not begin as one.")
        if not size:
            return
        data = self._read(_START.size + start, size)
        if zlib.crc32(data) != check:
            raise ValueError("its check sum is another")
        header = _Bytes(data)
        kind = header.byte()
        for _ in range(_MOST_PARTS):
            if kind != _PACKED_HEADER:
                break
            self._streams(header)
            header = _Bytes(self._packed_header())
            kind = header.byte()
        if kind != _HEADER:
            raise ValueError("it has no list of files")
        self._header(header)

    def _read(self, start: int, size: int) -> bytes:
        if size > MOST_HEADER_BYTES:
            limit = MOST_HEADER_BYTES // 1024**2
            raise ParseError(f"{self._name} has a list of files over the limit of {limit} MB.")
        self._stream.seek(start)
        return self._stream.read(size)

    def _refuse_locked(self, folder: Folder) -> None:
        if any(coder.method == LOCK for coder in folder.coders):
            raise encrypted(self._name)

    def _packed_header(self) -> bytes:
        folder = self._folders[0]
        self._refuse_locked(folder)
        if folder.size > MOST_HEADER_BYTES:
            raise ValueError("its list of files is too long")
        stream = unpacked(self._window(*self._places[0]), folder)
        pieces = []
        part = Part(stream, folder.size, folder.check)
        while piece := part.read(PIECE):
            pieces.append(piece)
        return b"".join(pieces)

    def _header(self, header: _Bytes) -> None:
        while (kind := header.byte()) != _END:
            if kind == _ARCHIVE_PROPERTIES:
                while header.byte():
                    header.take(header.number())
            elif kind in {_MAIN_STREAMS, _MORE_STREAMS}:
                self._streams(header)
            elif kind == _FILES:
                self._list(header)
            else:
                raise ValueError("its list of files has a part that is not known")

    def _streams(self, header: _Bytes) -> None:
        self._folders = []
        while (kind := header.byte()) != _END:
            if kind == _PACK_INFO:
                self._pack_info(header)
            elif kind == _UNPACK_INFO:
                self._unpack_info(header)
            elif kind == _SUB_STREAMS:
                self._sub_streams(header)
            else:
                raise ValueError("its list of streams has a part that is not known")
        for folder in self._folders:
            folder.parts = folder.parts or [folder.size]
            folder.checks = folder.checks or [folder.check] * len(folder.parts)

    def _pack_info(self, header: _Bytes) -> None:
        at, count = _START.size + header.number(), header.count()
        self._places = []
        while (kind := header.byte()) != _END:
            if kind == _SIZES:
                for _ in range(count):
                    size = header.number()
                    self._places.append((at, size))
                    at += size
            elif kind == _CHECKS:
                header.checks(count)

    def _unpack_info(self, header: _Bytes) -> None:
        while (kind := header.byte()) != _END:
            if kind == _FOLDERS:
                count = header.count()
                if header.byte():
                    raise ValueError("its folders stand elsewhere")
                self._folders = [_folder(header) for _ in range(count)]
            elif kind == _UNPACK_SIZES:
                for folder in self._folders:
                    folder.sizes = [header.number() for _ in folder.coders]
            elif kind == _CHECKS:
                checks = header.checks(len(self._folders))
                for folder, check in zip(self._folders, checks, strict=True):
                    folder.check = check

    def _sub_streams(self, header: _Bytes) -> None:
        counts = [1] * len(self._folders)
        kind = header.byte()
        if kind == _COUNTS:
            counts = [header.count() for _ in self._folders]
            kind = header.byte()
        for folder, count in zip(self._folders, counts, strict=True):
            sizes = [header.number() for _ in range(count - 1)] if kind == _SIZES else []
            folder.parts = [*sizes, folder.size - sum(sizes)] if count else []
        kind = header.byte() if kind == _SIZES else kind
        while kind != _END:
            if kind == _CHECKS:
                self._part_checks(header)
            kind = header.byte()

    def _part_checks(self, header: _Bytes) -> None:
        """Take the CRCs of files; that of a folder of one file stands with the folder."""
        wanting = [
            folder for folder in self._folders if len(folder.parts) != 1 or folder.check is None
        ]
        found = iter(header.checks(sum(len(folder.parts) for folder in wanting)))
        for folder in wanting:
            folder.checks = [next(found) for _ in folder.parts]

    def _list(self, header: _Bytes) -> None:
        count = header.count()
        names, without = [""] * count, [False] * count
        while (kind := header.byte()) != _END:
            data = header.take(header.number())
            if kind == _NAMES:
                names = data[1:].decode("utf-16-le", "replace").split("\0")[:count]
            elif kind == _NO_STREAM:
                without = _Bytes(data).bits(count)
        self._files = [_File(name, not empty) for name, empty in zip(names, without, strict=False)]


def _folder(header: _Bytes) -> Folder:
    coders, inputs, outputs = [], 0, 0
    for _ in range(min(header.number(), _MOST_PARTS)):
        flags = header.byte()
        method = header.take(flags & 0x0F)
        ins, outs = (header.number(), header.number()) if flags & 0x10 else (1, 1)
        inputs, outputs = inputs + ins, outputs + outs
        coders.append(Coder(method, header.take(header.number()) if flags & 0x20 else b""))
    if not coders or outputs > _MOST_PARTS or inputs > _MOST_PARTS:
        raise ValueError("a folder of it has no sense")
    joints = [(header.number(), header.number()) for _ in range(outputs - 1)]
    packed = inputs - len(joints)
    if packed > 1:
        for _ in range(packed):
            header.number()
    if inputs != outputs:
        # Several streams go into one: such methods are for programs, which are not read.
        return Folder(coders, [len(coders) - 1], packed, check=None)
    return Folder(coders, _order(len(coders), joints), packed)


def _order(count: int, joints: Sequence[tuple[int, int]]) -> list[int]:
    """Return the coders from that of the packed bytes on; each takes what one before gives."""
    source = dict(joints)
    last = next(iter(set(range(count)) - set(source.values())), 0)
    order = [last]
    while order[-1] in source and len(order) < count:
        order.append(source[order[-1]])
    return order[::-1]
