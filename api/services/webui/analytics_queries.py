"""The statements about how much is asked and answered."""

from collections.abc import Iterator, Mapping, Sequence

import orjson

from api.db.connection import Database, connection
from api.db.sql import rows
from api.services.webui.analytics_records import Told

AT_ONCE = 500
"""Messages that are read with one connection: a few milliseconds of work."""

SOME = (
    "SELECT said.create_time, said.id, said.chat_id, chat.user_id, said.body"
    " FROM webui_message AS said JOIN webui_chat AS chat ON chat.id = said.chat_id"
    " WHERE (said.create_time > ? OR said.create_time = ? AND said.id > ?)"
    " ORDER BY said.create_time, said.id LIMIT ?"
)

OF_PERSON = (
    "SELECT said.create_time, said.id, said.chat_id, chat.user_id, said.body"
    " FROM webui_chat AS chat JOIN webui_message AS said ON said.chat_id = chat.id"
    " WHERE chat.user_id = ?"
    " AND (said.create_time > ? OR said.create_time = ? AND said.id > ?)"
    " ORDER BY said.create_time, said.id LIMIT ?"
)


def messages(database: Database, since: int, user_id: str = "") -> Iterator[Told]:
    """Yield the messages of all chats, or of a person's, that were kept since a time in ms.

    No connection is held while they are looked at.
    """
    statement, whose = (OF_PERSON, (user_id,)) if user_id else (SOME, ())
    after = (since - 1, "")
    while True:
        with connection(database):
            found = rows(database, statement, *whose, after[0], *after, AT_ONCE)
        for row in found:
            yield told_of(row)
        if len(found) < AT_ONCE:
            return
        after = (found[-1][0], found[-1][1])


def told_of(row: Sequence[object]) -> Told:
    """Return a message from its row; when it was said is what its client says, or when it came."""
    create_time, _, chat_id, user_id, body = row
    said = orjson.loads(str(body))
    moment = said.get("timestamp")
    came = int(str(create_time)) // 1000
    usage = said.get("usage")
    return Told(
        str(chat_id),
        str(user_id),
        str(said.get("role") or ""),
        str(said.get("model") or ""),
        int(moment) if isinstance(moment, int | float) and 0 < moment <= came else came,
        tokens_in(usage, "input_tokens", "prompt_tokens"),
        tokens_in(usage, "output_tokens", "completion_tokens"),
    )


def tokens_in(usage: object, *names: str) -> int:
    """Return a number of tokens by the first of some names that has one."""
    if isinstance(usage, Mapping):
        for name in names:
            if isinstance(found := usage.get(name), int) and found > 0:
                return found
    return 0
