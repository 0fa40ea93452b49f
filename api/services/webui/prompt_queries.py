"""The statements about prompts and their versions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from peewee import IntegrityError

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.sql import rows, run
from api.services.accounts.access import listed
from api.services.accounts.grant_queries import forget_things
from api.services.accounts.records import Principal
from api.services.library.names import name_key
from api.services.stores.knowledge_values import Whose
from api.services.webui.bodies import as_json
from api.services.webui.filters import PAGE, WorkspaceFilter
from api.services.webui.prompt_records import (
    PromptRow,
    PromptText,
    PromptVersion,
)
from api.things import Kind

TABLE, VERSIONS = "webui_prompt", "webui_prompt_version"

TEXT = PromptText._fields
ROW = tuple(name for name in PromptRow._fields if name != "text")
VERSION = ("id", "prompt_id", "parent_id", "user_id", "message", "create_time", "snapshot")

ADD = (
    "INSERT INTO webui_prompt (id, tenant_id, user_id, is_active, version_id, create_time,"
    " update_time, command, name, content, data, meta, tags, command_key, tag_keys)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

ADD_VERSION = (
    "INSERT INTO webui_prompt_version (id, prompt_id, parent_id, user_id, message, create_time,"
    " update_time, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def find(database: Database, prompt_id: str) -> PromptRow | None:
    """Return a prompt, whosever it is."""
    found = of_all(database).where("id = ?", prompt_id).tuples()
    return row_of(found[0]) if found else None


def named(database: Database, asker: Principal, command: str) -> PromptRow | None:
    """Return the prompt with a command: one of the asker's own, else the oldest of others."""
    listing = readable(database, asker).where("command_key = ?", command_key(command))
    first = "ORDER BY CASE WHEN tenant_id = ? THEN 0 ELSE 1 END, create_time, id LIMIT 1"
    found = listing.tuples(first, asker.tenant_id)
    return row_of(found[0]) if found else None


def of_all(database: Database) -> Listing:
    """Return the list of all prompts."""
    return Listing(database, TABLE, (*ROW, *TEXT))


def readable(database: Database, asker: Principal) -> Listing:
    """Return the list of the prompts that an asker may read."""
    clause, values = listed(database, asker, Kind.PROMPT)
    return of_all(database).where(clause, *values)


def every(database: Database, asker: Principal) -> list[PromptRow]:
    """Return all prompts that an asker may read, by command."""
    return [row_of(row) for row in readable(database, asker).tuples("ORDER BY command_key, id")]


def page(
    database: Database, asker: Principal, wanted: WorkspaceFilter
) -> tuple[list[PromptRow], int]:
    """Return some of the prompts that an asker may read, and how many there are."""
    listing = readable(database, asker)
    if wanted.keywords:
        like = containing(wanted.keywords.lower())
        columns = ("name", "command", "content")
        clause = " OR ".join(f"LOWER({name}) LIKE ? ESCAPE '{LIKE_ESCAPE}'" for name in columns)
        listing.where(f"({clause})", *[like] * len(columns))
    if wanted.tag:
        key = orjson.dumps(name_key(wanted.tag)).decode()
        listing.where(f"tag_keys LIKE ? ESCAPE '{LIKE_ESCAPE}'", containing(key))
    if wanted.whose is not Whose.EVERYBODY:
        sign = "=" if wanted.whose is Whose.OWN else "<>"
        listing.where(f"user_id {sign} ?", asker.user_id)
    found = listing.page_tuples(
        wanted.order, desc=wanted.descending, limit=PAGE, offset=wanted.offset
    )
    total = listing.total(found, limit=PAGE, offset=wanted.offset)
    return [row_of(row) for row in found], total


def tags(database: Database, asker: Principal) -> list[str]:
    """Return the tags of all prompts that an asker may read, each once, in order."""
    listing = readable(database, asker)
    listing.columns = ("tags",)
    found = {tag for (kept,) in listing.tuples() for tag in orjson.loads(kept)}
    return sorted(found, key=name_key)


