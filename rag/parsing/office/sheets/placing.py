"""Rows of a sheet from its cells: hidden columns left out, merged cells spread, links told."""

from collections.abc import Iterable

from rag.parsing.office.notes import Notes
from rag.parsing.office.sheets.surroundings import Surroundings
from rag.parsing.tables.headers import Row, Span
from rag.shortening import shortened

HIDDEN_COLUMNS = "hidden columns were left out in sheets"


class Placed:
    """Puts the cells of one sheet into rows; `left_out` are the columns that are hidden."""

    def __init__(self, around: Surroundings, notes: Notes, sheet: str) -> None:
        """Begin above the first row of the sheet of this name."""
        self.left_out: frozenset[int] = frozenset()
        self._around = around
        self._notes = notes
        self._sheet = sheet
        self._covering: dict[int, tuple[int, str]] = {}

    def row(self, found: Iterable[tuple[int, str]], number: int) -> Row:
        """Return row `number`, from 0, of the columns and texts of its cells."""
        cells: list[str] = []
        for column, text in found:
            if column in self.left_out:
                self._notes.add(HIDDEN_COLUMNS, self._sheet)
                continue
            if column >= len(cells):
                cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text
        if self._around.links:
            self._add_links(cells, number)
        spans = self._merge(cells, number) if self._around.merged or self._covering else ()
        return Row(self._without_hidden(cells), spans)

    def _without_hidden(self, cells: list[str]) -> list[str]:
        if not self.left_out:
            return cells
        return [cell for column, cell in enumerate(cells) if column not in self.left_out]

    def _add_links(self, cells: list[str], number: int) -> None:
        for column, text in enumerate(cells):
            target = self._around.links.get((number, column)) if text else None
            if target:
                cells[column] = linked(text, target)

    def _merge(self, cells: list[str], number: int) -> tuple[Span, ...]:
        """Give cells merged over rows to each row that says more; return those over columns."""
        self._covering = {
            column: cell for column, cell in self._covering.items() if cell[0] >= number
        }
        if any(cells):
            for column, (_, text) in self._covering.items():
                if column < len(cells):
                    cells[column] = cells[column] or text
                else:
                    cells.extend([*[""] * (column - len(cells)), text])
        spans = []
        for last_row, first, last in self._around.merged.get(number, ()):
            text = cells[first] if first < len(cells) else ""
            if last_row > number and text:
                self._covering[first] = (last_row, shortened(text))
            if last > first and not self.left_out:
                spans.append((first, last))
        return tuple(spans)


def linked(text: str, target: str) -> str:
    """Return a text with the address that it leads to, unless it says that itself."""
    bare = target.removeprefix("mailto:")
    return text if bare in text else f"{text} ({target})".strip()
