"""The statements about conversations of Open WebUI's clients."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, rows, run
from api.services.webui.bodies import Body, as_json
from api.services.webui.records import ConversationRow, Tree, TreeMessage

ADD = (
    "INSERT INTO webui_chat (id, create_time, update_time, user_id, title, current_id, is_pinned,"
    " is_archived, last_read_time, body, folder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

ADD_MESSAGE = (
    "INSERT INTO webui_message (id, create_time, update_time, chat_id, message_id, parent_id,"
    " ordinal, body) VALUES "
)

AT_ONCE = 100
"""Messages that a statement writes."""

CHANGE_MESSAGE = (
    "UPDATE webui_message SET update_time = ?, parent_id = ?, ordinal = ?, body = ?"
    " WHERE chat_id = ? AND message_id = ?"
)

MESSAGES = (
    "SELECT message_id, parent_id, body FROM webui_message WHERE chat_id = ? ORDER BY ordinal, id"
)

FORGET_MESSAGES = (
    "DELETE FROM webui_message WHERE chat_id IN (SELECT id FROM webui_chat WHERE user_id = ?)"
)


def count(database: Database, user_id: str, *, archived: bool) -> int:
    """Return how many conversations a person has, archived ones or the others."""
    statement = "SELECT COUNT(*) FROM webui_chat WHERE user_id = ? AND is_archived = ?"
    return int(rows(database, statement, user_id, archived)[0][0])


def find(database: Database, chat_id: str) -> tuple[ConversationRow, Mapping[str, object]] | None:
    """Return a conversation without its messages, whosever it is."""
    columns = (*ConversationRow._fields, "body")
    found = Listing(database, "webui_chat", columns).where("id = ?", chat_id).tuples()
    if not found:
        return None
    *row, body = found[0]
    return row_of(row), orjson.loads(body)


def row_of(row: Sequence[Any]) -> ConversationRow:
    """Return a conversation from its row; MariaDB and SQLite have numbers for truth values."""
    chat_id, user_id, title, current_id, is_pinned, is_archived, *rest = row
    truths = bool(is_pinned), bool(is_archived)
    return ConversationRow(chat_id, user_id, title, current_id, *truths, *rest)


def messages(database: Database, chat_id: str) -> tuple[TreeMessage, ...]:
    """Return the messages of a conversation in the order in which they came."""
    found = rows(database, MESSAGES, chat_id)
    return tuple(TreeMessage(name, parent, Body(body)) for name, parent, body in found)


def add(database: Database, row: ConversationRow, body: Mapping[str, object], tree: Tree) -> None:
    """Write a conversation."""
    times = (row.create_time, row.update_time)
    run(
        database,
        ADD,
        *(row.id, *times, row.user_id, row.title, row.current_id),
        *(row.is_pinned, row.is_archived, row.last_read_time, as_json(body), row.folder),
    )
    add_messages(database, row.id, list(enumerate(tree.messages)))


def add_messages(
    database: Database, chat_id: str, added: Sequence[tuple[int, TreeMessage]]
) -> None:
    """Write messages that the conversation does not have, each at its place."""
    now = now_ms()
    for start in range(0, len(added), AT_ONCE):
        batch = added[start : start + AT_ONCE]
        values = [
            value
            for ordinal, (name, parent, body) in batch
            for value in (new_id(), now, now, chat_id, name, parent, ordinal, as_json(body))
        ]
        run(database, ADD_MESSAGE + ", ".join([f"({marks(range(8))})"] * len(batch)), *values)


def put_messages(database: Database, chat_id: str, tree: Tree, kept: Sequence[TreeMessage]) -> None:
    """Make the messages of a conversation those of a tree in the place of those that are kept.

    What has not changed is not written.
    """
    known = {message.message_id: (place, message) for place, message in enumerate(kept)}
    added: list[tuple[int, TreeMessage]] = []
    for ordinal, message in enumerate(tree.messages):
        before = known.pop(message.message_id, None)
        if before is None:
            added.append((ordinal, message))
        elif before != (ordinal, message):
            change_message(database, chat_id, ordinal, message)
    add_messages(database, chat_id, added)
    for message_id in known:
        delete_message(database, chat_id, message_id)


def change_message(database: Database, chat_id: str, ordinal: int, message: TreeMessage) -> None:
    """Write a message that the conversation has."""
    name, parent, body = message
    run(database, CHANGE_MESSAGE, now_ms(), parent, ordinal, as_json(body), chat_id, name)


def merge_message(
    database: Database, chat_id: str, message_id: str, changes: Mapping[str, object]
) -> None:
    """Change some of what a message holds, if it is there."""
    statement = "SELECT body FROM webui_message WHERE chat_id = ? AND message_id = ?"
    for (body,) in rows(database, statement, chat_id, message_id):
        merged = as_json({**orjson.loads(body), **changes})
        change = "UPDATE webui_message SET update_time = ?, body = ?"
        where = "WHERE chat_id = ? AND message_id = ?"
        run(database, f"{change} {where}", now_ms(), merged, chat_id, message_id)


def place_of(database: Database, chat_id: str, message_id: str) -> int | None:
    """Return the place of a message in its conversation, if it is there."""
    statement = "SELECT ordinal FROM webui_message WHERE chat_id = ? AND message_id = ?"
    found = rows(database, statement, chat_id, message_id)
    return int(found[0][0]) if found else None


def delete_message(database: Database, chat_id: str, message_id: str) -> None:
    """Delete a message."""
    statement = "DELETE FROM webui_message WHERE chat_id = ? AND message_id = ?"
    run(database, statement, chat_id, message_id)


def change(database: Database, chat_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a conversation."""
    names = ", ".join(f"{name} = ?" for name in columns)
    values = [as_json(value) if isinstance(value, Mapping) else value for value in columns.values()]
    run(database, f"UPDATE webui_chat SET {names} WHERE id = ?", *values, chat_id)  # noqa: S608 - names of columns


