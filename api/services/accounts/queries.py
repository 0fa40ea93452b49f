"""The statements about accounts, sessions, tenants, members and API keys."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from peewee import IntegrityError

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.models.account import ApiKey, Membership, Session, Tenant, User
from api.db.rows import delete_rows, tuple_rows
from api.db.sql import rows, run
from api.services.accounts.access import listed
from api.services.accounts.records import (
    STANDING,
    AccountRecord,
    AccountRole,
    CredentialRecord,
    KeyRecord,
    MemberRecord,
    MembershipRecord,
    Person,
    Principal,
    ProfileRecord,
    Role,
    SessionRecord,
    TenantRecord,
)
from api.services.accounts.scopes import scope_of
from api.services.accounts.values import WantedKey
from api.things import Kind

ACCOUNT = [getattr(User, name) for name in AccountRecord._fields]
PROFILE = [getattr(User, name) for name in ProfileRecord._fields]
SESSION = [getattr(Session, name) for name in SessionRecord._fields]
TENANT = [getattr(Tenant, name) for name in TenantRecord._fields]

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

FIND_SESSION = (
    "SELECT s.id, s.user_id, s.last_used_time, m.tenant_id"
    " FROM account_session s JOIN account a ON a.id = s.user_id"
    " LEFT JOIN membership m ON m.user_id = s.user_id AND m.tenant_id <> s.user_id"
    " AND m.role <> 'invite'"
    " WHERE s.token_hash = ? AND a.is_active"
)
"""A row for each tenant in which the user is another's member, one with NULL where there is none:
who asks, and their teams, are found in one statement."""

FIND_TEAMS = (
    "SELECT tenant_id FROM membership WHERE user_id = ? AND tenant_id <> ? AND role <> 'invite'"
)

KEY = ["scope" if name == "kept_scope" else name for name in KeyRecord._fields]

LIST_KEYS = (
    f"SELECT {', '.join(KEY)}"  # noqa: S608 - names of columns
    " FROM api_key WHERE tenant_id = ? AND revoked_time = 0"
    " ORDER BY create_time DESC, id DESC"
)

LIST_MEMBERS = (
    "SELECT m.user_id, a.email, a.nickname, a.avatar, m.role, m.create_time, m.update_time"
    " FROM membership m JOIN account a ON a.id = m.user_id"
    " WHERE m.tenant_id = ? ORDER BY m.create_time, m.user_id"
)

LIST_MEMBERSHIPS = (
    "SELECT m.tenant_id, m.role, a.nickname, a.email, a.avatar, m.update_time"
    " FROM membership m JOIN account a ON a.id = m.tenant_id"
    " WHERE m.user_id = ? ORDER BY m.create_time, m.tenant_id"
)
"""The owner of a tenant is the account with the same id."""

# Accounts.


def any_account(database: Database) -> bool:
    """Return whether there is an account at all."""
    return bool(rows(database, "SELECT 1 FROM account LIMIT 1"))


def list_accounts() -> list[AccountRecord]:
    """Return all accounts, the oldest first."""
    found = User.select(*ACCOUNT).order_by(User.create_time, User.id)
    return [AccountRecord._make(row) for row in tuple_rows(found)]


def people(database: Database, ids: Iterable[str]) -> dict[str, Person]:
    """Return those users that there are, by id."""
    listing = Listing(database, "account", Person._fields).where_in("id", sorted(set(ids)))
    return {row[0]: Person._make(row) for row in listing.tuples()}


def find_profile(user_id: str) -> ProfileRecord | None:
    """Return what a user sees of themselves."""
    row = User.select(*PROFILE).where(User.id == user_id).tuples().first()
    return ProfileRecord._make(row) if row else None


def find_credentials(email: str) -> CredentialRecord | None:
    """Return what the password of an address is compared with."""
    columns = (User.id, User.password_hash, User.is_active, User.is_pending)
    row = User.select(*columns).where(User.email == email).tuples().first()
    return CredentialRecord._make(row) if row else None


def password_hash_of(database: Database, user_id: str) -> str:
    """Return the hash that is kept of a user's password; empty if there is no such user."""
    found = rows(database, "SELECT password_hash FROM account WHERE id = ?", user_id)
    return str(found[0][0]) if found else ""


def add_account(
    database: Database, email: str, nickname: str, password_hash: str, role: AccountRole
) -> AccountRecord | None:
    """Write a user with their tenant, whose owner they are; None if the address is taken."""
    standing = STANDING[role]
    row = User(email=email, nickname=nickname, password_hash=password_hash, **standing)
    try:
        with database.atomic():
            row.save(force_insert=True)
            Tenant.create(id=row.id, name=nickname)
            Membership.create(tenant_id=row.id, user_id=row.id, role=Role.OWNER.value)
    except IntegrityError:
        return None
    return AccountRecord(row.id, email, nickname, row.create_time, **standing)


