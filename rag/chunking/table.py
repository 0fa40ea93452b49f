"""Makes a chunk of each row of the tables in a document."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.headings import HeadingPath
from rag.shortening import shortened
from rag.types import Block, BlockKind, ChunkDraft, Page


def chunk_rows(
    pages: Iterable[Page], _options: ChunkOptions, _count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Yield a chunk of `column: value` lines per row; rows keep all their text.

    Text whose lines hold TABs is a table too, with the column names in its first line. Other text
    is left out.
    """
    header: tuple[str, ...] = ()
    headings = HeadingPath()
    for block in (block for page in pages for block in page.blocks):
        path = headings.of(block)
        if block.kind is BlockKind.ROW:
            yield from _draft(block, block.header, block.cells or (block.text,), path)
            continue
        for line in block.text.split("\n"):
            cells = tuple(line.split("\t"))
            if len(cells) > 1 and header:
                yield from _draft(block, header, cells, path)
            elif len(cells) > 1:
                header = cells


def _draft(
    block: Block, header: tuple[str, ...], cells: tuple[str, ...], path: tuple[str, ...]
) -> Iterator[ChunkDraft]:
    named = zip_longest(cells, header[: len(cells)], fillvalue="")
    lines = [_line(shortened(name.strip()), cell.strip()) for cell, name in named if cell.strip()]
    if lines:
        yield ChunkDraft("\n".join(lines), block.positions, headings=path)


def _line(name: str, cell: str) -> str:
    return f"{name}: {cell}" if name else cell
