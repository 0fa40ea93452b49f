"""Merges pieces into chunks that never exceed the token limit."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rag.chunking.base import ChunkOptions
from rag.chunking.pieces import Piece, PieceMaker
from rag.chunking.positions import merge
from rag.chunking.rows import TableHead
from rag.types import ChunkDraft

_FULL_ENOUGH = 0.5
"""The share of the limit from which on a heading opens a new chunk.

Less would leave many short chunks; more would let sections run into each other.
"""


class Packer:
    """Collects pieces into the chunk being made, and hands out each chunk that is complete."""

    def __init__(self, options: ChunkOptions, maker: PieceMaker) -> None:
        """Start with an empty chunk; `maker` cuts pieces that turn out not to fit."""
        self._limit = options.chunk_token_num
        self._overlap = options.chunk_token_num * options.overlapped_percent // 100
        self._maker = maker
        self._chunk: list[Piece] = []
        self._tokens = 0
        self._repeated = 0
        self._headings: list[Piece] = []

    def add(self, piece: Piece) -> Iterator[ChunkDraft]:
        """Take the next piece, and yield the chunk that it completes, if it does."""
        if piece.heading:
            if _tokens([*self._headings, piece]) <= self._limit // 2:
                self._headings.append(piece)
                return
            piece = replace(piece, heading=False)
        unit = [*self._headings, piece]
        if _tokens(unit) > self._limit:
            parts = self._maker.shatter(piece)
            if len(parts) > 1:
                for part in parts:
                    yield from self.add(part)
                return
        self._headings = []
        yield from self._take(unit)

    def cut(self) -> Iterator[ChunkDraft]:
        """Yield what is left as a chunk; the next one repeats nothing of it."""
        if self._headings:
            unit, self._headings = self._headings, []
            yield from self._take(unit, opens_chunk=False)
        yield from self._finish()
        self._restart([])

    def _take(self, unit: list[Piece], *, opens_chunk: bool = True) -> Iterator[ChunkDraft]:
        opens_chunk = opens_chunk and unit[0].heading
        if self._is_full(unit) or (opens_chunk and self._tokens >= self._limit * _FULL_ENOUGH):
            done = self._chunk
            yield from self._finish()
            self._restart(self._tail(done))
        while self._repeated and self._is_full(unit):
            self._drop_oldest_repeat()
        self._tokens += self._cost(unit)
        self._chunk += unit

    def _is_full(self, unit: Sequence[Piece]) -> bool:
        return self._tokens + self._cost(unit) > self._limit

    def _cost(self, unit: Sequence[Piece]) -> int:
        return _tokens(unit, after=self._chunk[-1].head if self._chunk else None)

    def _finish(self) -> Iterator[ChunkDraft]:
        if len(self._chunk) > self._repeated:
            content = _render(self._chunk)
            if content:
                boxes = merge(box for piece in self._chunk for box in piece.positions)
                yield ChunkDraft(content, boxes)

    def _restart(self, repeated: list[Piece]) -> None:
        self._chunk = repeated
        self._repeated = len(repeated)
        self._tokens = _tokens(repeated)

    def _drop_oldest_repeat(self) -> None:
        self._restart(self._chunk[1:])

    def _tail(self, chunk: Sequence[Piece]) -> list[Piece]:
        tail: deque[Piece] = deque()
        room = self._overlap
        if self._overlap and chunk and chunk[-1].tokens > self._overlap:
            chunk = self._maker.shatter(chunk[-1])
        for piece in reversed(chunk):
            room -= _tokens([piece], after=tail[0].head if tail else None)
            if room < 0:
                break
            tail.appendleft(piece)
        return list(tail)


def _tokens(pieces: Iterable[Piece], after: TableHead | None = None) -> int:
    total, head = 0, after
    for piece in pieces:
        total += piece.tokens
        if piece.head is not None and piece.head is not head:
            total += piece.head.tokens
        head = piece.head
    return total


def _render(pieces: Iterable[Piece]) -> str:
    parts: list[str] = []
    head: TableHead | None = None
    for piece in pieces:
        if piece.head is not head:
            parts.append(head.closing if head is not None else "")
            parts.append(piece.head.opening if piece.head is not None else "")
            head = piece.head
        parts.append(piece.text)
    parts.append(head.closing if head is not None else "")
    return "".join(parts).strip()
