"""Models: which a tenant may use, where they are, and with whose key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.fernet import InvalidToken
from peewee import Database

from api.config.settings import ModelSettings
from api.db.connection import connected
from api.db.models.account import ProviderCredential, TenantModel
from api.db.rows import first_row
from api.db.sql import rows
from api.errors import ArgumentError
from api.observability.recorder import NOTHING, Recorder
from api.schemas.console.model import Provider
from api.services.accounts.secrets import Cipher
from api.services.models.catalogue import Catalogue
from api.services.models.metering import MeteredChat, MeteredEmbedder
from rag.errors import ConfigurationError
from rag.llm.base import ChatModel, Embedder, ModelType
from rag.llm.registry import open_chat_model, open_embedder

CACHED = 64
"""How many opened models a process keeps; each holds a connection or two to its endpoint."""

# Written out, as building it takes longer than running it and many questions need it.
DEFAULTS_SQL = "SELECT llm_id, embd_id FROM tenant WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Access:
    """How a model is reached: the kind of its provider, its name there, and with which key."""

    kind: str
    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    context: int = 0


class ModelService:
    """Embedding and chat models by name, `model@Provider`."""

    def __init__(
        self,
        database: Database,
        settings: Callable[[], ModelSettings],
        catalogue: Catalogue,
        cipher: Cipher,
        recorder: Recorder = NOTHING,
    ) -> None:
        """Remember the parts; `settings` returns those that are in force now."""
        self.database = database
        self.recorder = recorder
        self.settings = settings
        self.catalogue = catalogue
        self.cipher = cipher
        self.open_embedder = lru_cache(CACHED)(self.metered_embedder)
        self.open_chat_model = lru_cache(CACHED)(self.metered_chat_model)

    # What the rest of the server asks for.

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return an embedding model; raises ArgumentError if the tenant cannot use it."""
        access = self.access(tenant_id, model, "embedding")
        timeout = self.settings().timeout
        return self.open_embedder(access, self.provider_of(model), timeout)

    def chat_model(self, tenant_id: str, model: str) -> ChatModel | None:
        """Return a chat model, the tenant's default one for an empty name.

        None if the tenant has none; raises ArgumentError if it cannot use the one that is named.
        """
        name = model or self.default_chat(tenant_id)
        if not name:
            return None
        access = self.access(tenant_id, name, "chat")
        settings = self.settings()
        return self.open_chat_model(
            access, self.provider_of(name), settings.timeout, settings.answer_timeout
        )

    def context_tokens(self, tenant_id: str, model: str) -> int:
        """Return how many tokens a chat model takes in, answer included."""
        name = model or self.default_chat(tenant_id)
        known = self.access(tenant_id, name, "chat").context if name else 0
        return known or self.settings().context_tokens

    def default_embedding(self, tenant_id: str) -> str:
        """Return the name of the embedding model that a tenant's new datasets get."""
        return self.tenant_defaults(tenant_id)[1] or self.settings().embedding_model

    def default_chat(self, tenant_id: str) -> str:
        """Return the name of the chat model that a tenant uses by default; empty if none."""
        return self.tenant_defaults(tenant_id)[0] or self.settings().chat_model

    def check(self, tenant_id: str, kind: ModelType, model: str) -> None:
        """Refuse a model that a tenant cannot use; raises ArgumentError. Nothing is asked."""
        if kind == "embedding":
            self.embedder(tenant_id, model)
        else:
            self.chat_model(tenant_id, model)

    # Opening a model.

    def metered_embedder(self, access: Access, provider: str, timeout: float) -> Embedder:
        """Return an embedding model whose calls count for a provider."""
        with usable():
            opened = open_embedder(
                access.kind,
                access.model,
                base_url=access.base_url,
                api_key=access.api_key,
                timeout=timeout,
            )
        return MeteredEmbedder(opened, self.recorder, provider)

    def metered_chat_model(
        self, access: Access, provider: str, timeout: float, longest: float
    ) -> ChatModel:
        """Return a chat model whose calls count for a provider."""
        with usable():
            opened = open_chat_model(
                access.kind,
                access.model,
                base_url=access.base_url,
                api_key=access.api_key,
                timeout=timeout,
                longest=longest,
            )
        return MeteredChat(opened, self.recorder, provider)

    # Finding a model.

    def access(self, tenant_id: str, name: str, kind: ModelType) -> Access:
        """Return how a tenant reaches a model; raises ArgumentError if it cannot."""
        server_wide = self.server_wide(kind)
        if server_wide is not None and name == self.server_wide_name(kind):
            return server_wide
        model, _, provider_name = name.rpartition("@")
        provider = self.catalogue.providers.get(provider_name)
        if provider is None:
            raise ArgumentError(f"Unsupported model: <{name}>")
        if provider.kind == "builtin":
            return Access("builtin", self.catalogue.known(provider, model, kind, name).name)
        return self.tenant_access(tenant_id, provider, model, kind, name)

    def provider_of(self, name: str) -> str:
        """Return which provider's metrics a model belongs to; names that anybody makes up share."""
        provider = name.rpartition("@")[2]
        return provider if provider in self.catalogue.providers else "other"

    def server_wide(self, kind: ModelType) -> Access | None:
        """Return how the endpoint of the settings is reached, which every tenant may use."""
        settings = self.settings()
        name, base_url, key = (
            (settings.embedding_model, settings.embedding_base_url, settings.embedding_api_key)
            if kind == "embedding"
            else (settings.chat_model, settings.chat_base_url, settings.chat_api_key)
        )
        if not base_url or not name:
            return None
        model = name.rpartition("@")[0] or name
        return Access("openai", model, base_url, key.get_secret_value(), settings.context_tokens)

    def server_wide_name(self, kind: ModelType) -> str:
        """Return the name of the model that the settings name."""
        settings = self.settings()
        return settings.embedding_model if kind == "embedding" else settings.chat_model

    @connected
    def tenant_access(
        self, tenant_id: str, provider: Provider, model: str, kind: ModelType, name: str
    ) -> Access:
        """Return how a tenant reaches a model through its own account at the provider."""
        of_tenant = (TenantModel.tenant_id == tenant_id) & (TenantModel.provider == provider.name)
        added = first_row(
            TenantModel.select().where(
                of_tenant, TenantModel.name == model, TenantModel.type == kind
            )
        )
        listed = None if added else self.catalogue.known(provider, model, kind, name)
        account = first_row(
            ProviderCredential.select().where(
                ProviderCredential.tenant_id == tenant_id,
                ProviderCredential.provider == provider.name,
            )
        )
        # A model's own address and key come before those of the account at its provider.
        sources = [source for source in (added, account) if source]
        base_url = next((row["base_url"] for row in sources if row["base_url"]), "")
        key = next((row["api_key_encrypted"] for row in sources if row["api_key_encrypted"]), "")
        if not sources or (provider.needs_key and not key):
            raise ArgumentError(f"Unauthorized model: <{name}>")
        context = listed.context if listed else int(sources[0]["context"])
        return Access("openai", model, base_url or provider.base_url, self.decrypt(key), context)

    @connected
    def tenant_defaults(self, tenant_id: str) -> tuple[str, str]:
        """Return a tenant's default chat and embedding models; empty where it has none."""
        found = rows(self.database, DEFAULTS_SQL, tenant_id)
        chat, embedding = found[0] if found else ("", "")
        return chat, embedding

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
