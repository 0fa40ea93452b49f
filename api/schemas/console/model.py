"""Model providers and models on the wire."""

from typing import NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import LenientFlag, Request, StorableText
from api.schemas.credentials import Name, NewModelName, ProviderKey
from api.services.models.addresses import BaseUrl
from api.services.models.catalogue import Provider
from api.services.models.records import UsableModel, UsedProvider
from api.services.models.values import NewAccount, NewModel
from rag.llm.base import ModelType

TAGS = {"chat": "LLM", "embedding": "TEXT EMBEDDING", "rerank": "TEXT RE-RANK"}
"""The console's words for the types of models."""

HIDDEN_KEY = "********"


class ApiKeyRequest(Request):
    """A tenant's key for a provider; an empty `base_url` means the provider's own."""

    llm_factory: Name
    api_key: ProviderKey
    base_url: BaseUrl = ""

    def values(self) -> NewAccount:
        """Return what is to be kept."""
        return NewAccount(self.llm_factory, self.api_key, self.base_url)


class AddModelRequest(Request):
    """A model that a tenant adds, mostly one behind an endpoint of its own."""

    llm_factory: Name
    llm_name: NewModelName
    model_type: ModelType
    api_base: BaseUrl = ""
    api_key: ProviderKey = ""
    max_tokens: int = Field(8192, ge=1, lt=2**31)

    def values(self) -> NewModel:
        """Return the model that is to be added."""
        return NewModel(
            provider=self.llm_factory,
            name=self.llm_name,
            type=self.model_type,
            context=self.max_tokens,
            base_url=self.api_base,
            api_key=self.api_key,
        )


class DeleteModelRequest(Request):
    """A model that a tenant added and takes away."""

    llm_factory: Name
    llm_name: StorableText


class SwitchRequest(Request):
    """A model to switch on (`status` 1) or off (0)."""

    llm_factory: Name
    llm_name: StorableText
    status: bool


class DeleteProviderRequest(Request):
    """A provider that a tenant uses no more."""

    llm_factory: Name


class ModelQuery(Request):
    """Which kind of models to list; all when left out."""

    model_type: ModelType | None = None


class UsedQuery(Request):
    """Whether the models are to be shown with where they are and how much they take in."""

    include_details: LenientFlag = False


class ProviderAnswer(TypedDict):
    """A provider that the server knows; `tags` are kinds of models with commas between."""

    name: str
    logo: str
    status: str
    tags: str
    model_types: list[str]
    base_url: str


class UsedModelAnswer(TypedDict):
    """A model of a provider that is set up; `used_token` is 0, as tokens are not counted by model.

    The last two are there where details are asked for.
    """

    type: str
    name: str
    used_token: int
    status: str
    api_base: NotRequired[str]
    max_tokens: NotRequired[int]


class UsedProviderAnswer(TypedDict):
    """A provider that a tenant has set up."""

    tags: str
    api_key: str
    llm: list[UsedModelAnswer]


class UsableModelAnswer(TypedDict):
    """A model that a tenant may use; its value in forms is `llm_name@fid`."""

    fid: str
    llm_name: str
    model_type: str
    max_tokens: int
    tags: str
    available: bool
    is_tools: bool
    status: str


def present_provider(provider: Provider) -> ProviderAnswer:
    """Return a provider that the server knows as the console shows it."""
    return {
        "name": provider.name,
        "logo": "",
        "status": "1",
        "tags": tags(provider),
        "model_types": types(provider),
        "base_url": provider.base_url,
    }


def present_used_provider(used: UsedProvider, *, details: bool) -> UsedProviderAnswer:
    """Return a provider that a tenant has set up; its key is never shown."""
    return {
        "tags": tags(used.provider),
        "api_key": HIDDEN_KEY if used.has_key else "",
        "llm": [present_used_model(used, model, details=details) for model in used.models],
    }


def present_used_model(used: UsedProvider, model: UsableModel, *, details: bool) -> UsedModelAnswer:
    """Return a model of a provider that is set up."""
    shown: UsedModelAnswer = {
        "type": model.type,
        "name": model.name,
        "used_token": 0,
        "status": "1" if model.is_on else "0",
    }
    if details:
        shown["api_base"] = model.base_url or used.provider.base_url
        shown["max_tokens"] = model.context
    return shown


def present_usable_model(model: UsableModel) -> UsableModelAnswer:
    """Return a model that a tenant may use as the console shows it.

    `is_tools` is for agents, which there are none of.
    """
    return {
        "fid": model.provider,
        "llm_name": model.name,
        "model_type": model.type,
        "max_tokens": model.context,
        "tags": TAGS[model.type],
        "available": model.is_on,
        "is_tools": False,
        "status": "1" if model.is_on else "0",
    }


def types(provider: Provider) -> list[str]:
    """Return which types of models a provider has; one that names none may have any."""
    return sorted({model.type for model in provider.models}) or sorted(TAGS)


def tags(provider: Provider) -> str:
    """Return which types of models a provider has, in the console's words."""
    return ",".join(TAGS[kind] for kind in types(provider))