def archive_all(database: Database, user_id: str, *, archived: bool) -> None:
    """Put all conversations of a person into the archive, or take them out."""
    run(database, "UPDATE webui_chat SET is_archived = ? WHERE user_id = ?", archived, user_id)


def mark_all_read(database: Database, user_id: str, when: int) -> None:
    """Note when all conversations of a person were read, in ms."""
    statement = "UPDATE webui_chat SET last_read_time = ? WHERE user_id = ?"
    run(database, statement, when, user_id)


def ids_after(database: Database, after: str, limit: int) -> list[str]:
    """Return ids of conversations of all people after one, in their order."""
    statement = "SELECT id FROM webui_chat WHERE id > ? ORDER BY id LIMIT ?"
    return [chat_id for (chat_id,) in rows(database, statement, after, limit)]


def lock(database: Database, chat_id: str) -> None:
    """Let nobody else change a conversation until the transaction ends."""
    run(database, "UPDATE webui_chat SET user_id = user_id WHERE id = ?", chat_id)


def delete(database: Database, chat_id: str) -> None:
    """Delete a conversation with its messages."""
    run(database, "DELETE FROM webui_message WHERE chat_id = ?", chat_id)
    run(database, "DELETE FROM webui_tag WHERE chat_id = ?", chat_id)
    run(database, "DELETE FROM webui_word WHERE chat_id = ?", chat_id)
    run(database, "DELETE FROM webui_chat WHERE id = ?", chat_id)


def delete_all(database: Database, user_id: str) -> None:
    """Delete all conversations of a person with their messages."""
    run(database, FORGET_MESSAGES, user_id)
    run(database, "DELETE FROM webui_tag WHERE user_id = ?", user_id)
    run(database, "DELETE FROM webui_word WHERE user_id = ?", user_id)
    run(database, "DELETE FROM webui_chat WHERE user_id = ?", user_id)


def settings_of(database: Database, user_id: str) -> Mapping[str, object]:
    """Return what a person prefers in the front end; nothing where that was never said."""
    found = rows(database, "SELECT settings FROM webui_person WHERE id = ?", user_id)
    kept: Mapping[str, object] = orjson.loads(found[0][0]) if found else {}
    return kept


def put_settings(database: Database, user_id: str, settings: Mapping[str, object]) -> None:
    """Keep what a person prefers, in place of what was kept before."""
    now, text = now_ms(), as_json(settings)
    run(database, "DELETE FROM webui_person WHERE id = ?", user_id)
    run(
        database,
        "INSERT INTO webui_person (id, create_time, update_time, settings) VALUES (?, ?, ?, ?)",
        *(user_id, now, now, text),
    )
