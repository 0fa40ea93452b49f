"""What kind of picture a file is, how large it is, and how many pages it has: by its first bytes.

Sources: PNG (RFC 2083), JPEG (ITU T.81), GIF89a, Windows bitmaps (BITMAPINFOHEADER), WebP (RFC
9649), TIFF 6.0, PNM (netpbm), JPEG 2000 (ITU T.800), HEIF (ISO 23008-12).
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from struct import Struct, error, unpack_from
from typing import NamedTuple

from rag.parsing.image.sizes import HEAD, jpeg_size, png_size

MOST_PAGES = 500
"""Of a TIFF file, that are counted."""

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_PNM = re.compile(rb"P[1-7]\s+(?:#[^\n]*\n\s*)*(\d{1,9})\s+(?:#[^\n]*\n\s*)*(\d{1,9})\s")
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_SHORT = 3
_ENTRY_BYTES = 12
_VP8 = b"\x9d\x01\x2a"


class Measured(NamedTuple):
    """The suffix of a picture's real format, its width and height in pixels, and its pages.

    The size is 0 where its beginning does not tell.
    """

    kind: str
    width: int = 0
    height: int = 0
    pages: int = 1


def measured(path: Path) -> Measured | None:
    """Return what kind of picture a file is; None if it is none that is known."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    for magic, measure in _KINDS.items():
        if head.startswith(magic):
            try:
                return measure(head, path)
            except (error, ValueError):
                return Measured("damaged")
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return Measured("heic")
    return None


def _png(head: bytes, _: Path) -> Measured:
    width, height = png_size(head) or (0, 0)
    return Measured("png", int(width), int(height))


def _jpeg(head: bytes, _: Path) -> Measured:
    width, height = jpeg_size(head) or (0, 0)
    return Measured("jpg", int(width), int(height))


def _gif(head: bytes, _: Path) -> Measured:
    return Measured("gif", *unpack_from("<HH", head, 6))


def _bmp(head: bytes, _: Path) -> Measured:
    width, height = unpack_from("<ii", head, 18)
    return Measured("bmp", width, abs(height))


def _webp(head: bytes, _: Path) -> Measured:
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif head[23:26] == _VP8:
        width, height = (side & 0x3FFF for side in unpack_from("<HH", head, 26))
    else:
        width = height = 0
    return Measured("webp" if head[8:12] == b"WEBP" else "damaged", width, height)


def _pnm(head: bytes, _: Path) -> Measured:
    found = _PNM.match(head)
    return Measured("pnm", int(found[1]), int(found[2])) if found else Measured("damaged")


def _jp2(head: bytes, _: Path) -> Measured:
    at = head.find(b"ihdr")
    height, width = unpack_from(">II", head, at + 4) if at >= 0 else (0, 0)
    return Measured("jp2", width, height)


def _tiff(head: bytes, path: Path) -> Measured:
    order = "<" if head[:2] == b"II" else ">"
    count, entry, link = Struct(f"{order}H"), Struct(f"{order}HHI"), Struct(f"{order}I")
    size = {_TIFF_WIDTH: 0, _TIFF_HEIGHT: 0}
    seen: set[int] = set()
    with path.open("rb") as stream:
        (place,) = link.unpack_from(head, 4)
        while place and place not in seen and len(seen) < MOST_PAGES:
            seen.add(place)
            stream.seek(place)
            (entries,) = count.unpack(stream.read(count.size))
            table = stream.read(entries * _ENTRY_BYTES)
            for at in range(0, len(table), _ENTRY_BYTES):
                tag, kind, _ = entry.unpack_from(table, at)
                if tag in size:
                    form = f"{order}H" if kind == _TIFF_SHORT else f"{order}I"
                    size[tag] = max(size[tag], unpack_from(form, table, at + 8)[0])
            (place,) = link.unpack(stream.read(link.size))
    return Measured("tif", size[_TIFF_WIDTH], size[_TIFF_HEIGHT], max(len(seen), 1))


_KINDS: Mapping[bytes, Callable[[bytes, Path], Measured]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
    b"GIF8": _gif,
    b"BM": _bmp,
    b"RIFF": _webp,
    b"II*\x00": _tiff,
    b"MM\x00*": _tiff,
    b"\x00\x00\x00\x0cjP  ": _jp2,
    **{b"P%d" % number: _pnm for number in range(1, 8)},
}
