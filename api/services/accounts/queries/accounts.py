"""The statements about accounts, sessions, tenants and members."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from peewee import IntegrityError, SqliteDatabase

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.models.account import Membership, Tenant, User
from api.db.models.group import GroupMember
from api.db.rows import delete_rows, tuple_rows
from api.db.sql import rows, run
from api.db.versions import revoked, revoking, shutting_out
from api.services.accounts.records import (
    STANDING,
    AccountRecord,
    AccountRole,
    CredentialRecord,
    KeptSession,
    MemberRecord,
    MembershipRecord,
    Person,
    Principal,
    ProfileRecord,
    Role,
    TenantRecord,
)

log = logging.getLogger(__name__)

ACCOUNT = [getattr(User, name) for name in AccountRecord._fields]
PROFILE = [getattr(User, name) for name in ProfileRecord._fields]
TENANT = [getattr(Tenant, name) for name in TenantRecord._fields]

FIND_SESSION = (
    "SELECT s.id, s.user_id, s.last_used_time, m.tenant_id"
    " FROM account_session s JOIN account a ON a.id = s.user_id"
    " LEFT JOIN membership m ON m.user_id = s.user_id AND m.tenant_id <> s.user_id"
    " AND m.role <> 'invite'"
    " WHERE s.{column} = ? AND a.is_active AND s.epoch >= a.session_epoch"
)
"""A row for each tenant in which the user is another's member, one with NULL where there is none:
who asks, and their teams, are found in one statement."""

FIND_TEAMS = (
    "SELECT tenant_id FROM membership WHERE user_id = ? AND tenant_id <> ? AND role <> 'invite'"
)

KEPT_SESSION = (*KeptSession._fields, "update_time")

ADD_SESSION = (
    f"INSERT INTO account_session ({', '.join(KEPT_SESSION)})"  # noqa: S608 - names of columns
    f" VALUES ({', '.join('?' * len(KEPT_SESSION))})"
)

COUNTS = "epoch >= (SELECT a.session_epoch FROM account a WHERE a.id = account_session.user_id)"

FIND_USER = (
    "SELECT a.id, m.tenant_id FROM account a"
    " LEFT JOIN membership m ON m.user_id = a.id AND m.tenant_id <> a.id AND m.role <> 'invite'"
    " WHERE a.id = ? AND a.is_active AND a.session_epoch <= ?"
)
"""The same for a session that is kept elsewhere: its user, and its epoch."""

LIST_MEMBERS = (
    "SELECT m.user_id, a.email, a.nickname, a.avatar, m.role, m.create_time, m.update_time"
    " FROM membership m JOIN account a ON a.id = m.user_id"
    " WHERE m.tenant_id = ? ORDER BY m.create_time, m.id"
)

LIST_MEMBERSHIPS = (
    "SELECT m.tenant_id, m.role, a.nickname, a.email, a.avatar, m.update_time"
    " FROM membership m JOIN account a ON a.id = m.tenant_id"
    " WHERE m.user_id = ? ORDER BY m.create_time, m.id"
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
    database: Database,
    email: str,
    nickname: str,
    password_hash: str,
    role: AccountRole,
    group_id: str = "",
) -> AccountRecord | None:
    """Write a user with their tenant, whose owner they are; None if the address is taken.

    They are in a group from the start, if it is there and no directory keeps it.
    """
    standing = STANDING[role]
    row = User(email=email, nickname=nickname, password_hash=password_hash, **standing)
    try:
        with database.atomic():
            row.save(force_insert=True)
            Tenant.create(id=row.id, name=nickname)
            Membership.create(tenant_id=row.id, user_id=row.id, role=Role.OWNER.value)
            if group_id and not join(database, group_id, row.id):
                log.warning("There is no group %s that new accounts could be in.", group_id)
    except IntegrityError:
        if not address_taken(database, email):
            raise
        return None
    return AccountRecord(row.id, email, nickname, row.create_time, **standing)


def join(database: Database, group_id: str, user_id: str) -> bool:
    """Put an account into a group; false where there is none that is kept here."""
    statement = "SELECT id FROM people_group WHERE id = ? AND external_id = ''"
    locking = "" if isinstance(database, SqliteDatabase) else " FOR UPDATE"
    if not rows(database, f"{statement}{locking}", group_id):
        return False
    GroupMember.create(group_id=group_id, user_id=user_id)
    return True


def address_taken(database: Database, email: str, but: str = "") -> bool:
    """Return whether an account has an address, other than one."""
    return bool(rows(database, "SELECT 1 FROM account WHERE email = ? AND id <> ?", email, but))


def change_account(user_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a user; all processes hear of who is shut out."""
    change = User.update(**columns, update_time=now_ms()).where(User.id == user_id)
    if "is_active" not in columns:
        change.execute()
        return
    with revoking():
        change.execute()


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


