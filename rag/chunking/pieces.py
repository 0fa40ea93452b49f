"""Turns the blocks of a document into the pieces that chunks are merged from."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.delimiters import Delimiters, parse_delimiters
from rag.chunking.headings import HeadingPath
from rag.chunking.positions import share
from rag.chunking.rows import TableHead, html_head, html_row, plain_head, plain_row
from rag.chunking.splitting import fine_parts, word_groups
from rag.types import Block, BlockKind, Position

_LINES = parse_delimiters("\n")


class Piece(NamedTuple):
    """A part of a block that is merged into a chunk whole; `head` is that of its table.

    A piece that is `indented` keeps the blanks before its first word, as lines of code need them.
    One that is `whole` is not cut to stand beside its headings or below the head of its table.
    `path` has the headings that it stands under. `in_table` and `in_picture` say where it is from.
    """

    text: str
    tokens: int
    positions: tuple[Position, ...] = ()
    heading: bool = False
    indented: bool = False
    whole: bool = False
    head: TableHead | None = None
    path: tuple[str, ...] = ()
    in_table: bool = False
    in_picture: bool = False


class PieceMaker:
    """Cuts blocks into pieces of at most `chunk_token_num` tokens; one per document."""

    def __init__(self, options: ChunkOptions, count_tokens: TokenCounter) -> None:
        """Read the delimiters once."""
        self._limit = options.chunk_token_num
        self._count = count_tokens
        self._delimiters = parse_delimiters(options.delimiter)
        self._make_head, self._make_row = (
            (html_head, html_row) if options.html4excel else (plain_head, plain_row)
        )
        self._headings = HeadingPath()
        self._path: tuple[str, ...] = ()
        self._table: tuple[str, tuple[str, ...]] | None = None
        self._head: TableHead | None = None

    def sections(self, block: Block) -> Iterator[Iterator[Piece]]:
        """Yield the pieces of a block, by the sections that hard delimiters part it into."""
        self._path = self._headings.of(block)
        if block.kind is BlockKind.ROW:
            yield self._row(block)
            return
        self._table = None
        texts = self._delimiters.sections(block.text)
        for text in texts:
            yield self._section(replace(block, text=text) if len(texts) > 1 else block)

    def shatter(self, piece: Piece) -> list[Piece]:
        """Cut a piece into small ones that fit beside a heading or the head of a table."""
        return list(self._cut(piece, word_groups))

    def _section(self, block: Block) -> Iterator[Piece]:
        text = block.text.strip("\n") + "\n"
        if not text.strip():
            return
        is_heading, is_code = block.kind is BlockKind.HEADING, block.kind is BlockKind.CODE
        delimiters = _LINES if is_code else self._delimiters
        # Most paragraphs fit, and hold no delimiter.
        is_one = is_heading or is_code or len(delimiters.pieces(text)) == 1
        tokens = self._count(text) if is_one else 0
        fits = is_heading or 0 < tokens <= self._limit
        piece = Piece(
            text,
            tokens,
            block.positions,
            heading=is_heading,
            indented=is_code,
            whole=is_code and fits,
            path=self._path,
            in_picture=block.in_picture,
        )
        if fits:
            yield piece
        else:
            yield from self._cut(piece, lambda text, *_: self._delimited(text, delimiters))

    def _delimited(self, text: str, delimiters: Delimiters) -> Iterator[tuple[str, int]]:
        for part in delimiters.pieces(text):
            tokens = self._count(part)
            if tokens <= self._limit:
                yield part, tokens
            else:
                yield from fine_parts(part, self._limit, self._count)

    def _row(self, block: Block) -> Iterator[Piece]:
        if self._table != (block.table, block.header):
            self._table = (block.table, block.header)
            self._head = self._repeatable_head(block)
            if self._head is None:
                head = self._make_head(block)
                text = head.opening + head.closing
                if text:
                    yield self._of_row(block, text, self._count(text))
                # The rows then stand without names, but as HTML still in a table.
                self._head = self._repeatable_head(replace(block, header=(), table=""))
        text = self._make_row(block)
        if text.strip():
            tokens = self._count(text)
            yield self._of_row(block, text, tokens, self._head, whole=tokens <= self._limit)

    def _of_row(
        self,
        block: Block,
        text: str,
        tokens: int,
        head: TableHead | None = None,
        *,
        whole: bool = False,
    ) -> Piece:
        return Piece(
            text,
            tokens,
            block.positions,
            whole=whole,
            head=head,
            path=self._path,
            in_table=True,
            in_picture=block.in_picture,
        )

    def _repeatable_head(self, block: Block) -> TableHead | None:
        head = self._make_head(block)
        tokens = self._count(head.opening) + self._count(head.closing)
        # A head that takes a quarter of every chunk would leave too little room for the rows.
        return replace(head, tokens=tokens) if 0 < tokens <= self._limit // 4 else None

    def _cut(
        self, piece: Piece, parts: Callable[[str, int, TokenCounter], Iterator[tuple[str, int]]]
    ) -> Iterator[Piece]:
        start = 0
        for text, tokens in parts(piece.text, self._limit, self._count):
            end = start + len(text)
            where = share(piece.positions, start / len(piece.text), end / len(piece.text))
            yield piece._replace(text=text, tokens=tokens, positions=where, whole=False)
            start = end
