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
from common import make_pdf, print_table
from tqdm import tqdm

from rag.parsing.base import ParseOptions
from rag.parsing.pdf.document import parse_pdf

PAGES = 1000
ROUNDS = 3


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
    table = []
    for path in paths:
        with closing(pypdfium2.PdfDocument(path)) as document:
            pages = len(document)
        ours, bare = pages_per_second(read_blocks, path), pages_per_second(read_bare, path)
        table.append([path.name[-40:], pages, f"{ours:.0f}", f"{bare:.0f}", f"{ours / bare:.2f}"])
    print_table(table, ["file", "pages", "parser, pages/s", "bare, pages/s", "ratio"])


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
