"""Endpoints of chat models as connections: each an address and a key, and the models it has there.

A connection is what models that somebody has added share: nothing else is kept of it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import orjson

from api.db.connection import Database, connected
from api.errors import ArgumentError, FetchError, RuleError
from api.fetching.calls import Caller, Request
from api.services.accounts.records import Principal
from api.services.models import queries
from api.services.models.catalogue import Provider
from api.services.models.providers import ProviderService
from api.services.models.records import OwnModel

MOST = 50
MOST_MODELS = 1000
SECONDS = 10.0
"""For which an endpoint is waited that is asked for its models."""

LONGEST_NAME = 128
MOST_BYTES = 4 << 20


class Connection(NamedTuple):
    """An endpoint: where it is, its key, the chat models there, and whether these are on."""

    url: str
    key: str
    models: tuple[str, ...] = ()
    is_on: bool = True
    keeps_key: bool = False


class ConnectionService:
    """Shows, verifies and replaces the endpoints of a provider's models of one's own."""

    def __init__(
        self,
        database: Database,
        providers: ProviderService,
        caller: Caller,
        context: Callable[[], int],
    ) -> None:
        """Initialize with the parts; `context` returns how many tokens a model takes in."""
        self.database = database
        self.providers = providers
        self.caller = caller
        self.context = context

    @connected
    def every(self, asker: Principal, provider: str) -> list[Connection]:
        """Return the asker's endpoints at a provider, in the order of their first models."""
        found: dict[tuple[str, str], list[str]] = {}
        off = queries.models_off(self.database, asker.tenant_id)
        for model in self.models(asker, provider):
            place = (model.base_url, self.key_of(model))
            found.setdefault(place, []).append(model.name)
        return [
            Connection(*place, tuple(names), any((provider, name) not in off for name in names))
            for place, names in found.items()
        ]

    def models(self, asker: Principal, provider: str) -> list[OwnModel]:
        """Return the chat models of the asker at a provider that have an address of their own."""
        return [
            one
            for one in queries.own_models(self.database, asker.tenant_id)
            if one.provider == provider and one.type == "chat" and one.base_url
        ]

    def key_of(self, model: OwnModel) -> str:
        """Return the key of a model; empty where there is none, or it cannot be read any more."""
        return self.providers.key_of(model.encrypted_key)

    def verify(self, asker: Principal, provider: str, wanted: Connection) -> list[str]:
        """Return the models that an endpoint has.

        Raises NotAllowedError for an address that is not for the asker, and FetchError.
        """
        self.providers.check_address(asker, self.providers.external(provider), wanted.url)
        return self.asked(wanted)

    def asked(self, wanted: Connection) -> list[str]:
        """Ask an endpoint for its models; raises FetchError."""
        headers = {"Accept": "application/json"}
        if wanted.key:
            headers["Authorization"] = f"Bearer {wanted.key}"
        request = Request("GET", f"{wanted.url}/models", headers, b"", SECONDS, MOST_BYTES)
        with self.caller.call(request) as reply:
            content = reply.content()
        if reply.status >= 300:  # noqa: PLR2004 - as RFC 9110 has it
            raise FetchError(
                f"{wanted.url} answers {reply.status} when it is asked for its models."
            )
        return names_in(content, wanted.url)

    def replace(
        self, asker: Principal, provider: str, wanted: Sequence[Connection]
    ) -> list[Connection]:
        """Let there be these endpoints, and no others, and return them.

        One for which no models are named is asked for them, before anything is written. Raises
        NotAllowedError, FetchError, and RuleError for an endpoint without a model.
        """
        known = self.providers.external(provider)
        before = {one.url: one.key for one in self.every(asker, provider)}
        whole = [
            one._replace(key=before.get(one.url, "")) if one.keeps_key else one for one in wanted
        ]
        for one in whole:
            self.providers.check_address(asker, known, one.url)
        filled = [
            one if one.models else one._replace(models=tuple(self.asked(one))) for one in whole
        ]
        for one in filled:
            if not one.models:
                raise RuleError(f"{one.url} has no models: name some in `model_ids`.")
        self.write(asker, known, filled)
        return self.every(asker, provider)

    @connected
    def write(self, asker: Principal, provider: Provider, wanted: Sequence[Connection]) -> None:
        """Write the models of endpoints; of several of a name the first one is it."""
        models: dict[str, Connection] = {}
        for one in wanted:
            for name in one.models:
                models.setdefault(name, one)
        if len(models) > MOST_MODELS:
            raise RuleError(f"There may be {MOST_MODELS:,} models of endpoints.")
        with self.database.atomic():
            kept = {one.name: one for one in self.models(asker, provider.name)}
            for name in kept.keys() - models.keys():
                queries.delete_chat_model(self.database, asker.tenant_id, provider.name, name)
                queries.switch_on(asker.tenant_id, provider.name, name)
            for name, one in models.items():
                self.put(asker, provider.name, name, one, kept.get(name))

    def put(
        self, asker: Principal, provider: str, name: str, one: Connection, kept: OwnModel | None
    ) -> None:
        """Write a model of an endpoint, switched on or off."""
        is_same = kept and (kept.base_url, self.key_of(kept)) == (one.url, one.key)
        if not is_same:
            key = self.providers.cipher.encrypt(one.key) if one.key else ""
            context = kept.context if kept else self.context()
            made = OwnModel(provider, name, "chat", context, one.url, key)
            queries.put_model(self.database, asker.tenant_id, made)
        if one.is_on:
            queries.switch_on(asker.tenant_id, provider, name)
        else:
            queries.switch_off(self.database, asker.tenant_id, provider, name)


def names_in(content: bytes, url: str) -> list[str]:
    """Return the names in a list of models as OpenAI's API has it; raises FetchError."""
    try:
        found = orjson.loads(content)
    except ValueError as error:
        raise FetchError(f"{url} answers something else than a list of models.") from error
    listed = found.get("data") if isinstance(found, Mapping) else found
    if not isinstance(listed, list):
        raise FetchError(f"{url} answers something else than a list of models.")
    names = [str(one.get("id") or "") for one in listed if isinstance(one, Mapping)]
    good = [name for name in names if name and len(name) <= LONGEST_NAME and "\0" not in name]
    return list(dict.fromkeys(good))[:MOST_MODELS]


def checked(urls: Sequence[str]) -> None:
    """Raise ArgumentError for too many endpoints, and for one that is named twice."""
    if len(urls) > MOST:
        raise ArgumentError(f"There may be {MOST} endpoints.")
    if repeated := sorted({one for one in urls if urls.count(one) > 1}):
        raise ArgumentError(f"{repeated[0]} is named twice: give each endpoint once.")
