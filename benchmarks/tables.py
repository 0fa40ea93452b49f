"""Tables of PDF files whose truth is known, read back: python benchmarks/tables.py.

Makes 144 tables: with a grid of rules, a shaded head, rules across alone or none; wrapped cells or
not; on one page or over several, with the head repeated or not. A cell is right when it is found
under its column's name in its row. Beside the parser stands pdfplumber, if it is there
(`.venv/bin/pip install pdfplumber`, MIT), with its own settings and with those for tables without
rules.
"""

import importlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from common import print_table

from rag.parsing.base import ParseOptions
from rag.parsing.pdf.document import parse_pdf
from rag.types import BlockKind

STYLES = ("grid", "shaded head", "rules across", "head rule", "gaps", "dense")
SEEDS = 4
WIDTH, HEIGHT = 600, 800
TOP, BOTTOM, LEFT = 60, 740, 50
SIZE, PITCH = 10, 12
LETTER = 0.53
"""About how wide a letter of Helvetica is, by its size."""

WORDS = (  # noqa: SIM905  a list of this length reads worse
    "valve pump hose ring seal filter bolt plate spring guard sensor motor belt wheel rubber steel "
    "brass glass small large left right upper lower main spare with without for of two three"
).split()
NAMES = ("Number", "Part", "Pieces", "Price", "Weight", "Store", "Remark")

Row = tuple[str, ...]
Found = Counter[tuple[str, str, str]]
"""Cells: the first cell of their row, the name of their column, their text."""


@dataclass
class Table:
    """A table to be drawn: its style, its columns and its rows."""

    style: str
    wrapped: bool
    repeated: bool
    head: Row
    widths: list[float]
    rows: list[Row]
    pages: list[str] = field(default_factory=list)

    def cells(self) -> Found:
        """Return its cells, none of which is empty."""
        return cells_of(self.head, self.rows)


def cells_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Found:
    """Return the cells of rows under the names of their columns."""
    return Counter(
        (row[0], name, cell) for row in rows for name, cell in zip(head, row, strict=False) if cell
    )


def _words(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def _cell(rng: random.Random, name: str, number: int, *, long: bool) -> str:
    if name == "Number":
        return f"A-{1000 + number}"
    if name in {"Part", "Remark"}:
        return _words(rng, 4, 9) if long else _words(rng, 1, 2)
    if name == "Store":
        return rng.choice(("Ghent", "Porto", "Turku", "Malmo"))
    value = rng.randint(100, 99_999) / 100
    return f"{value:,.2f}" if name in {"Price", "Weight"} else str(rng.randint(1, 400))


def made_table(style: str, *, wrapped: bool, long: bool, repeated: bool, seed: int) -> Table:
    """Return a table and draw it."""
    rng = random.Random(f"{style} {wrapped} {long} {repeated} {seed}")
    head = NAMES[: rng.randint(3, len(NAMES))]
    widths = [110.0 if name in {"Part", "Remark"} else 62.0 for name in head]
    count = 60 if long else rng.randint(4, 12)
    rows = [
        tuple(_cell(rng, name, number, long=wrapped) for name in head) for number in range(count)
    ]
    table = Table(style, wrapped, repeated, head, widths, rows)
    _draw(table)
    return table


def _lines(text: str, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) * SIZE * LETTER > width - 8 and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _show(x: float, y: float, text: str, font: str) -> str:
    return f"BT /{font} {SIZE} Tf {x:.1f} {HEIGHT - y:.1f} Td ({text}) Tj ET\n"


def _row_text(table: Table, row: Row, y: float, font: str) -> tuple[str, float]:
    """Return the operators of a row, and how high it is."""
    out, x, most = "", float(LEFT), 1
    for name, cell, width in zip(table.head, row, table.widths, strict=True):
        lines = _lines(cell, width)
        most = max(most, len(lines))
        right = name in {"Pieces", "Price", "Weight"}
        for number, line in enumerate(lines):
            at = x + width - 4 - len(line) * SIZE * 0.556 if right else x + 4
            out += _show(at, y + PITCH * number, line, font)
        x += width
    padding = {"grid": 8, "shaded head": 8, "rules across": 6, "head rule": 4, "gaps": 8}
    return out, most * PITCH + padding.get(table.style, 0)


def _rules(table: Table, heights: Sequence[float]) -> str:
    """Return the rules of a page's part of a table, given where its rows begin and end."""
    edges = [LEFT + sum(table.widths[:number]) for number in range(len(table.widths) + 1)]
    rows = [y - SIZE - 1 for y in heights]
    across = {
        "grid": rows,
        "shaded head": [],
        "rules across": rows,
        "head rule": [rows[0], rows[1], rows[-1]],
    }.get(table.style, [])
    out = "".join(
        f"{edges[0]} {HEIGHT - y:.1f} m {edges[-1]} {HEIGHT - y:.1f} l S\n" for y in across
    )
    if table.style == "grid":
        out += "".join(
            f"{x} {HEIGHT - rows[0]:.1f} m {x} {HEIGHT - rows[-1]:.1f} l S\n" for x in edges
        )
    if table.style == "shaded head":
        height = rows[1] - rows[0]
        out += f"0.9 g {edges[0]} {HEIGHT - rows[1]:.1f} {edges[-1] - edges[0]} {height} re f 0 g\n"
    return out


def _draw(table: Table) -> None:
    content, y, heights = "", float(TOP), [float(TOP)]

    def say(row: Row, font: str) -> None:
        nonlocal content, y
        text, height = _row_text(table, row, y, font)
        content += text
        y += height
        heights.append(y)

    say(table.head, "F2")
    for row in table.rows:
        if y + 5 * PITCH > BOTTOM:
            table.pages.append(_rules(table, heights) + content)
            content, y, heights = "", float(TOP), [float(TOP)]
            if table.repeated:
                say(table.head, "F2")
        say(row, "F1")
    table.pages.append(_rules(table, heights) + content)


def pdf_of(contents: Sequence[str]) -> bytes:
    """Return a PDF of content streams."""
    fonts = "".join(
        f"/{name} << /Type /Font /Subtype /Type1 /BaseFont /{base} >> "
        for name, base in (("F1", "Helvetica"), ("F2", "Helvetica-Bold"))
    )
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>",
    ]
    for number, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] "
            f"/Contents {4 + 2 * number} 0 R /Resources << /Font << {fonts}>> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{item}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out.encode("cp1252")


