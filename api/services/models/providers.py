"""What tenants set up at model providers: keys, addresses and models of their own."""

from typing import Any

from peewee import Database, IntegrityError, Model

from api.db.base import new_id, now_ms
from api.db.connection import connected
from api.db.models.account import ProviderCredential, TenantModel, User
from api.db.rows import delete_rows, dict_rows
from api.errors import ArgumentError, ForbiddenError, NotFoundError
from api.schemas.console.model import (
    AddModelRequest,
    ApiKeyRequest,
    DeleteModelRequest,
    Provider,
)
from api.services.accounts.records import Principal
from api.services.accounts.secrets import Cipher
from api.services.models.addresses import is_internal
from api.services.models.catalogue import Catalogue
from rag.llm.base import ModelType

TAGS = {"chat": "LLM", "embedding": "TEXT EMBEDDING"}
"""The console's words for the types of models."""


class ProviderService:
    """The accounts of tenants at model providers; keys are encrypted and never shown again."""

    def __init__(self, database: Database, catalogue: Catalogue, cipher: Cipher) -> None:
        """Remember the parts."""
        self.database = database
        self.catalogue = catalogue
        self.cipher = cipher

    def factories(self) -> list[dict[str, Any]]:
        """Return the providers that the server knows."""
        return [
            {
                "name": provider.name,
                "logo": "",
                "status": "1",
                "tags": tags(provider),
                "model_types": sorted({model.type for model in provider.models}) or sorted(TAGS),
                "base_url": provider.base_url,
            }
            for provider in self.catalogue.providers.values()
        ]

    def my_models(self, tenant_id: str) -> dict[str, Any]:
        """Return the providers that a tenant has set up, with the models it may use of each."""
        available = self.available(tenant_id, None)
        hints = self.key_hints(tenant_id)
        return {
            name: {
                "tags": tags(self.catalogue.providers[name]),
                "api_key": hints.get(name, ""),
                "llm": [
                    {"type": model["model_type"], "name": model["llm_name"], "used_token": 0}
                    for model in models
                ],
            }
            for name, models in available.items()
        }

    def available(self, tenant_id: str, kind: ModelType | None) -> dict[str, list[dict[str, Any]]]:
        """Return the models that a tenant may use, by provider."""
        found: dict[str, list[dict[str, Any]]] = {}
        ready = self.ready_providers(tenant_id)
        for provider in self.catalogue.providers.values():
            if provider.name in ready:
                for model in provider.models:
                    shown = shown_model(provider.name, model.name, model.type, model.context)
                    found.setdefault(provider.name, []).append(shown)
        for row in self.added(tenant_id):
            shown = shown_model(row["provider"], row["name"], row["type"], row["context"])
            found.setdefault(row["provider"], []).append(shown)
        kept = {
            name: [model for model in models if kind in {None, model["model_type"]}]
            for name, models in found.items()
        }
        return {name: models for name, models in kept.items() if models}

    def ready_providers(self, tenant_id: str) -> set[str]:
        """Return the names of the providers whose models a tenant may use."""
        builtin = {name for name, it in self.catalogue.providers.items() if it.kind == "builtin"}
        return builtin | set(self.key_hints(tenant_id))

    def set_api_key(self, asker: Principal, request: ApiKeyRequest) -> None:
        """Keep a tenant's key and address for a provider, in place of those before."""
        provider = self.external(request.llm_factory)
        self.check_address(asker, provider, request.base_url)
        if provider.needs_key and not request.api_key:
            raise ArgumentError(f"{provider.name} needs an API key: give one as `api_key`.")
        self.replace(
            ProviderCredential,
            {"tenant_id": asker.tenant_id, "provider": provider.name},
            {
                "api_key_encrypted": self.cipher.encrypt(request.api_key),
                "base_url": request.base_url,
            },
        )

    def add_model(self, asker: Principal, request: AddModelRequest) -> None:
        """Let a tenant use a model that the registry does not name, mostly one it runs itself."""
        provider = self.external(request.llm_factory)
        self.check_address(asker, provider, request.api_base)
        self.replace(
            TenantModel,
            {
                "tenant_id": asker.tenant_id,
                "provider": provider.name,
                "name": request.llm_name,
                "type": request.model_type,
            },
            {
                "api_key_encrypted": self.cipher.encrypt(request.api_key),
                "base_url": request.api_base,
                "context": request.max_tokens,
            },
        )

    @connected
    def delete_model(self, tenant_id: str, request: DeleteModelRequest) -> None:
        """Take a model away that a tenant added."""
        gone = delete_rows(
            TenantModel,
            (TenantModel.tenant_id == tenant_id)
            & (TenantModel.provider == request.llm_factory)
            & (TenantModel.name == request.llm_name),
        )
        if not gone:
            raise NotFoundError(f"There is no model {request.llm_name} at {request.llm_factory}.")

    @connected
    def delete_provider(self, tenant_id: str, name: str) -> None:
        """Forget a tenant's key for a provider and the models it added there."""
        for table in (ProviderCredential, TenantModel):
            delete_rows(table, (table.tenant_id == tenant_id) & (table.provider == name))

    def external(self, name: str) -> Provider:
        """Return a provider outside of the server; raises ArgumentError for any other."""
        provider = self.catalogue.provider(name)
        if provider.kind == "builtin":
            raise ArgumentError("The built-in models need no key and cannot be changed.")
        return provider

    def check_address(self, asker: Principal, provider: Provider, given: str) -> None:
        """Refuse an endpoint without an address, or one that only administrators may name.

        What lies in the server's own network is not for everybody who has an account.
        """
        address = given or provider.base_url
        if not address:
            raise ArgumentError(
                f"{provider.name} has no address of its own: give that of your endpoint, as"
                " `base_url` or `api_base`."
            )
        is_public_provider = address == provider.base_url and address.startswith("https://")
        if is_public_provider or self.is_administrator(asker.user_id):
            return
        if is_internal(address):
            raise ForbiddenError(
                f"{address} leads into the server's own network: only an administrator may use it."
            )

    @connected
    def is_administrator(self, user_id: str) -> bool:
        """Tell whether a user administers the server."""
        return User.select().where(User.id == user_id, User.is_superuser).exists()

    @connected
    def added(self, tenant_id: str) -> list[dict[str, Any]]:
        """Return the models that a tenant added, by name."""
        return dict_rows(
            TenantModel.select()
            .where(TenantModel.tenant_id == tenant_id)
            .order_by(TenantModel.name)
        )

    @connected
    def key_hints(self, tenant_id: str) -> dict[str, str]:
        """Return the masked keys of a tenant by provider; empty where it needs none."""
        rows = dict_rows(
            ProviderCredential.select().where(ProviderCredential.tenant_id == tenant_id)
        )
        return {row["provider"]: "********" if row["api_key_encrypted"] else "" for row in rows}

    @connected
    def replace(self, table: type[Model], key: dict[str, Any], values: dict[str, Any]) -> None:
        """Write a row, in place of the one of the same key if there is one."""
        condition = [getattr(table, name) == value for name, value in key.items()]
        change = table.update(**values, update_time=now_ms()).where(*condition)
        if change.execute():
            return
        try:
            with self.database.atomic():
                table.insert(id=new_id(), **key, **values).execute()
        except IntegrityError:  # somebody else has just written it
            change.execute()


def tags(provider: Provider) -> str:
    """Return which types of models a provider has, in the console's words."""
    kinds = {str(model.type) for model in provider.models} or set(TAGS)
    return ",".join(TAGS[kind] for kind in sorted(kinds))


def shown_model(provider: str, name: str, kind: str, context: int) -> dict[str, Any]:
    """Return a model as the console shows it."""
    return {
        "fid": provider,
        "llm_name": name,
        "model_type": kind,
        "max_tokens": context,
        "tags": TAGS[kind],
        "available": True,
        "status": "1",
    }
