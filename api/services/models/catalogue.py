"""The model providers that the server knows: `conf/llm_factories.json`."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from api.errors import StartError, UnknownModelError, UnknownProviderError
from api.services.models.addresses import BaseUrl
from rag.llm.base import ModelType


class KnownModel(BaseModel):
    """A model of a provider; `context` in tokens, `dimensions` of an embedding model's vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: ModelType
    context: int
    dimensions: int | None = None


class Provider(BaseModel):
    """A provider of models and how it is reached.

    `takes_models`: tenants name further models of it, as those of an endpoint of their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Literal["openai", "builtin"]
    base_url: BaseUrl
    needs_key: bool
    takes_models: bool
    models: tuple[KnownModel, ...]


class Registry(BaseModel):
    """The registry file, `conf/llm_factories.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    factories: tuple[Provider, ...]


class Catalogue:
    """Providers and their models by name."""

    def __init__(self, path: Path) -> None:
        """Initialize with the file; it is read when it is first needed."""
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
        """Return a provider; raises UnknownProviderError if there is none of the name."""
        if name not in self.providers:
            raise UnknownProviderError(name)
        return self.providers[name]

    def known(self, provider: Provider, model: str, kind: ModelType, name: str) -> KnownModel:
        """Return a model of a provider; raises UnknownModelError, with the full `name`, if none."""
        for known in provider.models:
            if known.name == model and known.type == kind:
                return known
        raise UnknownModelError(name)
