"""The statements about who is in a channel, and who may read it."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, containing
from api.db.sql import marks, rows, run
from api.services.channels.queries.channels import say
from api.services.channels.records import ChannelKind, ChannelRow, MemberRow
from api.things import Kind

AT_ONCE = 500

COLUMNS = "a.id, a.email, a.nickname, a.is_superuser, a.last_login_time, a.is_active"

GRANTED = (
    "a.id = ? OR EXISTS (SELECT 1 FROM access_grant g WHERE g.kind = ? AND g.thing_id = ?"
    " AND (g.subject_id IN (a.id, '*') OR g.subject_id IN"
    " (SELECT m.group_id FROM group_member m WHERE m.user_id = a.id)))"
)

MEMBER = "a.id IN (SELECT user_id FROM channel_member WHERE channel_id = ? AND is_member)"

THERE = "a.is_active AND NOT a.is_pending"

ORDERS: Mapping[str, str] = {
    "name": "LOWER(a.nickname)",
    "email": "a.email",
    "role": "a.is_superuser",
    "created_at": "a.create_time",
    "last_active_at": "a.last_login_time",
}


def inside(row: ChannelRow) -> tuple[str, list[object]]:
    """Return the clause of accounts `a` who are in a channel, and its values.

    Administrators, who may read all channels of the server, are not counted for that.
    """
    if row.kind == ChannelKind.STANDARD:
        return f"({GRANTED}) AND {THERE}", [row.user_id, Kind.CHANNEL.value, row.id]
    return f"({MEMBER}) AND {THERE}", [row.id]


def audience(row: ChannelRow) -> tuple[str, list[object]]:
    """Return the clause of accounts `a` who may read a channel, and its values."""
    if row.kind == ChannelKind.GROUP and not row.is_private:
        return THERE, []
    return inside(row)


def count(database: Database, row: ChannelRow) -> int:
    """Return how many people are in a channel."""
    clause, values = inside(row)
    found = rows(database, f"SELECT COUNT(*) FROM account a WHERE {clause}", *values)  # noqa: S608 - clauses of ours
    return int(found[0][0])


def page(
    database: Database,
    row: ChannelRow,
    keywords: str,
    order: tuple[str, bool],
    limit: int,
    offset: int,
) -> tuple[list[MemberRow], int]:
    """Return some of those who are in a channel, by a column, and how many have such names."""
    clause, values = inside(row)
    if keywords:
        clause += f" AND LOWER(a.nickname) LIKE ? ESCAPE '{LIKE_ESCAPE}'"
        values.append(containing(keywords.lower()))
    column, descending = order
    way = "DESC" if descending else "ASC"
    body = f"FROM account a WHERE {clause}"
    tail = f"ORDER BY {ORDERS[column]} {way}, a.id LIMIT ? OFFSET ?"
    found = rows(database, f"SELECT {COLUMNS} {body} {tail}", *values, limit, offset)
    total = rows(database, f"SELECT COUNT(*) {body}", *values)
    return [member_of(one) for one in found], int(total[0][0])


def member_of(row: Sequence[object]) -> MemberRow:
    """Return somebody from their row."""
    user_id, email, name, superuser, login, active = row
    return MemberRow(
        str(user_id), str(email), str(name), bool(superuser), int(str(login)), bool(active)
    )


def readers(database: Database, row: ChannelRow, user_ids: Collection[str]) -> set[str]:
    """Return those of some people who may read a channel."""
    clause, values = audience(row)
    if row.kind == ChannelKind.STANDARD:
        clause = f"({clause} OR a.is_superuser AND a.is_active)"
    found: set[str] = set()
    wanted = sorted(user_ids)
    for start in range(0, len(wanted), AT_ONCE):
        batch = wanted[start : start + AT_ONCE]
        statement = f"SELECT a.id FROM account a WHERE a.id IN ({marks(batch)}) AND {clause}"  # noqa: S608 - clauses of ours
        found |= {str(one) for (one,) in rows(database, statement, *batch, *values)}
    return found


def members(database: Database, channel_id: str) -> list[str]:
    """Return who is in a group or talk, who has been there longest first."""
    statement = (
        "SELECT user_id FROM channel_member WHERE channel_id = ? AND is_member"
        " ORDER BY create_time, user_id"
    )
    return [str(one) for (one,) in rows(database, statement, channel_id)]


def of_channels(database: Database, channel_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Return who is in some groups and talks, by these."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(channel_ids), AT_ONCE):
        batch = channel_ids[start : start + AT_ONCE]
        statement = (
            "SELECT channel_id, user_id FROM channel_member"  # noqa: S608 - marks alone
            f" WHERE channel_id IN ({marks(batch)}) AND is_member ORDER BY create_time, user_id"
        )
        for channel_id, user_id in rows(database, statement, *batch):
            found.setdefault(str(channel_id), []).append(str(user_id))
    return found


def there(database: Database, user_ids: Iterable[str]) -> set[str]:
    """Return those of some people who are active."""
    found: set[str] = set()
    wanted = sorted(set(user_ids))
    for start in range(0, len(wanted), AT_ONCE):
        batch = wanted[start : start + AT_ONCE]
        statement = f"SELECT a.id FROM account a WHERE a.id IN ({marks(batch)}) AND {THERE}"  # noqa: S608 - marks alone
        found |= {str(one) for (one,) in rows(database, statement, *batch)}
    return found


def in_group(database: Database, group_id: str) -> list[str]:
    """Return the active people of a group."""
    statement = (
        "SELECT a.id FROM group_member m JOIN account a ON a.id = m.user_id"  # noqa: S608 - ours
        f" WHERE m.group_id = ? AND {THERE} ORDER BY m.create_time, a.id"
    )
    return [str(one) for (one,) in rows(database, statement, group_id)]


def put(database: Database, channel_id: str, user_ids: Iterable[str]) -> None:
    """Let people be in a group or talk; within a transaction that has locked it."""
    for user_id in user_ids:
        say(database, channel_id, user_id, {"is_member": True, "is_active": True})


def remove(database: Database, channel_id: str, user_ids: Iterable[str]) -> None:
    """Let people be in a group no more."""
    for user_id in user_ids:
        statement = "DELETE FROM channel_member WHERE channel_id = ? AND user_id = ?"
        run(database, statement, channel_id, user_id)


def wake(database: Database, channel_id: str) -> None:
    """Show a talk again to those who have put it away."""
    statement = (
        "UPDATE channel_member SET is_active = ?, update_time = ?"
        " WHERE channel_id = ? AND is_member AND NOT is_active"
    )
    run(database, statement, True, now_ms(), channel_id)  # noqa: FBT003 - the value of a column
