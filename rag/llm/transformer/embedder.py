"""Embedding models that run here: transformers, a text at a time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from rag.llm.base import Card, Counted
from rag.llm.transformer.base import WindowEncoder, beginning
from rag.llm.vectors import unit_rows
from rag.types import Matrix, Vector

_WINDOWS = 8
"""How many windows of a text are read, some 15,000 characters: a second or so. What stands behind
is found by its words."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is loaded of a model: its encoder, tokenizer, and the tokens around each window."""

    encoder: WindowEncoder
    tokens: Callable[[str], Iterator[int]]
    first: int
    last: int

    def windows(self, text: str) -> Iterator[list[int]]:
        """Yield the tokens of a text in windows, as far as it is read."""
        room = self.encoder.shape.window - 2
        tokens = self.tokens(beginning(text, _WINDOWS * room))
        for _ in range(_WINDOWS):
            window = list(islice(tokens, room))
            if not window:
                return
            yield window


class TransformerEmbedder:
    """Embeds one text after the other: batches would make a short text as slow as a long one.

    `question` and `passage` stand before texts, as the model was trained. A text that is longer
    than a window gets the mean of its windows' vectors, weighted by their tokens. Several threads
    may ask at once.
    """

    cooperative = False

    def __init__(
        self,
        name: str,
        dimensions: int,
        card: Card,
        load: Callable[[], Model],
        question: str = "",
        passage: str = "",
    ) -> None:
        """Initialize with what loads the model, once in a process, at the first use."""
        self.name = name
        self.card = card
        self._dimensions = dimensions
        self._load = load
        self._question = question
        self._passage = passage

    @property
    def dimensions(self) -> int:
        """Return the number of components."""
        return self._dimensions

    def is_brief(self, _texts: Sequence[str]) -> bool:
        """Return False: a question takes milliseconds."""
        return False

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text; a blank one gets zeros."""
        return self.embed_counted(texts).vectors

    def embed_counted(self, texts: Sequence[str]) -> Counted:
        """Return the same rows, and how many tokens were read."""
        rows = np.zeros((len(texts), self._dimensions), np.float32)
        tokens = sum(
            self._add(f"{self._passage}{text}", row)
            for text, row in zip(texts, rows, strict=True)
            if text.strip()
        )
        return Counted(unit_rows(rows), tokens)

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a question."""
        rows = np.zeros((1, self._dimensions), np.float32)
        if text.strip():
            self._add(f"{self._question}{text}", rows[0])
        vector: Vector = unit_rows(rows)[0]
        return vector

    def _add(self, text: str, total: Vector) -> int:
        """Add the vectors of a text's windows to a sum; return how many tokens they have."""
        with _loading:
            model = self._load()
        count = 0
        for window in model.windows(text):
            total += len(window) * model.encoder.encode([model.first, *window, model.last])
            count += len(window)
        return count


_loading = threading.Lock()
"""So that threads which ask at once load a model once."""
