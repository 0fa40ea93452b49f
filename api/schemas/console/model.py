"""Model providers and models on the wire, and as the registry file describes them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.base import Request, StorableText, without_nul
from api.schemas.console.credentials import BaseUrl, ProviderKey
from rag.llm.base import ModelType

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=128),
    AfterValidator(without_nul),
]
NewModelName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(without_nul),
]


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


class ApiKeyRequest(Request):
    """A tenant's key for a provider; an empty `base_url` means the provider's own."""

    llm_factory: Name
    api_key: ProviderKey
    base_url: BaseUrl = ""


class AddModelRequest(Request):
    """A model that a tenant adds, mostly one behind an endpoint of its own."""

    llm_factory: Name
    llm_name: NewModelName
    model_type: ModelType
    api_base: BaseUrl = ""
    api_key: ProviderKey = ""
    max_tokens: int = Field(8192, ge=1, lt=2**31)


class DeleteModelRequest(Request):
    """A model that a tenant added and takes away."""

    llm_factory: Name
    llm_name: StorableText


class DeleteProviderRequest(Request):
    """A provider that a tenant uses no more."""

    llm_factory: Name


class ModelQuery(Request):
    """Which kind of models to list; both when left out."""

    model_type: ModelType | None = None