def change_account(user_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a user."""
    User.update(**columns, update_time=now_ms()).where(User.id == user_id).execute()


def replace_hash(database: Database, kept: CredentialRecord, fresh: str) -> None:
    """Write another hash of a password, unless it is no longer the one that is known."""
    statement = "UPDATE account SET password_hash = ? WHERE id = ? AND password_hash = ?"
    run(database, statement, fresh, kept.user_id, kept.password_hash)


def record_sign_in(database: Database, user_id: str, password_hash: str) -> bool:
    """Write down that a user signs in now; false if they may not, or have another hash by now.

    An empty hash stands for any. Until the transaction ends, the password cannot be changed.
    """
    statement = "UPDATE account SET last_login_time = ? WHERE id = ? AND is_active"
    if password_hash:
        return (
            run(database, f"{statement} AND password_hash = ?", now_ms(), user_id, password_hash)
            > 0
        )
    return run(database, statement, now_ms(), user_id) > 0


# Sessions.


def find_session(database: Database, token_hash: str) -> tuple[Principal, int] | None:
    """Return whose session has a token, and when it was used last as far as is recorded."""
    found = rows(database, FIND_SESSION, token_hash)
    if not found:
        return None
    session_id, user_id, last_used, team = found[0]
    teams = teams_in(found) if team else ()
    return Principal(user_id, user_id, teams=teams, session_id=session_id), last_used


def add_session(user_id: str, token_hash: str, agent: str) -> None:
    """Write a session that begins now."""
    now = now_ms()
    Session.create(
        user_id=user_id,
        token_hash=token_hash,
        agent=agent,
        create_time=now,
        update_time=now,
        last_used_time=now,
    )


def list_sessions(user_id: str) -> list[SessionRecord]:
    """Return a user's sessions, the newest first."""
    chosen = Session.select(*SESSION).where(Session.user_id == user_id)
    ordered = chosen.order_by(Session.create_time.desc(), Session.id.desc())
    return [SessionRecord._make(row) for row in tuple_rows(ordered)]


def record_session_used(session_id: str) -> None:
    """Write down that a session is used now."""
    Session.update(last_used_time=now_ms()).where(Session.id == session_id).execute()


def end_sessions(session_ids: list[str]) -> None:
    """Delete sessions by their ids."""
    delete_rows(Session, Session.id.in_(session_ids))


def end_sessions_of(user_id: str, but: str = "") -> None:
    """Delete all sessions of a user, or all but one."""
    delete_rows(Session, (Session.user_id == user_id) & (Session.id != but))


# Tenants and their members.


def find_tenant(tenant_id: str) -> TenantRecord | None:
    """Return a tenant."""
    row = Tenant.select(*TENANT).where(Tenant.id == tenant_id).tuples().first()
    return TenantRecord._make(row) if row else None


def change_tenant(tenant_id: str, columns: Mapping[str, str]) -> None:
    """Write columns of a tenant."""
    Tenant.update(**columns, update_time=now_ms()).where(Tenant.id == tenant_id).execute()


def list_members(database: Database, tenant_id: str) -> list[MemberRecord]:
    """Return the members of a tenant, those of longest standing first."""
    return [MemberRecord._make(row) for row in rows(database, LIST_MEMBERS, tenant_id)]


def list_memberships(database: Database, user_id: str) -> list[MembershipRecord]:
    """Return the tenants in which a user has a role, the oldest role first."""
    return [MembershipRecord._make(row) for row in rows(database, LIST_MEMBERSHIPS, user_id)]


def add_member(database: Database, tenant_id: str, user_id: str, role: Role) -> bool:
    """Write a role of a user in a tenant; false if they have one already."""
    try:
        with database.atomic():
            Membership.create(tenant_id=tenant_id, user_id=user_id, role=role.value)
    except IntegrityError:
        return False
    return True


def accept_invitation(tenant_id: str, user_id: str) -> bool:
    """Make somebody who is invited a member; false if they are not invited."""
    held = (Membership.tenant_id == tenant_id) & (Membership.user_id == user_id)
    change = Membership.update(role=Role.MEMBER.value, update_time=now_ms())
    return bool(change.where(held & (Membership.role == Role.INVITED.value)).execute())


def remove_member(tenant_id: str, user_id: str) -> bool:
    """End a membership or an invitation, but not an owner's role; false if there is none."""
    held = (Membership.tenant_id == tenant_id) & (Membership.user_id == user_id)
    return bool(delete_rows(Membership, held & (Membership.role != Role.OWNER.value)))


def owner_of(database: Database, tenant_id: str) -> Principal:
    """Return the owner of a tenant as one who asks."""
    found = rows(database, FIND_TEAMS, tenant_id, tenant_id)
    return Principal(tenant_id, tenant_id, teams=teams_in(found))


# API keys.


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


def teams_in(found: list[tuple[Any, ...]]) -> tuple[str, ...]:
    """Return the last column of the rows of FIND_KEY or FIND_SESSION."""
    return tuple(row[-1] for row in found)


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
    changed: int = (
        ApiKey.update(revoked_time=now, update_time=now, key_encrypted="")
        .where(ApiKey.id.in_(key_ids))
        .execute()
    )
    return changed
