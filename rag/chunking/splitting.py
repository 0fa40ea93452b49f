"""Cuts text that is longer than a chunk may be: at sentence ends, then words, then characters."""

import re
from collections.abc import Iterable, Iterator

from rag.chunking.base import TokenCounter
from rag.chunking.delimiters import slices
from rag.chunking.graphemes import boundary

# Each alternative begins with a look-behind or a literal, so a run of dots is passed over once
# and the search stays linear.
_SENTENCE_END = re.compile(
    r"\n+"
    r"|(?<=[.!?…])\s+"
    r"|(?<=[.!?…][\"'”’)\]])\s+"
    r"|(?<=[。！？；])(?![。！？；”’」』）])"
)
# Scripts without blanks have marks between clauses, which are as good a place.
_CLAUSE_MARKS = "，、；：。！？」』）】》"
_WORD = re.compile(rf"[^\s{_CLAUSE_MARKS}]*[{_CLAUSE_MARKS}]+\s*|[^\s{_CLAUSE_MARKS}]+\s*|\s+")

Part = tuple[str, int]
"""A text and its number of tokens."""


def fine_parts(text: str, limit: int, count_tokens: TokenCounter) -> Iterator[Part]:
    """Yield the sentences of a text; one of more than `limit` tokens comes in several parts."""
    for sentence in slices(text, _SENTENCE_END):
        tokens = count_tokens(sentence)
        if tokens <= limit:
            yield sentence, tokens
        else:
            yield from word_groups(sentence, limit, count_tokens)


def word_groups(text: str, limit: int, count_tokens: TokenCounter) -> Iterator[Part]:
    """Yield groups of words of about a quarter of `limit`, small enough to fill chunks well.

    A word that is longer than `limit` is cut between graphemes; only a single one may be over.
    """
    quarter = max(1, limit // 4)
    parts = (part for word in _WORD.findall(text) for part in _graphemes(word, limit, count_tokens))
    yield from _packed(parts, quarter)


def _graphemes(word: str, limit: int, count_tokens: TokenCounter) -> Iterator[Part]:
    tokens = count_tokens(word)
    middle = boundary(word, len(word) // 2)
    if tokens <= limit or not 0 < middle < len(word):
        yield word, tokens
        return
    yield from _graphemes(word[:middle], limit, count_tokens)
    yield from _graphemes(word[middle:], limit, count_tokens)


def _packed(parts: Iterable[Part], limit: int) -> Iterator[Part]:
    group: list[str] = []
    total = 0
    for text, tokens in parts:
        if group and total + tokens > limit:
            yield "".join(group), total
            group, total = [], 0
        group.append(text)
        total += tokens
    if group:
        yield "".join(group), total
