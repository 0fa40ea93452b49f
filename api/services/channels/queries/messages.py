"""The statements about messages in channels."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from peewee import IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, rows, run
from api.services.channels.records import Author, MessageRow, Reaction
from api.services.webui.bodies import as_json

ROW = MessageRow._fields

PLACE = ("channel_id", "parent_id", "created_ns", "id", "user_id")
"""The index by which messages are sought."""

WRITTEN = (*ROW, "create_time")

ADD = f"INSERT INTO channel_message ({', '.join(WRITTEN)}) VALUES ({marks(WRITTEN)})"  # noqa: S608 - names of columns

MOST_NAMED = 50
"""People who are named beside an emoji."""

MOST_EMOJIS = 50
"""Different emojis of a message."""

REACTIONS = (
    "SELECT r.message_id, r.name, a.id, a.nickname, a.is_superuser FROM channel_reaction r"
    " JOIN account a ON a.id = r.user_id WHERE r.message_id IN ({})"
    " ORDER BY r.create_time, r.id"
)


def listing(database: Database) -> Listing:
    """Return the list of all messages."""
    return Listing(database, "channel_message", ROW)


def row_of(row: Sequence[Any]) -> MessageRow:
    """Return a message from its row; MariaDB and SQLite have numbers for truth values."""
    made = MessageRow._make(row)
    return made._replace(
        is_pinned=bool(made.is_pinned),
        data=orjson.loads(str(made.data)),
        meta=orjson.loads(str(made.meta)),
    )


def find(database: Database, channel_id: str, message_id: str) -> MessageRow | None:
    """Return a message of a channel."""
    found = listing(database).where("id = ? AND channel_id = ?", message_id, channel_id).tuples()
    return row_of(found[0]) if found else None


def of_ids(database: Database, ids: Sequence[str]) -> Mapping[str, MessageRow]:
    """Return messages by their ids; those that are gone are left out."""
    found = listing(database).where_in("id", sorted(set(ids))).tuples()
    return {row.id: row for row in map(row_of, found)}


def of_place(database: Database, channel_id: str, parent_id: str) -> Listing:
    """Return the list of the messages of a channel outside threads, or of one thread."""
    return listing(database).where("channel_id = ? AND parent_id = ?", channel_id, parent_id)


def page(
    database: Database,
    channel_id: str,
    parent_id: str,
    limit: int,
    offset: int,
    before: MessageRow | None = None,
) -> list[MessageRow]:
    """Return some messages, the newest first; with `before` those that are older than it."""
    found = of_place(database, channel_id, parent_id)
    if before is not None:
        found = found.behind("created_ns", before.created_ns, before.id, desc=True)
    found.by(*PLACE)
    taken = found.page_tuples("created_ns", desc=True, limit=limit, offset=offset)
    return [row_of(row) for row in taken]


def newer(database: Database, row: MessageRow) -> int:
    """Return how many messages of a thread are newer than one of it."""
    found = of_place(database, row.channel_id, row.parent_id)
    return found.behind("created_ns", row.created_ns, row.id, desc=False).count()


def pinned(database: Database, channel_id: str, limit: int, offset: int) -> list[MessageRow]:
    """Return some pinned messages, the last pinned first."""
    found = listing(database).where("channel_id = ? AND is_pinned = ?", channel_id, True)  # noqa: FBT003 - the value of a column
    taken = found.page_tuples("pinned_ns", desc=True, limit=limit, offset=offset)
    return [row_of(row) for row in taken]


def newest_before(database: Database, row: MessageRow, limit: int) -> list[MessageRow]:
    """Return the messages that came before one where it is, the oldest first."""
    return page(database, row.channel_id, row.parent_id, limit, 0, row)[::-1]


def add(database: Database, row: MessageRow) -> None:
    """Write a message, and count it in its thread; within a transaction."""
    *first, data, meta = row
    run(database, ADD, *first, as_json(data), as_json(meta), now_ms())
    if row.parent_id:
        statement = (
            "UPDATE channel_message SET reply_count = reply_count + 1, latest_reply_ns = ?,"
            " update_time = ? WHERE id = ?"
        )
        run(database, statement, row.created_ns, now_ms(), row.parent_id)


def change(database: Database, message_id: str, columns: Mapping[str, object]) -> bool:
    """Write columns of a message; false if it is gone."""
    found = {**columns, "update_time": now_ms()}
    names = ", ".join(f"{name} = ?" for name in found)
    values = [as_json(one) if isinstance(one, Mapping) else one for one in found.values()]
    statement = f"UPDATE channel_message SET {names} WHERE id = ?"  # noqa: S608 - names of columns
    return run(database, statement, *values, message_id) > 0


def delete(database: Database, row: MessageRow) -> None:
    """Delete a message with its thread, and count it no more; within a transaction."""
    of_thread = "(SELECT id FROM channel_message WHERE channel_id = ? AND parent_id = ?)"
    values = (row.channel_id, row.id)
    for table in ("channel_reaction", "channel_file"):
        statement = f"DELETE FROM {table} WHERE message_id = ?"  # noqa: S608 - tables of ours
        run(database, statement, row.id)
        statement = f"DELETE FROM {table} WHERE message_id IN {of_thread}"  # noqa: S608 - tables of ours
        run(database, statement, *values)
    run(database, "DELETE FROM channel_message WHERE channel_id = ? AND parent_id = ?", *values)
    run(database, "DELETE FROM channel_message WHERE id = ?", row.id)
    if row.parent_id:
        count_replies(database, row.channel_id, row.parent_id)


def count_replies(database: Database, channel_id: str, parent_id: str) -> None:
    """Count the replies of a thread anew."""
    statement = (
        "SELECT COUNT(*), COALESCE(MAX(created_ns), 0) FROM channel_message"
        " WHERE channel_id = ? AND parent_id = ?"
    )
    many, latest = rows(database, statement, channel_id, parent_id)[0]
    change(database, parent_id, {"reply_count": many, "latest_reply_ns": latest})


# Reactions.


def react(database: Database, message_id: str, user_id: str, name: str) -> bool:
    """Write that somebody answers a message with an emoji; false where they have done so."""
    statement = (
        "INSERT INTO channel_reaction (id, create_time, update_time, message_id, user_id, name)"
        " VALUES (?, ?, ?, ?, ?, ?)"
    )
    now = now_ms()
    try:
        with database.atomic():
            run(database, statement, new_id(), now, now, message_id, user_id, name)
    except IntegrityError:
        return False
    return True


def react_no_more(database: Database, message_id: str, user_id: str, name: str) -> bool:
    """Delete an emoji of somebody; false if there was none."""
    statement = "DELETE FROM channel_reaction WHERE message_id = ? AND user_id = ? AND name = ?"
    return run(database, statement, message_id, user_id, name) > 0


def emojis(database: Database, message_id: str) -> set[str]:
    """Return the names of the emojis of a message."""
    statement = "SELECT DISTINCT name FROM channel_reaction WHERE message_id = ?"
    return {str(name) for (name,) in rows(database, statement, message_id)}


def reactions(database: Database, ids: Sequence[str]) -> Mapping[str, list[Reaction]]:
    """Return the emojis of messages with who has used them, by message, the oldest first."""
    if not ids:
        return {}
    found: dict[str, dict[str, list[Author]]] = {}
    for message_id, name, user_id, called, superuser in rows(
        database, REACTIONS.format(marks(list(ids))), *ids
    ):
        who = Author(str(user_id), str(called), "admin" if superuser else "user")
        found.setdefault(str(message_id), {}).setdefault(str(name), []).append(who)
    return {
        message_id: [Reaction(name, who[:MOST_NAMED], len(who)) for name, who in named.items()]
        for message_id, named in found.items()
    }


# Files.


def add_file(database: Database, row: MessageRow, file_id: str) -> None:
    """Write that a message has a file; within a transaction."""
    statement = (
        "INSERT INTO channel_file (id, create_time, update_time, channel_id, message_id, file_id,"
        " user_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    now = now_ms()
    run(database, statement, new_id(), now, now, row.channel_id, row.id, file_id, row.user_id)


def places_of_file(database: Database, file_id: str) -> list[tuple[str, str]]:
    """Return the channels that have a file, each with who has put it there."""
    statement = "SELECT DISTINCT channel_id, user_id FROM channel_file WHERE file_id = ?"
    return [(str(one), str(who)) for one, who in rows(database, statement, file_id)]


def owns_file(database: Database, file_id: str, tenant_id: str) -> bool:
    """Return whether a file is a tenant's own."""
    statement = "SELECT 1 FROM file_entry WHERE id = ? AND tenant_id = ?"
    return bool(rows(database, statement, file_id, tenant_id))
