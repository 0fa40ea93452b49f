"""The statements of sessions and their messages."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson
from peewee import IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.models.chat import ChatMessage, ChatSession
from api.db.rows import delete_rows, locked_rows
from api.db.sql import rows, run
from api.services.chats.records import (
    MessageRecord,
    OtherPlace,
    Passage,
    SaidRecord,
    SessionRecord,
)
from api.services.chats.values import NO_ASKING, Asking, SessionFilter
from api.services.library.names import is_id
from api.services.library.queries.paging import page_rows
from api.services.library.values import Page
from rag.types import Role

MESSAGE_COLUMNS = (
    *("session_id", "ordinal", "role", "content", "reference"),
    *("id", "message_id", "rating", "feedback"),
)
"""What `MessageRecord` is made of, in its order."""

# A question's way to its model is written out in SQL: building it takes longer than running it.
SAID_SQL = (
    "SELECT m.ordinal, m.role, m.content FROM chat_session s"
    " LEFT JOIN chat_message m ON m.session_id = s.id AND m.ordinal > 0 AND m.ordinal < ?"
    " WHERE s.id = ? AND s.chat_id = ? AND s.tenant_id = ? ORDER BY m.ordinal DESC LIMIT ?"
)
LAST_SQL = "SELECT COALESCE(MAX(ordinal), 0) FROM chat_message WHERE session_id = ?"
TOUCH_SQL = "UPDATE chat_session SET update_time = ? WHERE id = ?"
RENAME_SQL = "UPDATE chat_session SET name = ?, update_time = ? WHERE id = ?"
INSERT_SESSION_SQL = (
    "INSERT INTO chat_session (id, tenant_id, chat_id, name, user_id, create_time, update_time)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
INSERT_SQL = (
    "INSERT INTO chat_message (id, session_id, ordinal, role, content, reference, message_id,"
    " rating, feedback, create_time, update_time) VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?)"
)
QUESTION_SQL = (
    "SELECT MAX(ordinal) FROM (SELECT ordinal FROM chat_message"
    " WHERE session_id = ? AND message_id = ? AND role = 'user'"
    " UNION ALL SELECT ordinal FROM chat_message"
    " WHERE id = ? AND session_id = ? AND role = 'user') found"
)
REMOVE_FROM_SQL = "DELETE FROM chat_message WHERE session_id = ? AND ordinal >= ?"
REMOVE_TURN_SQL = "DELETE FROM chat_message WHERE session_id = ? AND ordinal IN (?, ?)"
RATE_SQL = (
    "UPDATE chat_message SET rating = ?, feedback = ?, update_time = ?"
    " WHERE session_id = ? AND ordinal = ? AND role = 'assistant'"
)


def find_session(database: Database, chat_id: str, session_id: str) -> SessionRecord | None:
    """Return a session of an assistant."""
    listing = Listing(database, "chat_session", SessionRecord._fields)
    found = listing.where("id = ? AND chat_id = ?", session_id, chat_id).tuples()
    return SessionRecord._make(found[0]) if found else None


def sessions_by_id(database: Database, ids: Sequence[str]) -> dict[str, SessionRecord]:
    """Return those sessions that exist, by id, whosever they are."""
    listing = Listing(database, "chat_session", SessionRecord._fields).where_in("id", ids)
    return {row[0]: SessionRecord._make(row) for row in listing.tuples()}


def list_sessions(
    database: Database, tenant_id: str, chat_id: str, wanted: SessionFilter, page: Page
) -> list[SessionRecord]:
    """Return a page of a tenant's sessions with an assistant."""
    listing = Listing(database, "chat_session", SessionRecord._fields)
    listing.where("chat_id = ?", chat_id).where("tenant_id = ?", tenant_id)
    for column, value in (("id", wanted.id), ("name", wanted.name), ("user_id", wanted.user_id)):
        if value is not None:
            listing.where(f"{column} = ?", value)
    return [SessionRecord._make(row) for row in page_rows(listing, page, "chat_id")]


def messages_of(
    database: Database, session_ids: Sequence[str]
) -> dict[str, tuple[MessageRecord, ...]]:
    """Return the messages of sessions in order, by session."""
    listing = Listing(database, "chat_message", MESSAGE_COLUMNS)
    rows_of = listing.where_in("session_id", session_ids).tuples("ORDER BY session_id, ordinal")
    found = (message_record(row) for row in rows_of)
    return {key: tuple(said) for key, said in groupby(found, attrgetter("session_id"))}


def insert_session(database: Database, session: SessionRecord) -> bool:
    """Store a new session; False if there is one of its id."""
    try:
        with database.atomic():
            run(database, INSERT_SESSION_SQL, *session)
    except IntegrityError:
        return False
    return True


