"""Merges a document's pieces, in order, into chunks of a limited number of tokens."""

from collections.abc import Iterable, Iterator

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.packing import Packer
from rag.chunking.pieces import PieceMaker
from rag.types import Block, ChunkDraft, Page


def chunk_text(
    pages: Iterable[Page], options: ChunkOptions, count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Cut at delimiters and merge until the next piece would exceed the limit.

    A piece that is too long is cut at sentence ends, words, then characters. A heading stays with
    the text that follows it, and opens a chunk when the one before is half full. Text between two
    hard delimiters is never merged with other text.
    """
    maker = PieceMaker(options, count_tokens)
    packer = Packer(options, maker, count_tokens)
    for page in pages:
        for block in page.blocks:
            yield from add_block(packer, maker, block)
    yield from packer.cut()


def chunk_slides(
    pages: Iterable[Page], options: ChunkOptions, count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Cut as `chunk_text` does, but never merge what stands on different pages."""
    maker = PieceMaker(options, count_tokens)
    packer = Packer(options, maker, count_tokens)
    for page in pages:
        for block in page.blocks:
            yield from add_block(packer, maker, block)
        yield from packer.cut()


def add_block(packer: Packer, maker: PieceMaker, block: Block) -> Iterator[ChunkDraft]:
    """Add the pieces of a block, and yield the chunks that they complete."""
    for number, section in enumerate(maker.sections(block)):
        if number:
            yield from packer.cut()
        for piece in section:
            yield from packer.add(piece)
