"""Models: which a tenant may use, where they are, and with whose key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.fernet import InvalidToken

from api.config.kinds import aliases_of
from api.config.settings import ModelSettings
from api.db.connection import Database, connected
from api.errors import ArgumentError, UnauthorizedModelError, UnknownModelError, UnrelayedModelError
from api.observability.recorder import NOTHING, Recorder
from api.secrets import Cipher
from api.services.accounts.records import Principal
from api.services.models import queries
from api.services.models.catalogue import Catalogue, Provider
from api.services.models.metering import (
    MeteredChat,
    MeteredEmbedder,
    MeteredRelay,
    MeteredReranker,
)
from api.services.models.naming import forms_of, full_names, short_name
from api.services.models.records import DefaultModels
from rag.errors import ConfigurationError
from rag.llm.base import ChatModel, Embedder, ModelType, Relay, Reranker
from rag.llm.registry import open_chat_model, open_embedder, open_relay, open_reranker

EXTRACTIVE = "extractive@Builtin"
"""The chat model that is none, by its name: answers are the best sentences of the passages."""

CACHED = 64
"""How many opened models a process keeps; each holds a connection or two to its endpoint."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a model is reached: the kind of its provider, its name there, and with which key.

    `provider` is whose metrics it belongs to; names that anybody makes up share those of `other`.
    """

    kind: str
    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    context: int = 0
    provider: str = "other"


class ModelService:
    """Embedding, chat and rerank models by name: `model@Provider`, or what else `naming` knows.

    A tenant is named and no asker: models are those of whoever a dataset or a chat belongs to,
    also where a member of the tenant asks, or a worker without anybody who does.
    """

    def __init__(
        self,
        database: Database,
        settings: Callable[[], ModelSettings],
        catalogue: Catalogue,
        cipher: Cipher,
        recorder: Recorder = NOTHING,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.recorder = recorder
        self.settings = settings
        self.catalogue = catalogue
        self.cipher = cipher
        self._shared: tuple[ModelSettings | None, dict[tuple[str, ModelType], Endpoint]] = None, {}
        self.open_embedder = lru_cache(CACHED)(self.metered_embedder)
        self.open_chat_model = lru_cache(CACHED)(self.metered_chat_model)
        self.open_reranker = lru_cache(CACHED)(self.metered_reranker)
        self.open_relay = lru_cache(CACHED)(self.metered_relay)

    # What the rest of the server asks for.

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return an embedding model; raises ArgumentError if the tenant cannot use it."""
        endpoint = self.access(tenant_id, model, "embedding")
        return self.open_embedder(endpoint, self.settings().timeout)

    def embedding_place(self, tenant_id: str, model: str) -> tuple[str, str]:
        """Return what an embedding model is called where it is, and its address.

        Vectors of the same place compare, whichever tenant asks there. Raises ArgumentError if the
        tenant cannot use the model.
        """
        endpoint = self.access(tenant_id, model, "embedding")
        return endpoint.model, endpoint.base_url

    def chat_model(
        self, tenant_id: str, model: str, within: float | None = None
    ) -> ChatModel | None:
        """Return a chat model, the tenant's default one for an empty name.

        It has so many seconds for its answer as the settings say, or `within`. None if the tenant
        has none, or has chosen EXTRACTIVE.
        Raises ArgumentError if it cannot use the one that is named.
        """
        name = model or self.default_chat(tenant_id)
        if not name:
            return None
        endpoint = self.access(tenant_id, name, "chat")
        if endpoint.kind == "builtin":
            return None
        settings = self.settings()
        most = settings.answer_timeout if within is None else within
        thinking = min(settings.thinking_timeout, most)
        whole = min(settings.answer_timeout, most)
        return self.open_chat_model(endpoint, thinking, whole)

    def reranker(self, tenant_id: str, model: str) -> Reranker:
        """Return a rerank model; raises ArgumentError if the tenant cannot use it."""
        endpoint = self.access(tenant_id, model, "rerank")
        return self.open_reranker(endpoint, self.settings().timeout)

    def relay(self, tenant_id: str, model: str) -> Relay:
        """Return what hands conversations to a chat model; raises ArgumentError if there is none.

        The built-in one takes none: its answers are made of passages.
        """
        endpoint = self.access(tenant_id, model, "chat")
        if endpoint.kind == "builtin":
            raise UnrelayedModelError(model)
        settings = self.settings()
        thinking = min(settings.thinking_timeout, settings.answer_timeout)
        return self.open_relay(endpoint, thinking, settings.answer_timeout)

    def context_tokens(self, tenant_id: str, model: str) -> int:
        """Return how many tokens a chat model takes in, answer included; without one, as usual."""
        known = self.access(tenant_id, model, "chat").context if model else 0
        return known or self.settings().context_tokens

    def default_embedding(self, tenant_id: str) -> str:
        """Return the name of the embedding model that a tenant's new datasets get."""
        return self.tenant_defaults(tenant_id).embedding or self.settings().embedding_model

    def default_chat(self, tenant_id: str) -> str:
        """Return the name of the chat model that a tenant uses by default; empty if none."""
        return self.tenant_defaults(tenant_id).chat or self.settings().chat_model

    def default_rerank(self, tenant_id: str) -> str:
        """Return the name of the rerank model that a tenant uses by default; empty if none."""
        return self.tenant_defaults(tenant_id).rerank or self.settings().rerank_model

    def fallback(self, kind: ModelType) -> str:
        """Return the name of the model that tenants use who have chosen none; empty if none."""
        return self.server_wide_name(kind) or (EXTRACTIVE if kind == "chat" else "")

    def check(self, tenant_id: str, kind: ModelType, model: str) -> None:
        """Refuse a model that a tenant cannot use; raises ArgumentError. Nothing is asked."""
        find: dict[ModelType, Callable[[str, str], object]] = {
            "embedding": self.embedder,
            "chat": self.chat_model,
            "rerank": self.reranker,
        }
        find[kind](tenant_id, model)

    def check_beside_chat(self, tenant_id: str, model: str) -> None:
        """Refuse a name that none of a tenant's models has that rank or embed."""
        try:
            self.reranker(tenant_id, model)
        except ArgumentError:
            self.embedder(tenant_id, model)

    # Opening a model.

    def metered_embedder(self, endpoint: Endpoint, timeout: float) -> Embedder:
        """Return an embedding model whose calls count for a provider."""
        with usable():
            opened = open_embedder(
                endpoint.kind,
                endpoint.model,
                base_url=endpoint.base_url,
                api_key=endpoint.api_key,
                timeout=timeout,
            )
        return MeteredEmbedder(opened, self.recorder, endpoint.provider)

    def metered_chat_model(self, endpoint: Endpoint, timeout: float, longest: float) -> ChatModel:
        """Return a chat model whose calls count for a provider."""
        with usable():
            opened = open_chat_model(
                endpoint.kind,
                endpoint.model,
                base_url=endpoint.base_url,
                api_key=endpoint.api_key,
                timeout=timeout,
                longest=longest,
            )
        return MeteredChat(opened, self.recorder, endpoint.provider)

    def metered_reranker(self, endpoint: Endpoint, timeout: float) -> Reranker:
        """Return a rerank model whose calls count for a provider."""
        with usable():
            opened = open_reranker(
                endpoint.kind,
                endpoint.model,
                base_url=endpoint.base_url,
                api_key=endpoint.api_key,
                timeout=timeout,
            )
        return MeteredReranker(opened, self.recorder, endpoint.provider)

    def metered_relay(self, endpoint: Endpoint, timeout: float, longest: float) -> Relay:
        """Return what hands conversations to a chat model, whose calls count for a provider."""
        with usable():
            opened = open_relay(
                endpoint.kind,
                endpoint.model,
                base_url=endpoint.base_url,
                api_key=endpoint.api_key,
                timeout=timeout,
                longest=longest,
            )
        return MeteredRelay(opened, self.recorder, endpoint.provider)

    # Finding a model.

    def access(self, tenant_id: str, name: str, kind: ModelType) -> Endpoint:
        """Return how a tenant reaches a model; raises ArgumentError if it cannot.

        What a name says to every tenant is remembered as long as the settings stay: each search and
        each text to embed comes here.
        """
        settings = self.settings()
        if settings is not self._shared[0]:
            self._shared = (settings, {})
        shared = self._shared[1]
        if found := shared.get((name, kind)):
            return found
        refusal: ArgumentError = UnknownModelError(name)
        for place, full_name in enumerate(self.meanings(tenant_id, name, kind)):
            try:
                everybodys = self.of_everybody(full_name, kind)
                found = everybodys or self.of_tenant(tenant_id, full_name, kind)
            except UnauthorizedModelError:
                refusal = UnauthorizedModelError(name)
            except UnknownModelError:
                continue
            else:
                if everybodys and place == 0:  # what comes later depends on what the tenant has
                    shared[name, kind] = found
                return found
        raise refusal

    def meanings(self, tenant_id: str, name: str, kind: ModelType) -> Iterator[str]:
        """Yield what a name may stand for; a bare one is looked for among the tenant's models."""
        yield from forms_of(name, aliases_of(self.settings().aliases))
        if "@" in name:
            return
        server_wide = self.server_wide_name(kind)
        if short_name(server_wide) == name:
            yield server_wide
        yield from full_names(name, self.providers_of(tenant_id, name, kind))

    def of_everybody(self, name: str, kind: ModelType) -> Endpoint | None:
        """Return how every tenant reaches the model of a full name.

        None where that is a matter of the tenant's own; raises UnknownModelError.
        """
        server_wide = self.server_wide(kind)
        if server_wide is not None and name == self.server_wide_name(kind):
            return server_wide
        model, _, provider_name = name.rpartition("@")
        provider = self.catalogue.providers.get(provider_name)
        if provider is None:
            raise UnknownModelError(name)
        if provider.kind == "builtin":
            known = self.catalogue.known(provider, model, kind, name)
            return Endpoint("builtin", known.name, provider=provider.name)
        return None

    @connected
    def providers_of(self, tenant_id: str, model: str, kind: ModelType) -> list[str]:
        """Return where a tenant has a model: first where it has added it, then by the registry."""
        own = queries.own_models(self.database, tenant_id)
        accounts = {item.provider for item in queries.accounts(self.database, tenant_id)}
        known = [
            provider.name
            for provider in self.catalogue.providers.values()
            if provider.kind == "builtin" or provider.name in accounts
            if any((one.name, one.type) == (model, kind) for one in provider.models)
        ]
        found = [item.provider for item in own if (item.name, item.type) == (model, kind)]
        if found or known:
            return found + known
        others = queries.granted_models(self.database, Principal(tenant_id, tenant_id))
        return [item.provider for item in others if (item.name, item.type) == (model, kind)]

    def server_wide(self, kind: ModelType) -> Endpoint | None:
        """Return how the endpoint of the settings is reached, which every tenant may use."""
        settings, name = self.settings(), self.server_wide_name(kind)
        base_url, key = {
            "embedding": (settings.embedding_base_url, settings.embedding_api_key),
            "chat": (settings.chat_base_url, settings.chat_api_key),
            "rerank": (settings.rerank_base_url, settings.rerank_api_key),
        }[kind]
        if not base_url or not name:
            return None
        provider = name.rpartition("@")[2]
        return Endpoint(
            "openai",
            short_name(name),
            base_url,
            key.get_secret_value(),
            settings.context_tokens,
            provider if provider in self.catalogue.providers else "other",
        )

    def server_wide_name(self, kind: ModelType) -> str:
        """Return the name of the model that the settings name."""
        settings = self.settings()
        return {
            "embedding": settings.embedding_model,
            "chat": settings.chat_model,
            "rerank": settings.rerank_model,
        }[kind]

    @connected
    def of_tenant(self, tenant_id: str, name: str, kind: ModelType) -> Endpoint:
        """Return how a tenant reaches a model: by its own account, or by one that is granted."""
        model, _, provider_name = name.rpartition("@")
        provider = self.catalogue.provider(provider_name)
        try:
            return self.reached(tenant_id, provider, model, kind, name)
        except (UnknownModelError, UnauthorizedModelError):
            asker = Principal(tenant_id, tenant_id)
            found = queries.granted_model(self.database, asker, provider.name, model, kind)
            if found is None:
                raise
        return self.reached(found.tenant_id, provider, model, kind, name)

    def reached(
        self, tenant_id: str, provider: Provider, model: str, kind: ModelType, name: str
    ) -> Endpoint:
        """Return how a tenant reaches a model through its own account at the provider."""
        added = queries.own_model(self.database, tenant_id, provider.name, model, kind)
        known = added or self.catalogue.known(provider, model, kind, name)
        account = queries.account(self.database, tenant_id, provider.name)
        # A model's own address and key come before those of the account at its provider.
        sources = [source for source in (added, account) if source is not None]
        base_url = next((source.base_url for source in sources if source.base_url), "")
        key = next((source.encrypted_key for source in sources if source.encrypted_key), "")
        off = queries.is_off(self.database, tenant_id, provider.name, model)
        if off or not sources or (provider.needs_key and not key):
            raise UnauthorizedModelError(name)
        base_url = base_url or provider.base_url
        return Endpoint("openai", model, base_url, self.decrypt(key), known.context, provider.name)

    @connected
    def tenant_defaults(self, tenant_id: str) -> DefaultModels:
        """Return the names of a tenant's default models."""
        return queries.default_models(self.database, tenant_id)

    def decrypt(self, encrypted: str) -> str:
        """Return a key that was kept; raises ArgumentError if the secret key has changed since."""
        if not encrypted:
            return ""
        try:
            return self.cipher.decrypt(encrypted)
        except InvalidToken as error:
            raise ArgumentError(
                "The provider's API key cannot be read any more, as the server's secret key"
                " has changed: set the provider's API key again."
            ) from error


@contextmanager
def usable() -> Iterator[None]:
    """Make what is wrong with a key or address that was kept long ago a refusal of its model."""
    try:
        yield
    except ConfigurationError as error:
        raise ArgumentError(str(error)) from error
