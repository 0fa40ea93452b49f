"""API keys: made, listed, revoked, and turned into who is asking."""

import hashlib
import secrets
import time
from typing import Any

from peewee import Database

from api.db.base import now_ms
from api.db.connection import connected
from api.db.models.account import ApiKey
from api.db.rows import tuple_rows
from api.db.sql import rows
from api.errors import ConflictError
from api.services.accounts.records import Principal

PREFIX = "ragflow-"

USE_RECORDED_EVERY = 60_000
"""How old, in ms, a key's recorded last use gets before a further use is written down."""


FIND_SQL = (
    "SELECT k.id, k.tenant_id, k.user_id, k.last_used_time"
    " FROM api_key k JOIN account a ON a.id = k.user_id"
    " WHERE k.key_hash = ? AND k.revoked_time = 0 AND a.is_active"
)

SHOWN = ("id", "tenant_id", "name", "hint", "create_time", "update_time", "last_used_time")
"""The columns of a key that its owner may see."""

LIST_SQL = (
    "SELECT id, tenant_id, name, hint, create_time, update_time, last_used_time"
    " FROM api_key WHERE tenant_id = ? AND revoked_time = 0"
    " ORDER BY create_time DESC, id DESC"
)


class ApiKeyService:
    """Keys for the REST API, of which only a hash and a hint are kept."""

    def __init__(self, database: Database) -> None:
        """Remember the database; nothing is connected to."""
        self.database = database

    @connected
    def authenticate(self, key: str) -> Principal | None:
        """Return who a key stands for, None if it is wrong or revoked; note that it was used."""
        found = rows(self.database, FIND_SQL, digest(key))
        if not found:
            return None
        key_id, tenant_id, user_id, last_used = found[0]
        if time.time() * 1000 - last_used > USE_RECORDED_EVERY:
            ApiKey.update(last_used_time=now_ms()).where(ApiKey.id == key_id).execute()
        return Principal(tenant_id, user_id, key_id)

    def create(self, tenant_id: str, user_id: str, name: str = "") -> dict[str, Any]:
        """Make a key and return what may be shown of it, and this once the `key` itself."""
        key = new_key()
        return {**self.add(tenant_id, user_id, name, key), "key": key}

    @connected
    def add(self, tenant_id: str, user_id: str, name: str, key: str) -> dict[str, Any]:
        """Keep a given key and return what may be shown of it."""
        row = ApiKey.create(
            tenant_id=tenant_id, user_id=user_id, name=name, key_hash=digest(key), hint=hint(key)
        )
        return {name: getattr(row, name) for name in SHOWN}

    @connected
    def list_keys(
        self, tenant_id: str, limit: int | None = None, offset: int = 0
    ) -> list[dict[str, Any]]:
        """Return what may be shown of a tenant's keys, newest first; revoked ones are left out.

        All of them where there is no `limit`.
        """
        if limit is None:
            found = rows(self.database, LIST_SQL, tenant_id)
        else:
            page = f"{LIST_SQL} LIMIT ? OFFSET ?"
            found = rows(self.database, page, tenant_id, limit, offset)
        return [dict(zip(SHOWN, row, strict=True)) for row in found]

    @connected
    def revoke(self, tenant_id: str, key: str) -> bool:
        """Revoke the key with this id, full text or beginning; tell whether there was one.

        Raises ConflictError when several keys begin so.
        """
        named = (ApiKey.id == key) | (ApiKey.key_hash == digest(key))
        if key.startswith(PREFIX) and len(key) > len(PREFIX):
            named |= ApiKey.hint.startswith(key)
        chosen = ApiKey.select(ApiKey.id).where(
            ApiKey.tenant_id == tenant_id, ApiKey.revoked_time == 0, named
        )
        ids = [row[0] for row in tuple_rows(chosen)]
        if len(ids) > 1:
            raise ConflictError(f"Several keys begin with {key}: revoke one by its id.")
        changed: int = (
            ApiKey.update(revoked_time=now_ms(), update_time=now_ms())
            .where(ApiKey.id.in_(ids))
            .execute()
        )
        return changed > 0


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
