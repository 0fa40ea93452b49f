"""Makes messages of Outlook (msg): compound files with as much as a reader asks for."""

import struct
from collections.abc import Mapping
from itertools import pairwise

_SECTOR = 512
_MINI = 64
_CUTOFF = 4096
_FREE, _END, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF

Tree = Mapping[str, "bytes | Tree"]


def _padded(data: bytes, size: int) -> bytes:
    return data + bytes(-len(data) % size)


class _Maker:
    """Lays streams out in sectors; small ones in the stream of small ones."""

    def __init__(self) -> None:
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.small = b""
        self.small_fat: list[int] = []
        self.entries: list[bytes] = []

    def stream(self, data: bytes) -> int:
        """Add a stream and return its first sector."""
        if not data:
            return _END
        first = len(self.fat)
        pieces = _padded(data, _SECTOR)
        count = len(pieces) // _SECTOR
        self.sectors += [pieces[n * _SECTOR :][:_SECTOR] for n in range(count)]
        self.fat += [*range(first + 1, first + count), _END]
        return first

    def small_stream(self, data: bytes) -> int:
        """Add a small stream and return its first small sector."""
        first = len(self.small_fat)
        count = -(-len(data) // _MINI)
        self.small += _padded(data, _MINI)
        self.small_fat += [*range(first + 1, first + count), _END]
        return first if count else _END

    def folder(self, tree: Tree) -> int:
        """Add the entries of a folder, each the right neighbour of the one before."""
        numbers = []
        for name, content in tree.items():
            if isinstance(content, bytes):
                add = self.stream if len(content) >= _CUTOFF else self.small_stream
                number = self.entry(name, 2, add(content), len(content), _NONE)
            else:
                number = self.entry(name, 1, 0, 0, self.folder(content))
            numbers.append(number)
        for one, other in pairwise(numbers):
            entry = self.entries[one]
            self.entries[one] = entry[:72] + struct.pack("<I", other) + entry[76:]
        return numbers[0] if numbers else _NONE

    def entry(self, name: str, kind: int, first: int, size: int, child: int) -> int:
        """Add an entry of the directory and return its number."""
        said = name.encode("utf-16-le") + b"\0\0"
        head = said.ljust(64, b"\0") + struct.pack("<HBB", len(said), kind, 1)
        links = struct.pack("<III", _NONE, _NONE, child)
        self.entries.append(head + links + bytes(36) + struct.pack("<IQ", first, size))
        return len(self.entries) - 1


def compound(tree: Tree) -> bytes:
    """Return a compound file with these streams and folders."""
    maker = _Maker()
    maker.entries.append(b"")
    child = maker.folder(tree)
    small = maker.stream(maker.small)
    small_fat = maker.stream(struct.pack(f"<{len(maker.small_fat)}I", *maker.small_fat))
    root = _Maker()
    root.entry("Root Entry", 5, small, len(maker.small), child)
    maker.entries[0] = root.entries[0]
    directory = maker.stream(_padded(b"".join(maker.entries), _SECTOR))
    fat_at = len(maker.fat)
    fat = [*maker.fat, *[_FREE] * (128 - len(maker.fat))]
    fat[fat_at] = 0xFFFFFFFD
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, directory, 0, _CUTOFF, small_fat, 1, _END, 0)
    header += struct.pack("<109I", fat_at, *[_FREE] * 108)
    return header + b"".join(maker.sectors) + struct.pack("<128I", *fat[:128])


def packed(text: bytes) -> bytes:
    """Return rich text as it is packed, with nothing repeated but the last letter, four times."""
    body = b"".join(b"\0" + text[start : start + 8] for start in range(0, len(text), 8))
    return struct.pack("<II4sI", len(body) + 12, len(text), b"LZFu", 0) + body
