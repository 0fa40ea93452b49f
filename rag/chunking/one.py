"""Makes one chunk of a whole document."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.naive import chunk_text
from rag.chunking.positions import page_boxes
from rag.types import ChunkDraft, Page


def chunk_whole(
    pages: Iterable[Page], options: ChunkOptions, count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Yield the document as one chunk with one box per page, however long it is.

    An embedding model reads as much of it as its window holds; the full text is searched by words
    all the same.
    """
    # The limit is far away, so nothing is cut, and the text of tables and headings is put together
    # as it is elsewhere.
    endless = replace(options, chunk_token_num=2**62, delimiter="\n", overlapped_percent=0)
    for draft in chunk_text(pages, endless, count_tokens):
        # All headings are in it; it stands under none of them as a whole.
        yield replace(draft, positions=page_boxes(draft.positions), headings=())


def chunk_pages(
    pages: Iterable[Page], options: ChunkOptions, count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Yield a chunk of all that is read on each page: a picture is one page, a fax has several."""
    for page in pages:
        yield from chunk_whole([page], options, count_tokens)
