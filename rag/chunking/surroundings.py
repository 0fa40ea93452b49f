"""Text around tables and pictures, which goes into their chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.pieces import Piece
from rag.chunking.splitting import fine_parts
from rag.types import ChunkDraft


class Surroundings:
    """Adds to chunks that begin or end within a table or a picture the text next to that.

    Each side gets at most `table_context_size` or `image_context_size` tokens, whole sentences
    where they fit. A table over several chunks has the text before it in each of them, and the
    text behind it in the last.
    """

    def __init__(self, options: ChunkOptions, count_tokens: TokenCounter) -> None:
        """Begin before the first chunk."""
        self._tables = options.table_context_size
        self._pictures = options.image_context_size
        self._count = count_tokens
        self._before = ""
        self._waiting: tuple[ChunkDraft, int] | None = None

    def take(self, draft: ChunkDraft, pieces: Sequence[Piece]) -> Iterator[ChunkDraft]:
        """Take the next chunk with its pieces, and yield those that are complete."""
        if not self._tables and not self._pictures:
            yield draft
            return
        first, last = self._size(pieces[0]), self._size(pieces[-1])
        yield from self._complete(pieces)
        if first:
            draft = replace(draft, content=_joined(self._last(self._before, first), draft.content))
        self._before = self._text_before(pieces) or self._before
        if last:
            self._waiting = draft, last
        else:
            yield draft

    def end(self) -> Iterator[ChunkDraft]:
        """Yield a chunk that no text follows; what comes then has nothing to do with it."""
        if self._waiting:
            yield self._waiting[0]
        self._waiting, self._before = None, ""

    def _size(self, piece: Piece) -> int:
        if piece.in_picture:
            return self._pictures
        return self._tables if piece.in_table else 0

    def _complete(self, pieces: Sequence[Piece]) -> Iterator[ChunkDraft]:
        """Yield the chunk that waits for the text at the beginning of the next one."""
        if not self._waiting:
            return
        draft, room = self._waiting
        self._waiting = None
        texts = []
        for piece in pieces:
            if self._size(piece):
                break
            texts.append(piece.text)
        yield replace(draft, content=_joined(draft.content, self._first("".join(texts), room)))

    def _text_before(self, pieces: Sequence[Piece]) -> str:
        """Return the last text of a chunk that stands together, as far as it may be wanted."""
        texts: list[str] = []
        room = max(self._tables, self._pictures)
        for piece in reversed(pieces):
            if self._size(piece):
                if texts:
                    break
            else:
                texts.insert(0, piece.text)
                room -= piece.tokens
                if room <= 0:
                    break
        return "".join(texts)

    def _first(self, text: str, room: int) -> str:
        taken = []
        for part, tokens in fine_parts(text, room, self._count):
            room -= tokens
            if room < 0:
                break
            taken.append(part)
        return "".join(taken)

    def _last(self, text: str, room: int) -> str:
        taken: list[str] = []
        for part, tokens in reversed(list(fine_parts(text, room, self._count))):
            room -= tokens
            if room < 0:
                break
            taken.insert(0, part)
        return "".join(taken)


def _joined(*texts: str) -> str:
    return "\n".join(filter(None, (text.strip("\n").rstrip() for text in texts)))
