"""API keys: made, listed, revoked, and turned into who is asking."""

import hashlib
import secrets
import time
from collections.abc import Callable

from cryptography.fernet import InvalidToken

from api.config.settings import AuthSettings
from api.db.connection import Database, connected
from api.errors import ConflictError
from api.services.accounts import queries
from api.services.accounts.records import KeyRecord, NewKey, Principal
from api.services.accounts.secrets import Cipher
from api.services.accounts.values import WantedKey

PREFIX = "ragflow-"

USE_RECORDED_EVERY = 60_000
"""How old, in ms, a recorded last use gets before a further use is written down."""


class ApiKeyService:
    """Keys for the REST API, of which a hash and a hint are kept.

    While the settings want keys to be readable, new ones are kept encrypted beside their hash.
    """

    def __init__(
        self, database: Database, cipher: Cipher, settings: Callable[[], AuthSettings]
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.cipher = cipher
        self.settings = settings

    @connected
    def authenticate(self, key: str) -> Principal | None:
        """Return who a key stands for, None if it is wrong or revoked; note that it was used."""
        found = queries.find_key(self.database, digest(key))
        if found is None:
            return None
        asker, last_used = found
        if time.time() * 1000 - last_used > USE_RECORDED_EVERY:
            queries.record_key_used(asker.key_id)
        return asker

    def create(self, asker: Principal, name: str = "", contract: str = "") -> NewKey:
        """Make a key, which is known whole this once; it is answered in a contract."""
        key = new_key()
        return NewKey(self.add(asker, name, key, contract), key)

    @connected
    def add(self, asker: Principal, name: str, key: str, contract: str = "") -> KeyRecord:
        """Store a given key."""
        kept = self.cipher.encrypt(key) if self.settings().keys_readable else ""
        return queries.add_key(asker, WantedKey(name, contract), digest(key), hint(key), kept)

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
