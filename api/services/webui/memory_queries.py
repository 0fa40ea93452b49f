"""The statements about memories."""

from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.sql import rows, run
from api.services.webui.memory_records import Memory

TABLE = "webui_memory"

ADD = (
    "INSERT INTO webui_memory (id, user_id, kind, path, content, create_time, update_time)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def of_person(database: Database, user_id: str, keywords: str = "") -> list[Memory]:
    """Return the memories of a person that have a text in them, the oldest first."""
    listing = Listing(database, TABLE, Memory._fields).where("user_id = ?", user_id)
    if keywords:
        like = containing(keywords.lower())
        listing.where(f"LOWER(content) LIKE ? ESCAPE '{LIKE_ESCAPE}'", like)
    return [Memory._make(row) for row in listing.tuples("ORDER BY create_time, id")]


def find(database: Database, user_id: str, memory_id: str) -> Memory | None:
    """Return a memory of a person."""
    listing = Listing(database, TABLE, Memory._fields).where("user_id = ?", user_id)
    found = listing.where("id = ?", memory_id).tuples()
    return Memory._make(found[0]) if found else None


def count(database: Database, user_id: str) -> int:
    """Return how many memories a person has."""
    found = rows(database, "SELECT COUNT(*) FROM webui_memory WHERE user_id = ?", user_id)
    return int(found[0][0])


def add(database: Database, made: Memory) -> None:
    """Write a memory."""
    run(database, ADD, *made)


def owner_of(database: Database, memory_id: str) -> str:
    """Return whose a memory is; empty where there is none."""
    found = rows(database, "SELECT user_id FROM webui_memory WHERE id = ?", memory_id)
    return str(found[0][0]) if found else ""


def change(database: Database, changed: Memory) -> None:
    """Write what a memory says now."""
    statement = "UPDATE webui_memory SET content = ?, update_time = ? WHERE id = ?"
    run(database, statement, changed.content, changed.update_time, changed.id)


def delete(database: Database, user_id: str, memory_id: str) -> bool:
    """Delete a memory of a person; false if there is none."""
    statement = "DELETE FROM webui_memory WHERE user_id = ? AND id = ?"
    return run(database, statement, user_id, memory_id) > 0


def delete_all(database: Database, user_id: str) -> None:
    """Delete all memories of a person."""
    run(database, "DELETE FROM webui_memory WHERE user_id = ?", user_id)
