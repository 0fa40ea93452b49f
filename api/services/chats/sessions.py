"""Sessions: conversations with an assistant, and the order of what is said in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from peewee import Database

from api.db.base import new_id, now_ms
from api.db.connection import connected
from api.db.durability import durable_later
from api.db.models.chat import Chat, ChatMessage, ChatSession
from api.db.rows import delete_rows, dict_rows, first_row, locked_rows
from api.db.sql import rows, run
from api.errors import NotFoundError
from api.schemas.base import DeleteRequest
from api.schemas.deletion import Deletion, distinct, settled
from api.schemas.sdk.session import (
    SessionChange,
    SessionQuery,
    SessionRequest,
    message_object,
    session_object,
)
from api.services.library.names import is_id
from rag.types import Message, Role

HISTORY_LIMIT = 100
"""How many messages at most are read back for a model, whatever its window."""

# A question's way to its model is written out in SQL: building it takes longer than running it.
HISTORY_SQL = (
    "SELECT m.ordinal, m.role, m.content FROM chat_session s"
    " LEFT JOIN chat_message m ON m.session_id = s.id AND m.ordinal > 0"
    " WHERE s.id = ? AND s.chat_id = ? AND s.tenant_id = ? ORDER BY m.ordinal DESC LIMIT ?"
)
LAST_SQL = "SELECT COALESCE(MAX(ordinal), 0) FROM chat_message WHERE session_id = ?"
TOUCH_SQL = "UPDATE chat_session SET update_time = ? WHERE id = ?"
INSERT_SQL = (
    "INSERT INTO chat_message (id, session_id, ordinal, role, content, reference, create_time,"
    " update_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was stored, and the place kept for its answer."""

    session_id: str
    answer_ordinal: int


class SessionService:
    """Keeps sessions and their messages.

    The opener has place 0, questions the odd places and answers the even ones; a question takes
    its place and that of its answer in one transaction, so each answer follows its question
    whatever else is asked at the same time.
    """

    def __init__(self, database: Database) -> None:
        """Remember the database."""
        self.database = database

    @connected
    def create(self, tenant_id: str, chat_id: str, body: SessionRequest) -> dict[str, Any]:
        """Start a session with the assistant's opener and return it."""
        opener = self.opener(tenant_id, chat_id, "You do not own the assistant.")
        session_id = new_id()
        with self.database.atomic():
            ChatSession.insert(
                id=session_id,
                tenant_id=tenant_id,
                chat_id=chat_id,
                name=body.name,
                user_id=body.user_id or "",
            ).execute()
            add_message(self.database, session_id, 0, Role.ASSISTANT, opener)
        row = self.row(tenant_id, chat_id, session_id, "The session was deleted.")
        return session_object(row, [{"role": Role.ASSISTANT, "content": opener}])

    @connected
    def list_page(self, tenant_id: str, chat_id: str, query: SessionQuery) -> list[dict[str, Any]]:
        """Return a page of an assistant's sessions with their messages."""
        self.opener(tenant_id, chat_id, f"You don't own the assistant {chat_id}.")
        chosen = ChatSession.select().where(ChatSession.chat_id == chat_id)
        for column in ("id", "name", "user_id"):
            if (value := getattr(query, column)) is not None:
                chosen = chosen.where(getattr(ChatSession, column) == value)
        order = getattr(ChatSession, query.orderby)
        ordered = chosen.order_by(order.desc() if query.desc else order, ChatSession.id)
        return with_messages(dict_rows(ordered.offset(query.offset).limit(query.page_size)))

    @connected
    def get(self, tenant_id: str, chat_id: str, session_id: str) -> dict[str, Any]:
        """Return a session with its messages."""
        return with_messages([self.row(tenant_id, chat_id, session_id, "Session not found!")])[0]

    @connected
    def update(
        self, tenant_id: str, chat_id: str, session_id: str, body: SessionChange
    ) -> dict[str, Any]:
        """Rename a session and return it."""
        refusal = "Session does not exist"
        row = self.row(tenant_id, chat_id, session_id, refusal)
        if body.name is not None:
            changed = {"name": body.name, "update_time": now_ms()}
            ChatSession.update(**changed).where(ChatSession.id == session_id).execute()
            row |= changed
        return with_messages([row])[0]

    @connected
    def delete(self, tenant_id: str, chat_id: str, body: DeleteRequest) -> Deletion:
        """Delete sessions of an assistant; those that do not exist are named."""
        self.opener(tenant_id, chat_id, "You don't own the chat")
        of_chat = ChatSession.chat_id == chat_id
        if body.everything:
            with self.database.atomic():
                return Deletion(len(remove_sessions(of_chat)))
        ids, repeated = distinct(body.ids or ())
        with self.database.atomic():
            known = [item for item in ids if is_id(item)]
            gone = remove_sessions(of_chat & ChatSession.id.in_(known))
        missing = [f"The chat doesn't own the session {item}" for item in ids if item not in gone]
        doubles = [f"Duplicate session ids: {item}" for item in repeated]
        return settled(len(gone), (*missing, *doubles))

    @connected
    def begin(self, session_id: str, question: str) -> Turn:
        """Store a question and keep the place after it for its answer.

        The disk has it at the latest when it has the answer.
        """
        with durable_later(self.database), self.database.atomic():
            # The update locks the session's row, so that questions take their places in turn.
            if not touch(self.database, session_id):
                raise NotFoundError(f"You don't own the session {session_id}")
            [(last,)] = rows(self.database, LAST_SQL, session_id)
            ordinal = last + 1 + last % 2
            add_message(self.database, session_id, ordinal, Role.USER, question)
        return Turn(session_id, ordinal + 1)

    @connected
    def finish(self, turn: Turn, answer: str, reference: Mapping[str, Any]) -> None:
        """Store the answer in the place that was kept; without effect in a deleted session."""
        with self.database.atomic():
            if touch(self.database, turn.session_id):
                place = turn.answer_ordinal
                add_message(
                    self.database, turn.session_id, place, Role.ASSISTANT, answer, reference
                )

    @connected
    def history(self, tenant_id: str, chat_id: str, session_id: str) -> tuple[Message, ...]:
        """Return the latest questions that have answers, with these, in order.

        An empty answer is none: many models refuse a conversation with one in it.
        """
        given = (session_id, chat_id, tenant_id, HISTORY_LIMIT)
        found = rows(self.database, HISTORY_SQL, *given)
        if not found:
            raise NotFoundError(f"You don't own the session {session_id}")
        places = {place for place, _, content in found if content and content.strip()}
        return tuple(
            Message(Role(role), content)
            for ordinal, role, content in reversed(found)
            if ordinal in places and partner(ordinal) in places
        )

    def row(self, tenant_id: str, chat_id: str, session_id: str, refusal: str) -> dict[str, Any]:
        """Return the row of a session; raises NotFoundError with `refusal`."""
        chosen = ChatSession.select().where(
            (ChatSession.id == session_id)
            & (ChatSession.chat_id == chat_id)
            & (ChatSession.tenant_id == tenant_id)
        )
        row = first_row(chosen)
        if row is None:
            raise NotFoundError(refusal)
        return row

    def opener(self, tenant_id: str, chat_id: str, refusal: str) -> str:
        """Return an assistant's opener; raises NotFoundError with `refusal` if it is not theirs."""
        owned = (Chat.id == chat_id) & (Chat.tenant_id == tenant_id)
        row = first_row(Chat.select(Chat.prompt).where(owned))
        if row is None:
            raise NotFoundError(refusal)
        return str(row["prompt"]["opener"] or "")


