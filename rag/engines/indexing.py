"""What of a chunk is indexed: tokens with their counts, and vectors of one length."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from rag.engines.scoring import HIGHEST_COUNT
from rag.errors import DimensionMismatchError
from rag.passages import headings_above
from rag.types import Chunk, Matrix, Vector

Tokenize = Callable[..., Sequence[str]]
"""Cuts text into tokens, as `rag.tokenizing.tokens.tokenize` does.

That of a store that holds documents whose language is said also takes this as `language`, as
`rag.tokenizing.tokens.index_tokens` does.
"""


def in_language(tokenize: Tokenize, language: str) -> Tokenize:
    """Return what cuts texts of a language, which may be empty."""
    return partial(tokenize, language=language) if language else tokenize


ANALYSIS = 4
"""Grows with each change of what texts are indexed as; what is older is indexed again."""

_KEYWORD_COUNT = 3
"""An important keyword counts as much as this many occurrences in the text."""


def count_terms(found_by: str, chunk: Chunk, tokenize: Tokenize) -> Counter[str]:
    """Return how often each token occurs in a chunk and in what else it is found by.

    That is its keywords, its questions, the name and folders of its document (`found_by`), and the
    headings above it.
    """
    above = headings_above(chunk.headings, chunk.content)
    counts = Counter(tokenize("\n".join((found_by, *above, chunk.content, *chunk.questions))))
    for token in tokenize("\n".join(chunk.important_keywords)):
        counts[token] += _KEYWORD_COUNT
    if max(counts.values(), default=0) > HIGHEST_COUNT:
        for token, count in counts.items():
            counts[token] = min(count, HIGHEST_COUNT)
    return counts


def unit_rows(vectors: Matrix) -> Matrix:
    """Return the rows scaled to unit length; rows of zeros, or without a length, become zeros."""
    # What has no length is looked for, so numpy need not warn of it.
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        usable = np.isfinite(norms) & (norms > 0)
        return np.where(usable, vectors / np.where(usable, norms, 1), 0).astype(np.float32)


def cosines(vectors: Matrix, query: Vector) -> Vector:
    """Return the cosine of each row with the query, cut to [0, 1]."""
    # Unlike `@`, this rounds a row the same whichever rows stand beside it: equal chunks stay
    # equal, from page to page.
    products = np.einsum("ij,j->i", unit_rows(vectors), unit_rows(query[np.newaxis])[0])
    clipped: Vector = np.clip(products, 0, 1)
    return clipped


def check_dimensions(expected: int, actual: int) -> None:
    """Raise DimensionMismatchError unless `actual` is what the dataset holds; 0 expects nothing."""
    if expected not in {0, actual}:
        raise DimensionMismatchError("in use", expected, actual)
