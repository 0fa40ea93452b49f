"""Models and their providers on the wire, at addresses of Raglan's own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import NullFreeRequest, Request, StorableText
from api.schemas.credentials import Name, NewModelName, ProviderKey
from api.services.accounts.records import TenantRecord
from api.services.accounts.values import TenantChanges
from api.services.models.addresses import BaseUrl
from api.services.models.records import SeenProvider, Trial, UsableModel
from api.services.models.values import ModelChange, NewAccount, NewModel
from rag.llm.base import ModelType


class ModelsQuery(Request):
    """Which kind of models to list; all when left out."""

    type: ModelType | None = None


class NewModelRequest(NullFreeRequest):
    """A model to add; without an address or a key it has those of the account at its provider."""

    provider: Name = "OpenAI-API-Compatible"
    name: NewModelName
    type: ModelType
    base_url: BaseUrl = ""
    api_key: ProviderKey = ""
    context: int = Field(8192, ge=1, lt=2**31)

    def values(self) -> NewModel:
        """Return the model."""
        return NewModel(
            self.provider, self.name, self.type, self.context, self.base_url, self.api_key
        )


class TrialRequest(NullFreeRequest):
    """Which model to try: one that there is (`model`), or one as it would be added."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "wordllama@Builtin", "type": "embedding"}]}
    )

    model: StorableText = Field("", max_length=512)
    provider: Name = "OpenAI-API-Compatible"
    name: StorableText = Field("", max_length=200)
    type: ModelType
    base_url: BaseUrl = ""
    api_key: ProviderKey = ""

    @model_validator(mode="after")
    def one_is_named(self) -> Self:
        """Refuse to try none, or two."""
        if bool(self.model) is bool(self.name.strip()):
            raise ArgumentError(
                "Name a model that there is in `model`, or a new one in `name`, and not both."
            )
        return self

    def values(self) -> NewModel:
        """Return the model as it would be added."""
        return NewModel(self.provider, self.name.strip(), self.type, 0, self.base_url, self.api_key)


class NamedModel(Request):
    """A model by its provider and its name there."""

    provider: Name
    name: StorableText


class ChangedModel(NullFreeRequest):
    """What to change of a model: whether it is on, and of one that was added further things."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"provider": "OpenAI-API-Compatible", "name": "a model", "is_on": False}]
        }
    )

    provider: Name
    name: StorableText
    type: ModelType | None = None
    is_on: bool | None = None
    context: int | None = Field(None, ge=1, lt=2**31)
    api_key: ProviderKey | None = None

    @model_validator(mode="after")
    def something_changes(self) -> Self:
        """Refuse a change of nothing, and one of a model whose type is not given."""
        of_one = (self.context, self.api_key)
        if (self.is_on, *of_one) == (None, None, None):
            raise ArgumentError("Give `is_on`, `context` or `api_key`.")
        if of_one != (None, None) and self.type is None:
            raise ArgumentError("Give the `type` whose `context` or `api_key` changes.")
        return self

    def values(self) -> ModelChange:
        """Return the change."""
        return ModelChange(
            self.provider, self.name, self.type, self.is_on, self.context, self.api_key
        )


class AccountRequest(NullFreeRequest):
    """A key for a provider, with the address where it is not the provider's own."""

    provider: Name
    api_key: ProviderKey = ""
    base_url: BaseUrl = ""

    def values(self) -> NewAccount:
        """Return what is to be kept."""
        return NewAccount(self.provider, self.api_key, self.base_url)


class NamedProvider(Request):
    """A provider."""

    provider: Name


class DefaultsRequest(NullFreeRequest):
    """The models that the tenant is to use by default; an empty name is the server's own choice."""

    chat: StorableText | None = Field(None, max_length=255)
    embedding: StorableText | None = Field(None, max_length=255)
    rerank: StorableText | None = Field(None, max_length=255)

    def changes(self) -> TenantChanges:
        """Return what to change."""
        given = {"llm_id": self.chat, "embd_id": self.embedding, "rerank_id": self.rerank}
        columns = {name: value for name, value in given.items() if value is not None}
        return TenantChanges(None, columns)


class ModelAnswer(TypedDict):
    """A model that the tenant may use; `model` is its full name. `context` in tokens.

    `level` is what is granted of a model of somebody else; null for all others.
    """

    model: str
    provider: str
    name: str
    type: str
    context: int
    base_url: str
    is_on: bool
    lacking: str
    level: str | None


class ProviderAnswer(TypedDict):
    """A provider, and whether the tenant has an account and a key there; the key is never shown."""

    name: str
    base_url: str
    needs_key: bool
    takes_models: bool
    is_builtin: bool
    is_set_up: bool
    has_key: bool
    types: list[str]


class DefaultsAnswer(TypedDict):
    """The models that the tenant uses by default; empty for none."""

    chat: str
    embedding: str
    rerank: str


class TrialAnswer(TypedDict):
    """What came of trying a model; `dimensions` of an embedding model, `error` null if it works."""

    ok: bool
    milliseconds: float
    dimensions: int | None
    error: str | None


def present_models(found: Mapping[str, Sequence[UsableModel]]) -> list[ModelAnswer]:
    """Return models as they go out."""
    return [present_model(model) for models in found.values() for model in models]


def present_model(model: UsableModel) -> ModelAnswer:
    """Return a model as it goes out."""
    return {
        "model": f"{model.name}@{model.provider}",
        "provider": model.provider,
        "name": model.name,
        "type": model.type,
        "context": model.context,
        "base_url": model.base_url,
        "is_on": model.is_on,
        "lacking": model.lacking,
        "level": model.level,
    }


def present_providers(found: Iterable[SeenProvider]) -> list[ProviderAnswer]:
    """Return providers as they go out."""
    return [
        {
            "name": seen.provider.name,
            "base_url": seen.base_url,
            "needs_key": seen.provider.needs_key,
            "takes_models": seen.provider.takes_models,
            "is_builtin": seen.provider.kind == "builtin",
            "is_set_up": seen.is_set_up,
            "has_key": seen.has_key,
            "types": sorted({model.type for model in seen.provider.models}),
        }
        for seen in found
    ]


def present_defaults(tenant: TenantRecord) -> DefaultsAnswer:
    """Return the models that a tenant uses by default as they go out."""
    return {"chat": tenant.llm_id, "embedding": tenant.embd_id, "rerank": tenant.rerank_id}


def present_trial(trial: Trial) -> TrialAnswer:
    """Return what came of trying a model as it goes out."""
    return {
        "ok": not trial.error,
        "milliseconds": trial.milliseconds,
        "dimensions": trial.dimensions or None,
        "error": trial.error or None,
    }
