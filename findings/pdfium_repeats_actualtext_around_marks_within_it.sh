#!/usr/bin/env bash
# PDFium: an /ActualText stands for all that is shown between its BDC and EMC. Where another marked sequence begins within
# it, be it only a mark with an /MCID as each tagged PDF has them, PDFium gives the replacement once for each piece that
# the inner sequence leaves of the outer one: "Outer words" is read as "Outer wordsOuter words". An /ActualText of the inner
# sequence is read too, between the two, though the outer one speaks for it. Where all that is shown has a mark with an
# /MCID within, nothing is read: neither the replacement nor what is shown. And an empty /ActualText, which says that
# nothing is meant (a hyphen at a line's end), is passed over: what is shown is read.
# What helps: read the operators of the page, and take the outermost replacement once, at its first character.
#
# Seen with pypdfium2 5.15.2 (its own build of PDFium), CPython 3.11. PDF 32000-1:2008, 14.9.4.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pypdfium2==5.15.2
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

import pypdfium2

OUTER = b"/Span << /ActualText (Outer words) >> BDC (one ) Tj %s EMC"
EXPECTED = {
    b"(one ) Tj (two ) Tj (three) Tj": "one two three",
    OUTER % b"(two ) Tj (three) Tj": "Outer words",
    OUTER % b"/Span << /MCID 3 >> BDC (two ) Tj EMC (three) Tj": "Outer wordsOuter words",
    OUTER % b"/Span << /ActualText (inner) >> BDC (two ) Tj EMC (three) Tj": "Outer wordsinnerOuter words",
    b"(by ) Tj %s ( far) Tj" % (b"/Span << /ActualText (Outer words) >> BDC /Span << /MCID 3 >> BDC (one) Tj EMC EMC"): "by far",
    b"(by) Tj /Span << /ActualText () >> BDC (-) Tj EMC (pass) Tj": "by-pass",
}


def pdf(shown: bytes) -> bytes:
    """Return a file with one page that shows something in Helvetica."""
    content = b"BT /F 12 Tf 20 100 Td %s ET" % shown
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    made, places = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, item in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    end = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    return made + b"xref\n0 6\n" + places + end


print("pypdfium2", version("pypdfium2"))
seen = {shown: pypdfium2.PdfDocument(pdf(shown))[0].get_textpage().get_text_range() for shown in EXPECTED}
for shown, text in seen.items():
    print(f"{shown.decode()}\n    {text!r}")
if seen != EXPECTED:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
