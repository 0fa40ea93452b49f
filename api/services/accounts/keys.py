"""API keys: made, listed, revoked, and turned into who is asking."""

import hashlib
import secrets
import time

from api.db.connection import Database, connected
from api.errors import ConflictError
from api.services.accounts import queries
from api.services.accounts.records import KeyRecord, NewKey, Principal
from api.services.accounts.values import WantedKey

PREFIX = "ragflow-"

USE_RECORDED_EVERY = 60_000
"""How old, in ms, a recorded last use gets before a further use is written down."""


class ApiKeyService:
    """Keys for the REST API, of which only a hash and a hint are kept."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database; nothing is connected to."""
        self.database = database

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
        return queries.add_key(asker, WantedKey(name, contract), digest(key), hint(key))

    @connected
    def list_keys(
        self, asker: Principal, limit: int | None = None, offset: int = 0
    ) -> list[KeyRecord]:
        """Return the keys of the asker's tenant, newest first; revoked ones are left out.

        All of them where there is no `limit`.
        """
        return queries.list_keys(self.database, asker.tenant_id, limit, offset)

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
