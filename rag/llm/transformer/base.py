"""What a transformer is made of, whoever made it: sizes, weights, an encoder of windows."""

from dataclasses import dataclass
from typing import Protocol

from rag.types import Matrix, Vector


@dataclass(frozen=True, slots=True)
class Shape:
    """The components of a token, the layers and heads of a model, and the tokens of a window.

    `epsilon` is what keeps a normalization from dividing by 0.
    """

    size: int
    layers: int
    heads: int
    window: int
    epsilon: float = 1e-12


class Weights(Protocol):
    """The weights of a model, by the part and the number of its layer; none for embeddings."""

    def matrix(self, part: str, layer: int) -> Matrix:
        """Return the weights of a linear part, shape (outputs, inputs)."""
        ...

    def vector(self, part: str, layer: int | None = None) -> Vector:
        """Return the bias of a linear part, or the scale or bias of a normalization."""
        ...

    def embed(self, tokens: list[int]) -> Matrix:
        """Return the sum of the vectors of tokens, their positions and their type, a row each."""
        ...


class WindowEncoder(Protocol):
    """Turns the tokens of a window into one vector."""

    shape: Shape

    def encode(self, tokens: list[int]) -> Vector:
        """Return the vector of a window, not of unit length; other threads go on meanwhile."""
        ...


class PairScorer(Protocol):
    """Gives the tokens of two texts that stand one after the other one number."""

    def score(self, tokens: list[int], second: int) -> float:
        """Return the logit of tokens, of which those from the place `second` are the second text's.

        Other threads go on meanwhile.
        """
        ...


_WIDEST = 16
"""Characters a token has at most, nearly; so much of a text is divided into tokens."""


def beginning(text: str, tokens: int) -> str:
    """Return as much of a text as so many tokens may come from, and nothing that is no text.

    Half a surrogate pair, as broken files give them, is none to a tokenizer.
    """
    return text[: tokens * _WIDEST].encode("utf-8", "replace").decode("utf-8")
