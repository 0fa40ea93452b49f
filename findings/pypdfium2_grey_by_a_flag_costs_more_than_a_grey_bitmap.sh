#!/usr/bin/env bash
# pypdfium2: `page.render(grayscale=True)` draws a scanned page slower than the same page in colour, and than
# into a grey bitmap without that flag, `page.render(force_bitmap_format=FPDFBitmap_Gray)`. The flag (FPDF_GRAYSCALE) has
# PDFium make each picture grey at the size in which it is stored, before it is scaled to that of the page; a grey bitmap
# takes the scaled one. What is seen is the same but for a rounding. Whoever hands pages to OCR asks for grey, and pays
# for a scan of 600 dpi what a drawing of 200 dpi does not need.
#
# Seen with pypdfium2 5.15.2 (and the PDFium in it) on CPython 3.11: a picture of 4,960 x 7,016 drawn at a third of that
# took 1.7 times as long with the flag as in colour or into a grey bitmap; no pixel differed by more than 1 of 255.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pypdfium2==5.15.2 numpy==2.3.5
cat >"$folder/seen.py" <<'PYTHON'
import time
import zlib
from importlib.metadata import version

import numpy as np
import pypdfium2
import pypdfium2.raw

WIDTH, HEIGHT = 4960, 7016
rows, columns = np.ogrid[:HEIGHT, :WIDTH]
shade = ((rows // 40 + columns // 56) % 2 * 180 + 40).astype(np.uint8)
picture = np.stack([shade, 255 - shade, np.broadcast_to(np.uint8(90), shade.shape)], axis=2)
content = zlib.compress(picture.tobytes(), 1)
drawing = b"595 0 0 842 0 0 cm /Scan Do"
things = [
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /XObject << /Scan 5 0 R >> >> >>",
    b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
    b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8"
    b" /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (WIDTH, HEIGHT, len(content), content),
]
written, places = b"%PDF-1.4\n", []
for number, thing in enumerate(things, 1):
    places.append(len(written))
    written += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
table = b"".join(b"%010d 00000 n \n" % place for place in places)
written += b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
    table,
    len(written),
)
page = pypdfium2.PdfDocument(written)[0]
WAYS = {
    "in colour": {},
    "with the flag": {"grayscale": True},
    "into a grey bitmap": {"force_bitmap_format": pypdfium2.raw.FPDFBitmap_Gray},
}
took = dict.fromkeys(WAYS, 1e9)
seen = {}
for _ in range(5):
    for way, options in WAYS.items():
        begun = time.process_time()
        drawn = page.render(scale=200 / 72, **options)
        took[way] = min(took[way], time.process_time() - begun)
        seen[way] = np.asarray(drawn.to_numpy(), np.int16)
flagged, grey = (np.squeeze(seen[way]) for way in ("with the flag", "into a grey bitmap"))
print("pypdfium2", version("pypdfium2"))
for way, seconds in took.items():
    print(f"{way:19} {seconds * 1000:6.0f} ms of CPU, shape {seen[way].shape}")
print("largest difference of a pixel:", int(abs(flagged - grey).max()))
assert flagged.shape == grey.shape
assert np.percentile(abs(flagged - grey), 99) <= 2
assert took["with the flag"] > 1.3 * took["into a grey bitmap"]
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
