"""What is known of models: those a tenant has added, its accounts at providers, what it may use."""

from dataclasses import dataclass
from typing import NamedTuple

from api.services.accounts.grant_records import Level
from api.services.models.catalogue import Provider
from rag.llm.base import ModelType


class OwnModel(NamedTuple):
    """A model that a tenant has added; an empty address or key means that of its account."""

    provider: str
    name: str
    type: ModelType
    context: int
    base_url: str
    encrypted_key: str


class AddedModel(NamedTuple):
    """A model that a tenant has added, as a thing that can be granted; it is no team's."""

    id: str
    tenant_id: str
    type: ModelType
    is_shared: bool = False


class GrantedModel(NamedTuple):
    """A model of another tenant that is granted to the asker; where it is they do not see."""

    id: str
    provider: str
    name: str
    type: ModelType
    context: int
    is_on: bool


class ProviderAccount(NamedTuple):
    """A tenant's account at a provider; the key is empty where the provider needs none."""

    provider: str
    base_url: str
    encrypted_key: str


class DefaultModels(NamedTuple):
    """The names of the models that a tenant uses by default; empty where it has none."""

    chat: str
    embedding: str
    rerank: str


@dataclass(frozen=True, slots=True)
class UsableModel:
    """A model that a tenant may use; `context` in tokens, `base_url` if it has one of its own.

    One that the tenant has switched off is not `is_on`: nobody can use it until it is on again.
    Nor is one that needs packages which are not installed; `lacking` says how to install them.
    `level` is what is granted of a model of somebody else, None of one of the tenant's own.
    """

    provider: str
    name: str
    type: ModelType
    context: int
    base_url: str = ""
    is_on: bool = True
    lacking: str = ""
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class UsedProvider:
    """A provider that a tenant has set up, with the models that it may use there."""

    provider: Provider
    has_key: bool
    models: tuple[UsableModel, ...]


@dataclass(frozen=True, slots=True)
class SeenProvider:
    """A provider, and what a tenant has there; the address is the tenant's, else the provider's."""

    provider: Provider
    base_url: str
    is_set_up: bool
    has_key: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a model; an empty `error` means that it works.

    `dimensions` are those of an embedding model's vectors, 0 of others.
    """

    milliseconds: float
    dimensions: int = 0
    error: str = ""
