"""The statements about the words of conversations, by which these are searched."""

from collections.abc import Iterable, Sequence

import orjson

from api.db.connection import Database
from api.db.sql import marks, rows, run
from api.services.webui.records import ConversationRow, Tree, TreeMessage
from rag.tokenizing.keys import AFTER, key_of, words_of_text

AT_ONCE = 200
"""Words that a statement writes."""

LONGEST = 20_000
"""Characters of a message that are searched: those at its beginning."""

MOST = 20_000
"""Words of a conversation."""

TITLE = -1
"""The place of words of the title, before all messages."""

ADD = "INSERT INTO webui_word (user_id, chat_id, word, ordinal) VALUES "

HAVING = "id IN (SELECT chat_id FROM webui_word WHERE user_id = ? AND word >= ? AND word < ?)"

IN_TITLE = HAVING.removesuffix(")") + " AND ordinal < 0)"
IN_MESSAGE = HAVING.removesuffix(")") + " AND ordinal >= 0)"
"""Where a word is said first."""

PLACES = (
    "SELECT chat_id, MIN(ordinal) FROM webui_word WHERE user_id = ? AND word >= ? AND word < ?"
    " AND chat_id IN ({}) GROUP BY chat_id"
)

SAID = "SELECT body FROM webui_message WHERE chat_id = ? AND ordinal = ?"


def learn(database: Database, row: ConversationRow, said: Iterable[tuple[int, str]]) -> None:
    """Write the words of texts, each at its place, of a conversation that is locked."""
    new: dict[str, int] = {}
    seen: set[str] = set()
    for place, text in said:
        words = words_of_text(text[:LONGEST]) - seen
        seen |= words
        for key in sorted(map(key_of, words)):
            new.setdefault(key, place)
    if not new:
        return
    known = {
        word for (word,) in rows(database, "SELECT word FROM webui_word WHERE chat_id = ?", row.id)
    }
    found = [one for one in new.items() if one[0] not in known][: max(MOST - len(known), 0)]
    found.sort()  # as the index has them, which takes a fraction of the time of any order
    for start in range(0, len(found), AT_ONCE):
        batch = found[start : start + AT_ONCE]
        values = [value for word, place in batch for value in (row.user_id, row.id, word, place)]
        run(database, ADD + ", ".join(["(?, ?, ?, ?)"] * len(batch)), *values)


def learn_all(database: Database, row: ConversationRow, tree: Tree) -> None:
    """Write the words of a conversation in place of those before."""
    run(database, "DELETE FROM webui_word WHERE chat_id = ?", row.id)
    texts = [(place, text_of(message)) for place, message in enumerate(tree.messages)]
    learn(database, row, [(TITLE, row.title), *texts])


def learn_change(database: Database, row: ConversationRow, before: Tree, after: Tree) -> None:
    """Write what words a conversation has after its messages have changed."""
    known, given = before.messages, after.messages
    if len(known) <= len(given) and all(map(says_the_same, known, given)):
        new = range(len(known), len(given))
        learn(database, row, [(place, text_of(given[place])) for place in new])
    else:
        learn_all(database, row, after)


def says_the_same(one: TreeMessage, other: TreeMessage) -> bool:
    """Return whether a message says the same as it did."""
    if one.message_id != other.message_id:
        return False
    return one.body == other.body or text_of(one) == text_of(other)


def text_of(message: TreeMessage) -> str:
    """Return what of a message is searched."""
    content = message.body.get("content")
    return content if isinstance(content, str) else ""


def places(database: Database, user_id: str, word: str, chat_ids: Sequence[str]) -> dict[str, int]:
    """Return where the first word is that begins so, of those conversations that have one."""
    if not chat_ids:
        return {}
    statement = PLACES.format(marks(chat_ids))
    return dict(rows(database, statement, user_id, word, word + AFTER, *chat_ids))


def said_at(database: Database, chat_id: str, place: int) -> str:
    """Return the text of a message by its place."""
    for (body,) in rows(database, SAID, chat_id, place):
        return text_of(TreeMessage("", "", orjson.loads(body)))
    return ""
