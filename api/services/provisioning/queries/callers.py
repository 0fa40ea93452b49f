"""The keys by which identity providers look after people."""

import time
from typing import NamedTuple

from api.db.connection import Database, connection
from api.db.sql import rows
from api.services.accounts.scopes import scope_of

DOOR = "scim"

SCOPED_KEYS = (
    "SELECT k.name, k.scope, k.last_used_time, k.expires_time, a.is_active AND a.is_superuser"
    " FROM api_key k JOIN account a ON a.id = k.user_id"
    " WHERE k.revoked_time = 0 AND k.scope <> '' ORDER BY k.id"
)


class Caller(NamedTuple):
    """A key that names this door; it is refused where its owner is no administrator any more."""

    name: str
    was_used: bool
    is_over: bool
    is_allowed: bool


def callers(database: Database) -> list[Caller]:
    """Return the keys whose scope names the door of SCIM."""
    now = time.time() * 1000
    with connection(database):
        found = rows(database, SCOPED_KEYS)
    return [
        Caller(name, bool(last_used), 0 < expires <= now, bool(is_allowed))
        for name, scope, last_used, expires, is_allowed in found
        if DOOR in scope_of(scope).doors
    ]
