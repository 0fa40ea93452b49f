"""Compound files (MS-CFB), in which Outlook and others keep theirs: streams by their paths."""

import struct
from collections.abc import Iterator

from rag.errors import ParseError

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY = 128
_LAST = 0xFFFFFFFA
"""Numbers from here on are marks, such as the end of a chain."""

_MOST_ENTRIES = 20_000
_STORAGES = frozenset({1, 5})
_STREAM = 2
_HEADER_DIFAT = 109


class CompoundFile:
    """The streams of a compound file, which is held in memory."""

    def __init__(self, data: bytes, name: str) -> None:
        """Read the tables; raises ParseError where they make no sense."""
        self._data = data
        try:
            if data[:8] != _MAGIC:
                raise ParseError(
                    f"{name} is no compound file (msg, doc, hwp): it does not begin as one."
                )
            shift, mini_shift = struct.unpack_from("<HH", data, 0x1E)
            self._sector, self._mini = 1 << min(shift, 16), 1 << min(mini_shift, 12)
            fats, directory = struct.unpack_from("<II", data, 0x2C)
            self._cutoff, mini_fat = struct.unpack_from("<II", data, 0x38)
            self._fat = self._numbers(self._fat_sectors(fats))
            self._mini_fat = self._numbers(self._chain(mini_fat))
            self._entries = self._read_entries(self._join(self._chain(directory)))
            root = self._entries[0]
            self._mini_stream = self._join(self._chain(root[2]))[: root[3]]
            self.streams = dict(self._walk())
        except (struct.error, IndexError) as error:
            raise ParseError(f"{name} is damaged: its tables cannot be read.") from error

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        return self._data[start : start + self._sector]

    def _fat_sectors(self, count: int) -> list[int]:
        listed = list(struct.unpack_from(f"<{_HEADER_DIFAT}I", self._data, 0x4C))
        following = struct.unpack_from("<I", self._data, 0x44)[0]
        seen = set()
        while following < _LAST and following not in seen:
            seen.add(following)
            numbers = struct.unpack(f"<{self._sector // 4}I", self._at(following))
            listed += numbers[:-1]
            following = numbers[-1]
        return [sector for sector in listed if sector < _LAST][:count]

    def _numbers(self, sectors: list[int]) -> list[int]:
        joined = self._join(sectors)
        return list(struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4]))

    def _chain(self, first: int) -> list[int]:
        """Return the sectors of a stream; a chain that comes back to itself ends there."""
        found: dict[int, None] = {}
        while first < len(self._fat) and first not in found:
            found[first] = None
            first = self._fat[first]
        return list(found)

    def _join(self, sectors: list[int]) -> bytes:
        return b"".join(map(self._at, sectors))

    def _read_entries(self, directory: bytes) -> list[tuple[str, int, int, int, int, int, int]]:
        """Return name, kind, first sector, size, left, right and child of each entry."""
        found = []
        for start in range(0, min(len(directory), _MOST_ENTRIES * _ENTRY) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", directory, start + 64)
            left, right, child = struct.unpack_from("<III", directory, start + 68)
            first, size = struct.unpack_from("<IQ", directory, start + 116)
            said = directory[start : start + max(min(length, 64) - 2, 0)]
            name = said.decode("utf-16-le", "replace")
            found.append((name, kind, first, size, left, right, child))
        return found

    def _walk(self) -> Iterator[tuple[str, bytes]]:
        """Yield each stream with its path."""
        pending = [(self._entries[0][6], "")]
        seen = set()
        while pending:
            number, folder = pending.pop()
            if number >= len(self._entries) or number in seen:
                continue
            seen.add(number)
            name, kind, first, size, left, right, child = self._entries[number]
            pending += [(left, folder), (right, folder)]
            if kind in _STORAGES:
                pending.append((child, f"{folder}{name}/"))
            elif kind == _STREAM:
                yield f"{folder}{name}", self._stream(first, size)

    def _stream(self, first: int, size: int) -> bytes:
        if size >= self._cutoff:
            return self._join(self._chain(first))[:size]
        pieces = []
        seen: set[int] = set()
        while first < len(self._mini_fat) and first not in seen:
            seen.add(first)
            pieces.append(self._mini_stream[first * self._mini : (first + 1) * self._mini])
            first = self._mini_fat[first]
        return b"".join(pieces)[:size]
