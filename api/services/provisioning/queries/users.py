"""The statements about people as SCIM knows them."""

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from peewee import IntegrityError, SqliteDatabase

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import rows, run
from api.services.accounts.queries.accounts import address_taken
from api.services.provisioning.mapping import PersonRow, address_of, resource_of
from api.services.provisioning.queries.conditions import Column, Columns, Form, found_in
from api.services.provisioning.queries.groups import groups_by_user
from api.services.provisioning.records import Found, Resource, Wanted
from api.services.provisioning.values import Document

T = TypeVar("T")

PEOPLE = "account a LEFT JOIN scim_user s ON s.id = a.id"
"""Every account is a resource, be it from SCIM or not."""

COLUMNS = (
    *("a.id", "a.email", "a.nickname", "a.is_active", "a.create_time", "a.update_time"),
    *("COALESCE(s.attributes, '')", "COALESCE(s.update_time, 0)"),
)

OLDEST = "ORDER BY a.create_time, a.id"

THERE = "COALESCE(s.deleted_time, 0) = 0"


def people_of(database: Database) -> Listing:
    """Return the list of all people that SCIM has not deleted."""
    return Listing(database, PEOPLE, COLUMNS).where(THERE)


def columns_of(database: Database) -> Columns:
    """Return what people are found by."""
    return {
        "id": Column("a.id", Form.EXACT),
        "externalid": Column(
            "COALESCE(s.external_id, '')",
            Form.EXACT,
            lambda value: ids_with(database, "external_id", value),
        ),
        "username": Column(
            "COALESCE(s.user_name, a.email)", ids=lambda name: ids_named(database, name)
        ),
        "displayname": Column("a.nickname"),
        "active": Column("a.is_active", Form.FLAG),
        "emails": Column("a.email", Form.EXACT),
        "emails.value": Column("a.email", Form.EXACT),
        "meta.created": Column("a.create_time", Form.TIME),
        "meta.lastmodified": Column("a.update_time", Form.TIME),
    }


def ids_with(database: Database, column: str, value: str) -> list[str]:
    """Return the ids of the people who have a value in an indexed column of ours."""
    found = rows(database, f"SELECT id FROM scim_user WHERE {column} = ?", value)  # noqa: S608 - ours
    return [user_id for (user_id,) in found]


def ids_named(database: Database, name: str) -> list[str]:
    """Return whose user name it is; that of an account that is not from SCIM is its address."""
    statement = (
        "SELECT a.id FROM account a LEFT JOIN scim_user s ON s.id = a.id"
        " WHERE a.email = ? AND s.id IS NULL"
    )
    local = [user_id for (user_id,) in rows(database, statement, name)]
    return [*ids_with(database, "user_name", name), *local]


def list_people(database: Database, wanted: Wanted) -> Found:
    """Return some of the people who are asked for."""
    total, page = found_in(people_of(database), wanted, columns_of(database), OLDEST)
    return Found(total, wanted.offset + 1, tuple(resources_of(database, page)))


def find_person(database: Database, user_id: str) -> Resource | None:
    """Return a person; None for one that is not there, or was deleted by SCIM."""
    found = resources_of(database, people_of(database).where("a.id = ?", user_id).tuples())
    return found[0] if found else None


def resources_of(database: Database, found: list[tuple[Any, ...]]) -> list[Resource]:
    """Return people from their rows, with the groups that they are in."""
    people = [PersonRow._make(row) for row in found]
    groups = groups_by_user(database, [one.id for one in people])
    return [resource_of(one, groups[one.id]) for one in people]


def lock(database: Database, user_id: str) -> None:
    """Let nobody else change an account until the transaction ends."""
    if not isinstance(database, SqliteDatabase):  # there every transaction is alone
        rows(database, "SELECT id FROM account WHERE id = ? FOR UPDATE", user_id)


def keep(database: Database, user_id: str, document: Document) -> None:
    """Write what a client of SCIM says of a person, whom it has not deleted."""
    text = orjson.dumps(document).decode()
    name = str(document["userName"]).lower()
    values = (name, str(document.get("externalId", "")), text, now_ms())
    statement = (
        "UPDATE scim_user SET user_name = ?, external_id = ?, attributes = ?, update_time = ?,"
        " deleted_time = 0 WHERE id = ?"
    )
    if run(database, statement, *values, user_id):
        return
    run(
        database,
        "INSERT INTO scim_user"
        " (id, user_name, external_id, attributes, update_time, create_time, deleted_time)"
        " VALUES (?, ?, ?, ?, ?, ?, 0)",
        *(user_id, *values, now_ms()),
    )


def mark_deleted(database: Database, user_id: str) -> None:
    """Write that SCIM knows a person no longer; the user name is free again."""
    now = now_ms()
    gone = f"deleted {user_id}"  # no user name has a blank and an id, and none is empty
    statement = (
        "UPDATE scim_user SET deleted_time = ?, user_name = ?, external_id = '', attributes = ''"
        " WHERE id = ?"
    )
    if not run(database, statement, now, gone, user_id):
        run(
            database,
            "INSERT INTO scim_user"
            " (id, user_name, external_id, attributes, update_time, create_time, deleted_time)"
            " VALUES (?, ?, '', '', ?, ?, ?)",
            *(user_id, gone, now, now, now),
        )


def deleted_with(database: Database, address: str) -> str:
    """Return the id of an account that SCIM has deleted and that has an address, else nothing."""
    statement = (
        "SELECT a.id FROM account a JOIN scim_user s ON s.id = a.id"
        " WHERE a.email = ? AND s.deleted_time > 0"
    )
    found = rows(database, statement, address)
    return str(found[0][0]) if found else ""


def unless_taken(
    database: Database, document: Document, user_id: str, write: Callable[[], T]
) -> T | None:
    """Return what a function returns that writes a person; None if others have their names."""
    try:
        with database.atomic():
            return write()
    except IntegrityError:
        named = ids_named(database, str(document["userName"]).lower())
        if not (set(named) - {user_id} or address_taken(database, address_of(document), user_id)):
            raise
        return None
