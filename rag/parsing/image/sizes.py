"""How large PNG and JPEG pictures are, by what stands at their beginning."""

from pathlib import Path
from struct import Struct

from rag.errors import EmptyFileError, ParseError
from rag.parsing.base import PageSize
from rag.parsing.signatures import seems_to_be

HEAD = 4 << 20
"""Bytes that are read: what cameras write before the size of a JPEG picture is shorter."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE = Struct(">16xII")
_JPEG = b"\xff\xd8"
_SEGMENT = Struct(">BBH")
_JPEG_SIZE = Struct(">xHH")
_MARK = 0xFF
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""What a frame begins with; three among these numbers begin something else."""


def image_sizes(path: Path, name: str) -> list[PageSize]:
    """Return the size of a picture, in pixels, as that of its only page; raises ParseError."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise EmptyFileError(f"{name} is empty.")
    size = png_size(head) or jpeg_size(head)
    if not size or not all(size):
        raise ParseError(f"{name} is no picture that can be shown; it is {seems_to_be(head)}.")
    return [size]


def png_size(head: bytes) -> PageSize | None:
    """Return the size of a PNG picture that begins with `head`; None if it is none."""
    if not head.startswith(_PNG) or len(head) < _PNG_SIZE.size:
        return None
    width, height = _PNG_SIZE.unpack_from(head)
    return float(width), float(height)


def jpeg_size(head: bytes) -> PageSize | None:
    """Return the size of a JPEG picture that begins with `head`; None if it does not tell."""
    place = len(_JPEG)
    while head.startswith(_JPEG) and place + _SEGMENT.size + _JPEG_SIZE.size <= len(head):
        mark, kind, length = _SEGMENT.unpack_from(head, place)
        if mark != _MARK:
            return None
        if kind in _FRAMES:
            height, width = _JPEG_SIZE.unpack_from(head, place + _SEGMENT.size)
            return float(width), float(height)
        place += 1 if kind == _MARK else 2 + max(length, 2)
    return None
