"""Tables as programs print them, read back: python benchmarks/printed_tables.py [--alone].

Forty-eight tables of HTML, in six styles, short and long, with long texts and short ones, printed
by Chromium and by LibreOffice (which leaves most of the style out), whose truth is known. Scored
as in `tables.py`: a cell is right under its column's name in its row. Beside the parser stand
pdfplumber, camelot and img2table, each where it is installed (`.venv/bin/pip install pdfplumber
camelot-py img2table`, all MIT); `--alone` leaves them out. A program that is not there prints
nothing.
"""

import html
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from shutil import which

from common import print_table
from tables import NAMES, Found, Score, Table, cells_of, made_table, read_ours, readers

STYLES = {
    "grid": "td,th{border:1px solid #000;padding:3px}",
    "rules across": "td,th{border-bottom:1px solid #999;padding:4px 8px}",
    "stripes": "tr:nth-child(even){background:#eee}td,th{padding:4px 8px}thead{background:#ccc}",
    "bare": "td,th{padding:2px 10px}",
    "close": "td,th{padding:6px;border-top:1px solid #ddd}",
    "shaded grid": "td,th{border:2px solid #fff;background:#def;padding:4px}",
}
_NUMBERS = {"Pieces", "Price", "Weight"}
_SECONDS = 300


def page_of(table: Table, style: str) -> str:
    """Return a web page with a table between two sentences."""
    head = "".join(f"<th>{name}</th>" for name in table.head)
    rows = "".join(f"<tr>{_cells(table, row)}</tr>" for row in table.rows)
    return (
        "<html><head><meta charset=utf-8><style>body{font:12px Helvetica}table{border-collapse:"
        f"collapse;width:100%}}th{{text-align:left}}.n{{text-align:right}}{STYLES[style]}</style>"
        "</head><body><p>The list of parts as it is kept in the store.</p><table>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        "<p>Prices are those of the last year.</p></body></html>"
    )


def _cells(table: Table, row: tuple[str, ...]) -> str:
    return "".join(
        f'<td class="{"n" if name in _NUMBERS else "t"}">{html.escape(cell)}</td>'
        for name, cell in zip(table.head, row, strict=True)
    )


def by_chromium(pages: list[Path], folder: Path) -> None:
    """Print pages, each into a file of its name."""
    for page in pages:
        command = [which("chromium") or "", "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--no-pdf-header-footer", f"--print-to-pdf={folder / page.stem}.pdf"]
        subprocess.run([*command, page.as_uri()], capture_output=True, timeout=_SECONDS, check=True)


def by_libreoffice(pages: list[Path], folder: Path) -> None:
    """Print pages, each into a file of its name."""
    command = [which("soffice") or "", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    command += ["--headless", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, pages)], capture_output=True, timeout=_SECONDS, check=True)


PRINTERS = {"chromium": by_chromium, "soffice": by_libreoffice}


def read_camelot(path: Path) -> Found:
    """Return the cells that camelot finds, by gaps between words."""
    found: Found = Found()
    tables = import_module("camelot").read_pdf(str(path), pages="all", flavor="stream")
    return _under_names(found, [table.df.values.tolist() for table in tables])


def read_img2table(path: Path) -> Found:
    """Return the cells that img2table finds in pictures of the pages, and the text in them."""
    document = import_module("img2table.document").PDF(str(path), pdf_text_extraction=True)
    tables = document.extract_tables(borderless_tables=True, min_confidence=0).values()
    grids = [
        [[cell.value or "" for cell in row] for row in table.content.values()]
        for page in tables
        for table in page
    ]
    return _under_names(Found(), grids)


def _under_names(found: Found, grids: list[list[list[str]]]) -> Found:
    head: list[str] = []
    for grid in grids:
        rows = [[" ".join(cell.split()) for cell in row] for row in grid]
        heads = [row for row in rows if row[0] == NAMES[0]]
        head = heads[0] if heads else head
        found += cells_of(head, [row for row in rows if row[0] != NAMES[0]])
    return found


def all_readers() -> Iterator[tuple[str, Callable[[Path], Found]]]:
    """Yield the parser and the peers that are installed."""
    if "--alone" in sys.argv[1:]:
        yield "raglan", read_ours
        return
    yield from readers()
    for name, read in (("camelot", read_camelot), ("img2table", read_img2table)):
        try:
            import_module(name)
        except ImportError:
            continue
        yield name, read


def main() -> None:
    """Print the tables, read them by all readers, and show their scores by style."""
    kinds = list(product(STYLES, (False, True), (False, True)))
    scores: dict[tuple[str, str, str], Score] = {}
    with tempfile.TemporaryDirectory() as place:
        tables: list[tuple[str, Table, Path]] = []
        for number, (style, wrapped, long) in enumerate(kinds):
            table = made_table("grid", wrapped=wrapped, long=long, repeated=False, seed=7)
            page = Path(place) / f"{number}.html"
            page.write_text(page_of(table, style), encoding="utf-8")
            tables.append((style, table, page))
        for program, printed in PRINTERS.items():
            if not which(program):
                continue
            folder = Path(place) / program
            folder.mkdir()
            printed([page for _, _, page in tables], folder)
            for style, table, page in tables:
                for name, read in all_readers():
                    score = scores.setdefault((program, style, name), Score())
                    started = time.process_time()
                    found, true = read(folder / f"{page.stem}.pdf"), table.cells()
                    score.add(found, true, time.process_time() - started)
    rows = [[program, *score.row(name, style)] for (program, style, name), score in scores.items()]
    print_table(rows, ["program", "style", "reader", "cell F1", "beside a wrong name", "CPU"])


if __name__ == "__main__":
    main()
