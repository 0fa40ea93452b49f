"""Vectors without a model: words hashed onto components (the hashing trick).

Finds texts that share words with the question, and nothing beyond; for tests and for servers
that want no model at all. Weinberger et al. 2009, https://arxiv.org/abs/0902.2206.
"""

import re
from collections.abc import Sequence

import numpy as np
import xxhash

from rag.errors import ConfigurationError
from rag.llm.base import PLAIN, Counted, ModelSpec
from rag.llm.vectors import unit_rows
from rag.types import Matrix, Vector

# Runs of letters and digits; each character alone where a script writes no spaces.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")

_DEFAULT_DIMENSIONS = 256
_BRIEF = 1000
"""Characters."""


class HashingEmbedder:
    """Counts words in `dimensions` signed buckets; the same text gives the same vector anywhere."""

    name = "hashing"
    card = PLAIN
    cooperative = False

    def __init__(self, dimensions: int = _DEFAULT_DIMENSIONS) -> None:
        """Set the number of buckets, at least 1."""
        if dimensions < 1:
            raise ConfigurationError("The embedding model hashing needs at least 1 dimension.")
        self._dimensions = dimensions

    @property
    def dimensions(self) -> int:
        """Return the number of buckets."""
        return self._dimensions

    def is_brief(self, texts: Sequence[str]) -> bool:
        """Return whether there are few words; a word takes about a microsecond."""
        return sum(map(len, texts)) <= _BRIEF

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text; a text without a word gets zeros."""
        counts = np.zeros((len(texts), self._dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.casefold()):
                code = xxhash.xxh64_intdigest(word.encode("utf-8", "replace"))
                # The lowest bit is the sign: words that collide cancel out on average.
                counts[row, (code >> 1) % self._dimensions] += 1 if code & 1 else -1
        return unit_rows(counts)

    def embed_counted(self, texts: Sequence[str]) -> Counted:
        """Return the same rows; there are words here and no tokens."""
        return Counted(self.embed_documents(texts), None)

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a question: the same as that of a document."""
        vector: Vector = self.embed_documents([text])[0]
        return vector


def build_embedder(spec: ModelSpec) -> HashingEmbedder:
    """Return an embedder with the dimensions asked for, or 256."""
    return HashingEmbedder(_DEFAULT_DIMENSIONS if spec.dimensions is None else spec.dimensions)
