"""The statements about API keys."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.models.account import ApiKey
from api.db.rows import tuple_rows
from api.db.sql import rows
from api.db.versions import revoking
from api.services.accounts.access import listed
from api.services.accounts.queries.accounts import teams_in
from api.services.accounts.records import KeyRecord, Principal
from api.services.accounts.scopes import scope_of
from api.services.accounts.values import WantedKey
from api.things import Kind

FIND_KEY = (
    "SELECT k.id, k.tenant_id, k.user_id, k.last_used_time, k.contract, k.scope, k.expires_time,"
    " m.tenant_id"
    " FROM api_key k JOIN account a ON a.id = k.user_id"
    " LEFT JOIN membership m ON m.user_id = k.user_id AND m.tenant_id <> k.tenant_id"
    " AND m.role <> 'invite'"
    " WHERE k.key_hash = ? AND k.revoked_time = 0 AND a.is_active"
)

KEYS_BEGINNING = (
    "SELECT k.id, k.tenant_id, k.user_id, k.scope, m.tenant_id"
    " FROM api_key k JOIN account a ON a.id = k.user_id"
    " LEFT JOIN membership m ON m.user_id = k.user_id AND m.tenant_id <> k.tenant_id"
    " AND m.role <> 'invite'"
    " WHERE k.id > ? AND k.id < ? AND k.revoked_time = 0 AND a.is_active"
    " AND (k.expires_time = 0 OR k.expires_time > :now) ORDER BY k.id"
)

KEY = ["scope" if name == "kept_scope" else name for name in KeyRecord._fields]

LIST_KEYS = (
    f"SELECT {', '.join(KEY)}"  # noqa: S608 - names of columns
    " FROM api_key WHERE tenant_id = ? AND revoked_time = 0"
    " ORDER BY create_time DESC, id DESC"
)


def find_key(database: Database, key_hash: str) -> tuple[Principal, int, int] | None:
    """Return who a key stands for, when it was used last as far as is recorded, and its end."""
    found = rows(database, FIND_KEY, key_hash)
    if not found:
        return None
    key_id, tenant_id, user_id, last_used, contract, scope, expires, team = found[0]
    teams = teams_in(found) if team else ()
    asker = Principal(tenant_id, user_id, key_id, teams, contract=contract, scope=scope_of(scope))
    return asker, last_used, expires


def keys_beginning(database: Database, beginning: str) -> list[Principal]:
    """Return whom the keys stand for whose ids begin so; `g` comes after all that ids have."""
    found = rows(database, KEYS_BEGINNING, beginning, f"{beginning}g")
    return [
        Principal(
            tenant_id,
            user_id,
            key_id,
            tuple(row[4] for row in group if row[4]),
            scope=scope_of(scope),
        )
        for (key_id, tenant_id, user_id, scope), group in (
            (key, list(each)) for key, each in groupby(found, itemgetter(0, 1, 2, 3))
        )
    ]


def record_key_used(key_id: str) -> None:
    """Write down that a key is used now."""
    ApiKey.update(last_used_time=now_ms()).where(ApiKey.id == key_id).execute()


def add_key(owner: Principal, wanted: WantedKey, key_hash: str, hint: str, kept: str) -> KeyRecord:
    """Write a key; `kept` is the key itself, encrypted, or nothing."""
    row = ApiKey.create(
        tenant_id=owner.tenant_id,
        user_id=owner.user_id,
        name=wanted.name,
        key_hash=key_hash,
        hint=hint,
        contract=wanted.contract,
        key_encrypted=kept,
        scope=wanted.scope.kept,
        expires_time=wanted.expires_time,
        note=wanted.note,
    )
    return KeyRecord._make([getattr(row, field) for field in KEY])


def readable_datasets(database: Database, asker: Principal, ids: Sequence[str]) -> set[str]:
    """Return those of some datasets that the asker may read."""
    clause, values = listed(database, asker, Kind.DATASET, "permission = 'team'")
    found = Listing(database, "dataset", ("id",)).where_in("id", ids).where(clause, *values)
    return {dataset_id for (dataset_id,) in found.tuples()}


def change_key(tenant_id: str, key_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a tenant's key that was not revoked."""
    held = (ApiKey.tenant_id == tenant_id) & (ApiKey.revoked_time == 0)
    changed = {**columns, "update_time": now_ms()}
    with revoking():
        ApiKey.update(changed).where(held & (ApiKey.id == key_id)).execute()


def key_of(database: Database, tenant_id: str, key_id: str) -> KeyRecord | None:
    """Return a tenant's key that was not revoked."""
    listing = Listing(database, "api_key", KEY).where("tenant_id = ?", tenant_id)
    found = listing.where("id = ?", key_id).where("revoked_time = 0").tuples()
    return KeyRecord._make(found[0]) if found else None


def list_keys(
    database: Database, tenant_id: str, limit: int | None, offset: int
) -> list[KeyRecord]:
    """Return a tenant's keys, newest first; all, or some of them. Revoked ones are left out."""
    if limit is None:
        found = rows(database, LIST_KEYS, tenant_id)
    else:
        found = rows(database, f"{LIST_KEYS} LIMIT ? OFFSET ?", tenant_id, limit, offset)
    return [KeyRecord._make(row) for row in found]


def kept_keys(database: Database, tenant_id: str) -> dict[str, str]:
    """Return those of a tenant's keys that are kept, encrypted, by their ids."""
    statement = (
        "SELECT id, key_encrypted FROM api_key"
        " WHERE tenant_id = ? AND revoked_time = 0 AND key_encrypted <> ''"
    )
    return dict(rows(database, statement, tenant_id))


def keys_named(tenant_id: str, name: str, key_hash: str, *, begins: bool) -> list[str]:
    """Return the ids of a tenant's keys with this id or hash, or that begin so."""
    named = (ApiKey.id == name) | (ApiKey.key_hash == key_hash)
    if begins:
        named |= ApiKey.hint.startswith(name)
    held = (ApiKey.tenant_id == tenant_id) & (ApiKey.revoked_time == 0)
    return [key_id for (key_id,) in tuple_rows(ApiKey.select(ApiKey.id).where(held & named))]


def revoke_keys(key_ids: list[str]) -> int:
    """Revoke keys; return how many there were."""
    now = now_ms()
    change = ApiKey.update(revoked_time=now, update_time=now, key_encrypted="")
    with revoking():
        return int(change.where(ApiKey.id.in_(key_ids)).execute())
