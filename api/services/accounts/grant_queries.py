"""The statements about grants: what whom is granted, and to whom a thing is."""

from collections.abc import Collection, Iterable, Sequence

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.inserting import insert_rows
from api.db.listing import Clause, any_of
from api.db.models.grant import Grant
from api.db.sql import marks, rows, run
from api.db.versions import revoked
from api.services.accounts.grant_records import RANKS, GrantRecord, NewGrant
from api.services.accounts.records import Granted

AT_ONCE = 1000
"""Ids in a statement."""

MOST_NAMED = 1000
"""Ids that a list is read by. To whom more is granted, theirs are looked up by the list itself."""

TO_ASKER = (
    "(subject_id IN (?, '*')"
    " OR subject_id IN (SELECT group_id FROM group_member WHERE user_id = ?))"
)

RANKS_SQL = (
    "SELECT thing_id, MAX(level) FROM access_grant WHERE kind = ? AND thing_id IN ({})"  # noqa: S608 - marks alone
    f" AND {TO_ASKER} GROUP BY thing_id"
)

GRANTED_SQL = (
    "SELECT thing_id FROM access_grant WHERE kind = ? AND subject_id IN (?, '*')"
    " UNION SELECT g.thing_id FROM group_member m JOIN access_grant g"
    " ON g.subject_id = m.group_id AND g.kind = ? WHERE m.user_id = ?"
)

GRANTED_RANKS_SQL = (
    "SELECT thing_id, MAX(level) FROM ("
    "SELECT thing_id, level FROM access_grant WHERE kind = ? AND subject_id IN (?, '*')"
    " UNION ALL SELECT g.thing_id, g.level FROM group_member m JOIN access_grant g"
    " ON g.subject_id = m.group_id AND g.kind = ? WHERE m.user_id = ?"
    ") found GROUP BY thing_id"
)

LIST_SQL = (
    "SELECT g.subject_kind, g.subject_id, g.level, COALESCE(a.nickname, p.name, ''),"
    " COALESCE(a.email, ''), g.create_time FROM access_grant g"
    " LEFT JOIN account a ON a.id = g.subject_id LEFT JOIN people_group p ON p.id = g.subject_id"
    " WHERE g.kind = ? AND g.thing_id = ? ORDER BY g.create_time, g.id"
)


def ranks(database: Database, kind: str, ids: Collection[str], user_id: str) -> dict[str, int]:
    """Return what is granted to somebody of some things, by id; others are left out."""
    if not ids:
        return {}
    statement = RANKS_SQL.format(marks(list(ids)))
    return dict(rows(database, statement, kind, *ids, user_id, user_id))


def granted(database: Database, kind: str, user_id: str) -> Granted | None:
    """Return which things of a kind are granted to somebody; None where none are."""
    values = (kind, user_id, kind, user_id)
    found = dict(rows(database, f"{GRANTED_RANKS_SQL} LIMIT {MOST_NAMED + 1}", *values))
    if not found:
        return None
    if len(found) > MOST_NAMED:
        return Granted(f"id IN ({GRANTED_SQL})", values, None)
    return Granted(f"id IN ({marks(list(found))})", tuple(found), found)


def as_one(clauses: Sequence[Clause]) -> tuple[str, list[object]]:
    """Return one clause for several, and its values."""
    values = [value for _, bound in clauses for value in bound]
    return any_of(clauses) if len(clauses) > 1 else clauses[0][0], values


def list_grants(database: Database, kind: str, thing_id: str) -> list[GrantRecord]:
    """Return to whom a thing is granted, the oldest grant first."""
    return [GrantRecord._make(row) for row in rows(database, LIST_SQL, kind, thing_id)]


def replace_grants(
    database: Database, kind: str, thing_id: str, wanted: Iterable[NewGrant], author: str
) -> None:
    """Grant a thing to these, and to nobody else; within a transaction."""
    now = now_ms()
    forget_things(database, kind, [thing_id])
    values = [
        {
            "id": new_id(),
            "create_time": now,
            "update_time": now,
            "kind": kind,
            "thing_id": thing_id,
            "subject_kind": grant.subject.value,
            "subject_id": grant.subject_id,
            "level": RANKS[grant.level],
            "created_by": author,
        }
        for grant in wanted
    ]
    insert_rows(Grant, values)
    revoked()


def forget_things(database: Database, kind: str, ids: Sequence[str]) -> None:
    """End the grants of things, which are no more."""
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start : start + AT_ONCE]
        run(
            database,
            f"DELETE FROM access_grant WHERE kind = ? AND thing_id IN ({marks(batch)})",  # noqa: S608 - marks alone
            kind,
            *batch,
        )


def forget_subject(database: Database, subject_id: str) -> None:
    """End the grants to a person or a group, who are no more."""
    run(database, "DELETE FROM access_grant WHERE subject_id = ?", subject_id)
