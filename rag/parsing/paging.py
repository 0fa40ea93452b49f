"""Pages of formats that have none: blocks gathered until a page's worth of text is there."""

from collections.abc import Iterable, Iterator

from rag.parsing.base import ParseOptions
from rag.types import Block, Page

PAGE_CHARS = 64 * 1024
"""A page is handed out when it holds this many characters."""

_BLOCK_CHARS = 64
"""What a block counts beside its text, so that empty or tiny blocks fill a page as well."""


def _batches(blocks: Iterable[Block]) -> Iterator[tuple[Block, ...]]:
    batch: list[Block] = []
    size = 0
    for block in blocks:
        batch.append(block)
        size += len(block.text) + _BLOCK_CHARS
        if size >= PAGE_CHARS:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def selected(number: int, options: ParseOptions) -> bool:
    """Return whether page `number` is among those asked for."""
    return options.first_page <= number and (not options.last_page or number <= options.last_page)


def paginate(blocks: Iterable[Block], options: ParseOptions) -> Iterator[Page]:
    """Yield `blocks` in pages of about `PAGE_CHARS` characters, only those asked for."""
    for number, batch in enumerate(_batches(blocks), 1):
        if options.last_page and number > options.last_page:
            return
        if selected(number, options):
            yield Page(number=number, total=0, blocks=batch)
