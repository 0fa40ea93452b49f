"""PDF files that list a page again and again, or hold drawings in drawings."""

import math
import zlib
from collections.abc import Sequence

from tests.support.hostile.packages import times, words

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def _assemble(objects: Sequence[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(data, 9)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (
        len(packed),
        entries,
        packed,
    )


def document(content: bytes, shown: int = 1, forms: Sequence[bytes] = ()) -> bytes:
    """Return a PDF of one page, listed `shown` times, with further objects from number 6 on."""
    form = b"/XObject << /F 6 0 R >>" if forms else b""
    return _assemble(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"4 0 R " * shown, shown),
            _FONT,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R "
            b"/Resources << /Font << /F1 3 0 R >> %s >> >>" % form,
            _stream(content),
            *forms,
        ]
    )


def _shown(text: str, x: int, y: int) -> bytes:
    return b"BT /F1 8 Tf %d %d Td (%s) Tj ET\n" % (x, y, text.encode())


def repeated_page(scale: float) -> bytes:
    """List one page of 13,000 letters 200 times."""
    # Each line differs: PDFium takes equal ones that touch for one that is written twice.
    texts = (f"{line} {words(130)}" for line in range(98))
    lines = b"".join(_shown(text, 20, 790 - 8 * line) for line, text in enumerate(texts))
    return document(lines, times(scale, 200))


def form_tree(scale: float) -> bytes:
    """Draw twice in each drawing what draws twice, 2^17 drawings in all."""
    depth = max(1, 17 + round(math.log2(scale)))
    forms = [
        _stream(
            b"/F Do /F Do" if level < depth - 1 else _shown("deep", 50, 700),
            b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources "
            b"<< /Font << /F1 3 0 R >> /XObject << /F %d 0 R >> >>" % (7 + level),
        )
        for level in range(depth)
    ]
    return document(b"/F Do", forms=forms)


def packed_stream(scale: float) -> bytes:
    """Write a page whose content unpacks to 40 MB of drawing."""
    lines = b"1 0 0 1 0 0 cm\n" * times(scale, 40 * 1024**2 // 15)
    return document(lines + _shown("text", 50, 700))


def long_strings(scale: float) -> bytes:
    """Show 10 strings of 5,000 words."""
    text = " ".join(f"w{number:05}" for number in range(5000))
    lines = (_shown(text, 20, 700 - 10 * line) for line in range(times(scale, 10)))
    return document(b"".join(lines))


def scattered_lines(scale: float) -> bytes:
    """Scatter 30,000 lines over a page."""
    lines = (
        _shown(f"n{number}", number * 7919 % 560, number * 104_729 % 790)
        for number in range(times(scale, 30_000))
    )
    return document(b"".join(lines))
