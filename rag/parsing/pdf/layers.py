"""Layers that a PDF has switched off: PDFium reads their text, but tells which layer it is of."""

import ctypes
import mmap
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

_LAYERS = b"/OCProperties"
_OTHERS = b"/Configs"
_OFF = re.compile(rb"/OFF\s*\[((?:\s*\d+\s+\d+\s+R)+)")
_REFERENCE = re.compile(rb"(\d+)\s+\d+\s+R")
_PACKED = re.compile(rb"/ObjStm\b[^>]*>>\s*stream\r?\n")
_FIRST = re.compile(rb"/First\s+(\d+)")
_GROUP = re.compile(rb"/OCG(?![A-Za-z])")
_OBJECT = re.compile(rb"(\d+)\s+\d+\s+obj\b")
_NAME = re.compile(rb"/Name\s*(?:\(((?:\\.|[^\\()])*)\)|<([0-9A-Fa-f\s]*)>)", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_END = b"endstream"
_MOST_PACKED = 400
_MOST_BYTES = 1 << 20
_MOST_GROUPS = 2000
_NEAR = 600
"""Bytes of a group's object, which holds little but its name."""

_LONGEST = 256
_MARK = "OC"

Objects = dict[int, bytes]
"""The groups of a file by the numbers of their objects."""


def _packed(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Yield the beginnings of the streams that objects are packed into, and where those begin."""
    for count, found in enumerate(_PACKED.finditer(data)):
        if count == _MOST_PACKED:
            return
        first = _FIRST.search(data, max(found.start() - _NEAR, 0), found.end())
        try:
            # No more is copied than the stream has: a file may have hundreds of them.
            most = found.end() + _MOST_BYTES
            end = data.find(_END, found.end(), most)
            packed = data[found.end() : end if end >= 0 else most]
            content = zlib.decompressobj().decompress(packed, _MOST_BYTES)
        except zlib.error:
            continue
        yield int(first[1]) if first else 0, content


def _groups_in(data: mmap.mmap) -> Objects:
    found: Objects = {}
    for count, group in enumerate(_GROUP.finditer(data)):
        if count == _MOST_GROUPS:
            break
        before = data[max(group.start() - _NEAR, 0) : group.start()]
        heads = list(_OBJECT.finditer(before))
        if heads:
            after = data[group.start() : group.start() + _NEAR].partition(b"endobj")[0]
            found[int(heads[-1][1])] = before[heads[-1].end() :] + after
    return found


def _groups_packed(first: int, content: bytes) -> Objects:
    numbers = content[:first].split()
    if not all(map(bytes.isdigit, numbers)):
        return {}
    heads = [
        (int(at), int(number)) for number, at in zip(numbers[::2], numbers[1::2], strict=False)
    ]
    spans = pairwise([*heads, (len(content), 0)])
    parts = ((number, content[first + at : first + end]) for (at, number), (end, _) in spans)
    return {number: part for number, part in parts if _GROUP.search(part)}


def layers_off(path: Path) -> frozenset[bytes] | None:
    """Return the names of the layers that a file does not show, as bytes; None if it shows all.

    They are looked for in the bytes, as no call of PDFium tells: in those of the file, and in the
    objects that it has packed. A name that a layer has which is shown is left out, and so are
    all where they cannot be told for sure. An encrypted file may hide that it has any.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        plain = data.find(_LAYERS) >= 0
        texts = (
            [data[found.start() : found.end()] for found in _OFF.finditer(data)] if plain else []
        )
        if plain and not texts:
            return None
        layers, others, groups = plain, data.find(_OTHERS) >= 0, {}
        for first, content in _packed(data):
            layers = layers or _LAYERS in content
            others = others or _OTHERS in content
            texts += [found[0] for found in _OFF.finditer(content)]
            groups.update(_groups_packed(first, content))
        if not layers or not texts:
            return None
        groups.update(_groups_in(data))
    return frozenset() if others else _only_off(texts, groups)


def _only_off(texts: Iterable[bytes], groups: Objects) -> frozenset[bytes]:
    off = {int(number) for text in texts for number in _REFERENCE.findall(text)}
    names = {number: _name(group) for number, group in groups.items()}
    hidden = {name for number, name in names.items() if number in off}
    return frozenset(hidden - {name for number, name in names.items() if number not in off} - {b""})


def _name(group: bytes) -> bytes:
    found = _NAME.search(group)
    if found is None:
        return b""
    if found[1] is None:
        digits = b"".join(found[2].split()).decode()
        written = bytes.fromhex(digits + "0" * (len(digits) % 2))
    else:
        written = _ESCAPED.sub(_unescaped, found[1])
    return _bare(written)


def _bare(written: bytes) -> bytes:
    """Return the bytes of a text string of PDF without what says how they are to be read."""
    return written.removeprefix(b"\xfe\xff").removeprefix(b"\xef\xbb\xbf")


def _unescaped(escape: re.Match[bytes]) -> bytes:
    said = escape[1]
    return bytes([int(said, 8) & 0xFF]) if said[:1].isdigit() else said


def is_hidden(text_page: pypdfium2.PdfTextPage, number: int, off: frozenset[bytes]) -> bool:
    """Return whether a letter is marked as one of a layer with one of these names."""
    letter = raw.FPDFText_GetTextObject(text_page, number)
    marks = raw.FPDFPageObj_CountMarks(letter) if letter else 0
    for index in range(max(marks, 0)):
        mark = raw.FPDFPageObj_GetMark(letter, index)
        if _said(raw.FPDFPageObjMark_GetName, mark) != _MARK:
            continue
        # PDFium hands out the bytes of a text, each as a character.
        name = _said(raw.FPDFPageObjMark_GetParamStringValue, mark, b"Name")
        if _bare(name.encode("latin-1", "replace")) in off:
            return True
    return False


def _said(call: object, *arguments: object) -> str:
    """Return the text that a call of PDFium writes, UTF-16 of so many bytes with its end."""
    room, length = (ctypes.c_ushort * _LONGEST)(), ctypes.c_ulong()
    if not callable(call) or not call(*arguments, room, ctypes.sizeof(room), length):
        return ""
    return bytes(room)[: length.value].decode("utf-16-le", "replace").removesuffix("\0")
