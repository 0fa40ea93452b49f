"""Merges pieces into chunks that never exceed the token limit."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.pieces import Piece, PieceMaker
from rag.chunking.positions import merge
from rag.chunking.rows import TableHead
from rag.chunking.surroundings import Surroundings
from rag.types import ChunkDraft

_FULL_ENOUGH = 0.5
"""The share of the limit from which on a heading opens a new chunk.

Less would leave many short chunks; more would let sections run into each other.
"""


class Packer:
    """Collects pieces into the chunk being made, and hands out each chunk that is complete."""

    def __init__(
        self, options: ChunkOptions, maker: PieceMaker, count_tokens: TokenCounter
    ) -> None:
        """Start with an empty chunk; `maker` cuts pieces that turn out not to fit."""
        self._limit = options.chunk_token_num
        self._overlap = options.chunk_token_num * options.overlapped_percent // 100
        self._maker = maker
        self._count = count_tokens
        self._chunk: list[Piece] = []
        self._tokens = 0
        self._repeated = 0
        self._headings: list[Piece] = []
        self._surroundings = Surroundings(options, count_tokens)

    @property
    def has_text(self) -> bool:
        """Return whether a chunk was begun, with more than headings that wait for their text."""
        return self._has_new()

    def add(self, piece: Piece) -> Iterator[ChunkDraft]:
        """Add the next piece, and yield the chunk that it completes, if it does."""
        if piece.heading:
            if _tokens([*self._headings, piece]) <= self._limit // 2:
                self._headings.append(piece)
                return
            piece = piece._replace(heading=False)
        unit = [*self._headings, piece]
        # Each heading leaves room for what counting it apart from its text may round away.
        if _tokens(unit) > self._limit - len(self._headings):
            if piece.whole:
                yield from self._take_apart(piece)
                return
            parts = self._maker.shatter(piece)
            if len(parts) > 1:
                for part in parts:
                    yield from self.add(part)
                return
        self._headings = []
        yield from self._take(unit, opens_chunk=unit[0].heading)

    def cut(self) -> Iterator[ChunkDraft]:
        """Yield what is left as a chunk; the next one repeats nothing of it."""
        if self._headings:
            unit, self._headings = self._headings, []
            yield from self._take(unit, opens_chunk=False)
        while self._has_new():
            yield from self._close()
        yield from self._surroundings.end()
        self._chunk, self._repeated, self._tokens = [], 0, 0

    def _take_apart(self, piece: Piece) -> Iterator[ChunkDraft]:
        """Take a piece that is not to be cut apart from headings that leave it no room."""
        unit, self._headings = self._headings, []
        if unit:
            yield from self._take(unit, opens_chunk=True)
        yield from self._take([piece], opens_chunk=False)

    def _take(self, unit: list[Piece], *, opens_chunk: bool) -> Iterator[ChunkDraft]:
        while self._has_new() and (
            self._is_full(unit) or (opens_chunk and self._tokens >= self._limit * _FULL_ENOUGH)
        ):
            yield from self._close()
            opens_chunk = False
        while self._repeated and self._is_full(unit):
            self._drop_oldest_repeat()
        self._append(unit)

    def _append(self, unit: Sequence[Piece]) -> None:
        self._tokens += self._cost(unit)
        self._chunk += unit

    def _has_new(self) -> bool:
        return len(self._chunk) > self._repeated

    def _is_full(self, unit: Sequence[Piece]) -> bool:
        return self._tokens + self._cost(unit) > self._limit

    def _cost(self, unit: Sequence[Piece]) -> int:
        return _tokens(unit, after=self._chunk[-1].head if self._chunk else None)

    def _close(self) -> Iterator[ChunkDraft]:
        """Yield the chunk, and begin the next one with what it repeats and what was too much."""
        left_over = self._shrink()
        content = _render(self._chunk)
        if content:
            boxes = merge(box for piece in self._chunk for box in piece.positions)
            draft = ChunkDraft(content, boxes, headings=_path(self._chunk[self._repeated :]))
            yield from self._surroundings.take(draft, self._chunk)
        repeated = self._tail(self._chunk)
        self._chunk, self._repeated, self._tokens = repeated, len(repeated), _tokens(repeated)
        while self._repeated and self._is_full(left_over):
            self._drop_oldest_repeat()
        self._append(left_over)

    def _shrink(self) -> list[Piece]:
        """Remove pieces from the end until the chunk as a whole counts no more than the limit.

        The counts of the pieces are rounded, so their sum may be a little less than the truth.
        """
        left_over: deque[Piece] = deque()
        while (counted := self._count(_render(self._chunk))) > self._limit:
            if (new := len(self._chunk) - self._repeated) > 1:
                # By their share, not one by one: each look renders and counts the whole chunk.
                share = len(self._chunk) * (counted - self._limit) // counted
                for _ in range(min(new - 1, max(1, share))):
                    left_over.appendleft(self._chunk.pop())
            elif self._repeated:
                self._drop_oldest_repeat()
            elif not self._reduce_only_piece():
                break
        while left_over and self._chunk[-1].heading and len(self._chunk) > self._repeated + 1:
            left_over.appendleft(self._chunk.pop())
        return list(left_over)

    def _reduce_only_piece(self) -> bool:
        """Cut the last piece, or take the table's head from it; tell whether that could be done."""
        (piece,) = self._chunk
        if piece.head is not None:
            self._chunk = [piece._replace(head=None)]
            return True
        self._chunk = self._maker.shatter(piece)
        return len(self._chunk) > 1

    def _drop_oldest_repeat(self) -> None:
        self._chunk = self._chunk[1:]
        self._repeated -= 1
        self._tokens = _tokens(self._chunk)

    def _tail(self, chunk: Sequence[Piece]) -> list[Piece]:
        tail: deque[Piece] = deque()
        room = self._overlap
        if not room:
            return []
        if chunk and chunk[-1].tokens > self._overlap:
            if chunk[-1].whole:
                return []
            chunk = self._maker.shatter(chunk[-1])
        for piece in reversed(chunk):
            room -= _tokens([piece], after=tail[0].head if tail else None)
            if room < 0:
                break
            tail.appendleft(piece)
        return list(tail)


def _path(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Return the path of the first piece below the headings that a chunk begins with."""
    last = len(pieces) - 1
    first = next((i for i, piece in enumerate(pieces) if not piece.heading), last)
    return pieces[first].path


def _tokens(pieces: Iterable[Piece], after: TableHead | None = None) -> int:
    total, head = 0, after
    for piece in pieces:
        total += piece.tokens
        if piece.head is not None and piece.head is not head:
            total += piece.head.tokens
        head = piece.head
    return total


def _render(pieces: Sequence[Piece]) -> str:
    indented = bool(pieces) and pieces[0].indented
    parts: list[str] = []
    head: TableHead | None = None
    for piece in pieces:
        if piece.head is not head:
            parts.append(head.closing if head is not None else "")
            parts.append(piece.head.opening if piece.head is not None else "")
            head = piece.head
        parts.append(piece.text)
    parts.append(head.closing if head is not None else "")
    text = "".join(parts)
    return text.strip("\n").rstrip() if indented else text.strip()