def find_session(database: Database, column: str, value: str) -> tuple[Principal, int] | None:
    """Return whose session has a value, and when it was used last as far as is recorded."""
    found = rows(database, FIND_SESSION.format(column=column), value)
    if not found:
        return None
    session_id, user_id, last_used, team = found[0]
    teams = teams_in(found) if team else ()
    return Principal(user_id, user_id, teams=teams, session_id=session_id), last_used


def add_session(database: Database, session: KeptSession) -> None:
    """Write a session that begins."""
    run(database, ADD_SESSION, *session, session.create_time)


def list_sessions(database: Database, user_id: str) -> list[KeptSession]:
    """Return a user's sessions that count, the newest first."""
    listing = Listing(database, "account_session", KeptSession._fields)
    found = listing.where("user_id = ?", user_id).where(COUNTS)
    return [KeptSession._make(row) for row in found.tuples("ORDER BY create_time DESC, id DESC")]


def record_session_used(database: Database, session_id: str) -> None:
    """Write down that a session is used now."""
    statement = "UPDATE account_session SET last_used_time = ? WHERE id = ?"
    run(database, statement, now_ms(), session_id)


def count_refresh(database: Database, session_id: str, number: int) -> bool:
    """Count a session's refresh token up; false if it is another one already."""
    statement = (
        "UPDATE account_session SET refresh = refresh + 1, last_used_time = ?"
        " WHERE id = ? AND refresh = ?"
    )
    return run(database, statement, now_ms(), session_id, number) > 0


def set_epoch(database: Database, session_id: str, epoch: int) -> None:
    """Write the epoch of a session."""
    run(database, "UPDATE account_session SET epoch = ? WHERE id = ?", epoch, session_id)


def end_session(database: Database, user_id: str, session_id: str) -> bool:
    """Delete a session of a user; false if there is none."""
    statement = "DELETE FROM account_session WHERE id = ? AND user_id = ?"
    return run(database, statement, session_id, user_id) > 0


def end_sessions_of(database: Database, user_id: str, but: str) -> None:
    """Delete all sessions of a user, or all but one."""
    statement = "DELETE FROM account_session WHERE user_id = ? AND id <> ?"
    run(database, statement, user_id, but)


def find_user(
    database: Database, user_id: str, epoch: int, session_id: str = ""
) -> Principal | None:
    """Return who asks by a session of an epoch; None if they may not, or it has ended."""
    found = rows(database, FIND_USER, user_id, epoch)
    if not found:
        return None
    teams = teams_in(found) if found[0][1] else ()
    return Principal(user_id, user_id, teams=teams, session_id=session_id)


def epoch_of(database: Database, user_id: str) -> int:
    """Return the epoch of an account: sessions of those before it have ended."""
    found = rows(database, "SELECT session_epoch FROM account WHERE id = ?", user_id)
    return int(found[0][0]) if found else 0


def end_epoch(database: Database, user_id: str) -> None:
    """End all sessions of an account that were not carried over, wherever they are kept."""
    statement = "UPDATE account SET session_epoch = session_epoch + 1 WHERE id = ?"
    run(database, statement, user_id)
    revoked()


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
            if role is not Role.INVITED:
                revoked()
    except IntegrityError:
        return False
    return True


def accept_invitation(tenant_id: str, user_id: str) -> bool:
    """Make somebody who is invited a member; false if they are not invited."""
    held = (Membership.tenant_id == tenant_id) & (Membership.user_id == user_id)
    change = Membership.update(role=Role.MEMBER.value, update_time=now_ms())
    invited = change.where(held & (Membership.role == Role.INVITED.value))
    return bool(shutting_out(invited.execute))


def remove_member(tenant_id: str, user_id: str) -> bool:
    """End a membership or an invitation, but not an owner's role; false if there is none."""
    held = (Membership.tenant_id == tenant_id) & (Membership.user_id == user_id)
    other = held & (Membership.role != Role.OWNER.value)
    return bool(shutting_out(lambda: delete_rows(Membership, other)))


def owner_of(database: Database, tenant_id: str) -> Principal:
    """Return the owner of a tenant as one who asks."""
    found = rows(database, FIND_TEAMS, tenant_id, tenant_id)
    return Principal(tenant_id, tenant_id, teams=teams_in(found))


def teams_in(found: list[tuple[Any, ...]]) -> tuple[str, ...]:
    """Return the last column of the rows of FIND_KEY or FIND_SESSION."""
    return tuple(row[-1] for row in found)
