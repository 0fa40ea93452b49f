"""The model providers that the server knows: `conf/llm_factories.json`."""

from functools import cached_property
from pathlib import Path

from api.errors import ArgumentError, StartError
from api.schemas.console.model import KnownModel, Provider, Registry
from rag.llm.base import ModelType


class Catalogue:
    """Providers and their models by name."""

    def __init__(self, path: Path) -> None:
        """Remember the file; it is read when it is first needed."""
        self.path = path

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Return the providers by name; raises StartError if the file cannot be used."""
        try:
            registry = Registry.model_validate_json(self.path.read_bytes())
        except (OSError, ValueError) as error:
            raise StartError(f"{self.path.name} cannot be used: {error}") from error
        return {provider.name: provider for provider in registry.factories}

    def provider(self, name: str) -> Provider:
        """Return a provider; raises ArgumentError if there is none of the name."""
        if name not in self.providers:
            raise ArgumentError(
                f"There is no model provider {name}: /v1/llm/factories lists those that there are."
            )
        return self.providers[name]

    def known(self, provider: Provider, model: str, kind: ModelType, name: str) -> KnownModel:
        """Return a model of a provider; raises ArgumentError, with the full `name`, if none."""
        for known in provider.models:
            if known.name == model and known.type == kind:
                return known
        raise ArgumentError(f"Unsupported model: <{name}>")
