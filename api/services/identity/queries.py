"""The statements about people whom other places know, and sessions that began there."""

from typing import Any

from peewee import IntegrityError

from api.db.base import now_ms
from api.db.connection import Database
from api.db.models.federation import AccountIdentity, FederatedSession
from api.db.sql import rows, run
from api.services.identity.records import Entered, GrantRecord, Held

DUE = (
    "SELECT f.id, i.user_id, f.session_id, f.provider, f.refresh_encrypted, i.subject"
    " FROM federated_session f JOIN account_identity i ON i.id = f.identity_id"
    " WHERE f.renew_time > 0 AND f.renew_time <= ? ORDER BY f.renew_time LIMIT ?"
)

FEDERATED = (
    "SELECT i.user_id, f.session_id FROM federated_session f"
    " JOIN account_identity i ON i.id = f.identity_id"
)


def find_identity(database: Database, subject_hash: str) -> Entered | None:
    """Return whose account a person has."""
    statement = "SELECT user_id, id FROM account_identity WHERE subject_hash = ?"
    found = rows(database, statement, subject_hash)
    return Entered._make(found[0]) if found else None


def add_identity(
    database: Database, user_id: str, provider: str, subject: str, subject_hash: str, email: str
) -> Entered | None:
    """Write whose account a person has; None if that is known already."""
    try:
        with database.atomic():
            row = AccountIdentity.create(
                user_id=user_id,
                provider=provider,
                subject=subject,
                subject_hash=subject_hash,
                email=email,
            )
    except IntegrityError:
        return None
    return Entered(user_id, row.id)


def is_of_provider(database: Database, user_id: str, provider: str) -> bool:
    """Return whether an account is that of somebody whom a provider knows."""
    statement = "SELECT 1 FROM account_identity WHERE user_id = ? AND provider = ? LIMIT 1"
    return bool(rows(database, statement, user_id, provider))


def invitation_of(database: Database, email: str) -> tuple[str, str] | None:
    """Return id and role of an invitation of an address that can be taken up."""
    statement = (
        "SELECT id, role FROM invitation WHERE email = ? AND expires_time > ?"
        " ORDER BY create_time DESC LIMIT 1"
    )
    found = rows(database, statement, email, now_ms())
    return (found[0][0], found[0][1]) if found else None


# Sessions.


def add_session(
    session_id: str,
    entered: Entered,
    provider: str,
    session_hash: str,
    refresh: str,
    renew_time: int,
) -> None:
    """Write what a provider gave with a session."""
    FederatedSession.create(
        session_id=session_id,
        identity_id=entered.identity_id,
        provider=provider,
        session_hash=session_hash,
        refresh_encrypted=refresh,
        renew_time=renew_time,
    )


def provider_of(database: Database, session_id: str) -> str:
    """Return at which provider a session began; empty for none."""
    statement = "SELECT provider FROM federated_session WHERE session_id = ?"
    found = rows(database, statement, session_id)
    return str(found[0][0]) if found else ""


def due(database: Database, limit: int) -> list[GrantRecord]:
    """Return the grants that are to be renewed, those first that have waited longest."""
    return [GrantRecord._make(row) for row in rows(database, DUE, now_ms(), limit)]


def write_grant(database: Database, grant_id: str, refresh: str, renew_time: int) -> None:
    """Write what renews a grant the next time, and from when on."""
    statement = (
        "UPDATE federated_session SET refresh_encrypted = ?, renew_time = ?, update_time = ?"
        " WHERE id = ?"
    )
    run(database, statement, refresh, renew_time, now_ms(), grant_id)


def sessions_named(database: Database, session_hash: str) -> list[Held]:
    """Return the sessions that are one session at a provider."""
    return held(rows(database, f"{FEDERATED} WHERE f.session_hash = ?", session_hash))


def sessions_of_person(database: Database, subject_hash: str) -> list[Held]:
    """Return all sessions of a person that began at their provider."""
    return held(rows(database, f"{FEDERATED} WHERE i.subject_hash = ?", subject_hash))


def held(found: list[tuple[Any, ...]]) -> list[Held]:
    """Return sessions by the rows of FEDERATED."""
    return [Held._make(row) for row in found]


def forget(database: Database, session_id: str) -> None:
    """Delete what a provider gave with a session."""
    run(database, "DELETE FROM federated_session WHERE session_id = ?", session_id)


def forget_old(database: Database, before: int) -> int:
    """Delete what came with sessions that began before a time in ms; return how many."""
    return run(database, "DELETE FROM federated_session WHERE create_time < ?", before)