def rename_session(database: Database, session: SessionRecord) -> None:
    """Store the name of a session and when it was changed."""
    run(database, RENAME_SQL, session.name, session.update_time, session.id)


def delete_sessions(
    database: Database, tenant_id: str, chat_id: str, ids: Collection[str] | None = None
) -> set[str]:
    """Delete a tenant's sessions with an assistant, all where none are named; return their ids."""
    condition: Any = (ChatSession.chat_id == chat_id) & (ChatSession.tenant_id == tenant_id)
    if ids is not None:
        condition &= ChatSession.id.in_([item for item in ids if is_id(item)])
    with database.atomic():
        return remove_sessions(condition)


def remove_sessions(condition: Any) -> set[str]:
    """Delete the sessions that fulfil a condition, with their messages; return their ids."""
    sessions = ChatSession.select(ChatSession.id).where(condition)
    found = {row[0] for row in locked_rows(sessions, ChatSession.id)}
    delete_rows(ChatMessage, ChatMessage.session_id.in_(sessions))
    delete_rows(ChatSession, condition)
    return found


def touch_session(database: Database, session_id: str) -> bool:
    """Record that something happens in a session, which locks its row; False if there is none."""
    return bool(run(database, TOUCH_SQL, now_ms(), session_id))


def last_place(database: Database, session_id: str) -> int:
    """Return the place of the last message of a session."""
    [(last,)] = rows(database, LAST_SQL, session_id)
    return int(last)


def insert_message(
    database: Database,
    session_id: str,
    ordinal: int,
    role: Role,
    content: str,
    passages: Iterable[Passage] = (),
    asked: Asking = NO_ASKING,
) -> None:
    """Store a message in its place, an answer with the passages that it may cite."""
    text = content.replace("\0", "")
    reference = reference_column(passages, asked.document_ids)
    said = (session_id, ordinal, role.value, text, reference, asked.message_id)
    now = now_ms()
    run(database, INSERT_SQL, new_id(), *said, now, now)


def place_of_question(database: Database, session_id: str, message_id: str) -> int | None:
    """Return the place of a question, by what its client calls it or by its own id."""
    [(place,)] = rows(database, QUESTION_SQL, session_id, message_id, message_id, session_id)
    return None if place is None else int(place)


def remove_from(database: Database, session_id: str, place: int) -> None:
    """Delete the message in a place of a session, and all after it."""
    run(database, REMOVE_FROM_SQL, session_id, place)


def remove_turn(database: Database, session_id: str, place: int) -> None:
    """Delete the question in a place of a session, and its answer."""
    run(database, REMOVE_TURN_SQL, session_id, place, place + 1)


def rate_answer(
    database: Database, session_id: str, place: int, rating: int, feedback: str
) -> bool:
    """Store what somebody thinks of the answer in a place; False if there is none."""
    return bool(run(database, RATE_SQL, rating, feedback, now_ms(), session_id, place))


def said_in(
    database: Database, tenant_id: str, chat_id: str, session_id: str, before: int, limit: int
) -> list[SaidRecord] | None:
    """Return the latest messages of a session before a place, in order.

    None if the tenant has no such session with the assistant.
    """
    found = rows(database, SAID_SQL, before, session_id, chat_id, tenant_id, limit)
    if not found:
        return None
    return [SaidRecord._make(row) for row in reversed(found) if row[0] is not None]


def message_record(row: tuple[Any, ...]) -> MessageRecord:
    """Return the record of a row; the passages of an answer are read from their column."""
    return MessageRecord._make((*row[:4], passages_of(row[4]), *row[5:], documents_of(row[4])))


def reference_column(passages: Iterable[Passage], document_ids: Sequence[str] = ()) -> str:
    """Return what the column `reference` holds: passages of an answer, documents of a question."""
    stored = [
        {**passage._asdict(), "duplicates": [other._asdict() for other in passage.duplicates]}
        for passage in passages
    ]
    parts = {"chunks": stored, "documents": document_ids}
    return orjson.dumps({name: part for name, part in parts.items() if part}).decode()


def passages_of(column: str) -> tuple[Passage, ...]:
    """Return the passages that the column `reference` holds."""
    if column == "{}":
        return ()
    return tuple(passage_of(stored) for stored in orjson.loads(column).get("chunks", ()))


def documents_of(column: str) -> tuple[str, ...]:
    """Return the documents that a question is about, as the column `reference` holds them."""
    return tuple(orjson.loads(column).get("documents", ())) if '"documents"' in column else ()


def passage_of(stored: dict[str, Any]) -> Passage:
    """Return a passage as it was stored; what no field knows is left out."""
    others = tuple(OtherPlace(**other) for other in stored["duplicates"])
    # Answers that were stored by earlier releases have passages without headings.
    whole = {"headings": [], **stored, "duplicates": others}
    return Passage._make(whole[name] for name in Passage._fields)
