"""Pages of born-digital PDF read per second: python benchmarks/pdf_pages.py [FILE.pdf ...].

Without a file it makes one of its own. The reference of the same run is PDFium's bare text of
each page, without places, paragraphs or order of reading. Raw reading has the places, the print and
the rules, before tables, headings and order are found.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
from common import make_pdf, print_table
from tqdm import tqdm

from rag.parsing.base import ParseOptions
from rag.parsing.pdf.document import parse_pdf
from rag.parsing.pdf.raw_page import read_page

PAGES = 1000
ROUNDS = 3


def read_bare(path: Path) -> Iterator[str]:
    """Yield each page's text as PDFium gives it: the reference."""
    with closing(pypdfium2.PdfDocument(path)) as document:
        for index in range(len(document)):
            with closing(document[index]) as page, closing(page.get_textpage()) as text_page:
                yield text_page.get_text_range()


def read_raw(path: Path) -> Iterator[str]:
    """Yield each page's text with what is taken from the page for all that follows."""
    with closing(pypdfium2.PdfDocument(path)) as document:
        for index in range(len(document)):
            with closing(document[index]) as page:
                raw = read_page(page, index + 1, document.formenv)
            yield "\n".join(line.text for line in raw.lines)


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
    table = []
    for path in paths:
        with closing(pypdfium2.PdfDocument(path)) as document:
            pages = len(document)
        bare, raw, whole = (
            pages_per_second(read, path) for read in (read_bare, read_raw, read_blocks)
        )
        speeds = [f"{bare:.0f}", f"{raw:.0f}", f"{whole:.0f}"]
        table.append([path.name[-40:], pages, *speeds, f"{raw / bare:.2f}", f"{whole / bare:.2f}"])
    heads = ["file", "pages", "bare, pages/s", "raw", "parser", "raw / bare", "parser / bare"]
    print_table(table, heads)


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
