"""Shared conversations of Open WebUI's clients, and an index of the words of all."""

import orjson
from peewee import Database

from api.db.schema import create_index, create_table
from api.db.sql import rows, run
from rag.tokenizing.keys import keys_of_text

AT_ONCE = 200
LONGEST = 20_000

ADD = "INSERT INTO webui_word (user_id, chat_id, word, ordinal) VALUES "


def apply(database: Database) -> None:
    """Create the tables, and write the words of each conversation that is there.

    The messages of what is shared lie among those of conversations.
    """
    create_table(
        database,
        "webui_share",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        chat_id VARCHAR(32)
        title VARCHAR(500)
        current_id VARCHAR(64)
        body TEXT
        """,
    )
    create_index(database, "webui_share", ("create_time",))
    create_index(database, "webui_share", ("chat_id",), unique=True)
    create_index(database, "webui_share", ("user_id", "update_time", "id"))
    create_table(
        database,
        "webui_word",
        """
        id BIGAUTO PRIMARY KEY
        user_id VARCHAR(32)
        chat_id VARCHAR(32)
        word VARCHAR(48)
        ordinal INT
        """,
    )
    create_index(database, "webui_word", ("user_id", "word", "chat_id", "ordinal"))
    create_index(database, "webui_word", ("chat_id",))
    run(database, "DELETE FROM webui_word")
    for chat_id, user_id, title in rows(database, "SELECT id, user_id, title FROM webui_chat"):
        found = dict.fromkeys(keys_of_text(title), -1)
        messages = "SELECT ordinal, body FROM webui_message WHERE chat_id = ? ORDER BY ordinal"
        for ordinal, body in rows(database, messages, chat_id):
            content = orjson.loads(body).get("content")
            if isinstance(content, str):
                for word in keys_of_text(content[:LONGEST]):
                    found.setdefault(word, ordinal)
        words = list(found.items())
        for start in range(0, len(words), AT_ONCE):
            batch = words[start : start + AT_ONCE]
            values = [value for word, place in batch for value in (user_id, chat_id, word, place)]
            run(database, ADD + ", ".join(["(?, ?, ?, ?)"] * len(batch)), *values)