def add_message(
    database: Database,
    session_id: str,
    ordinal: int,
    role: Role,
    content: str,
    reference: Mapping[str, Any] | None = None,
) -> None:
    """Store a message in its place."""
    text = content.replace("\0", "")
    cited = orjson.dumps(reference or {}).decode()
    now = now_ms()
    run(database, INSERT_SQL, new_id(), session_id, ordinal, role.value, text, cited, now, now)


def touch(database: Database, session_id: str) -> bool:
    """Note that something happens in a session; False if there is none."""
    return bool(run(database, TOUCH_SQL, now_ms(), session_id))


def partner(ordinal: int) -> int:
    """Return the place of the answer to the question in a place, or the other way round."""
    return ordinal + 1 if ordinal % 2 else ordinal - 1


def with_messages(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return sessions as they go out, each with its messages in order."""
    messages: dict[str, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    chosen = ChatMessage.select(
        ChatMessage.session_id,
        ChatMessage.ordinal,
        ChatMessage.role,
        ChatMessage.content,
        ChatMessage.reference,
    ).where(ChatMessage.session_id.in_(list(messages)))
    for message in dict_rows(chosen.order_by(ChatMessage.session_id, ChatMessage.ordinal)):
        messages[message["session_id"]].append(message_object(message))
    return [session_object(row, messages[row["id"]]) for row in rows]


def remove_sessions(condition: Any) -> set[str]:
    """Delete the sessions that fulfil a condition, with their messages; return their ids."""
    sessions = ChatSession.select(ChatSession.id).where(condition)
    found = {row["id"] for row in locked_rows(sessions, ChatSession.id)}
    delete_rows(ChatMessage, ChatMessage.session_id.in_(sessions))
    delete_rows(ChatSession, condition)
    return found
