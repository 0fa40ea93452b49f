"""That the graph is a BERT encoder: the same in 32-bit floats, written down once more."""

import math

import numpy as np
import pytest

from rag.llm.transformer.base import Shape
from rag.types import Matrix, Vector

encoding = pytest.importorskip(
    "rag.llm.transformer.encoder", reason="./entrypoint.sh --install models", exc_type=ImportError
)

SHAPE = Shape(size=64, layers=2, heads=4, window=16)
SIZES = {"inner": (128, 64), "outer": (64, 128)}


class MadeUp:
    """Weights that are drawn from a normal distribution."""

    def __init__(self) -> None:
        """Begin with none."""
        self.dice = np.random.default_rng(7)
        self.drawn: dict[object, Matrix] = {}

    def draw(self, key: object, *shape: int) -> Matrix:
        if key not in self.drawn:
            self.drawn[key] = self.dice.normal(0, 0.3, shape).astype(np.float32)
        return self.drawn[key]

    def matrix(self, part: str, layer: int) -> Matrix:
        return self.draw((part, layer), *SIZES.get(part, (64, 64)))

    def vector(self, part: str, layer: int | None = None) -> Vector:
        return self.draw((part, layer), 128 if part == "inner_bias" else 64)

    def embed(self, tokens: list[int]) -> Matrix:
        return self.draw("tokens", 50, 64)[tokens]


def in_floats(weights: MadeUp, tokens: list[int]) -> Vector:
    def linear(rows: Matrix, part: str, layer: int) -> Matrix:
        return rows @ weights.matrix(part, layer).T + weights.vector(f"{part}_bias", layer)

    def normalized(rows: Matrix, part: str, layer: int | None) -> Matrix:
        centred = rows - rows.mean(axis=1, keepdims=True)
        unit = centred / centred.std(axis=1, keepdims=True)
        scale, bias = (weights.vector(f"{part}_{what}", layer) for what in ("scale", "bias"))
        return unit * scale + bias

    def heads(rows: Matrix, part: str, layer: int) -> Matrix:
        return linear(rows, part, layer).reshape(len(tokens), 4, 16).transpose(1, 0, 2)

    hidden = normalized(weights.embed(tokens), "norm", None)
    for layer in range(SHAPE.layers):
        query, key, value = (heads(hidden, part, layer) for part in ("query", "key", "value"))
        likeness = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(16))
        mixed = (likeness / likeness.sum(axis=2, keepdims=True)) @ value
        joined = mixed.transpose(1, 0, 2).reshape(len(tokens), 64)
        hidden = normalized(hidden + linear(joined, "attention", layer), "attention_norm", layer)
        inner = linear(hidden, "inner", layer)
        gelu = inner * (1 + np.vectorize(math.erf)(inner / math.sqrt(2))) / 2
        hidden = normalized(hidden + linear(gelu, "outer", layer), "outer_norm", layer)
    mean: Vector = hidden.mean(axis=0)
    return mean


@pytest.mark.parametrize("tokens", [[1, 2, 3, 4, 5, 6, 7], [9], list(range(16))])
def test_the_vector_of_a_window_is_nearly_that_in_floats(tokens: list[int]) -> None:
    weights = MadeUp()
    found = encoding.Encoder(SHAPE, weights).encode(tokens)
    expected = in_floats(weights, tokens)
    cosine = found @ expected / np.linalg.norm(found) / np.linalg.norm(expected)
    assert cosine > 0.995
    np.testing.assert_allclose(np.linalg.norm(found), np.linalg.norm(expected), rtol=0.05)


def test_no_product_of_weights_and_activations_leaves_16_bits() -> None:
    assert 2 * 255 * encoding._TOP < 2**15  # noqa: SLF001 - what the graph rests on
