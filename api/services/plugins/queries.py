"""The statements about plugins and what they are set to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from peewee import IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import rows, run
from api.services.accounts.grant_queries import forget_things
from api.services.plugins.records import Author, Family, PluginRow, PluginText
from api.things import Kind

ROW = tuple(name for name in PluginRow._fields if name not in {"text", "described", "valves"})
TEXT = PluginText._fields
COLUMNS = (*ROW, *TEXT, "described", "valves")

ADD = (
    "INSERT INTO plugin (id, family, author_id, is_active, is_global, create_time, update_time,"
    " called, name, content, meta, described, valves)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

ADD_VALVES = (
    "INSERT INTO plugin_valves (id, create_time, update_time, plugin_id, user_id, valves)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)


def every(database: Database, family: Family) -> list[PluginRow]:
    """Return the plugins of a family, by their names."""
    listing = Listing(database, "plugin", COLUMNS).where("family = ?", family)
    return [row_of(row) for row in listing.tuples("ORDER BY name, called")]


def find(database: Database, family: Family, called: str) -> PluginRow | None:
    """Return a plugin by its id as clients have it."""
    listing = Listing(database, "plugin", COLUMNS).where("family = ?", family)
    found = listing.where("called = ?", called).tuples()
    return row_of(found[0]) if found else None


def row_of(row: Sequence[Any]) -> PluginRow:
    """Return a plugin from its row; MariaDB and SQLite have numbers for truth values."""
    kept = dict(zip(ROW, row[: len(ROW)], strict=True))
    called, name, content, meta, described, valves = map(str, row[len(ROW) :])
    return PluginRow(
        **kept | {one: bool(kept[one]) for one in ("is_active", "is_global")},
        text=PluginText(called, name, content, orjson.loads(meta)),
        described=orjson.loads(described),
        valves=valves,
    )


def as_json(value: object) -> str:
    """Return JSON as it is kept."""
    return orjson.dumps(value).decode()


def add(database: Database, row: PluginRow) -> bool:
    """Write a plugin; false if its family has one of its id."""
    head = [getattr(row, name) for name in ROW]
    text = row.text._replace(meta=as_json(row.text.meta))  # type: ignore[arg-type]  # as it is kept
    try:
        with database.atomic():
            run(database, ADD, *head, *text, as_json(row.described), row.valves)
    except IntegrityError:
        return False
    return True


def change(database: Database, plugin_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a plugin."""
    found = {**columns, "update_time": now_ms()}
    names = ", ".join(f"{name} = ?" for name in found)
    statement = f"UPDATE plugin SET {names} WHERE id = ?"  # noqa: S608 - names of columns
    run(database, statement, *found.values(), plugin_id)


def delete(database: Database, plugin_id: str) -> None:
    """Delete a plugin with what it is set to, and its grants; within a transaction."""
    run(database, "DELETE FROM plugin_valves WHERE plugin_id = ?", plugin_id)
    run(database, "DELETE FROM plugin WHERE id = ?", plugin_id)
    forget_things(database, Kind.TOOL, [plugin_id])


def count(database: Database) -> int:
    """Return how many plugins there are."""
    return int(rows(database, "SELECT COUNT(*) FROM plugin")[0][0])


# What people set them to.


def valves_of(database: Database, plugin_id: str, user_id: str) -> str:
    """Return what a person has set a plugin to, encrypted; empty where that is nothing."""
    statement = "SELECT valves FROM plugin_valves WHERE plugin_id = ? AND user_id = ?"
    found = rows(database, statement, plugin_id, user_id)
    return str(found[0][0]) if found else ""


def put_valves(database: Database, plugin_id: str, user_id: str, valves: str) -> None:
    """Write what a person sets a plugin to; within a transaction."""
    statement = "DELETE FROM plugin_valves WHERE plugin_id = ? AND user_id = ?"
    run(database, statement, plugin_id, user_id)
    now = now_ms()
    run(database, ADD_VALVES, new_id(), now, now, plugin_id, user_id, valves)


def authors(database: Database, ids: Iterable[str]) -> Mapping[str, Author]:
    """Return people by their ids, as far as they are there."""
    listing = Listing(database, "account", ("id", "nickname", "email", "is_superuser"))
    found = listing.where_in("id", sorted(set(ids))).tuples()
    return {str(row[0]): Author(row[0], row[1], row[2], bool(row[3])) for row in found}
