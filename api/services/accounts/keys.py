"""API keys: made, listed, revoked, and turned into who is asking."""

import hashlib
import secrets
import time
from collections.abc import Callable

from cryptography.fernet import InvalidToken

from api.config.settings import AuthSettings
from api.db.connection import Database, connected
from api.errors import ArgumentError, ConflictError, ExpiredKeyError, NotFoundError
from api.secrets import Cipher
from api.services.accounts.queries import keys as queries
from api.services.accounts.records import KeyRecord, NewKey, Principal
from api.services.accounts.remembered import Found, Remembered
from api.services.accounts.scopes import Scope
from api.services.accounts.values import KeyChange, WantedKey
from api.services.unset import UNSET
from api.things import Kind

PREFIX = "ragflow-"

USE_RECORDED_EVERY = 60_000
"""How old, in ms, a recorded last use gets before a further use is written down."""


class ApiKeyService:
    """Keys for the REST API, of which a hash and a hint are kept.

    While the settings want keys to be readable, new ones are kept encrypted beside their hash.
    """

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        settings: Callable[[], AuthSettings],
        remembered: Remembered,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.cipher = cipher
        self.settings = settings
        self.remembered = remembered

    def authenticate(self, key: str) -> Principal | None:
        """Return who a key stands for, None if it is wrong or revoked; note that it was used.

        Raises ExpiredKeyError.
        """
        key_hash = digest(key)
        found = self.remembered.find(key_hash, lambda: self.look_up(key_hash))
        if found is None:
            return None
        if 0 < found.ends <= time.time() * 1000:
            raise ExpiredKeyError
        return found.asker

    @connected
    def look_up(self, key_hash: str) -> Found | None:
        """Return who a key stands for and when it ends; note that it was used."""
        found = queries.find_key(self.database, key_hash)
        if found is None:
            return None
        asker, last_used, expires = found
        now = time.time() * 1000
        if now - last_used > USE_RECORDED_EVERY and not 0 < expires <= now:
            queries.record_key_used(asker.key_id)
        return Found(asker, expires)

    def create(self, asker: Principal, name: str = "", contract: str = "") -> NewKey:
        """Make a key for everything, which is known whole this once; it has a contract."""
        return self.make(asker, WantedKey(name, contract))

    def make(self, asker: Principal, wanted: WantedKey) -> NewKey:
        """Make a key, which is known whole this once.

        Raises ArgumentError for one that is over, and NotFoundError for unknown datasets.
        """
        check_end(wanted.expires_time)
        self.check_datasets(asker, wanted.scope)
        key = new_key()
        return NewKey(self.store(asker, wanted, key), key)

    def add(self, asker: Principal, name: str, key: str) -> KeyRecord:
        """Store a given key."""
        return self.store(asker, WantedKey(name), key)

    @connected
    def store(self, asker: Principal, wanted: WantedKey, key: str) -> KeyRecord:
        """Write a key as the settings want it."""
        kept = self.cipher.encrypt(key) if self.settings().keys_readable else ""
        return queries.add_key(asker, wanted, digest(key), hint(key), kept)

    @connected
    def change(self, asker: Principal, key_id: str, change: KeyChange) -> KeyRecord:
        """Change what is given of a key of the asker's tenant and return it.

        Raises NotFoundError, and ArgumentError for an end that is over.
        """
        if change.expires_time is not UNSET:
            check_end(change.expires_time)
        if change.scope is not UNSET:
            self.check_datasets(asker, change.scope)
        found = queries.key_of(self.database, asker.tenant_id, key_id)
        if found is None:
            raise NotFoundError(Kind.KEY, key_id)
        queries.change_key(asker.tenant_id, key_id, columns_of(change))
        return queries.key_of(self.database, asker.tenant_id, key_id) or found

    @connected
    def check_datasets(self, asker: Principal, scope: Scope) -> None:
        """Raise NotFoundError for datasets of a scope that the asker may not read."""
        ids = sorted(scope.dataset_ids)
        known = queries.readable_datasets(self.database, asker, ids) if ids else ids
        if missing := [dataset_id for dataset_id in ids if dataset_id not in known]:
            raise NotFoundError(Kind.DATASET, *missing)

    @connected
    def list_keys(
        self, asker: Principal, limit: int | None = None, offset: int = 0
    ) -> list[KeyRecord]:
        """Return the keys of the asker's tenant, newest first; revoked ones are left out.

        All of them where there is no `limit`.
        """
        return queries.list_keys(self.database, asker.tenant_id, limit, offset)

    @connected
    def readable(self, asker: Principal) -> dict[str, str]:
        """Return the keys of the asker's tenant that can be shown whole, by their ids."""
        if not self.settings().keys_readable:
            return {}
        kept = queries.kept_keys(self.database, asker.tenant_id)
        read = {key_id: self.read(encrypted) for key_id, encrypted in kept.items()}
        return {key_id: key for key_id, key in read.items() if key}

    def read(self, encrypted: str) -> str:
        """Return a key that was kept; empty if the server's secret has changed since."""
        try:
            return self.cipher.decrypt(encrypted)
        except InvalidToken:
            return ""

    @connected
    def revoke(self, asker: Principal, key: str) -> bool:
        """Revoke the key with this id, full text or beginning; tell whether there was one.

        Raises ConflictError when several keys begin so.
        """
        begins = key.startswith(PREFIX) and len(key) > len(PREFIX)
        ids = queries.keys_named(asker.tenant_id, key, digest(key), begins=begins)
        if len(ids) > 1:
            raise ConflictError(f"Several keys begin with {key}: revoke one by its id.")
        return queries.revoke_keys(ids) > 0


def check_end(expires_time: int) -> None:
    """Raise ArgumentError for an end of a key that is not to come."""
    if 0 < expires_time <= time.time() * 1000:
        raise ArgumentError("`expires_time` is over: give ms since 1970, or leave it out.")


def columns_of(change: KeyChange) -> dict[str, object]:
    """Return the columns of a key that a change writes."""
    scope = UNSET if change.scope is UNSET else change.scope.kept
    given = {
        "name": change.name,
        "scope": scope,
        "expires_time": change.expires_time,
        "note": change.note,
    }
    return {name: value for name, value in given.items() if value is not UNSET}


def new_key() -> str:
    """Return a key that nobody has: 256 random bits in 43 characters after the prefix."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """Return the SHA-256 of a key in hex, which is what is stored of it.

    A plain hash is enough: a key holds 256 random bits, which nobody can guess through it.
    """
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def hint(key: str) -> str:
    """Return how a key begins and ends, by which its owner recognises it."""
    return f"{key[: len(PREFIX) + 4]}...{key[-4:]}"
