"""PDF files for tests, written by hand."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

_PASSWORD_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_PERMISSIONS = -4


def pdf(*pages: str, user: str = "") -> bytes:
    """Return a PDF with a line of text on each page; with `user` it is locked by this password."""
    return drawn_pdf([f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET" for text in pages], user=user)


@dataclass(frozen=True)
class Extras:
    """Objects beside those of the pages, and entries of the catalog, of pages, fonts and images.

    The first object has the number `5 + 2 * pages`, the next one more.
    """

    objects: Sequence[str] = ()
    catalog: str = ""
    page: str = ""
    fonts: str = ""
    images: str = ""


_BOLD = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"
_UNNAMED = (
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
    "/Encoding << /Type /Encoding /Differences [33 /g1 /g2 /g3 /g4 /g5 /g6 /g7 /g8 /g9] >> >>"
)


def drawn_pdf(
    contents: Sequence[str],
    rotate: int = 0,
    user: str = "",
    owner: str = "",
    extras: Extras | None = None,
) -> bytes:
    """Return a PDF of content streams, one a page of 600 by 800 points, in Helvetica (/F1).

    /F2 is bold, /F3 has names of letters that mean nothing, /Im1 is an image of one pixel. With
    `user` or `owner` the file is locked by these passwords.
    """
    extras = extras or Extras()
    lock = _Lock(user, owner) if user or owner else None
    kids = " ".join(f"{5 + 2 * index} 0 R" for index in range(len(contents)))
    pixel = lock.stream(4, b"\x80") if lock else b"\x80"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {extras.catalog} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray "
        b"/BitsPerComponent 8 /Length 1 >>\nstream\n" + pixel + b"\nendstream",
    ]
    for index, content in enumerate(contents):
        data = content.encode("cp1252")
        data = lock.stream(6 + 2 * index, data) if lock else data
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Rotate %d /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 %s /F3 %s %s >> "
            b"/XObject << /Im1 4 0 R %s >> >> %s >>"
            % (
                rotate,
                6 + 2 * index,
                _BOLD.encode(),
                _UNNAMED.encode(),
                extras.fonts.encode(),
                extras.images.encode(),
                extras.page.encode(),
            )
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data))
    objects += [item.encode("cp1252") for item in extras.objects]
    trailer = ""
    if lock:
        objects.append(lock.dictionary().encode())
        trailer = f"/Encrypt {len(objects)} 0 R /ID [<{b'raglan'.hex()}> <{b'raglan'.hex()}>]"
    return _assemble(objects, trailer)


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    swap = 0
    for index in range(256):
        swap = (swap + state[index] + key[index % len(key)]) % 256
        state[index], state[swap] = state[swap], state[index]
    result = bytearray()
    first = second = 0
    for byte in data:
        first = (first + 1) % 256
        second = (second + state[first]) % 256
        state[first], state[second] = state[second], state[first]
        result.append(byte ^ state[(state[first] + state[second]) % 256])
    return bytes(result)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


class _Lock:
    """The standard security handler of PDF 1.1: RC4 with a key of 40 bits."""

    def __init__(self, user: str, owner: str) -> None:
        padded_user = (user.encode() + _PASSWORD_PAD)[:32]
        padded_owner = (owner.encode() + _PASSWORD_PAD)[:32]
        self.owner = _rc4(_md5(padded_owner)[:5], padded_user)
        permissions = _PERMISSIONS.to_bytes(4, "little", signed=True)
        self._key = _md5(padded_user + self.owner + permissions + b"raglan")[:5]
        self.user = _rc4(self._key, _PASSWORD_PAD)

    def stream(self, number: int, data: bytes) -> bytes:
        return _rc4(_md5(self._key + number.to_bytes(3, "little") + b"\0\0")[:10], data)

    def dictionary(self) -> str:
        return (
            f"<< /Filter /Standard /V 1 /R 2 /P {_PERMISSIONS} "
            f"/O <{self.owner.hex()}> /U <{self.user.hex()}> >>"
        )


def _assemble(objects: Sequence[bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer.encode())
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start
