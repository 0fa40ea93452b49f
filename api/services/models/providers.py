"""What tenants set up at model providers: keys, addresses and models of their own."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from cryptography.fernet import InvalidToken

from api.config.kinds import aliases_of
from api.config.settings import ModelSettings
from api.db.connection import Database, connected
from api.errors import (
    AddressNeededError,
    ArgumentError,
    ForbiddenError,
    KeyNeededError,
    NotAllowedError,
    NotFoundError,
)
from api.secrets import Cipher
from api.services.accounts.access import Right, check, granted
from api.services.accounts.grant_records import LEVELS
from api.services.accounts.records import Principal
from api.services.models import queries
from api.services.models.addresses import is_internal
from api.services.models.catalogue import Catalogue, Provider
from api.services.models.records import (
    AddedModel,
    OwnModel,
    ProviderAccount,
    SeenProvider,
    UsableModel,
    UsedProvider,
)
from api.services.models.values import ModelChange, NewAccount, NewModel
from api.things import Kind
from rag.llm.base import ModelType
from rag.llm.extras import lacking


class ProviderService:
    """The accounts of tenants at model providers; keys are encrypted and never shown again."""

    def __init__(
        self,
        database: Database,
        settings: Callable[[], ModelSettings],
        catalogue: Catalogue,
        cipher: Cipher,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.settings = settings
        self.database = database
        self.catalogue = catalogue
        self.cipher = cipher

    def known(self) -> Sequence[Provider]:
        """Return the providers that the server knows."""
        return tuple(self.catalogue.providers.values())

    def used(self, asker: Principal) -> list[UsedProvider]:
        """Return the providers that the asker has set up, with the models it may use of each."""
        keys = self.keys(asker)
        return [
            UsedProvider(self.catalogue.providers[name], keys.get(name, False), tuple(models))
            for name, models in self.available(asker, None).items()
        ]

    @connected
    def available(self, asker: Principal, kind: ModelType | None) -> dict[str, list[UsableModel]]:
        """Return the models that the asker may use, by provider; of one kind, or of all.

        A model that was added at a provider whom the registry no longer names is not among them.
        """
        found: dict[str, list[UsableModel]] = {}
        off = queries.models_off(self.database, asker.tenant_id)
        for model in [*self.listed(asker), *self.added(asker)]:
            if kind in {None, model.type}:
                is_on = not model.lacking and (model.provider, model.name) not in off
                found.setdefault(model.provider, []).append(replace(model, is_on=is_on))
        for model in self.granted(asker):
            known = found.setdefault(model.provider, [])
            if kind in {None, model.type} and not is_among(model, known):
                known.append(model)
        return {provider: models for provider, models in found.items() if models}

    def choices(self, asker: Principal, kind: ModelType | None) -> dict[str, list[UsableModel]]:
        """Return the same models, and under their further names those that have some.

        A dataset keeps the name that was sent: a form shows it if it is among these.
        """
        found = self.available(asker, kind)
        named = {f"{one.name}@{one.provider}": one for many in found.values() for one in many}
        for name, target in aliases_of(self.settings().aliases).items():
            model, _, provider = name.rpartition("@")
            if model and target in named and name not in named:
                other = replace(named[target], name=model, provider=provider)
                found.setdefault(provider, []).append(other)
        return found

    def listed(self, asker: Principal) -> list[UsableModel]:
        """Return the models of the registry that the asker may use."""
        keys = self.keys(asker)
        return [
            UsableModel(
                provider.name,
                model.name,
                model.type,
                model.context,
                lacking=lacking(model.name) if provider.kind == "builtin" else "",
            )
            for provider in self.known()
            if provider.kind == "builtin" or provider.name in keys
            for model in provider.models
        ]

    def missing(self, kind: ModelType) -> dict[str, str]:
        """Return how to install those built-in models of a kind that are not installed."""
        built_in = (each for each in self.known() if each.kind == "builtin")
        models = (model for provider in built_in for model in provider.models)
        names = [model.name for model in models if model.type == kind]
        return {name: how for name in names if (how := lacking(name))}

    def added(self, asker: Principal) -> list[UsableModel]:
        """Return the models that the asker has added, by name."""
        return [
            UsableModel(model.provider, model.name, model.type, model.context, model.base_url)
            for model in queries.own_models(self.database, asker.tenant_id)
            if model.provider in self.catalogue.providers
        ]

    def granted(self, asker: Principal) -> list[UsableModel]:
        """Return the models of others that are granted to the asker; nobody sees their places.

        One that is switched off is among them for those who may switch it on.
        """
        models = queries.granted_models_seen(self.database, asker)
        held = granted(self.database, asker, Kind.MODEL, [model.id for model in models])
        return [
            UsableModel(
                model.provider,
                model.name,
                model.type,
                model.context,
                is_on=model.is_on,
                level=LEVELS[held[model.id]],
            )
            for model in models
            if model.provider in self.catalogue.providers
            if model.is_on or held[model.id] >= Right.CHANGE
        ]

    @connected
    def grantable(self, asker: Principal, model_id: str) -> AddedModel:
        """Return a model of which the asker may say who uses it.

        Raises NotFoundError, and ForbiddenError for who may only use it.
        """
        found = queries.added_model(self.database, model_id)
        return check(self.database, asker, found, Right.MANAGE, Kind.MODEL, model_id)

    @connected
    def id_of(self, asker: Principal, provider: str, name: str, kind: ModelType) -> str:
        """Return the id of a model that the asker has added, or else of one that is granted.

        Raises NotFoundError.
        """
        own = queries.id_of_model(self.database, asker.tenant_id, provider, name, kind)
        if own:
            return own
        found = queries.granted_models_named(self.database, asker, provider, name)
        ids = [model.id for model in found if model.type == kind]
        if not ids:
            raise NotFoundError(Kind.MODEL, name, provider)
        return ids[0]

    @connected
    def keys(self, asker: Principal) -> dict[str, bool]:
        """Return where the asker has an account, and whether a key is kept for it."""
        accounts = queries.accounts(self.database, asker.tenant_id)
        return {account.provider: bool(account.encrypted_key) for account in accounts}

    def key_of(self, encrypted: str) -> str:
        """Return a key that is kept; empty where there is none, or it cannot be read any more."""
        try:
            return self.cipher.decrypt(encrypted) if encrypted else ""
        except InvalidToken:  # the secret key of the server has changed since
            return ""

    @connected
    def seen(self, asker: Principal) -> list[SeenProvider]:
        """Return all providers, with what the asker has there."""
        found = queries.accounts(self.database, asker.tenant_id)
        accounts = {account.provider: account for account in found}
        return [seen(provider, accounts.get(provider.name)) for provider in self.known()]

    def set_api_key(self, asker: Principal, new: NewAccount) -> None:
        """Store the asker's key and address for a provider, in place of those before."""
        provider = self.external(new.provider)
        self.check_address(asker, provider, new.base_url)
        if provider.needs_key and not new.api_key:
            raise KeyNeededError(provider.name)
        key = self.cipher.encrypt(new.api_key)
        self.put_account(asker, ProviderAccount(provider.name, new.base_url, key))

    def add_model(self, asker: Principal, new: NewModel) -> None:
        """Add a model of the asker that the registry does not name, mostly one it runs itself."""
        provider = self.external(new.provider)
        self.check_address(asker, provider, new.base_url)
        key = self.cipher.encrypt(new.api_key)
        self.put_model(
            asker, OwnModel(provider.name, new.name, new.type, new.context, new.base_url, key)
        )

    @connected
    def put_account(self, asker: Principal, account: ProviderAccount) -> None:
        """Write an account of the asker's."""
        queries.put_account(self.database, asker.tenant_id, account)

    @connected
    def put_model(self, asker: Principal, model: OwnModel) -> None:
        """Write a model of the asker's."""
        queries.put_model(self.database, asker.tenant_id, model)

    @connected
    def switch(self, asker: Principal, provider: str, name: str, *, on: bool) -> None:
        """Switch a model on, or off: then nobody can use it."""
        self.change(asker, ModelChange(provider, name, is_on=on))

    @connected
    def change(self, asker: Principal, wanted: ModelChange) -> None:
        """Change a model of the asker's, or one of somebody else that is granted to be changed.

        Where it is stays with its owner, as their key and all questions go there. Raises
        NotFoundError, and ForbiddenError for one that the asker may only use.
        """
        self.external(wanted.provider)
        values = self.columns(wanted)
        with self.database.atomic():
            tenant_id = self.owner(asker, wanted.provider, wanted.name)
            if values:
                queries.change_model(self.added_id(tenant_id, wanted), values)
            if wanted.is_on is False:
                queries.switch_off(self.database, tenant_id, wanted.provider, wanted.name)
            elif wanted.is_on:
                queries.switch_on(tenant_id, wanted.provider, wanted.name)

    def columns(self, wanted: ModelChange) -> dict[str, object]:
        """Return what is to be written of a model that was added."""
        values: dict[str, object] = {}
        if wanted.context is not None:
            values["context"] = wanted.context
        if wanted.api_key is not None:
            values["api_key_encrypted"] = self.cipher.encrypt(wanted.api_key)
        return values

    def added_id(self, tenant_id: str, wanted: ModelChange) -> str:
        """Return the id of a model that a tenant has added; raises NotFoundError."""
        found = queries.added_models(self.database, tenant_id, wanted.provider, wanted.name)
        for model in found:
            if model.type == wanted.type:
                return model.id
        raise NotFoundError(Kind.MODEL, wanted.name, wanted.provider)

    def owner(self, asker: Principal, provider: str, name: str) -> str:
        """Return whose models of a name the asker changes: their own, or else granted ones.

        Of these they have to be granted every type: one switch is for all.
        """
        known = [*self.listed(asker), *self.added(asker)]
        if (provider, name) in {(model.provider, model.name) for model in known}:
            return asker.tenant_id
        found = queries.granted_models_named(self.database, asker, provider, name)
        if not found:
            raise NotFoundError(Kind.MODEL, name, provider)
        owner = found[0].tenant_id
        for model in queries.added_models(self.database, owner, provider, name):
            try:
                check(self.database, asker, model, Right.CHANGE, Kind.MODEL, model.id)
            except (ForbiddenError, NotFoundError) as error:
                raise ForbiddenError(Kind.MODEL, name, provider) from error
        return owner

    @connected
    def delete_model(self, asker: Principal, provider: str, name: str) -> None:
        """Delete a model that the asker has added."""
        with self.database.atomic():
            deleted = queries.delete_model(self.database, asker.tenant_id, provider, name)
        if not deleted:
            raise NotFoundError(Kind.MODEL, name, provider)
        queries.switch_on(asker.tenant_id, provider, name)

    @connected
    def delete_provider(self, asker: Principal, name: str) -> None:
        """Delete the asker's key for a provider and the models it added there."""
        with self.database.atomic():
            queries.delete_provider(self.database, asker.tenant_id, name)

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
            raise AddressNeededError(provider.name)
        is_public_provider = address == provider.base_url and address.startswith("https://")
        if is_public_provider or self.is_administrator(asker.user_id):
            return
        if is_internal(address):
            raise NotAllowedError(
                f"{address} leads into the server's own network: only an administrator may use it."
            )

    @connected
    def is_administrator(self, user_id: str) -> bool:
        """Return whether a user administers the server."""
        return queries.is_administrator(self.database, user_id)


def is_among(model: UsableModel, known: Sequence[UsableModel]) -> bool:
    """Return whether there is a model of the same name and type."""
    return (model.name, model.type) in {(one.name, one.type) for one in known}


def seen(provider: Provider, account: ProviderAccount | None) -> SeenProvider:
    """Return a provider with what a tenant has there, if anything; the built-in one is there."""
    if account is None:
        return SeenProvider(provider, provider.base_url, provider.kind == "builtin", has_key=False)
    address = account.base_url or provider.base_url
    return SeenProvider(provider, address, is_set_up=True, has_key=bool(account.encrypted_key))
