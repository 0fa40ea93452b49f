"""Memory of a parser process on files of great size: python benchmarks/memory.py [SCALE] [KIND].

Makes a PDF of 5,000 pages, a text of 1 GB, a CSV of two million rows, and a web page, a text and a
document of 40 MB that are one paragraph each. Each is read by a fresh process under the limits that
a server has by default. SCALE (1) makes the files smaller; KIND names those to read (all).
What a worker holds beside it is the chunks of one batch, whatever the file.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from common import make_pdf, print_table, words

from rag.errors import ParseError
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest

MEGABYTE = 1 << 20
BUDGET = 400
PARAGRAPH = 40 * MEGABYTE
_CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-'
    'types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def text_of(size: int) -> Iterator[bytes]:
    """Yield sentences of made-up words, so many bytes together."""
    pieces = [f"{words(14, seed).capitalize()}. ".encode() for seed in range(2000)]
    written = number = 0
    while written < size:
        piece = pieces[number * 7919 % len(pieces)]
        yield piece
        written += len(piece)
        number += 1


def pdf(file: BinaryIO, scale: float) -> None:
    """Write 5,000 pages of text."""
    file.write(make_pdf(max(1, int(5000 * scale))))


def prose(file: BinaryIO, scale: float) -> None:
    """Write a text of 1 GB in paragraphs."""
    pieces = enumerate(text_of(int(1024 * MEGABYTE * scale)))
    file.writelines(piece + (b"\n\n" if number % 5 == 0 else b"") for number, piece in pieces)


def rows(file: BinaryIO, scale: float) -> None:
    """Write two million rows of eight columns."""
    file.write(b"number,part,pieces,price,date,store,remark,share\n")
    row = b"%d,part %d of steel,%d,%d.50,2026-01-%02d,store %d,left and right,%d %%\n"
    file.writelines(
        row % (n, n % 500, n % 90, n % 999, n % 28 + 1, n % 12, n % 7)
        for n in range(int(2_000_000 * scale))
    )


def web_page(file: BinaryIO, scale: float) -> None:
    """Write a page that is one paragraph."""
    file.write(b"<html><body><p>")
    file.writelines(text_of(int(PARAGRAPH * scale)))
    file.write(b"</p></body></html>")


def one_line(file: BinaryIO, scale: float) -> None:
    """Write a text without any line break."""
    file.writelines(text_of(int(PARAGRAPH * scale)))


def document(file: BinaryIO, scale: float) -> None:
    """Write a Word file of a single paragraph, a run a sentence."""
    said = b"".join(text_of(int(PARAGRAPH * scale))).decode().split(". ")
    runs = "".join(f'<w:r><w:t xml:space="preserve">{one}. </w:t></w:r>' for one in said)
    body = f"<w:body><w:p>{runs}</w:p></w:body>"
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{_WORD}">{body}</w:document>')
    file.write(packed.getvalue())


KINDS: dict[str, tuple[str, Callable[[BinaryIO, float], None]]] = {
    "PDF of 5,000 pages": ("pdf", pdf),
    "text of 1 GB": ("txt", prose),
    "CSV of 2,000,000 rows": ("csv", rows),
    "web page of one paragraph": ("html", web_page),
    "text of one line": ("txt", one_line),
    "document of one paragraph": ("docx", document),
}


def read(path: Path) -> tuple[int, float, int, str]:
    """Return the most memory, CPU seconds, chunks, and the end of a reading in a fresh process."""
    with ParserProcess() as process:
        account = process.account(path, path.name)
        end = "done"
        try:
            request = ParseRequest(str(path), path.name)
            with closing(process.parse(request, lambda: False, account)) as events:
                for _ in events:
                    pass
        except ParseError as error:
            end = str(error)
        return account.peak // MEGABYTE, account.use.cpu, account.use.chunks, end


def measured(scale: float, names: list[str]) -> Iterator[list[object]]:
    """Yield the row of each kind; the files are removed as soon as they were read."""
    for name in names:
        suffix, make = KINDS[name]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"large.{suffix}"
            with path.open("wb") as file:
                make(file, scale)
            peak, cpu, chunks, end = read(path)
            size = path.stat().st_size / MEGABYTE
        yield [name, f"{size:.1f} MB", f"{cpu:.0f} s", f"{peak} MB", f"{chunks:,}", end]


def main() -> None:
    """Measure the kinds named on the command line, or all."""
    scale = float(sys.argv[1]) if sys.argv[1:] else 1.0
    rows_of = list(measured(scale, sys.argv[2:] or list(KINDS)))
    print_table(rows_of, ["file", "size", "CPU", f"peak (budget {BUDGET} MB)", "chunks", "end"])


if __name__ == "__main__":
    main()
