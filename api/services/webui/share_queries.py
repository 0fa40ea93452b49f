"""The statements about shared conversations."""

from collections.abc import Mapping, Sequence

import orjson

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing, ordered
from api.db.sql import marks, rows, run
from api.services.accounts.grant_queries import AT_ONCE, forget_things
from api.services.webui import queries
from api.services.webui.bodies import as_json
from api.services.webui.records import Conversation, SharedRow, Tree
from api.things import Kind

ADD = (
    "INSERT INTO webui_share (id, create_time, update_time, user_id, chat_id, title, current_id,"
    " body, mode) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

CHANGE = (
    "UPDATE webui_share SET update_time = ?, title = ?, current_id = ?, body = ?, mode = ?"
    " WHERE id = ?"
)

FORGET_MESSAGES = (
    "DELETE FROM webui_message WHERE chat_id IN (SELECT id FROM webui_share WHERE user_id = ?)"
)


def find(database: Database, share_id: str) -> SharedRow | None:
    """Return what is shared, whosever it is."""
    listing = Listing(database, "webui_share", SharedRow._fields).where("id = ?", share_id)
    found = listing.tuples()
    return SharedRow._make(found[0]) if found else None


def of_chat(database: Database, chat_id: str) -> str:
    """Return under which id a conversation is shared; empty where it is not."""
    return shared(database, chat_id)[0]


def shared(database: Database, chat_id: str) -> tuple[str, str]:
    """Return under which id a conversation is shared, and how; both empty where it is not."""
    found = rows(database, "SELECT id, mode FROM webui_share WHERE chat_id = ?", chat_id)
    return (str(found[0][0]), str(found[0][1])) if found else ("", "")


def set_mode(database: Database, share_id: str, mode: str) -> None:
    """Say how a conversation is shared."""
    run(database, "UPDATE webui_share SET mode = ? WHERE id = ?", mode, share_id)


def shared_among(database: Database, chat_ids: Sequence[str]) -> set[str]:
    """Return which of some conversations are shared."""
    found: set[str] = set()
    for start in range(0, len(chat_ids), AT_ONCE):
        batch = chat_ids[start : start + AT_ONCE]
        statement = f"SELECT chat_id FROM webui_share WHERE chat_id IN ({marks(batch)})"  # noqa: S608 - marks alone
        found |= {chat_id for (chat_id,) in rows(database, statement, *batch)}
    return found


def page(database: Database, user_id: str, limit: int, offset: int) -> list[SharedRow]:
    """Return what a person shares, the last shared first."""
    listing = Listing(database, "webui_share", SharedRow._fields).where("user_id = ?", user_id)
    tail = f"{ordered('update_time', desc=True)} LIMIT ? OFFSET ?"
    return [SharedRow._make(row) for row in listing.tuples(tail, limit, offset)]


def body_of(database: Database, share_id: str) -> Mapping[str, object]:
    """Return what of a shared conversation is neither its messages nor its title."""
    found = rows(database, "SELECT body FROM webui_share WHERE id = ?", share_id)
    body: Mapping[str, object] = orjson.loads(found[0][0]) if found else {}
    return body


def put(database: Database, share_id: str, kept: Conversation, mode: str) -> None:
    """Share a conversation as it is now, in place of what it was when it was shared before."""
    row, body, now = kept.row, as_json(kept.body), now_ms()
    if not run(database, CHANGE, now, row.title, row.current_id, body, mode, share_id):
        ids = (share_id, now, now, row.user_id, row.id)
        run(database, ADD, *ids, row.title, row.current_id, body, mode)
    before = queries.messages(database, share_id)
    queries.put_messages(database, share_id, Tree(row.current_id, kept.tree.messages), before)


def end(database: Database, chat_id: str) -> bool:
    """Share a conversation no more; return whether it was shared."""
    share_id = of_chat(database, chat_id)
    if share_id:
        forget_things(database, Kind.CONVERSATION, [share_id])
        run(database, "DELETE FROM webui_message WHERE chat_id = ?", share_id)
        run(database, "DELETE FROM webui_share WHERE id = ?", share_id)
    return bool(share_id)


def end_all(database: Database, user_id: str) -> None:
    """Share none of a person's conversations any more."""
    found = rows(database, "SELECT id FROM webui_share WHERE user_id = ?", user_id)
    forget_things(database, Kind.CONVERSATION, [share_id for (share_id,) in found])
    run(database, FORGET_MESSAGES, user_id)
    run(database, "DELETE FROM webui_share WHERE user_id = ?", user_id)
