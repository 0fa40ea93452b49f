"""Vectors for those who ask for them by name of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from api.errors import ArgumentError, UnavailableError
from api.execution import Execution
from api.services.accounts.records import Principal
from rag.errors import ModelError
from rag.llm.base import Embedder
from rag.llm.turns import embedded
from rag.tokenizing.counting import count_tokens
from rag.types import Matrix


class Embedders(Protocol):
    """Where embedding models come from."""

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of some texts, a row each, and how many tokens the texts have.

    These are as the model counts them, or an estimate.
    """

    vectors: Matrix
    tokens: int


class EmbeddingService:
    """Embeds texts with the models that a tenant may use."""

    def __init__(self, models: Embedders, execution: Execution) -> None:
        """Initialize with the parts."""
        self.models = models
        self.execution = execution

    def embed(
        self, asker: Principal, model: str, texts: Sequence[str], dimensions: int | None = None
    ) -> Embedded:
        """Return the vectors of texts in their order, cut to so many dimensions if that is asked.

        What is cut is made a unit vector again. Raises ArgumentError for a model that the tenant
        cannot use or that has fewer dimensions, UnavailableError if it does not answer.
        """
        embedder = self.models.embedder(asker.tenant_id, model)
        try:
            counted = embedded(embedder, self.execution.offload, texts)
        except ModelError as error:
            raise UnavailableError(str(error)) from error
        tokens = counted.tokens
        if tokens is None:
            tokens = self.execution.offload(count_all, texts)
        return Embedded(shortened(counted.vectors, dimensions), tokens)


def count_all(texts: Sequence[str]) -> int:
    """Return about how many tokens some texts have."""
    return sum(map(count_tokens, texts))


def shortened(vectors: Matrix, dimensions: int | None) -> Matrix:
    """Return unit vectors of the first so many components; raises ArgumentError if there are less.

    A row of zeros stays one.
    """
    if dimensions is None or dimensions == vectors.shape[1]:
        return vectors
    if dimensions > vectors.shape[1]:
        raise ArgumentError(f"dimensions: the model has {vectors.shape[1]}, not {dimensions}.")
    cut = vectors[:, :dimensions]
    lengths = np.linalg.norm(cut, axis=1, keepdims=True)
    unit: Matrix = np.divide(cut, lengths, out=np.zeros_like(cut), where=lengths > 0)
    return unit
