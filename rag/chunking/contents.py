"""The table of contents of a document, as chunks of its own."""

from collections.abc import Iterable, Iterator

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.naive import chunk_text
from rag.shortening import shortened
from rag.types import Block, BlockKind, ChunkDraft, Page

NAME = "Table of contents"
MOST_ENTRIES = 5000
"""Of a document; further headings are not listed."""

_INDENT = "  "
_DEEPEST = 6


class Contents:
    """Notes the headings of a document while it is cut, if the options ask for them."""

    def __init__(self, options: ChunkOptions, count_tokens: TokenCounter) -> None:
        """Begin before the first page."""
        self._options = options
        self._count = count_tokens
        self._entries: list[tuple[int, str]] = []

    def watched(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Yield the pages as they are, and note their headings."""
        for page in pages:
            if self._options.toc_extraction and len(self._entries) < MOST_ENTRIES:
                self._note(page.blocks)
            yield page

    def drafts(self) -> Iterator[ChunkDraft]:
        """Yield the headings, a line each, as chunks; nothing without two of them.

        A heading is indented by its level, counted from the topmost of the document.
        """
        if len(self._entries) > 1:
            top = min(level for level, _ in self._entries)
            lines = (_line(level - top, text) for level, text in self._entries)
            blocks = (Block(NAME, BlockKind.HEADING), *lines)
            yield from chunk_text([Page(1, 1, blocks)], self._options, self._count)

    def _note(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            text = shortened(" ".join(block.text.split()))
            if block.kind is BlockKind.HEADING and text and len(self._entries) < MOST_ENTRIES:
                self._entries.append((block.level, text))


def _line(depth: int, text: str) -> Block:
    return Block(_INDENT * min(depth, _DEEPEST) + text, BlockKind.CODE)
