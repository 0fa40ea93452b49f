"""Packages that carry the weights of models, and are not imported themselves."""

from importlib.util import find_spec
from pathlib import Path

from rag.errors import ConfigurationError
from rag.llm.base import ModelSpec
from rag.llm.extras import PACKAGES, lacking
from rag.llm.transformer.base import PairScorer, Shape, Weights, WindowEncoder
from rag.loading import loaded

_ENCODER = "rag.llm.transformer.encoder:Encoder"
_SCORER = "rag.llm.transformer.scorer:Scorer"
"""What imports onnxruntime, 20 MB, when a model is used first."""


def folder_of(model: str) -> Path:
    """Return the folder of a model's package; raises ConfigurationError if what it needs lacks."""
    how = lacking(model)
    found = None if how else find_spec(PACKAGES[model])
    if found is None or found.origin is None:
        raise ConfigurationError(f"The model {model} is not installed here: {how}.")
    return Path(found.origin).parent


def refuse_dimensions(spec: ModelSpec, dimensions: int) -> None:
    """Raise ConfigurationError if another length of vectors is asked for."""
    if spec.dimensions not in {None, dimensions}:
        raise ConfigurationError(
            f"The embedding model {spec.model} has {dimensions} dimensions, not {spec.dimensions}:"
            " leave the number out."
        )


def open_encoder(shape: Shape, weights: Weights) -> WindowEncoder:
    """Return an encoder; takes a few tenths of a second."""
    encoder: WindowEncoder = loaded(_ENCODER)(shape, weights)
    return encoder


def open_scorer(path: Path) -> PairScorer:
    """Return what scores pairs by the graph in a file; takes a tenth of a second or two."""
    scorer: PairScorer = loaded(_SCORER)(path)
    return scorer
