"""Sessions: conversations with an assistant, and the order of what is said in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Database, fn

from api.db.base import new_id, now_ms
from api.db.connection import connected
from api.db.models.chat import Chat, ChatMessage, ChatSession
from api.db.rows import delete_rows, dict_rows, first_row, tuple_rows
from api.errors import NotFoundError
from api.schemas.base import DeleteRequest
from api.schemas.deletion import Deletion, distinct, settled
from api.schemas.session import (
    SessionChange,
    SessionQuery,
    SessionRequest,
    message_object,
    session_object,
)
from rag.types import Message, Role

HISTORY_LIMIT = 100
"""How many messages at most are read back for a model, whatever its window."""


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
            add_message(session_id, 0, Role.ASSISTANT, opener)
        row = self.row(tenant_id, chat_id, session_id, "The session was deleted.")
        return session_object(row, [{"role": Role.ASSISTANT, "content": opener}])

    @connected
    def list_page(self, tenant_id: str, chat_id: str, query: SessionQuery) -> list[dict[str, Any]]:
        """Return a page of an assistant's sessions with their messages."""
        self.opener(tenant_id, chat_id, f"You don't own the assistant {chat_id}.")
        rows = ChatSession.select().where(ChatSession.chat_id == chat_id)
        for column in ("id", "name", "user_id"):
            if (value := getattr(query, column)) is not None:
                rows = rows.where(getattr(ChatSession, column) == value)
        order = getattr(ChatSession, query.orderby)
        ordered = rows.order_by(order.desc() if query.desc else order, ChatSession.id)
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
                return Deletion(remove(of_chat))
        ids, repeated = distinct(body.ids or ())
        with self.database.atomic():
            chosen = ChatSession.select(ChatSession.id).where(of_chat & ChatSession.id.in_(ids))
            found = {row[0] for row in tuple_rows(chosen)}
            removed = remove(ChatSession.id.in_(list(found)))
        missing = [f"The chat doesn't own the session {item}" for item in ids if item not in found]
        doubles = [f"Duplicate session ids: {item}" for item in repeated]
        return settled(removed, (*missing, *doubles))

    @connected
    def begin(self, session_id: str, question: str) -> Turn:
        """Store a question and keep the place after it for its answer."""
        with self.database.atomic():
            # The update locks the session's row, so that questions take their places in turn.
            if not touch(session_id):
                raise NotFoundError(f"You don't own the session {session_id}")
            last = last_ordinal(session_id)
            ordinal = last + 1 + last % 2
            add_message(session_id, ordinal, Role.USER, question)
        return Turn(session_id, ordinal + 1)

    @connected
    def finish(self, turn: Turn, answer: str, reference: Mapping[str, Any]) -> None:
        """Store the answer in the place that was kept; without effect in a deleted session."""
        with self.database.atomic():
            if touch(turn.session_id):
                place = turn.answer_ordinal
                add_message(turn.session_id, place, Role.ASSISTANT, answer, reference)

    @connected
    def history(self, tenant_id: str, chat_id: str, session_id: str) -> tuple[Message, ...]:
        """Return the latest questions that have answers, with these, in order."""
        self.row(tenant_id, chat_id, session_id, f"You don't own the session {session_id}")
        rows = tuple_rows(
            ChatMessage.select(ChatMessage.ordinal, ChatMessage.role, ChatMessage.content)
            .where((ChatMessage.session_id == session_id) & (ChatMessage.ordinal > 0))
            .order_by(ChatMessage.ordinal.desc())
            .limit(HISTORY_LIMIT)
        )
        places = {row[0] for row in rows}
        return tuple(
            Message(Role(role), content)
            for ordinal, role, content in reversed(rows)
            if partner(ordinal) in places
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
    session_id: str,
    ordinal: int,
    role: Role,
    content: str,
    reference: Mapping[str, Any] | None = None,
) -> None:
    """Store a message in its place."""
    ChatMessage.insert(
        id=new_id(),
        session_id=session_id,
        ordinal=ordinal,
        role=role.value,
        content=content.replace("\0", ""),
        reference=reference or {},
    ).execute()


def touch(session_id: str) -> bool:
    """Note that something happens in a session; False if there is none."""
    return bool(
        ChatSession.update(update_time=now_ms()).where(ChatSession.id == session_id).execute()
    )


def last_ordinal(session_id: str) -> int:
    """Return the place of the last message of a session."""
    last = ChatMessage.select(fn.MAX(ChatMessage.ordinal))
    return int(last.where(ChatMessage.session_id == session_id).scalar() or 0)


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


def remove(condition: Any) -> int:
    """Delete the sessions that fulfil a condition, with their messages; return how many."""
    sessions = ChatSession.select(ChatSession.id).where(condition)
    delete_rows(ChatMessage, ChatMessage.session_id.in_(sessions))
    return delete_rows(ChatSession, condition)
