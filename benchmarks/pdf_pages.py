"""Pages of born-digital PDF read per second: python benchmarks/pdf_pages.py [FILE.pdf ...].

Without a file it makes one of its own. The reference of the same run is PDFium's bare text of
each page, without places, paragraphs or order of reading.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
from tqdm import tqdm

from rag.parsing.base import ParseOptions
from rag.parsing.pdf import parse_pdf

PAGES = 1000
LINES = 48
ROUNDS = 3
WORDS = (
    "the lighthouse keeper wrote every evening into a book bound in green cloth and what he wrote "
    "was read by nobody until the tower was sold to a company that made instruments for ships"
)


def page_content(number: int) -> bytes:
    """Write the operators of a page of prose, a line a text object, as word processors do."""
    words = WORDS.split()
    lines = []
    for line in range(LINES):
        start = (number * LINES + line) * 7 % len(words)
        text = " ".join((words * 2)[start : start + 14])
        lines.append(f"BT /F1 11 Tf 60 {740 - 14 * line} Td ({text}) Tj ET")
    return "\n".join(lines).encode()


def make_pdf(pages: int) -> bytes:
    """Make a PDF of `pages` pages of prose in one column."""
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
    ]
    for index in range(pages):
        content = page_content(index)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * index)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def read_bare(path: Path) -> Iterator[str]:
    """Yield each page's text as PDFium gives it: the reference."""
    with closing(pypdfium2.PdfDocument(path)) as document:
        for index in range(len(document)):
            with closing(document[index]) as page, closing(page.get_textpage()) as text_page:
                yield text_page.get_text_range()


def read_blocks(path: Path) -> Iterator[str]:
    """Yield each page's text as the parser gives it, with all it does for that."""
    for page in parse_pdf(path, path.name, ParseOptions()):
        yield "\n".join(block.text for block in page.blocks)


def pages_per_second(read: Callable[[Path], Iterator[str]], path: Path) -> float:
    """Return the best of some rounds, which is the one least disturbed, in pages a CPU second."""
    best = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        pages = sum(1 for _ in tqdm(read(path), desc=read.__name__, unit="page", leave=False))
        best = max(best, pages / (time.process_time() - started))
    return best


def measure(paths: list[Path]) -> None:
    """Print a row for each file: pages a second here and bare, and the ratio."""
    print(f"{'file':40} {'pages':>6} {'parser/s':>9} {'bare/s':>8} {'ratio':>6}")
    for path in paths:
        with closing(pypdfium2.PdfDocument(path)) as document:
            pages = len(document)
        ours, bare = pages_per_second(read_blocks, path), pages_per_second(read_bare, path)
        print(f"{path.name[-40:]:40} {pages:6} {ours:9.0f} {bare:8.0f} {ours / bare:6.2f}")


def main() -> None:
    """Measure the files named on the command line, or one made for the purpose."""
    if sys.argv[1:]:
        measure([Path(name) for name in sys.argv[1:]])
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{PAGES}-pages.pdf"
        path.write_bytes(make_pdf(PAGES))
        measure([path])


if __name__ == "__main__":
    main()
