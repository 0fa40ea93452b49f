"""Makes a chunk of each text of a tag set, with its tags as keywords."""

import re
from collections.abc import Iterable, Iterator

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.headings import HeadingPath
from rag.types import Block, BlockKind, ChunkDraft, Page

_BETWEEN = re.compile(r"[,;|\n，；、]")
# The names people give to the second column; any other first row is one like the rest.
_COLUMN_NAMES = frozenset({"tag", "tags", "label", "labels", "schlagwort", "标签", "標籤", "タグ"})
_PAIR = 2


def chunk_tagged(
    pages: Iterable[Page], _options: ChunkOptions, _count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Yield a chunk per text that has tags; texts keep all their words.

    A text and its tags, with commas between these, are the first two cells of a row, or stand on a
    line with a TAB between them.
    """
    headings = HeadingPath()
    table: tuple[str, tuple[str, ...]] | None = None
    for page in pages:
        for block in page.blocks:
            path = headings.of(block)
            if block.kind is not BlockKind.ROW:
                for line in block.text.split("\n"):
                    yield from _tagged(block, tuple(line.split("\t")), path)
                continue
            # A parse that begins in the middle of a table must not repeat the table's first row.
            if table != (block.table, block.header) and (page.number == 1 or table is not None):
                yield from _tagged(block, block.header, path)
            table = (block.table, block.header)
            yield from _tagged(block, block.cells, path)


def _tagged(block: Block, cells: tuple[str, ...], path: tuple[str, ...]) -> Iterator[ChunkDraft]:
    text, said = (*(cell.strip() for cell in cells[:_PAIR]), "", "")[:_PAIR]
    tags = [tag for part in _BETWEEN.split(said) if (tag := part.strip())]
    if text and tags and said.lower() not in _COLUMN_NAMES:
        words = tuple(dict.fromkeys(tags))
        yield ChunkDraft(text, block.positions, headings=path, keywords=words)
