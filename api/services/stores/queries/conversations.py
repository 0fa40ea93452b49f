"""The statements about chats that questions name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson

from api.db.connection import Database
from api.db.sql import marks, rows
from api.services.accounts.access import granted
from api.services.accounts.records import Principal
from api.services.stores.queries.notes import Written
from api.things import Kind

AT_ONCE = 50
"""Messages that a statement reads."""

SPEAKERS = frozenset({"user", "assistant"})

OWN = "SELECT id, title, current_id FROM webui_chat WHERE user_id = ? AND id IN ({})"

SHARED = "SELECT id, title, current_id, user_id FROM webui_share WHERE id IN ({})"

PARENTS = "SELECT message_id, parent_id FROM webui_message WHERE chat_id = ?"

BODIES = "SELECT message_id, body FROM webui_message WHERE chat_id = ? AND message_id IN ({})"


def said(
    database: Database, asker: Principal, ids: Sequence[str], most: int
) -> Mapping[str, Written]:
    """Return those of some chats that an asker may read, by their ids: their own, or shared ones.

    Each is the text of the branch that is shown. Of a long one it is what was said last, with more
    than `most` characters.
    """
    return {
        chat_id: Written(title, text_of(database, chat_id, current_id, most))
        for chat_id, title, current_id in (readable(database, asker, ids) if ids else ())
    }


def readable(
    database: Database, asker: Principal, ids: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield ids, titles and last messages of those chats that an asker may read."""
    yield from rows(database, OWN.format(marks(ids)), asker.user_id, *ids)
    held = granted(database, asker, Kind.CONVERSATION, ids)
    for share_id, title, current_id, user_id in rows(database, SHARED.format(marks(ids)), *ids):
        if user_id == asker.user_id or share_id in held:
            yield share_id, title, current_id


def text_of(database: Database, chat_id: str, current_id: str, most: int) -> str:
    """Return what was said in a branch, at least its last `most` characters."""
    newest = branch(dict(rows(database, PARENTS, chat_id)), current_id)
    found: list[str] = []
    size = 0
    for start in range(0, len(newest), AT_ONCE):
        names = newest[start : start + AT_ONCE]
        bodies = dict(rows(database, BODIES.format(marks(names)), chat_id, *names))
        for text in spoken(bodies[name] for name in names if name in bodies):
            found.append(text)
            size += len(text)
            if size > most:
                return "\n\n".join(reversed(found))
    return "\n\n".join(reversed(found))


def branch(parents: Mapping[str, str], current_id: str) -> list[str]:
    """Return the ids of messages from the last one to the first; a circle ends where it closes."""
    found: dict[str, None] = {}
    at = current_id
    while at in parents and at not in found:
        found[at] = None
        at = parents[at]
    return list(found)


def spoken(bodies: Iterable[str]) -> Iterator[str]:
    """Yield who says what."""
    for kept in bodies:
        body = orjson.loads(kept)
        content, role = body.get("content"), body.get("role")
        if role in SPEAKERS and isinstance(content, str) and content.strip():
            yield f"{role.upper()}: {content.strip()}"
