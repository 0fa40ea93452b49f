"""Layers that a PDF has switched off: PDFium reads their text, and does not tell."""

import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

_LAYERS = b"/OCProperties"
_OFF = re.compile(rb"/OFF\s*\[\s*\d+\s+\d+\s+R")
_PACKED = re.compile(rb"/ObjStm\b[^>]*>>\s*stream\r?\n")
_END = b"endstream"
_MOST_PACKED = 400
_MOST_BYTES = 1 << 20


def _packed(data: mmap.mmap) -> Iterator[bytes]:
    """Yield the beginnings of the streams that objects are packed into."""
    for count, found in enumerate(_PACKED.finditer(data)):
        if count == _MOST_PACKED:
            return
        try:
            # No more is copied than the stream has: a file may have hundreds of them.
            most = found.end() + _MOST_BYTES
            end = data.find(_END, found.end(), most)
            packed = data[found.end() : end if end >= 0 else most]
            yield zlib.decompressobj().decompress(packed, _MOST_BYTES)
        except zlib.error:
            continue


def has_layers_off(path: Path) -> bool:
    """Return whether a file says of some of its layers that they are not shown.

    It is looked for in the bytes, as no call of PDFium tells: in those of the file, and where
    there is nothing of layers, in the objects that it has packed. An encrypted file may hide it.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(_LAYERS) >= 0 and _OFF.search(data):
            return True
        layers = off = False
        for part in _packed(data):
            layers = layers or _LAYERS in part
            off = off or _OFF.search(part) is not None
            if layers and off:
                return True
    return False
