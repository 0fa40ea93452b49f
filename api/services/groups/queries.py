"""The statements about groups."""

from collections.abc import Collection, Mapping, Sequence

from peewee import IntegrityError, SqliteDatabase

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.inserting import insert_rows
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.models.group import Group, GroupMember, GroupPermission
from api.db.sql import marks, rows, run
from api.db.versions import revoked
from api.services.accounts.grant_queries import forget_subject
from api.services.groups.records import GroupFilter, GroupMemberRecord, GroupRecord, NewGroup
from api.services.library.chunk_index import batches
from api.services.library.names import name_key

COLUMNS = (
    *GroupRecord._fields[:-1],
    "(SELECT COUNT(*) FROM group_member m WHERE m.group_id = people_group.id)",
)

OF_USER = "id IN (SELECT group_id FROM group_member WHERE user_id = ?)"

LIST_MEMBERS = (
    "SELECT m.user_id, a.email, a.nickname, m.create_time"
    " FROM group_member m JOIN account a ON a.id = m.user_id"
    " WHERE m.group_id = ? ORDER BY m.create_time, m.user_id LIMIT ? OFFSET ?"
)

FOUND_MEMBERS = (
    "FROM group_member m JOIN account a ON a.id = m.user_id WHERE m.group_id = ?"
    f" AND (LOWER(a.email) LIKE ? ESCAPE '{LIKE_ESCAPE}'"
    f" OR LOWER(a.nickname) LIKE ? ESCAPE '{LIKE_ESCAPE}')"
)

CHANGES = (
    "UPDATE people_group SET update_time = CASE WHEN update_time < ? THEN ?"
    " ELSE update_time + 1 END WHERE id = ?"
)

AT_ONCE = 1000
"""Members in a statement."""


def list_groups(
    database: Database, wanted: GroupFilter, limit: int, offset: int
) -> tuple[int, list[GroupRecord]]:
    """Return how many such groups there are, and some, by name."""
    listing = Listing(database, "people_group", COLUMNS)
    if wanted.keywords:
        pattern = containing(name_key(wanted.keywords))
        listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", pattern)
    if wanted.name:
        listing.where("name_key = ?", name_key(wanted.name))
    if wanted.external_id:
        listing.where("external_id = ?", wanted.external_id)
    if wanted.user_id:
        listing.where(OF_USER, wanted.user_id)
    found = listing.tuples("ORDER BY name_key, id LIMIT ? OFFSET ?", limit, offset)
    return listing.total(found, limit=limit, offset=offset), list(map(GroupRecord._make, found))


def find_group(database: Database, group_id: str) -> GroupRecord | None:
    """Return a group."""
    found = Listing(database, "people_group", COLUMNS).where("id = ?", group_id).tuples()
    return GroupRecord._make(found[0]) if found else None


def lock_group(database: Database, group_id: str, seen: int | None = None) -> bool:
    """Note that a group changes, which nobody else does until the transaction ends.

    The time is later than that of each change before: an ETag is made of it. False if there is no
    such group, or its time is another one than was `seen`.
    """
    now = now_ms()
    if seen is None:
        return run(database, CHANGES, now, now, group_id) > 0
    return run(database, f"{CHANGES} AND update_time = ?", now, now, group_id, seen) > 0


def add_group(database: Database, new: NewGroup) -> str:
    """Write a group and return its id; empty if another has the name."""
    row = Group(
        name=new.name,
        name_key=name_key(new.name),
        description=new.description,
        external_id=new.external_id,
    )
    try:
        with database.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if not name_taken(database, row.name_key):
            raise
        return ""
    return str(row.id)


def change_group(database: Database, group_id: str, columns: Mapping[str, object]) -> bool:
    """Write columns of a group; false if another has the name."""
    given = dict(columns)
    if "name" in given:
        given["name_key"] = name_key(str(given["name"]))
    try:
        with database.atomic():
            Group.update(**given).where(Group.id == group_id).execute()
    except IntegrityError:
        if not name_taken(database, str(given.get("name_key", "")), group_id):
            raise
        return False
    return True


def name_taken(database: Database, key: str, but: str = "") -> bool:
    """Return whether a group has a name, as names are compared, other than one."""
    statement = "SELECT 1 FROM people_group WHERE name_key = ? AND id <> ?"
    return bool(rows(database, statement, key, but))


def delete_group(database: Database, group_id: str) -> bool:
    """Delete a group with its memberships and what is granted to it; false if there is none."""
    forget_subject(database, group_id)
    run(database, "DELETE FROM group_member WHERE group_id = ?", group_id)
    run(database, "DELETE FROM group_permission WHERE group_id = ?", group_id)
    revoked()
    return run(database, "DELETE FROM people_group WHERE id = ?", group_id) > 0


