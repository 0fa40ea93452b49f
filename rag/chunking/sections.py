"""Cuts laws, books, manuals and papers where their parts begin."""

from collections.abc import Iterable, Iterator
from functools import partial

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.naive import add_block
from rag.chunking.outlines import BOOK, LAWS, MANUAL, PAPER, Outline
from rag.chunking.outlining import Outliner
from rag.chunking.packing import Packer
from rag.chunking.pieces import PieceMaker
from rag.types import BlockKind, ChunkDraft, Page


def chunk_sections(
    outline: Outline, pages: Iterable[Page], options: ChunkOptions, count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Cut as `chunk_text` does, but never merge two parts of a document's outline.

    A part that is longer than a chunk is cut into several, each under the headings of the part.
    """
    maker = PieceMaker(options, count_tokens)
    packer = Packer(options, maker, count_tokens)
    for page in Outliner(outline).pages(pages):
        for block in page.blocks:
            opens = block.kind is BlockKind.HEADING and block.level <= outline.opens
            if opens and packer.has_text:
                yield from packer.cut()
            yield from add_block(packer, maker, block)
    yield from packer.cut()


chunk_laws = partial(chunk_sections, LAWS)
"""Cut a law: an article is a chunk, under its part, chapter and section."""

chunk_book = partial(chunk_sections, BOOK)
"""Cut a book: no chunk has text of two chapters."""

chunk_manual = partial(chunk_sections, MANUAL)
"""Cut a manual: no chunk has text of two sections, at any depth."""

chunk_paper = partial(chunk_sections, PAPER)
"""Cut a paper: the abstract, and each section with all below it, has chunks of its own."""