def read_ours(path: Path) -> Found:
    """Return the cells that the parser finds."""
    found: Found = Counter()
    for page in parse_pdf(path, path.name, ParseOptions()):
        for block in page.blocks:
            if block.kind is BlockKind.ROW:
                found += cells_of(block.header, [block.cells])
    return found


def readers() -> Iterator[tuple[str, Callable[[Path], Found]]]:
    """Yield the parser and the peers that are installed."""
    yield "raglan", read_ours
    try:
        plumber = importlib.import_module("pdfplumber")
    except ImportError:
        return
    text = {"vertical_strategy": "text", "horizontal_strategy": "text"}
    for name, settings in (("pdfplumber", {}), ("pdfplumber, text", text)):

        def read(path: Path, settings: dict[str, str] = settings) -> Found:
            found: Found = Counter()
            head: Sequence[str] = ()
            with plumber.open(path) as document:
                for page in document.pages:
                    for table in page.extract_tables(settings):
                        rows = [[" ".join((cell or "").split()) for cell in row] for row in table]
                        head = rows[0] if rows[0][0] == NAMES[0] else head
                        found += cells_of(head, [row for row in rows if row[0] != NAMES[0]])
            return found

        yield name, read


@dataclass
class Score:
    """What a reader found of the tables of one style."""

    right: int = 0
    found: int = 0
    true: int = 0
    misplaced: int = 0
    seconds: float = 0.0

    def add(self, found: Found, true: Found, seconds: float) -> None:
        """Count what was found of a table."""
        self.seconds += seconds
        self.right += (found & true).total()
        self.found += found.total()
        self.true += true.total()
        self.misplaced += misplaced(found, true)

    def row(self, name: str, style: str) -> list[object]:
        """Return it as a row of the table that is printed."""
        f1 = 2 * self.right / max(self.found + self.true, 1)
        return [style, name, f"{f1:.3f}", self.misplaced, f"{self.seconds:.2f} s"]


def misplaced(found: Found, true: Found) -> int:
    """Count cells that stand beside a wrong name: texts of the table in another row or column."""
    texts = {cell for _, _, cell in true}
    return sum(count for key, count in (found - true).items() if key[2] in texts)


def main() -> None:
    """Make the tables, read them by all readers, and print their scores by style."""
    kinds = product(
        STYLES, (False, True), ((False, True), (True, True), (True, False)), range(SEEDS)
    )
    tables = [
        made_table(style, wrapped=wrapped, long=long, repeated=repeated, seed=seed)
        for style, wrapped, (long, repeated), seed in kinds
    ]
    scores: dict[tuple[str, str], Score] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.pdf"
        for table in tables:
            path.write_bytes(pdf_of(table.pages))
            for name, read in readers():
                score = scores.setdefault((table.style, name), Score())
                started = time.process_time()
                found, true = read(path), table.cells()
                score.add(found, true, time.process_time() - started)
    print(f"{len(tables)} tables")
    rows = [score.row(name, style) for (style, name), score in scores.items()]
    print_table(rows, ["style", "reader", "cell F1", "beside a wrong name", "CPU"])


if __name__ == "__main__":
    main()