# Members.


def list_members(
    database: Database, group_id: str, limit: int, offset: int
) -> list[GroupMemberRecord]:
    """Return some members of a group, those of longest standing first."""
    found = rows(database, LIST_MEMBERS, group_id, limit, offset)
    return [GroupMemberRecord._make(row) for row in found]


def find_members(
    database: Database, group_id: str, keywords: str, limit: int, offset: int
) -> tuple[int, list[GroupMemberRecord]]:
    """Return how many members have a text in address or name, and some."""
    like = containing(keywords.lower())
    values = (group_id, like, like)
    (total,) = rows(database, f"SELECT COUNT(*) {FOUND_MEMBERS}", *values)[0]
    found = rows(
        database,
        f"SELECT m.user_id, a.email, a.nickname, m.create_time {FOUND_MEMBERS}"
        " ORDER BY m.create_time, m.user_id LIMIT ? OFFSET ?",
        *(*values, limit, offset),
    )
    return total, [GroupMemberRecord._make(row) for row in found]


def group_ids_of(database: Database, user_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the groups of some people, by their ids; who is in none is left out."""
    select = "SELECT user_id, group_id FROM group_member WHERE user_id IN"
    return _by_first(database, select, user_ids)


def member_ids(database: Database, group_id: str) -> list[str]:
    """Return all members of a group."""
    statement = "SELECT user_id FROM group_member WHERE group_id = ?"
    return [user_id for (user_id,) in rows(database, statement, group_id)]


def is_member(database: Database, group_id: str, user_id: str) -> bool:
    """Return whether somebody is in a group."""
    statement = "SELECT 1 FROM group_member WHERE user_id = ? AND group_id = ?"
    return bool(rows(database, statement, user_id, group_id))


def known_among(database: Database, table: str, ids: Collection[str]) -> set[str]:
    """Return those of some ids that rows of a table have; they stay until the transaction ends."""
    locking = "" if isinstance(database, SqliteDatabase) else " FOR UPDATE"
    return {
        found
        for batch in batches(sorted(ids), AT_ONCE)
        for (found,) in Listing(database, table, ("id",))
        .where_in("id", batch)
        .tuples(f"ORDER BY id{locking}")
    }


def add_members(group_id: str, user_ids: Sequence[str]) -> None:
    """Write memberships of users that have none in the group."""
    now = now_ms()
    values = [
        {
            "id": new_id(),
            "create_time": now,
            "update_time": now,
            "group_id": group_id,
            "user_id": user_id,
        }
        for user_id in user_ids
    ]
    insert_rows(GroupMember, values)
    revoked()


def remove_members(database: Database, group_id: str, user_ids: Collection[str]) -> int:
    """Delete memberships; return how many there were."""
    revoked()
    return sum(
        run(
            database,
            f"DELETE FROM group_member WHERE group_id = ? AND user_id IN ({marks(batch)})",  # noqa: S608 - marks alone
            group_id,
            *batch,
        )
        for batch in batches(sorted(user_ids), AT_ONCE)
    )


# Permissions.


def permissions_of(database: Database, group_id: str) -> list[str]:
    """Return what a group gives to those in it, by name."""
    statement = "SELECT name FROM group_permission WHERE group_id = ? ORDER BY name"
    return [name for (name,) in rows(database, statement, group_id)]


def permissions_by_group(database: Database, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return what some groups give, by their ids; one that gives nothing is left out."""
    select = "SELECT group_id, name FROM group_permission WHERE group_id IN"
    return _by_first(database, select, ids)


def _by_first(database: Database, select: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the second columns of what is selected for some ids, in order, by the first one."""
    found: dict[str, list[str]] = {}
    for batch in batches(list(ids), AT_ONCE):
        for first, second in rows(database, f"{select} ({marks(batch)}) ORDER BY 2", *batch):
            found.setdefault(first, []).append(second)
    return found


def given_by_groups(database: Database, user_id: str) -> set[str]:
    """Return what all groups of somebody give them."""
    statement = (
        "SELECT p.name FROM group_member m JOIN group_permission p ON p.group_id = m.group_id"
        " WHERE m.user_id = ?"
    )
    return {name for (name,) in rows(database, statement, user_id)}


def set_permissions(database: Database, group_id: str, names: Sequence[str]) -> None:
    """Give these permissions to those in a group, and no others; within a transaction."""
    run(database, "DELETE FROM group_permission WHERE group_id = ?", group_id)
    for name in names:
        GroupPermission.create(group_id=group_id, name=name)
