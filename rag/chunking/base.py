"""What a chunker offers: pages in, chunks out, as they come."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from rag.types import ChunkDraft, Page

TokenCounter = Callable[[str], int]
"""Counts the tokens of a text, as `rag.tokenizing.counting.count_tokens` does."""


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    r"""How chunks are cut.

    `chunk_token_num`: a chunk grows until it has this many tokens (1 to 2048). `delimiter`: where
    text may be cut; each character is a delimiter of its own, though not within a word or a number,
    and a run between backticks is one as a whole and always ends a chunk; the escapes `\n`, `\r`,
    `\t` and `\\` are understood as typed. `overlapped_percent`: how much of the end of a chunk the
    next one repeats, in percent of `chunk_token_num` (0 to 50). `html4excel`: table rows are
    written as HTML. `table_context_size` and `image_context_size`: how many tokens of the text next
    to them go into the chunks of tables and pictures, on each side. `toc_extraction`: the headings
    make a further chunk at the end.
    """

    chunk_token_num: int = 512
    delimiter: str = "\n"
    overlapped_percent: int = 0
    html4excel: bool = False
    table_context_size: int = 0
    image_context_size: int = 0
    toc_extraction: bool = False


class Chunker(Protocol):
    """Cuts one kind of document into chunks."""

    def __call__(
        self, pages: Iterable[Page], options: ChunkOptions, count_tokens: TokenCounter, /
    ) -> Iterator[ChunkDraft]:
        """Yield chunks in reading order, holding back no more than it needs to cut them."""
        ...
