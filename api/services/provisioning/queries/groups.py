"""The statements about groups as SCIM knows them."""

from collections.abc import Mapping, Sequence

from peewee import SqliteDatabase

from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, rows
from api.services.groups.records import GroupRecord
from api.services.library.names import name_key
from api.services.provisioning.queries.conditions import Column, Columns, Form, found_in
from api.services.provisioning.records import Found, Resource, Wanted
from api.services.provisioning.values import Value

COLUMNS = (
    *(f"a.{name}" for name in GroupRecord._fields[:-1]),
    "(SELECT COUNT(*) FROM group_member m WHERE m.group_id = a.id)",
)

OLDEST = "ORDER BY a.create_time, a.id"


def columns_of(database: Database) -> Columns:
    """Return what groups are found by."""

    def ids(statement: str, value: str) -> list[str]:
        return [group_id for (group_id,) in rows(database, statement, value)]

    named = "SELECT id FROM people_group WHERE name_key = ?"
    called = "SELECT id FROM people_group WHERE external_id = ?"
    holding = "SELECT group_id FROM group_member WHERE user_id = ?"
    members = Column("''", Form.EXACT, lambda value: ids(holding, value))
    return {
        "id": Column("a.id", Form.EXACT),
        "externalid": Column("a.external_id", Form.EXACT, lambda value: ids(called, value)),
        "displayname": Column("a.name", ids=lambda value: ids(named, name_key(value))),
        "members": members,
        "members.value": members,
        "meta.created": Column("a.create_time", Form.TIME),
        "meta.lastmodified": Column("a.update_time", Form.TIME),
    }


def list_groups(database: Database, wanted: Wanted) -> Found:
    """Return some of the groups that are asked for."""
    listing = Listing(database, "people_group a", COLUMNS)
    total, page = found_in(listing, wanted, columns_of(database), OLDEST)
    resources = tuple(resource_of(GroupRecord._make(row)) for row in page)
    return Found(total, wanted.offset + 1, resources)


def resource_of(group: GroupRecord) -> Resource:
    """Return a group as a resource; its members are told apart from it."""
    document: dict[str, Value] = {"displayName": group.name}
    if group.external_id:
        document["externalId"] = group.external_id
    made, changed = group.create_time, group.update_time
    return Resource(group.id, document, made, changed, {}, str(changed), group.member_count)


def lock(database: Database, group_id: str) -> None:
    """Let nobody else change a group until the transaction ends."""
    if not isinstance(database, SqliteDatabase):  # there every transaction is alone
        rows(database, "SELECT id FROM people_group WHERE id = ? FOR UPDATE", group_id)


def groups_by_user(database: Database, user_ids: Sequence[str]) -> Mapping[str, list[Value]]:
    """Return the groups that people are in, by the ids of the people."""
    found: dict[str, list[Value]] = {user_id: [] for user_id in user_ids}
    if user_ids:
        for user_id, group_id, name in rows(database, in_groups(user_ids), *user_ids):
            found[user_id].append({"value": group_id, "display": name, "type": "direct"})
    return found


def in_groups(user_ids: Sequence[str]) -> str:
    """Return the statement for the groups that people are in."""
    return (
        "SELECT m.user_id, g.id, g.name FROM group_member m"  # noqa: S608 - marks alone
        " JOIN people_group g ON g.id = m.group_id"
        f" WHERE m.user_id IN ({marks(user_ids)}) ORDER BY g.name_key"
    )
