"""A BERT encoder with 8-bit weights on onnxruntime (Devlin et al. 2019, arxiv.org/abs/1810.04805).

Every row of activations, that is every token, is quantized by its own largest value. So products of
whole numbers are exact for each row, whatever stands beside it: a text's vector depends on the text
alone. (`quantize_dynamic` of onnxruntime takes the largest value of the whole batch.)
"""

import numpy as np

from rag.llm.transformer.base import Shape, Weights
from rag.llm.transformer.session import open_session, options
from rag.llm.transformer.wire import CONTRIBUTED, Graph
from rag.types import Vector

_TOP = 63
"""The largest 8-bit weight, of 127: processors without VNNI add two products with activations of up
to 255 in 16 bits, and cut off what goes beyond."""

_MIDDLE = 128
"""What stands for 0 in activations of 8 bits without a sign."""


class Encoder:
    """Turns the tokens of a window into one vector, the mean of what becomes of each."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        """Build the graph and hand it to onnxruntime; takes a few tenths of a second."""
        self.shape = shape
        self._weights = weights
        self._session = open_session(_Builder(shape, weights).model(), options())

    def encode(self, tokens: list[int]) -> Vector:
        """Return the vector of a window, not of unit length; other threads go on meanwhile."""
        hidden = self._weights.embed(tokens)[np.newaxis]
        pooled: Vector = self._session.run(None, {"hidden": hidden})[0][0]
        return pooled


class _Builder:
    """Writes the graph of an encoder, from the sum of embeddings to the mean over tokens."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        self._shape = shape
        self._weights = weights
        self._graph = Graph()

    def model(self) -> bytes:
        graph, shape = self._graph, self._shape
        graph.constant("one", np.array(1, np.float32))
        graph.constant("middle", np.array(_MIDDLE, np.uint8))
        graph.constant("highest", np.array(127, np.float32))
        graph.constant("last", np.array([-1], np.int64))
        graph.constant("tokens", np.array([1], np.int64))
        hidden = self._normalized("hidden", "norm", None)
        for layer in range(shape.layers):
            hidden = self._layer(hidden, layer)
        pooled = graph.apply("ReduceMean", hidden, "tokens", keepdims=0)
        return graph.model(
            {"hidden": ("texts", "tokens", shape.size)}, {pooled: ("texts", shape.size)}
        )

    def _layer(self, hidden: str, layer: int) -> str:
        graph = self._graph
        joined = self._linear(hidden, ("query", "key", "value"), layer)
        three = graph.apply_many(3, "Split", joined, axis=-1, num_outputs=3)
        attended = graph.apply(
            "MultiHeadAttention", *three, domain=CONTRIBUTED, num_heads=self._shape.heads
        )
        mixed = graph.apply("Add", hidden, self._linear(attended, ("attention",), layer))
        hidden = self._normalized(mixed, "attention_norm", layer)
        inner = graph.apply("Gelu", self._linear(hidden, ("inner",), layer), domain=CONTRIBUTED)
        mixed = graph.apply("Add", hidden, self._linear(inner, ("outer",), layer))
        return self._normalized(mixed, "outer_norm", layer)

    def _normalized(self, value: str, part: str, layer: int | None) -> str:
        names = [
            self._graph.constant(f"{part}.{layer}.{what}", self._weights.vector(key, layer))
            for what, key in (("scale", f"{part}_scale"), ("bias", f"{part}_bias"))
        ]
        epsilon = self._shape.epsilon
        return self._graph.apply("LayerNormalization", value, *names, axis=-1, epsilon=epsilon)

    def _linear(self, value: str, parts: tuple[str, ...], layer: int) -> str:
        """Apply linear parts with the same input side by side."""
        graph, name = self._graph, f"{parts[0]}.{layer}"
        matrix = np.concatenate([self._weights.matrix(part, layer) for part in parts])
        scales = np.abs(matrix).max(axis=1) / _TOP
        scales[scales == 0] = 1
        whole = np.rint(matrix / scales[:, np.newaxis]).astype(np.int8)
        bias = np.concatenate([self._weights.vector(f"{part}_bias", layer) for part in parts])
        largest = graph.apply("ReduceMax", graph.apply("Abs", value), "last", keepdims=1)
        unit = graph.apply("Div", largest, "highest")
        rows = graph.apply("QuantizeLinear", graph.apply("Div", value, unit), "one", "middle")
        product = graph.apply(
            "MatMulIntegerToFloat",
            rows,
            graph.constant(f"{name}.weights", np.ascontiguousarray(whole.T)),
            "one",
            graph.constant(f"{name}.scales", scales.astype(np.float32)),
            "middle",
            domain=CONTRIBUTED,
        )
        scaled = graph.apply("Mul", product, unit)
        return graph.apply("Add", scaled, graph.constant(f"{name}.bias", bias))
