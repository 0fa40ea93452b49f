"""Table rows as lines of text or of HTML, and the head that each chunk of a table repeats."""

from dataclasses import dataclass
from html import escape

from rag.types import Block

_PAIR = 2


@dataclass(frozen=True, slots=True)
class TableHead:
    """What stands before and after the rows of one table in a chunk, and what both cost."""

    opening: str
    closing: str
    tokens: int = 0


def plain_head(block: Block) -> TableHead:
    """Return the table's name and column names as lines."""
    lines = [line for line in (block.table, _cells_line(block.header)) if line]
    return TableHead("".join(f"{line}\n" for line in lines), "")


def plain_row(block: Block) -> str:
    """Return a row as a line, with its empty cells; a label and its value as the parser says it."""
    is_labelled = not block.header and len(block.cells) == _PAIR and block.cells[0].endswith(":")
    line = _one_line(block.text) if is_labelled or not block.cells else _cells_line(block.cells)
    return f"{line}\n"


def html_head(block: Block) -> TableHead:
    """Return the opening of an HTML table with its name and column names."""
    caption = f"<caption>{escape(block.table)}</caption>" if block.table else ""
    header = _html_cells(block.header, "th") if block.header else ""
    return TableHead(f"<table>{caption}{header}\n", "</table>\n")


def html_row(block: Block) -> str:
    """Return a row as a line of HTML."""
    return f"{_html_cells(block.cells or (block.text,), 'td')}\n"


def _cells_line(cells: tuple[str, ...]) -> str:
    return " | ".join(_one_line(cell) for cell in cells)


def _html_cells(cells: tuple[str, ...], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(_one_line(cell))}</{tag}>' for cell in cells)}</tr>"


def _one_line(text: str) -> str:
    return " ".join(text.split())
