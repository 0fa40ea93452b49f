"""How 7-Zip packs the contents of files: the methods that Python's own library unpacks."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from rag.errors import ParseError

MOST_DICTIONARY_BYTES = 128 * 1024**2
"""What unpacking may hold of what it has unpacked; nearly all settings of 7-Zip end at 64 MB."""

PIECE = 1 << 16
LOCK = b"\x06\xf1\x07\x01"
"""The method of encryption."""

_COPY, _LZMA2, _LZMA, _DEFLATE = b"\0", b"\x21", b"\x03\x01\x01", b"\x04\x01\x08"
_BZIP2 = b"\x04\x02\x02"
_FILTERS = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86, b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64, b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB, b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
}  # fmt: skip
"""What is done to programs before they are packed."""

_OTHERS = {
    b"\x03\x04\x01": "PPMd", b"\x03\x03\x01\x1b": "BCJ2", b"\x03": "Delta",
    b"\x04\x01\x09": "Deflate64", b"\x04\xf7\x11\x01": "Zstandard",
}  # fmt: skip


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


class MethodError(ParseError):
    """A folder is packed by a method that is not read."""


@dataclass(frozen=True, slots=True)
class Coder:
    """A method with its settings."""

    method: bytes
    properties: bytes = b""


@dataclass(slots=True)
class Folder:
    """A stream of contents: how it is packed, and the sizes of the files in it."""

    coders: list[Coder]
    order: list[int]
    packed: int = 1
    sizes: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    checks: list[int | None] = field(default_factory=list)
    check: int | None = None

    @property
    def size(self) -> int:
        """Return the bytes that come out of the last coder."""
        return self.sizes[self.order[-1]] if self.sizes else 0


class _Unpacker(Protocol):
    """What all of Python's unpackers have in common, but for the deflating one."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return some bytes that come out of `data`."""
        ...

    @property
    def needs_input(self) -> bool:
        """Return whether there is no more without further bytes."""
        ...


class _Inflater:
    """zlib's unpacker, with the manners of the others."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(-15)

    def decompress(self, data: bytes, most: int, /) -> bytes:
        """Return some bytes that come out of `data`, and of what was left before."""
        return self._unpacker.decompress(self._unpacker.unconsumed_tail + data, most)

    @property
    def needs_input(self) -> bool:
        """Return whether there is no more without further bytes."""
        return not self._unpacker.unconsumed_tail


class _Stream:
    """Unpacks a stream of a known size while it is read."""

    def __init__(self, source: Readable, unpacker: _Unpacker, size: int) -> None:
        self._source = source
        self._unpacker = unpacker
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        wanted = min(size if size >= 0 else PIECE, self._left, PIECE)
        while wanted:
            more = self._source.read(PIECE) if self._unpacker.needs_input else b""
            found = self._unpacker.decompress(more, wanted)
            if found:
                self._left -= len(found)
                return found
            if not more and self._unpacker.needs_input:
                raise EOFError("the packed bytes end early")
        return b""


class Part:
    """A piece of a stream that is read from its beginning: one file, whose CRC is checked."""

    def __init__(self, source: Readable, size: int, check: int | None) -> None:
        """Read `size` bytes from where the stream stands; `check` is their CRC, if it is known."""
        self._source = source
        self._left = size
        self._check = check
        self._sum = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end. Raises ValueError for another CRC."""
        found = self._source.read(min(size if size >= 0 else PIECE, self._left))
        self._left -= len(found)
        self._sum = zlib.crc32(found, self._sum)
        if not found and self._left:
            raise EOFError("the packed bytes end early")
        if found and not self._left and self._check not in {None, self._sum}:
            raise ValueError("its check sum is another")
        return found

    def close(self) -> None:
        """Go to the end, where the next file begins."""
        while self.read(PIECE):
            pass


def _dictionary(size: int, unpacked: int) -> int:
    """Return the bytes that an unpacker has to remember: no more than there are."""
    needed = min(size, max(unpacked, 4096))
    if needed > MOST_DICTIONARY_BYTES:
        limit = MOST_DICTIONARY_BYTES // 1024**2
        raise MethodError(f"it is packed with a dictionary of more than {limit} MB")
    return needed


def _lzma(coder: Coder, size: int, _: list[dict[str, int]]) -> _Unpacker:
    first, memory = struct.unpack("<BI", coder.properties[:5])
    rest, bits = divmod(first, 9)
    power, place = divmod(rest, 5)
    chain = {
        "id": lzma.FILTER_LZMA1,
        "lc": bits,
        "lp": place,
        "pb": power,
        "dict_size": _dictionary(memory, size),
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain])


def _lzma2(coder: Coder, size: int, filters: list[dict[str, int]]) -> _Unpacker:
    power = coder.properties[0]
    memory = (2 | power & 1) << (power // 2 + 11)
    chain = [*filters, {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(memory, size)}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain)


_UNPACKERS: dict[bytes, Callable[[Coder, int, list[dict[str, int]]], _Unpacker]] = {
    _LZMA: _lzma,
    _LZMA2: _lzma2,
    _DEFLATE: lambda *_: _Inflater(),
    _BZIP2: lambda *_: bz2.BZ2Decompressor(),
}


def unpacked(source: Readable, folder: Folder) -> Readable:
    """Return the stream of a folder whose packed bytes are `source`.

    Raises MethodError for a method that is not read.
    """
    found, order = source, list(folder.order)
    while order:
        place = order.pop(0)
        coder = folder.coders[place]
        if coder.method == _COPY:
            continue
        filters = []
        while coder.method == _LZMA2 and order and folder.coders[order[0]].method in _FILTERS:
            place = order.pop(0)
            filters.append({"id": _FILTERS[folder.coders[place].method]})
        if coder.method not in _UNPACKERS:
            method = _OTHERS.get(coder.method, coder.method.hex())
            raise MethodError(f"it is packed by the method {method}, which is not read")
        size = folder.sizes[place]
        unpacker = _UNPACKERS[coder.method](coder, size, filters[::-1])
        found = _Stream(found, unpacker, size)
    return found
