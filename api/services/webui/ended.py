"""Answers that have ended a while ago, for those who may not have been told."""

from typing import NamedTuple

import orjson

from api.db.connection import Database, connected
from api.services.webui import task_queries

MOST = 100
"""Answers of a person that are looked for, the last ones."""


class Ended(NamedTuple):
    """An answer that has ended: what it says, or why there is no more of it."""

    chat_id: str
    message_id: str
    text: str
    error: str


class EndedService:
    """Finds answers that have ended; of temporary chats nothing is kept, and nothing found."""

    def __init__(self, database: Database) -> None:
        """Initialize with where they are kept."""
        self.database = database

    @connected
    def since(self, user_id: str, when: int) -> list[Ended]:
        """Return answers in a person's chats that have ended since a time in ms, in their order."""
        found = []
        for chat_id, message_id, text in task_queries.settled(self.database, user_id, when, MOST):
            body = orjson.loads(text)
            if body.get("role") == "assistant" and body.get("done"):
                error = body.get("error") or {}
                told = str(error.get("content", "")) if isinstance(error, dict) else ""
                found.append(Ended(chat_id, message_id, str(body.get("content") or ""), told))
        return found[::-1]
