"""Which datasets can be searched together: those whose vectors compare."""

from collections.abc import Iterable
from typing import Protocol

from api.errors import MixedModelsError


class EmbeddingPlaces(Protocol):
    """Where embedding models are."""

    def embedding_place(self, tenant_id: str, model: str) -> tuple[str, str]:
        """Return a model's name and address; raises ArgumentError if the tenant has no such."""
        ...


class Embedded(Protocol):
    """A record of a dataset with the model that embeds it."""

    @property
    def tenant_id(self) -> str:
        """Return whose dataset and whose model it is."""

    @property
    def embedding_model(self) -> str:
        """Return the name of the model, which means something to its tenant alone."""


def check_comparable(models: EmbeddingPlaces, datasets: Iterable[Embedded]) -> None:
    """Refuse datasets of several models, whatever their tenants call these."""
    used = {(dataset.tenant_id, dataset.embedding_model) for dataset in datasets}
    if len(used) > 1 and len({models.embedding_place(*model) for model in used}) > 1:
        raise MixedModelsError("Datasets use different embedding models.")