def row_of(row: Sequence[Any]) -> PromptRow:
    """Return a prompt from its row; MariaDB and SQLite have numbers for truth values."""
    kept = dict(zip(ROW, row[: len(ROW)], strict=True))
    command, name, content, data, meta, tags = map(str, row[len(ROW) :])
    text = PromptText(command, name, content, *map(orjson.loads, (data, meta, tags)))
    return PromptRow(**kept | {"is_active": bool(kept["is_active"])}, text=text)


def command_key(command: str) -> str:
    """Return what a command is compared by: neither its case nor a / before it counts."""
    return name_key(command.lstrip("/"))


def columns_of(text: PromptText) -> dict[str, object]:
    """Return the columns of what a prompt says."""
    return {
        "command": text.command,
        "name": text.name,
        "content": text.content,
        "data": as_json(text.data),
        "meta": as_json(text.meta),
        "tags": as_json(list(text.tags)),
        "command_key": command_key(text.command),
        "tag_keys": as_json([name_key(tag) for tag in text.tags]),
    }


def add(database: Database, row: PromptRow) -> bool:
    """Write a prompt; false if the tenant has one with its command."""
    kept = [getattr(row, name) for name in ROW]
    try:
        with database.atomic():
            run(database, ADD, *kept, *columns_of(row.text).values())
    except IntegrityError:
        return False
    return True


def change(database: Database, prompt_id: str, columns: Mapping[str, object]) -> bool:
    """Write columns of a prompt; false if the tenant has one with its command."""
    found = {**columns, "update_time": now_ms()}
    names = ", ".join(f"{name} = ?" for name in found)
    statement = f"UPDATE webui_prompt SET {names} WHERE id = ?"  # noqa: S608 - names of columns
    try:
        with database.atomic():
            run(database, statement, *found.values(), prompt_id)
    except IntegrityError:
        return False
    return True


def lock(database: Database, prompt_id: str) -> None:
    """Let nobody else change a prompt until the transaction ends."""
    run(database, "UPDATE webui_prompt SET id = id WHERE id = ?", prompt_id)


def delete(database: Database, prompt_id: str) -> None:
    """Delete a prompt with its versions and grants; within a transaction."""
    run(database, "DELETE FROM webui_prompt_version WHERE prompt_id = ?", prompt_id)
    run(database, "DELETE FROM webui_prompt WHERE id = ?", prompt_id)
    forget_things(database, Kind.PROMPT, [prompt_id])


# Versions.


def add_version(database: Database, made: PromptVersion) -> None:
    """Keep a version."""
    ids = (made.id, made.prompt_id, made.parent_id, made.user_id, made.message)
    snapshot = as_json(made.text._asdict())
    run(database, ADD_VERSION, *ids, made.create_time, made.create_time, snapshot)


def versions(database: Database, prompt_id: str, offset: int) -> list[PromptVersion]:
    """Return a page of the versions of a prompt, the newest first."""
    listing = Listing(database, VERSIONS, VERSION).where("prompt_id = ?", prompt_id)
    found = listing.page_tuples("create_time", desc=True, limit=PAGE, offset=offset)
    return [version_of(row) for row in found]


def find_versions(
    database: Database, prompt_id: str, ids: Iterable[str]
) -> Mapping[str, PromptVersion]:
    """Return versions of a prompt, by their ids."""
    listing = Listing(database, VERSIONS, VERSION).where("prompt_id = ?", prompt_id)
    found = map(version_of, listing.where_in("id", list(ids)).tuples())
    return {version.id: version for version in found}


def version_of(row: Sequence[object]) -> PromptVersion:
    """Return a version from its row."""
    version_id, prompt_id, parent_id, user_id, message, create_time, snapshot = row
    return PromptVersion(
        id=str(version_id),
        prompt_id=str(prompt_id),
        parent_id=str(parent_id),
        user_id=str(user_id),
        text=PromptText(**orjson.loads(str(snapshot))),
        message=str(message),
        create_time=int(str(create_time)),
    )


def delete_version(database: Database, version_id: str) -> None:
    """Delete a version."""
    run(database, "DELETE FROM webui_prompt_version WHERE id = ?", version_id)


def count(database: Database, tenant_id: str) -> int:
    """Return how many prompts a tenant has."""
    statement = "SELECT COUNT(*) FROM webui_prompt WHERE tenant_id = ?"
    return int(rows(database, statement, tenant_id)[0][0])
