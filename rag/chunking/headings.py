"""The path of headings: under which headings, and in which table, a piece of a document stands."""

from rag.shortening import shortened
from rag.types import Block, BlockKind

MOST_HEADINGS = 12
"""How many headings a path has at most: levels are what a file says that they are."""


class HeadingPath:
    """Follows the blocks of a document in their order, and tells the path of each.

    A path is the title of the document, if it has one (a heading of level 0), then the headings
    that the block stands under, from the topmost, and for a row of a table the table's name.
    """

    def __init__(self) -> None:
        """Begin above everything."""
        self._levels: list[int] = []
        self._path: tuple[str, ...] = ()
        self._table = ""
        self._path_of_table: tuple[str, ...] = ()

    def of(self, block: Block) -> tuple[str, ...]:
        """Return the path of the next block; that of a heading ends with itself."""
        if block.kind is BlockKind.HEADING:
            self._enter(block)
        if block.kind is BlockKind.ROW and block.table:
            return self._with_table(block.table)
        return self._path

    def _enter(self, block: Block) -> None:
        text = shortened(" ".join(block.text.split()))
        if not text:
            return
        while self._levels and self._levels[-1] >= block.level:
            self._levels.pop()
        above = self._path[: len(self._levels)]
        # What a page is called is often its first heading, too.
        repeated = above[-1:] == (text,)
        if not repeated and len(above) < MOST_HEADINGS:
            self._levels.append(block.level)
            above = (*above, text)
        self._path = above
        self._table = ""

    def _with_table(self, table: str) -> tuple[str, ...]:
        # One tuple for all rows of a table: there may be millions.
        if table != self._table:
            self._table = table
            name = " ".join(table.split())
            same = self._path[-1:] == (name,)
            self._path_of_table = self._path if same else (*self._path, name)
        return self._path_of_table
