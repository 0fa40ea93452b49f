"""The statements about notes, and who has pinned them."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.sql import marks, rows, run
from api.services.accounts.access import Right, listed
from api.services.accounts.grant_queries import AT_ONCE, TO_ASKER, forget_things
from api.services.accounts.records import Principal
from api.services.stores.knowledge_values import Whose
from api.services.stores.queries.notes import CONTENT, TEXT, text_of
from api.services.webui.bodies import as_json
from api.services.webui.note_records import PAGE, Json, NoteFilter, NoteRow
from api.things import Kind
from rag.tokenizing.tokens import normalize

TABLE, PINS, UPDATES = "webui_note", "webui_note_pin", "webui_note_update"

MOST_SHOWN = 1000
"""Characters of a note's text that a list shows."""

MOST_SOUGHT = 200_000
"""Characters of a note's text that are searched: those at its beginning."""

FIRST = ("id", "tenant_id", "user_id", "title")
TIMES = ("create_time", "update_time")
WHOLE = (*FIRST, *TIMES, "data", "meta")
BRIEF = (*FIRST, *TIMES, "excerpt", "meta")

ADD = (
    "INSERT INTO webui_note (id, tenant_id, user_id, title, create_time, update_time, data, meta,"
    " excerpt, sought) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

WRITABLE = (
    "(tenant_id = ? OR id IN (SELECT thing_id FROM access_grant WHERE kind = 'note'"  # noqa: S608 - texts of ours
    f" AND level >= ? AND {TO_ASKER}))"
)
"""The notes that an asker may write in."""

SHARED = "(user_id <> ? OR id IN (SELECT thing_id FROM access_grant WHERE kind = 'note'))"
"""The notes that somebody reads who is not the asker."""

PINNED = "id IN (SELECT note_id FROM webui_note_pin WHERE user_id = ?)"


def find(database: Database, note_id: str) -> NoteRow | None:
    """Return a note, whosever it is."""
    found = Listing(database, TABLE, WHOLE).where("id = ?", note_id).tuples()
    return row_of(found[0]) if found else None


def brief_row(database: Database, note_id: str) -> NoteRow | None:
    """Return a note with the beginning of its text alone, whosever it is."""
    found = Listing(database, TABLE, BRIEF).where("id = ?", note_id).tuples()
    return brief_of(found[0]) if found else None


def readable(database: Database, asker: Principal) -> Listing:
    """Return the list of the notes that an asker may read."""
    clause, values = listed(database, asker, Kind.NOTE)
    return Listing(database, TABLE, BRIEF).where(clause, *values)


def first(database: Database, asker: Principal, most: int) -> list[NoteRow]:
    """Return the notes that an asker may read, those last changed first."""
    found = readable(database, asker).page_tuples("update_time", desc=True, limit=most, offset=0)
    return [brief_of(row) for row in found]


def pinned(database: Database, asker: Principal, most: int) -> list[NoteRow]:
    """Return the notes that an asker has pinned, and may still read."""
    listing = readable(database, asker).where(PINNED, asker.user_id)
    found = listing.page_tuples("update_time", desc=True, limit=most, offset=0)
    return [brief_of(row) for row in found]


def page(
    database: Database, asker: Principal, wanted: NoteFilter, limit: int = PAGE
) -> tuple[list[NoteRow], int]:
    """Return some of the notes that an asker may read, and how many there are."""
    listing = readable(database, asker)
    if wanted.keywords.strip():
        like = containing(normalize(wanted.keywords.strip()))
        listing.where(f"sought LIKE ? ESCAPE '{LIKE_ESCAPE}'", like)
    if wanted.whose is not Whose.EVERYBODY:
        sign = "=" if wanted.whose is Whose.OWN else "<>"
        listing.where(f"user_id {sign} ?", asker.user_id)
    if wanted.writable is not None:
        clause = WRITABLE if wanted.writable else f"NOT {WRITABLE}"
        whose = (asker.user_id, asker.user_id)
        listing.where(clause, asker.tenant_id, Right.CHANGE.value, *whose)
    for clause, wish in ((PINNED, wanted.pinned), (SHARED, wanted.shared)):
        if wish is not None:
            listing.where(clause if wish else f"NOT {clause}", asker.user_id)
    found = listing.page_tuples(
        wanted.order, desc=wanted.descending, limit=limit, offset=wanted.offset
    )
    total = listing.total(found, limit=limit, offset=wanted.offset)
    return [brief_of(row) for row in found], total


def row_of(row: Sequence[Any]) -> NoteRow:
    """Return a note from its row."""
    *first_columns, created, updated, data, meta = row
    found = [*first_columns, orjson.loads(data), orjson.loads(meta), created, updated]
    return NoteRow._make(found)


def brief_of(row: Sequence[Any]) -> NoteRow:
    """Return a note from its row in a list."""
    *first_columns, created, updated, excerpt, meta = row
    data = {CONTENT: {TEXT: excerpt}}
    return NoteRow._make([*first_columns, data, orjson.loads(meta), created, updated])


def add(database: Database, row: NoteRow) -> None:
    """Write a note."""
    kept = (row.id, row.tenant_id, row.user_id, row.title, row.create_time, row.update_time)
    run(database, ADD, *kept, *columns_of(row.title, row.data, row.meta).values())


def columns_of(title: str, data: Json, meta: Json) -> dict[str, str]:
    """Return the columns of what a note says."""
    text = text_of(data)[:MOST_SOUGHT].replace("\0", "")
    return {
        "data": as_json(data),
        "meta": as_json(meta),
        "excerpt": text[:MOST_SHOWN],
        "sought": normalize(f"{title}\n{text}"),
    }


def write(database: Database, note_id: str, title: str, data: Json, meta: Json) -> None:
    """Write what a note says from now on."""
    columns = {"title": title, "update_time": now_ms(), **columns_of(title, data, meta)}
    names = ", ".join(f"{name} = ?" for name in columns)
    statement = f"UPDATE webui_note SET {names} WHERE id = ?"  # noqa: S608 - names of columns
    run(database, statement, *columns.values(), note_id)


def lock(database: Database, note_id: str) -> bool:
    """Let nobody else change a note until the transaction ends; false where it is gone."""
    return bool(run(database, "UPDATE webui_note SET id = id WHERE id = ?", note_id))


def delete(database: Database, note_id: str) -> None:
    """Delete a note with its document, pins and grants; within a transaction."""
    for table in (UPDATES, PINS):
        run(database, f"DELETE FROM {table} WHERE note_id = ?", note_id)  # noqa: S608 - tables of ours
    run(database, "DELETE FROM webui_note WHERE id = ?", note_id)
    forget_things(database, Kind.NOTE, [note_id])


def count(database: Database, tenant_id: str) -> int:
    """Return how many notes a tenant has."""
    statement = "SELECT COUNT(*) FROM webui_note WHERE tenant_id = ?"
    return int(rows(database, statement, tenant_id)[0][0])


def granted_among(database: Database, ids: Sequence[str]) -> set[str]:
    """Return which of some notes are granted to anybody."""
    found: set[str] = set()
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start : start + AT_ONCE]
        statement = (
            "SELECT thing_id FROM access_grant"  # noqa: S608 - marks alone
            f" WHERE kind = 'note' AND thing_id IN ({marks(batch)})"
        )
        found |= {note_id for (note_id,) in rows(database, statement, *batch)}
    return found


# Pins.


def pins(database: Database, user_id: str, ids: Collection[str]) -> set[str]:
    """Return which of some notes somebody has pinned."""
    if not ids:
        return set()
    statement = f"SELECT note_id FROM {PINS} WHERE user_id = ? AND note_id IN ({marks([*ids])})"  # noqa: S608 - marks alone
    return {note_id for (note_id,) in rows(database, statement, user_id, *ids)}


def pin(database: Database, user_id: str, note_id: str) -> None:
    """Pin a note for somebody."""
    statement = "INSERT INTO webui_note_pin (user_id, note_id) VALUES (?, ?)"
    run(database, statement, user_id, note_id)


def unpin(database: Database, user_id: str, note_id: str) -> bool:
    """Let a note be pinned no more for somebody; false if it was not."""
    statement = f"DELETE FROM {PINS} WHERE user_id = ? AND note_id = ?"  # noqa: S608 - a table of ours
    return bool(run(database, statement, user_id, note_id))
